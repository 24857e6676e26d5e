import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pino } from 'pino'
import { createApp } from '../../../server/app.ts'
import { createBackground } from '../../../server/background.ts'
import { loadConfig } from '../../../server/config.ts'
import type { Services } from '../../../server/services.ts'
import { quickServices } from './quick-wecom.ts'
import { countQueues } from './proof.ts'
import type { Stage } from './stage.ts'

const pause = (ms: number) => new Promise((resolve) => { setTimeout(resolve, ms) })

export interface LiveServer {
  readonly services: Services
  readonly url: string
  /** Puts our clock and WeCom's forward while no handler runs, so that no claim seems to have ended. */
  pass(ms: number): Promise<void>
  /** Puts the clocks forward, `stepMs` at a time, until nothing waits any more. Throws after `limitMs` of simulated time. */
  untilQuiet(stepMs: number, limitMs: number): Promise<void>
  stop(): Promise<void>
}

/** The real app with its workers running by themselves, in this process, so that time can be put forward. */
export async function startLiveServer(stage: Stage): Promise<LiveServer> {
  let offset = 0
  const clock = () => Date.now() + offset
  const timers = { now: () => performance.now() + offset, sleep: (ms: number) => pause(ms).then(() => undefined), random: Math.random }
  const { database } = stage.test
  const services = quickServices({ config: loadConfig(stage.env), log: pino({ level: process.env['TEST_LOG'] ?? 'silent' }), database, clock }, timers)
  const background = createBackground(services)
  await background.start()
  const server: Server = createApp(services).listen(0, '127.0.0.1')
  await new Promise<void>((resolve) => { server.once('listening', resolve) })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  stage.simulator.connect({ callbackUrl: `${url}/wecom/callback` })

  const open = async () => {
    const { inbox, outbox, unsealed } = await countQueues(database)
    const sum = (states: readonly string[]) => states.reduce((total, state) => total + (inbox[state] ?? 0) + (outbox[state] ?? 0), 0)
    return { running: sum(['running']), left: sum(['new', 'waiting', 'running']) + unsealed }
  }
  const pass = async (ms: number) => {
    for (let calm = 0; calm < 3;) {
      calm = (await open()).running === 0 ? calm + 1 : 0
      await pause(30)
    }
    offset += ms
    stage.clock.advance(ms)
  }
  return {
    services, url, pass,
    untilQuiet: async (stepMs, limitMs) => {
      const end = clock() + limitMs
      for (;;) {
        // once around the sweep, so that what is due now is taken first
        await pause(1_200)
        if ((await open()).left === 0) return
        if (clock() > end) throw new Error(`the queues are not empty: ${JSON.stringify(await countQueues(database))}`)
        await pass(stepMs)
      }
    },
    stop: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await background.stop()
    },
  }
}
