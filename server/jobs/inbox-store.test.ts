import { createHash } from 'node:crypto'
import SqliteConnection from 'better-sqlite3'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openDatabase } from '../database/database.ts'
import { entities } from '../entities.ts'
import { testDatabase, testDatabaseKinds, type TestDatabase } from '../../test/support/databases.ts'
import type { Arrival } from './arrivals-writer.ts'
import { createInbox } from './inbox-store.ts'
import { arrivals } from './jobs.entity.ts'

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined }
const arrival = (text: string): Arrival => ({ digest: createHash('sha256').update(text).digest('hex'), source: 'app', payload: `w1:app:${text}` })

describe.each(await testDatabaseKinds())('storing callbacks on %s', (kind) => {
  let test: TestDatabase
  const clock = { now: 1_763_900_000_000 }
  const open = () => createInbox({ database: test.database, clock: () => clock.now, log: silent })
  const rows = () => test.database.db.find(arrivals, { order: { seq: 'ASC' } })
  beforeAll(async () => { test = await testDatabase(kind) })
  beforeEach(() => test.database.db.clear(arrivals))
  afterAll(() => test.drop())

  it('keeps distinct texts in the order of arrival, however many come at once', async () => {
    const store = open()
    const texts = Array.from({ length: 450 }, (_unused, place) => `text ${place}`)
    await Promise.all(texts.map((text) => store.store(arrival(text))))
    expect((await rows()).map((row) => row.payload)).toEqual(texts.map((text) => `w1:app:${text}`))
  })

  it('resolves only after the row is on disk for everybody', async () => {
    await open().store(arrival('durable'))
    if (kind === 'sqlite') {
      const other = new SqliteConnection(test.url.slice('sqlite:'.length), { readonly: true })
      expect(other.prepare('select count(*) as total from arrivals').get()).toEqual({ total: 1 })
      other.close()
    } else {
      expect(await test.database.db.count(arrivals)).toBe(1)
    }
  })

  it('never gives a smaller order number after a restart, even when the clock went back', async () => {
    await open().store(arrival('before'))
    // a second opening knows nothing of the first, like a process that starts anew
    const again = await openDatabase({ url: test.url, entities, migrations: [] })
    try {
      await createInbox({ database: again, clock: () => clock.now - 3_600_000, log: silent }).store(arrival('after'))
      const order = await again.db.find(arrivals, { order: { seq: 'ASC' } })
      expect(order.map((row) => row.payload)).toEqual(['w1:app:before', 'w1:app:after'])
      expect(order.at(-1)?.seq).toBeLessThan(Number.MAX_SAFE_INTEGER)
    } finally {
      await again.close()
    }
  })

  it('rejects every member of a group that cannot be written, and stores the next one', async () => {
    const store = open()
    await store.store(arrival('warm'))
    await test.database.db.query('alter table arrivals rename to arrivals_away')
    const lost = await Promise.allSettled([store.store(arrival('one')), store.store(arrival('two'))])
    expect(lost.map((result) => result.status)).toEqual(['rejected', 'rejected'])
    await test.database.db.query('alter table arrivals_away rename to arrivals')
    await store.store(arrival('one'))
    expect((await rows()).map((row) => row.payload)).toEqual(['w1:app:warm', 'w1:app:one'])
  })

  it('does not mix with transactions that are open meanwhile', async () => {
    const store = open()
    const failing = test.database.transaction(async (work) => {
      await work.db.insert(arrivals, { ...arrival('inside'), seq: 1, receivedAt: 0 })
      await new Promise((resolve) => setTimeout(resolve, 30))
      throw new Error('rolled back')
    })
    const stored = store.store(arrival('outside'))
    await expect(failing).rejects.toThrow('rolled back')
    await stored
    expect((await rows()).map((each) => each.payload)).toEqual(['w1:app:outside'])
  })

  it('refuses at once when too many wait, and what would not fit the table', async () => {
    const store = createInbox({ database: test.database, clock: () => clock.now, log: silent, maxWaiting: 2 })
    const results = await Promise.allSettled(['a', 'b', 'c'].map((text) => store.store(arrival(text))))
    expect(results.map((result) => result.status)).toEqual(['fulfilled', 'fulfilled', 'rejected'])
    expect(() => store.store({ ...arrival('x'), payload: 'x'.repeat(65_001) })).toThrow('too long')
    expect(() => store.store({ ...arrival('x'), digest: 'X'.repeat(64) })).toThrow('64 hex digits')
    expect(() => store.store({ ...arrival('x'), source: 'a source that is long' })).toThrow('1 to 16')
  })
})
