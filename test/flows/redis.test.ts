import { randomUUID } from 'node:crypto'
import { pino } from 'pino'
import { afterAll, describe, expect, it } from 'vitest'
import { RateLimited } from '../../server/errors.ts'
import { createRateLimit } from '../../server/http/rate-limit.ts'
import { createWakeup } from '../../server/jobs/index.ts'
import { relayWakeups } from '../../server/redis-wakeup.ts'
import { testRedis } from '../support/redis.ts'

const redis = await testRedis()

describe.skipIf(redis === null)('two processes that share a Redis', () => {
  afterAll(() => redis?.disconnect())

  it('count against the same limit', async () => {
    const name = randomUUID()
    const one = createRateLimit(name, 3, 60, redis)
    const other = createRateLimit(name, 3, 60, redis)
    await one.use('lin')
    await other.use('lin')
    await one.use('lin')
    await expect(other.use('lin')).rejects.toBeInstanceOf(RateLimited)
    await other.use('wu')
  })

  it('go on counting alone while Redis is away', async () => {
    const away = redis?.duplicate({ port: 9, lazyConnect: true, retryStrategy: () => null, enableOfflineQueue: false }) ?? null
    away?.on('error', () => undefined)
    const limit = createRateLimit(randomUUID(), 1, 60, away)
    await limit.use('lin')
    await expect(limit.use('lin')).rejects.toBeInstanceOf(RateLimited)
    away?.disconnect()
  })

  it('wake each other and not themselves twice', async () => {
    if (redis === null) throw new Error('no Redis')
    const log = pino({ level: 'silent' })
    const [one, other] = [createWakeup(), createWakeup()]
    const relays = [relayWakeups(one, redis, log), relayWakeups(other, redis, log)]
    const heard = { one: 0, other: 0 }
    one.onWake('inbox', () => { heard.one += 1 })
    other.onWake('inbox', () => { heard.other += 1 })
    await expect.poll(() => {
      one.wake('inbox')
      return heard.other
    }, { timeout: 5_000 }).toBeGreaterThan(0)
    const before = heard.one
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(heard.one).toBe(before)
    for (const relay of relays) relay.stop()
  })
})
