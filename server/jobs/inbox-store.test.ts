import { createHash } from 'node:crypto'
import SqliteConnection from 'better-sqlite3'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openDatabase } from '../database/database.ts'
import { entities } from '../entities.ts'
import { testDatabase, testDatabaseKinds, type TestDatabase } from '../../test/support/databases.ts'
import type { Arrival } from './inbox-batch.ts'
import { createInbox } from './inbox-store.ts'
import { inbox } from './jobs.entity.ts'

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined }
const arrival = (text: string): Arrival => ({ digest: createHash('sha256').update(text).digest('hex'), source: 'app', payload: `w1:app:${text}` })

describe.each(await testDatabaseKinds())('storing callbacks on %s', (kind) => {
  let test: TestDatabase
  const clock = { now: 1_763_900_000_000 }
  const open = () => createInbox({ database: test.database, clock: () => clock.now, log: silent })
  const rows = () => test.database.db.find(inbox, { order: { seq: 'ASC' } })
  beforeAll(async () => { test = await testDatabase(kind) })
  beforeEach(() => test.database.db.clear(inbox))
  afterAll(() => test.drop())

  it('keeps distinct texts in the order of arrival, however many come at once', async () => {
    const store = open()
    const texts = Array.from({ length: 450 }, (_unused, place) => `text ${place}`)
    const fates = await Promise.all(texts.map((text) => store.storeOnce(arrival(text))))
    expect(new Set(fates)).toEqual(new Set(['stored']))
    expect((await rows()).map((row) => row.payload)).toEqual(texts.map((text) => `w1:app:${text}`))
  })

  it('resolves only after the row is on disk for everybody', async () => {
    await open().storeOnce(arrival('durable'))
    if (kind === 'sqlite') {
      const other = new SqliteConnection(test.url.slice('sqlite:'.length), { readonly: true })
      expect(other.prepare('select count(*) as total from inbox').get()).toEqual({ total: 1 })
      other.close()
    } else {
      expect(await test.database.db.count(inbox)).toBe(1)
    }
  })

  it('T12 stores the same text once, within one group and later', async () => {
    const store = open()
    expect(await Promise.all([store.storeOnce(arrival('same')), store.storeOnce(arrival('other')), store.storeOnce(arrival('same'))]))
      .toEqual(['stored', 'stored', 'repeated'])
    expect(await store.storeOnce(arrival('same'))).toBe('repeated')
    expect((await rows()).map((row) => [row.state, row.repeats])).toEqual([['new', 2], ['new', 0]])
  })

  it('opens a finished row again as a new arrival, and leaves all others in their state', async () => {
    const store = open()
    for (const text of ['done', 'dead', 'unhandled', 'waiting']) await store.storeOnce(arrival(text))
    for (const state of ['done', 'dead', 'unhandled', 'waiting'] as const) {
      await test.database.db.update(inbox, { digest: arrival(state).digest }, { state, attempts: 3, doneAt: state === 'done' ? 5 : null })
    }
    clock.now += 5_000
    const fates = await Promise.all(['done', 'dead', 'unhandled', 'waiting'].map((text) => store.storeOnce(arrival(text))))
    expect(fates).toEqual(['repeated', 'repeated', 'repeated', 'repeated'])
    const all = await rows()
    expect(all.map((row) => [row.payload, row.state, row.attempts, row.repeats])).toEqual([
      ['w1:app:dead', 'dead', 3, 1], ['w1:app:unhandled', 'unhandled', 3, 1], ['w1:app:waiting', 'waiting', 3, 1], ['w1:app:done', 'waiting', 0, 1],
    ])
    expect(all.at(-1)?.nextAt).toBe(clock.now)
  })

  it('never gives a smaller order number after a restart, even when the clock went back', async () => {
    await open().storeOnce(arrival('before'))
    // a second opening knows nothing of the first, like a process that starts anew
    const again = await openDatabase({ url: test.url, entities, migrations: [] })
    try {
      await createInbox({ database: again, clock: () => clock.now - 3_600_000, log: silent }).storeOnce(arrival('after'))
      const order = await again.db.find(inbox, { order: { seq: 'ASC' } })
      expect(order.map((row) => row.payload)).toEqual(['w1:app:before', 'w1:app:after'])
      expect(order.at(-1)?.seq).toBeLessThan(Number.MAX_SAFE_INTEGER)
    } finally {
      await again.close()
    }
  })

  it('rejects every member of a group that cannot be written, and stores the next one', async () => {
    const store = open()
    await store.storeOnce(arrival('warm'))
    await test.database.db.query('alter table inbox rename to inbox_away')
    const lost = await Promise.allSettled([store.storeOnce(arrival('one')), store.storeOnce(arrival('two'))])
    expect(lost.map((result) => result.status)).toEqual(['rejected', 'rejected'])
    await test.database.db.query('alter table inbox_away rename to inbox')
    expect(await store.storeOnce(arrival('one'))).toBe('stored')
    expect((await rows()).map((row) => row.payload)).toEqual(['w1:app:warm', 'w1:app:one'])
  })

  it('does not mix with transactions that are open meanwhile', async () => {
    const store = open()
    const failing = test.database.transaction(async (work) => {
      await work.db.insert(inbox, { ...(await row('inside')) })
      await new Promise((resolve) => setTimeout(resolve, 30))
      throw new Error('rolled back')
    })
    const stored = store.storeOnce(arrival('outside'))
    await expect(failing).rejects.toThrow('rolled back')
    expect(await stored).toBe('stored')
    expect((await rows()).map((each) => each.payload)).toEqual(['w1:app:outside'])
  })

  const row = async (text: string) => ({
    ...arrival(text), seq: 1, state: 'new' as const, kind: null, orderKey: null, attempts: 0,
    nextAt: 0, receivedAt: 0, doneAt: null, lastError: null, repeats: 0,
  })

  it('refuses at once when too many wait, and what would not fit the table', async () => {
    const store = createInbox({ database: test.database, clock: () => clock.now, log: silent, maxWaiting: 2 })
    const results = await Promise.allSettled(['a', 'b', 'c'].map((text) => store.storeOnce(arrival(text))))
    expect(results.map((result) => result.status)).toEqual(['fulfilled', 'fulfilled', 'rejected'])
    expect(() => store.storeOnce({ ...arrival('x'), payload: 'x'.repeat(65_001) })).toThrow('too long')
    expect(() => store.storeOnce({ ...arrival('x'), digest: 'X'.repeat(64) })).toThrow('64 hex digits')
    expect(() => store.storeOnce({ ...arrival('x'), source: 'a source that is long' })).toThrow('1 to 16')
  })
})
