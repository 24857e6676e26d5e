import type { Redis } from 'ioredis'
import { v7 as uuid } from 'uuid'
import type { JobLog, Wakeup } from './jobs/index.ts'

const channel = 'scrm:wake'

/**
 * Carries "look now" between processes. Rows in SQL are the truth: while Redis is away, other processes find work by their sweep.
 * Messages hold a process id and a topic, nothing else.
 */
export function relayWakeups(wakeup: Wakeup, redis: Redis, log: JobLog): { stop(): void } {
  const me = uuid()
  const ears = redis.duplicate({ enableOfflineQueue: true, maxRetriesPerRequest: null })
  ears.on('error', () => undefined)
  ears.on('message', (_channel: string, message: string) => {
    const [from = '', topic = ''] = message.split('|')
    if (from !== me && topic !== '') wakeup.deliver(topic)
  })
  ears.subscribe(channel).catch(() => log.warn({}, 'wake-ups of other processes are not heard; sweeps find their work'))
  wakeup.relayTo((topic) => {
    // A lost wake-up costs one sweep, so nothing waits for it.
    redis.publish(channel, `${me}|${topic}`).catch(() => undefined)
  })
  return { stop: () => ears.disconnect() }
}
