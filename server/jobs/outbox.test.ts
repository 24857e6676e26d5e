import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { ProjectError } from '../errors.ts'
import { testDatabase, testDatabaseKinds, type TestDatabase } from '../../test/support/databases.ts'
import { discardOutbox, replayOutbox } from './parked.ts'
import { purgeJobs, queueDepths } from './queue-care.ts'
import type { Worker } from './inbox-worker.ts'
import { inbox, outbox, type OutboxRow } from './jobs.entity.ts'
import { addManyOutbox, addOutbox, type OutboxEntry } from './outbox-store.ts'
import { createOutboxWorker, type OutboxContext, type OutboxHandler, type OutboxWorkerOptions } from './outbox-worker.ts'

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined }

describe.each(await testDatabaseKinds())('effects on %s', (kind) => {
  let test: TestDatabase
  let workers: Worker[]
  const clock = { now: 0 }
  beforeAll(async () => { test = await testDatabase(kind) })
  afterAll(() => test.drop())
  beforeEach(async () => {
    clock.now = 1_763_900_000_000
    workers = []
    await test.database.db.clear(outbox)
    await test.database.db.clear(inbox)
    // a worker sets the clock with which rows are added
    work(handlerOf(async () => undefined))
  })
  afterEach(async () => { await Promise.all(workers.map((worker) => worker.stop(100))) })

  const add = (entry: Partial<OutboxEntry> = {}) => test.database.transaction((work) => addOutbox(work, { kind: 'e', payload: { n: 1 }, ...entry }))
  const rows = () => test.database.db.find(outbox, { order: { seq: 'ASC' } })
  const only = async (): Promise<OutboxRow | undefined> => (await rows())[0]
  const handlerOf = (run: OutboxHandler['run'], repeat: OutboxHandler['repeat'] = 'safe'): OutboxHandler => ({ repeat, run })

  function work(handler: OutboxHandler, more: Partial<OutboxWorkerOptions> = {}): Worker {
    const worker = createOutboxWorker({
      database: test.database, clock: () => clock.now, log: silent, handlers: new Map([['e', handler]]), retry: { random: () => 0 }, ...more,
    })
    workers.push(worker)
    return worker
  }

  /** Claims the row like a worker that dies right after. */
  const dieWith = (attempts = 1) => test.database.db.update(outbox, { state: 'new' }, { state: 'running', leaseBy: 'dead', leaseUntil: clock.now - 1, attempts })

  it('exist only when the transaction that wanted them commits', async () => {
    const failing = test.database.transaction(async (unit) => {
      await addOutbox(unit, { kind: 'e', payload: {} })
      throw new Error('rolled back')
    })
    await expect(failing).rejects.toThrow('rolled back')
    expect(await rows()).toEqual([])
  })

  it('start right after the commit and are settled in one transaction', async () => {
    const seen: unknown[] = []
    const worker = work(handlerOf(async (payload, context) => {
      seen.push([payload, context.attempt, context.mustReadBack])
      return async (unit) => void await addOutbox(unit, { kind: 'follow-up', payload: {} })
    }))
    worker.start()
    await add({ payload: { customer: 'wm1' } })
    await expect.poll(async () => (await only())?.state).toBe('done')
    expect(seen).toEqual([[{ customer: 'wm1' }, 1, false]])
    expect((await rows()).map((row) => row.kind)).toEqual(['e', 'follow-up'])
  })

  it('wait for their delay and are dropped after their end', async () => {
    let runs = 0
    const worker = work(handlerOf(async () => void runs++))
    await add({ delayMs: 5_000, expiresAt: clock.now + 8_000 })
    await worker.drain()
    expect(runs).toBe(0)
    clock.now += 5_000
    await worker.drain()
    expect(runs).toBe(1)
    await add({ expiresAt: clock.now + 10 })
    clock.now += 10
    await worker.drain()
    expect(runs).toBe(1)
    expect((await rows()).map((row) => [row.state, row.lastError])).toEqual([['done', null], ['done', 'expired']])
  })

  it('that would expire go before those that can wait', async () => {
    const seen: unknown[] = []
    for (const n of [1, 2, 3]) await add({ payload: { n } })
    await add({ payload: { n: 4 }, expiresAt: clock.now + 20_000 })
    await work(handlerOf(async (payload) => void seen.push(payload)), { concurrency: 1 }).drain()
    expect(seen).toEqual([{ n: 4 }, { n: 1 }, { n: 2 }, { n: 3 }])
  })

  it('run in order within their key, however many the key had before', async () => {
    const seen: unknown[] = []
    const done = { kind: 'e', orderKey: 'k', uniqueKey: null, payload: {}, state: 'done' as const, attempts: 1, nextAt: 1, leaseUntil: null, leaseBy: null, createdAt: 1, doneAt: 1, lastError: null }
    await test.database.db.insert(outbox, Array.from({ length: 50 }, (_unused, place) => ({ ...done, id: `old${place}`, seq: place })))
    for (const n of [1, 2, 3]) await add({ payload: { n }, orderKey: 'k' })
    await work(handlerOf(async (payload) => void seen.push(payload))).drain()
    expect(seen).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }])
  })

  it('hands over the payload without what the queue itself added', async () => {
    const seen: unknown[] = []
    await add({ payload: { id: 'x' }, expiresAt: clock.now + 1_000 })
    await work(handlerOf(async (payload) => void seen.push(payload))).drain()
    expect(seen).toEqual([{ id: 'x' }])
  })

  it('run in order within their key, a failing one included', async () => {
    const seen: unknown[] = []
    let failing = true
    const worker = work(handlerOf(async (payload) => {
      seen.push(payload)
      if (failing && JSON.stringify(payload) === '{"n":1}') throw new Error('no')
    }))
    for (const n of [1, 2]) await add({ payload: { n }, orderKey: 'k' })
    await add({ payload: { n: 3 }, orderKey: 'other' })
    await worker.drain()
    expect(seen).toEqual([{ n: 1 }, { n: 3 }])
    failing = false
    clock.now += 1_000
    await worker.drain()
    expect(seen).toEqual([{ n: 1 }, { n: 3 }, { n: 1 }, { n: 2 }])
  })

  it('with a unique key are wanted once until done, also in one transaction', async () => {
    expect(await add({ uniqueKey: 'u' })).toBe('added')
    expect(await add({ uniqueKey: 'u' })).toBe('present')
    const twice = await test.database.transaction(async (unit) => [
      await addOutbox(unit, { kind: 'e', payload: {}, uniqueKey: 'v' }), await addOutbox(unit, { kind: 'e', payload: {}, uniqueKey: 'v' }),
    ])
    expect(twice).toEqual(['added', 'present'])
    await work(handlerOf(async () => undefined)).drain()
    expect((await rows()).map((row) => row.uniqueKey)).toEqual([null, null])
    expect(await add({ uniqueKey: 'u' })).toBe('added')
  })

  it('wanted again while running: skipped by default, run once more where the effect carries the present state', async () => {
    const during: string[] = []
    let runs = 0
    const worker = work(handlerOf(async () => {
      if (runs++ > 0) return
      during.push(await add({ uniqueKey: 'u' }), await add({ uniqueKey: 'u', whileRunning: 'again' }), await add({ uniqueKey: 'u', whileRunning: 'again' }))
    }))
    await add({ uniqueKey: 'u' })
    await worker.drain()
    expect(during).toEqual(['present', 'added', 'present'])
    expect(runs).toBe(2)
  })

  it('wanted again while waiting: the one that waits is enough', async () => {
    await add({ uniqueKey: 'u' })
    expect(await add({ uniqueKey: 'u', whileRunning: 'again' })).toBe('present')
    expect(await rows()).toHaveLength(1)
  })

  it('can be added by the thousand', async () => {
    await test.database.transaction((unit) => addManyOutbox(unit, Array.from({ length: 1_001 }, (_unused, n) => ({ kind: 'e', payload: { n } }))))
    expect((await rows()).map((row) => row.payload)).toEqual(Array.from({ length: 1_001 }, (_unused, n) => ({ n })))
  })

  it('of an unknown kind are parked with the reason, and run when replayed with a handler', async () => {
    await add({ kind: 'unknown' })
    const outcomes: string[] = []
    await work(handlerOf(async () => undefined), { onHandled: (eventKind, outcome) => void outcomes.push(`${eventKind} ${outcome}`) }).drain()
    expect(await only()).toMatchObject({ state: 'dead', lastError: 'no handler for this kind' })
    expect(outcomes).toEqual(['unknown dead'])
    expect(await test.database.transaction((unit) => replayOutbox(unit, '00000000-0000-0000-0000-000000000000'))).toBe(false)
    const id = (await only())?.id ?? ''
    expect(await test.database.transaction((unit) => replayOutbox(unit, id))).toBe(true)
    await work(handlerOf(async () => undefined), { handlers: new Map([['unknown', handlerOf(async () => undefined)]]) }).drain()
    expect(await only()).toMatchObject({ state: 'done' })
  })

  it('are parked after eight failures, keep their unique key, and free it when discarded', async () => {
    const worker = work(handlerOf(async () => { throw new Error('no') }))
    await add({ uniqueKey: 'u' })
    for (let attempt = 0; attempt < 8; attempt += 1) {
      await worker.drain()
      clock.now += 600_000
    }
    expect(await only()).toMatchObject({ state: 'dead', attempts: 8, uniqueKey: 'u', lastError: 'Error' })
    expect(await add({ uniqueKey: 'u' })).toBe('present')
    expect((await queueDepths(test.database, 'outbox', () => clock.now)).states).toEqual({ new: 0, running: 0, dead: 1 })
    const id = (await only())?.id ?? ''
    expect(await test.database.transaction((unit) => discardOutbox(unit, id))).toBe(true)
    expect(await add({ uniqueKey: 'u' })).toBe('added')
  })

  it('wait out an outage without counting it, and as long as they were asked to', async () => {
    let error: Error = new ProjectError('wecom.unreachable', 503)
    const worker = work(handlerOf(async () => { throw error }))
    await add()
    for (let minute = 0; minute < 30; minute += 1) {
      await worker.drain()
      clock.now += 60_000
    }
    expect(await only()).toMatchObject({ state: 'new', attempts: 0 })
    error = Object.assign(new Error('limited'), { retryAfterMs: 123_000 })
    clock.now += 60_000
    await worker.drain()
    expect((await only())?.nextAt).toBe(clock.now + 123_000)
  })

  it.each([['safe', true], ['read-back', true]] as const)('after a crash: %s runs again and is told so', async (repeat, told) => {
    const contexts: OutboxContext[] = []
    await add()
    await dieWith()
    await work(handlerOf(async (_payload, context) => void contexts.push(context), repeat)).drain()
    expect(contexts.map((context) => [context.attempt, context.mustReadBack])).toEqual([[2, told]])
    expect(await only()).toMatchObject({ state: 'done' })
  })

  it('after a crash: person is parked and not run', async () => {
    let runs = 0
    await add()
    await dieWith()
    await work(handlerOf(async () => void runs++, 'person')).drain()
    expect(runs).toBe(0)
    expect(await only()).toMatchObject({ state: 'dead', lastError: 'outcome unknown: its worker died' })
  })

  it('after a crash: what kills its worker every time is parked', async () => {
    await add()
    await dieWith(8)
    await work(handlerOf(async () => undefined)).drain()
    expect(await only()).toMatchObject({ state: 'dead', lastError: 'its worker died every time' })
  })

  it('after an error: person is parked unless nothing was executed', async () => {
    let error: Error = Object.assign(new Error('refused'), { mayHaveReached: false })
    const worker = work(handlerOf(async () => { throw error }, 'person'))
    await add()
    await worker.drain()
    expect(await only()).toMatchObject({ state: 'new', attempts: 1 })
    error = Object.assign(new Error('time-out'), { mayHaveReached: true })
    clock.now += 60_000
    await worker.drain()
    expect(await only()).toMatchObject({ state: 'dead', lastError: 'outcome unknown: Error' })
  })

  it('are not taken over while their worker renews its claim', async () => {
    const waiting: (() => void)[] = []
    await add()
    const slow = handlerOf(() => new Promise<void>((resolve) => void waiting.push(resolve)))
    clock.now = Date.now()
    const options = { clock: Date.now, leaseMs: 300, sweepMs: 50 }
    const first = work(slow, options)
    first.start()
    await expect.poll(() => waiting.length).toBe(1)
    await new Promise((resolve) => setTimeout(resolve, 700))
    const row = await only()
    expect(row?.leaseUntil ?? 0).toBeGreaterThan(Date.now() - 100)
    expect(waiting).toHaveLength(1)
    waiting[0]?.()
    await expect.poll(async () => (await only())?.state).toBe('done')
  })

  it('purge removes old finished rows only', async () => {
    const worker = work(handlerOf(async () => undefined))
    await add()
    await worker.drain()
    await add()
    await test.database.db.insert(inbox, (['done', 'waiting', 'dead', 'unhandled'] as const).map((state, seq) => ({
      digest: String(seq).repeat(64), seq, source: 'app', payload: 's1:', state, kind: 'e', orderKey: null,
      attempts: 0, nextAt: 0, receivedAt: 0, doneAt: 1, lastError: null, repeats: 0,
    })))
    clock.now += 30 * 24 * 3_600_000 + 1
    expect(await purgeJobs(test.database, () => clock.now)).toBe(2)
    expect((await rows()).map((row) => row.state)).toEqual(['new'])
    expect(await test.database.db.count(inbox)).toBe(3)
  })
})
