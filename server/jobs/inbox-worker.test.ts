import { createHash } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createSealer } from '../sealing.ts'
import { ProjectError } from '../errors.ts'
import { testDatabase, testDatabaseKinds, type TestDatabase } from '../../test/support/databases.ts'
import { replayInbox } from './parked.ts'
import { queueDepths } from './queue-care.ts'
import { createInbox, type Inbox } from './inbox-store.ts'
import { createInboxWorker, type InboxEvent, type InboxHandler, type InboxWorkerOptions, type Worker } from './inbox-worker.ts'
import { arrivals, inbox, outbox, type InboxRow } from './jobs.entity.ts'
import { addOutbox } from './outbox-store.ts'

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined }
const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex')

/** Texts look like `kind|key|anything`; a text without a bar cannot be read. */
const classify: InboxWorkerOptions<string>['classify'] = (payload) => {
  const content = payload.replace(/^w1:app:/, '')
  const [kind, key] = content.split('|')
  if (kind === undefined || key === undefined) throw new ProjectError('callback.bad_request', 400, { reason: 'root' })
  return { kind, orderKey: key, content }
}

describe.each(await testDatabaseKinds())('handling callbacks on %s', (kind) => {
  let test: TestDatabase
  let store: Inbox
  let workers: Worker[]
  const clock = { now: 0 }
  const sealer = createSealer(['a data key of at least 32 characters'])

  beforeAll(async () => { test = await testDatabase(kind) })
  afterAll(() => test.drop())
  beforeEach(async () => {
    clock.now = 1_763_900_000_000
    await test.database.db.clear(inbox)
    await test.database.db.clear(arrivals)
    await test.database.db.clear(outbox)
    store = createInbox({ database: test.database, clock: () => clock.now, log: silent })
    workers = []
  })
  afterEach(async () => {
    await Promise.all(workers.map((worker) => worker.stop(100)))
  })

  const put = (text: string) => store.store({ digest: digestOf(text), source: 'app', payload: `w1:app:${text}` })
  const row = async (text: string): Promise<InboxRow | null> => test.database.db.findOne(inbox, { where: { digest: digestOf(text) } })
  const effects = () => test.database.db.find(outbox, { order: { seq: 'ASC' } })

  /** Each handled event leaves one outbox row, written in the same transaction. */
  function recording(prepare: (event: InboxEvent<string>) => Promise<void> | void = () => undefined): InboxHandler<string> {
    return {
      prepare: async (event) => prepare(event),
      apply: async (work, event) => void await addOutbox(work, { kind: 'seen', payload: { text: event.content, reread: event.reread } }),
    }
  }

  function work(handler: InboxHandler<string>, more: Partial<InboxWorkerOptions<string>> = {}): Worker {
    const worker = createInboxWorker<string>({
      database: test.database, clock: () => clock.now, log: silent, sealer, classify, parse: (content) => content,
      handlers: new Map([['e', handler]]), retry: { random: () => 0 }, ...more,
    })
    workers.push(worker)
    return worker
  }

  it('seals the text when it is read, and hands the handler the clear one', async () => {
    const seen: string[] = []
    await put('e|k|138')
    await work(recording((event) => void seen.push(event.content))).drain()
    expect(seen).toEqual(['e|k|138'])
    const done = await row('e|k|138')
    expect(done).toMatchObject({ state: 'done', kind: 'e', orderKey: 'k', lastError: null, doneAt: clock.now })
    expect(done?.payload.startsWith('s1:')).toBe(true)
    expect(done?.payload).not.toContain('138')
  })

  it('keeps the order of each key while other keys run side by side', async () => {
    for (let number = 0; number < 60; number += 1) await put(`e|key${number % 6}|${number}`)
    const seen = new Map<string | null, number[]>()
    const busy = new Set<string | null>()
    let most = 0
    await work(recording(async (event) => {
      expect(busy.has(event.orderKey)).toBe(false)
      busy.add(event.orderKey)
      most = Math.max(most, busy.size)
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 8))
      busy.delete(event.orderKey)
      seen.set(event.orderKey, [...(seen.get(event.orderKey) ?? []), Number(event.content.split('|')[2])])
    })).drain()
    expect([...seen.values()].flat()).toHaveLength(60)
    for (const numbers of seen.values()) expect(numbers).toEqual([...numbers].sort((one, other) => one - other))
    expect(most).toBeGreaterThan(1)
  })

  it('a row that waits for its repeat holds back its key only', async () => {
    const order: string[] = []
    let failures = 0
    const worker = work(recording((event) => {
      if (event.content === 'e|a|1' && failures++ < 1) throw new Error('not now')
      order.push(event.content)
    }))
    for (const text of ['e|a|1', 'e|a|2', 'e|b|1']) await put(text)
    await worker.drain()
    expect(order).toEqual(['e|b|1'])
    expect(await row('e|a|1')).toMatchObject({ state: 'waiting', attempts: 1, lastError: 'Error', nextAt: clock.now + 1_000 })
    clock.now += 1_000
    await worker.drain()
    expect(order).toEqual(['e|b|1', 'e|a|1', 'e|a|2'])
  })

  it('T13 acknowledges and keeps an event without a handler; replay runs it once there is one', async () => {
    await put('new_kind|k|1')
    const outcomes: string[] = []
    await work(recording(), { onHandled: (eventKind, outcome) => void outcomes.push(`${eventKind} ${outcome}`) }).drain()
    expect(outcomes).toEqual(['new_kind unhandled'])
    expect(await row('new_kind|k|1')).toMatchObject({ state: 'unhandled', kind: 'new_kind' })
    expect(await test.database.transaction((unit) => replayInbox(unit, digestOf('new_kind|k|1')))).toBe(true)
    await work(recording(), { handlers: new Map([['new_kind', recording()]]) }).drain()
    expect(await row('new_kind|k|1')).toMatchObject({ state: 'done' })
    expect(await effects()).toHaveLength(1)
  })

  it('T14 what could not be read is parked; replay reads it anew, once there is a reader that can', async () => {
    await put('e|a|odd')
    await work(recording(), { classify: () => { throw new Error('odd') } }).drain()
    expect(await row('e|a|odd')).toMatchObject({ state: 'dead', kind: null })
    expect(await test.database.transaction((unit) => replayInbox(unit, digestOf('e|a|odd')))).toBe(true)
    expect([await row('e|a|odd'), (await queueDepths(test.database, 'inbox', () => clock.now)).states['new']]).toEqual([null, 1])
    await work(recording()).drain()
    expect(await row('e|a|odd')).toMatchObject({ state: 'done', kind: 'e' })
    expect(await test.database.db.count(arrivals)).toBe(0)
  })

  it('T14 parks a poison event after eight failures and lets its key go on; nothing is lost; replay runs it', async () => {
    let poisonous = true
    const handler = recording((event) => {
      if (poisonous && event.content.endsWith('poison')) throw new Error('13812345678 in a message must not be stored')
    })
    const worker = work(handler)
    for (const text of ['e|a|poison', 'e|a|good', 'e|b|good']) await put(text)
    for (let attempt = 0; attempt < 8; attempt += 1) {
      await worker.drain()
      clock.now += 600_000
    }
    expect(await row('e|a|poison')).toMatchObject({ state: 'dead', attempts: 8, lastError: 'Error' })
    await worker.drain()
    expect((await effects()).map((effect) => effect.payload)).toEqual([{ text: 'e|b|good', reread: false }, { text: 'e|a|good', reread: false }])
    expect((await queueDepths(test.database, 'inbox', () => clock.now)).states).toMatchObject({ dead: 1, waiting: 0 })
    poisonous = false
    expect(await test.database.transaction((unit) => replayInbox(unit, digestOf('e|a|poison')))).toBe(true)
    await worker.drain()
    expect(await row('e|a|poison')).toMatchObject({ state: 'done' })
    expect(await test.database.transaction((unit) => replayInbox(unit, digestOf('e|a|poison')))).toBe(false)
  })

  it('T14 parks a text that cannot be read, with the reason, and goes on', async () => {
    await put('nonsense')
    await put('e|k|1')
    await work(recording()).drain()
    expect(await row('nonsense')).toMatchObject({ state: 'dead', kind: null, lastError: 'unreadable: ProjectError callback.bad_request root', payload: 'w1:app:nonsense' })
    expect(await row('e|k|1')).toMatchObject({ state: 'done' })
  })

  it('an outage elsewhere counts no failures, keeps the order, and is visible as back-off', async () => {
    let down = true
    const worker = work(recording(() => {
      if (down) throw new ProjectError('wecom.unreachable', 503)
    }))
    for (const text of ['e|a|1', 'e|a|2']) await put(text)
    for (let minute = 0; minute < 60; minute += 1) {
      await worker.drain()
      clock.now += 60_000
    }
    expect(await row('e|a|1')).toMatchObject({ state: 'waiting', attempts: 0, lastError: 'ProjectError wecom.unreachable' })
    down = false
    clock.now += 60_000
    await worker.drain()
    expect((await effects()).map((effect) => effect.payload)).toEqual([{ text: 'e|a|1', reread: false }, { text: 'e|a|2', reread: false }])
  })

  it('waits as long as the other side asked', async () => {
    await put('e|k|1')
    await work(recording(() => { throw Object.assign(new Error('limited'), { retryAfterMs: 90_000 }) })).drain()
    expect(await row('e|k|1')).toMatchObject({ state: 'waiting', attempts: 0, nextAt: clock.now + 90_000 })
    expect((await queueDepths(test.database, 'inbox', () => clock.now)).backingOff).toBe(1)
  })

  it('runs once more as a re-read when a finished text arrives again', async () => {
    const worker = work(recording())
    await put('e|k|edit')
    await worker.drain()
    await put('e|k|edit')
    await worker.drain()
    expect((await effects()).map((effect) => effect.payload)).toEqual([{ text: 'e|k|edit', reread: false }, { text: 'e|k|edit', reread: true }])
    expect(await row('e|k|edit')).toMatchObject({ state: 'done', repeats: 1 })
  })

  it('runs once more when the same text arrives while it is being handled: the second change may be unread', async () => {
    let arrivals = 0
    await put('e|k|edit')
    await work(recording(async () => {
      if (arrivals++ === 0) await put('e|k|edit')
    })).drain()
    expect((await effects()).map((effect) => effect.payload)).toEqual([{ text: 'e|k|edit', reread: false }, { text: 'e|k|edit', reread: true }])
  })

  it('leaves no effect of a run whose transaction failed, and exactly one in the end', async () => {
    let tries = 0
    await put('e|k|1')
    const handler = recording()
    const worker = work({ prepare: handler.prepare, apply: async (unit, event, prepared) => {
      await handler.apply(unit, event, prepared)
      if (tries++ === 0) throw new Error('after the effect was written')
    } })
    await worker.drain()
    expect(await effects()).toEqual([])
    clock.now += 1_000
    await worker.drain()
    expect(await effects()).toHaveLength(1)
  })

  it('a run whose claim has ended changes nothing', async () => {
    await put('e|k|1')
    await work(recording(async () => {
      await test.database.db.update(inbox, { digest: digestOf('e|k|1') }, { nextAt: clock.now + 999_999 })
    })).drain()
    expect(await effects()).toEqual([])
    expect(await row('e|k|1')).toMatchObject({ state: 'running' })
  })

  it('takes over what a dead process was running, and parks what kills its process every time', async () => {
    await put('e|a|1')
    await put('e|b|1')
    await work(recording(() => new Promise<void>(() => undefined))).start()
    await expect.poll(async () => (await row('e|b|1'))?.state).toBe('running')
    await test.database.db.update(inbox, { digest: digestOf('e|b|1') }, { attempts: 7 })
    clock.now += 60_001
    await work(recording()).drain()
    expect(await row('e|a|1')).toMatchObject({ state: 'done', attempts: 1 })
    expect(await row('e|b|1')).toMatchObject({ state: 'dead', lastError: 'its worker died' })
  })

  it('two workers never handle one key at once and handle every row once', async () => {
    for (let number = 0; number < 80; number += 1) await put(`e|key${number % 5}|${number}`)
    const busy = new Set<string | null>()
    const seen: string[] = []
    const handler = recording(async (event) => {
      expect(busy.has(event.orderKey)).toBe(false)
      busy.add(event.orderKey)
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 4))
      busy.delete(event.orderKey)
      seen.push(event.content)
    })
    // on SQLite the first sweep of a second worker would take over the first one's rows: there is one process per file
    const both = kind === 'sqlite' ? [work(handler)] : [work(handler), work(handler)]
    for (const worker of both) worker.start()
    await expect.poll(async () => test.database.db.count(inbox, { where: { state: 'done' } }), { timeout: 15_000 }).toBe(80)
    expect(seen).toHaveLength(80)
    expect(await effects()).toHaveLength(80)
  })

  it('stop waits for what runs and takes nothing more', async () => {
    const waiting: (() => void)[] = []
    const worker = work(recording(() => new Promise<void>((resolve) => void waiting.push(resolve))))
    worker.start()
    await put('e|k|1')
    await expect.poll(() => waiting.length).toBe(1)
    await put('e|k|2')
    const began = performance.now()
    const stopped = worker.stop(20_000)
    waiting[0]?.()
    await stopped
    expect(performance.now() - began).toBeLessThan(15_000)
    expect(await row('e|k|1')).toMatchObject({ state: 'done' })
    expect((await row('e|k|2'))?.state).not.toBe('done')
  })
})
