import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Invariant, ProjectError } from '../errors.ts'
import { testDatabase, testDatabaseKinds, type TestDatabase } from '../../test/support/databases.ts'
import { leases as leaseTable } from './jobs.entity.ts'
import { createLeases } from './leases.ts'
import { certainlyNotExecuted, defaultRetryRules, describeError, failurePauseMs, judge, outagePauseMs } from './retry.ts'
import { createSchedules, type Schedule } from './schedules.ts'
import { createSequence, timeOfSeq } from './sequence.ts'
import { createWakeup } from './wakeup.ts'

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined }

describe('order numbers', () => {
  it('grow, also within one millisecond and when the clock goes back', () => {
    const sequence = createSequence()
    const numbers = [5, 5, 4, 6].map((now) => sequence.next(now))
    expect(numbers).toEqual([...numbers].sort((one, other) => one - other))
    expect(new Set(numbers).size).toBe(4)
  })

  it('stay above what was used before, tell their time, and fit a double until 2248', () => {
    const sequence = createSequence()
    sequence.raiseTo(9_000_000)
    expect(sequence.next(1)).toBe(9_000_001)
    expect(timeOfSeq(createSequence().next(1_763_900_000_123))).toBe(1_763_900_000_123)
    expect(createSequence().next(Date.UTC(2248, 0, 1))).toBeLessThan(Number.MAX_SAFE_INTEGER)
  })
})

describe('wake-ups', () => {
  it('reach the listeners of their topic and the relay; what comes from outside is not relayed back', () => {
    const wakeup = createWakeup()
    const heard: string[] = []
    const end = wakeup.onWake('inbox', () => void heard.push('inbox'))
    wakeup.relayTo((topic) => void heard.push(`relay ${topic}`))
    wakeup.wake('inbox')
    wakeup.wake('outbox')
    wakeup.deliver('inbox')
    end()
    wakeup.deliver('inbox')
    expect(heard).toEqual(['inbox', 'relay inbox', 'relay outbox', 'inbox'])
  })
})

describe('retries', () => {
  const rules = { ...defaultRetryRules, random: () => 0 }

  it('double their pause up to the longest', () => {
    expect([1, 2, 3, 8, 40].map((failures) => failurePauseMs(rules, failures))).toEqual([1_000, 2_000, 4_000, 128_000, 600_000])
    expect(failurePauseMs({ ...rules, random: () => 1 }, 1)).toBe(1_250)
  })

  it('look again at least once a minute during an outage', () => {
    expect([0, 40_000, 3_600_000].map((waited) => outagePauseMs(rules, waited))).toEqual([1_000, 10_000, 60_000])
  })

  it('park after the last attempt, but never for an outage of less than a day', () => {
    expect(judge(rules, new Error('x'), 7, 0, 1_000)).toEqual({ next: 'dead' })
    expect(judge(rules, new ProjectError('wecom.unreachable', 503), 7, 0, 3_600_000)).toMatchObject({ next: 'again', counted: false })
    expect(judge(rules, Object.assign(new ProjectError('wecom.failed', 502), { kind: 'auth' }), 7, 0, 1)).toMatchObject({ counted: false })
    expect(judge(rules, new ProjectError('wecom.unreachable', 503), 7, 0, 25 * 3_600_000)).toEqual({ next: 'dead' })
  })

  it('know when a call certainly changed nothing', () => {
    expect(certainlyNotExecuted(Object.assign(new Error('x'), { mayHaveReached: false }))).toBe(true)
    expect(certainlyNotExecuted(Object.assign(new Error('x'), { retryAfterMs: 1 }))).toBe(true)
    expect(certainlyNotExecuted(new Error('x'))).toBe(false)
    expect(certainlyNotExecuted('text')).toBe(false)
  })

  it('describe errors without their message, unless it is our own', () => {
    expect(describeError(new TypeError('13812345678'))).toBe('TypeError')
    expect(describeError(new ProjectError('wecom.failed', 502, { errcode: 40096 }))).toBe('ProjectError wecom.failed 40096')
    expect(describeError(new Invariant('our own words'))).toBe('Invariant: our own words')
    expect(describeError('13812345678')).toBe('thrown string')
  })
})

describe.each(await testDatabaseKinds())('leases and schedules on %s', (kind) => {
  let test: TestDatabase
  const clock = { now: 0 }
  beforeAll(async () => { test = await testDatabase(kind) })
  afterAll(() => test.drop())
  beforeEach(async () => {
    clock.now = Date.UTC(2026, 0, 10, 4)
    await test.database.db.clear(leaseTable)
  })
  const leasesOf = (holder: string) => createLeases({ database: test.database, holder, clock: () => clock.now })

  it('let one holder in, and the next one after it is done', async () => {
    const inside: string[] = []
    const results = await Promise.all(['a', 'b', 'c'].map((holder) => leasesOf(holder).withLease('one', 5_000, async () => {
      inside.push(holder)
      await new Promise((resolve) => setTimeout(resolve, 50))
      return holder
    })))
    expect(results.filter((result) => result.held)).toHaveLength(1)
    expect(inside).toHaveLength(1)
    expect(await leasesOf('d').withLease('one', 5_000, async () => 'd')).toEqual({ held: true, value: 'd' })
  })

  it('end by the clock when their holder died, and are given back after an error', async () => {
    await test.database.db.insert(leaseTable, { name: 'one', holder: 'dead', until: clock.now + 10 })
    expect(await leasesOf('a').withLease('one', 5_000, async () => 1)).toEqual({ held: false })
    clock.now += 10
    await expect(leasesOf('a').withLease('one', 5_000, async () => { throw new Error('inside') })).rejects.toThrow('inside')
    expect(await leasesOf('b').withLease('one', 5_000, async () => 2)).toEqual({ held: true, value: 2 })
  })

  const schedulesOf = (holder: string, schedule: Schedule) => createSchedules({
    database: test.database, leases: leasesOf(holder), clock: () => clock.now, log: silent, zone: 'Asia/Shanghai', schedules: [schedule],
  })

  it('run a nightly job once among processes, in the company\'s zone, and make a missed night good once', async () => {
    let runs = 0
    const nightly = { name: 'nightly', pattern: '30 3 * * *', run: async () => { runs += 1; await new Promise((resolve) => setTimeout(resolve, 20)) } }
    const both = [schedulesOf('a', nightly), schedulesOf('b', nightly)]
    const everybody = () => Promise.all(both.map((schedules) => schedules.runDue()))
    await everybody()
    expect(runs).toBe(0)
    clock.now = Date.UTC(2026, 0, 10, 19, 29)
    await everybody()
    expect(runs).toBe(0)
    clock.now = Date.UTC(2026, 0, 10, 19, 30)
    await everybody()
    await everybody()
    expect(runs).toBe(1)
    clock.now = Date.UTC(2026, 0, 14, 12)
    await everybody()
    await everybody()
    expect(runs).toBe(2)
  })

  it('repeat a job that failed, after a pause', async () => {
    let runs = 0
    const schedules = schedulesOf('a', { name: 'shaky', pattern: '0 * * * *', run: async () => { runs += 1; if (runs === 1) throw new Error('no') } })
    await schedules.runDue()
    clock.now += 3_600_000
    expect(await schedules.runDue()).toEqual([])
    expect(await schedules.runDue()).toEqual([])
    expect(runs).toBe(1)
    clock.now += 5 * 60_000
    expect(await schedules.runDue()).toEqual(['shaky'])
    expect(await schedules.runDue()).toEqual([])
  })
})
