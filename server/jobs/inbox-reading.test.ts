import { createHash } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { openDatabase } from '../database/database.ts'
import { entities } from '../entities.ts'
import { createSealer } from '../sealing.ts'
import { testDatabase, testDatabaseKinds, type TestDatabase } from '../../test/support/databases.ts'
import { createReading, openPayload, type Classify } from './inbox-reading.ts'
import { arrivals, inbox, type ArrivalRow } from './jobs.entity.ts'

const now = 1_763_900_000_000
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined }
const sealer = createSealer(['a data key of at least 32 characters'])
const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex')

/** Texts look like `kind|key|anything`. */
const classify: Classify = (content) => {
  const [kind = '', key = ''] = content.split('|')
  if (kind === 'broken') throw new Error('cannot be read')
  return { kind, orderKey: key, content, isUrgent: kind === 'urgent' }
}

describe.each(await testDatabaseKinds())('reading new callbacks on %s', (kind) => {
  let test: TestDatabase
  beforeAll(async () => { test = await testDatabase(kind) })
  afterAll(() => test.drop())
  beforeEach(async () => {
    await test.database.db.clear(inbox)
    await test.database.db.clear(arrivals)
  })

  const add = async (texts: readonly string[], after = 0) => {
    const rows = texts.map((text, place): ArrivalRow => ({ seq: after + place + 1, digest: digestOf(text), source: 'app', payload: text, receivedAt: now - 5 }))
    for (let from = 0; from < rows.length; from += 100) await test.database.db.insert(arrivals, rows.slice(from, from + 100))
  }
  const left = () => test.database.db.count(arrivals)
  const rows = () => test.database.db.find(inbox, { order: { seq: 'ASC' } })
  const reading = (more: Partial<Parameters<typeof createReading>[0]> = {}) => createReading({
    database: test.database, clock: () => now, log: silent, sealer, classify, handles: (each) => each !== 'nobody', onHandled: () => undefined, ...more,
  })

  it('reads two hundred rows in order with a few statements', async () => {
    await add(Array.from({ length: 200 }, (_unused, place) => `e|key${place}|${place}`))
    const read = reading()
    const statements = vi.spyOn(test.database.source.logger, 'logQuery')
    expect(await read()).toEqual({ found: 100, read: 100 })
    expect([(await rows()).map((row) => row.state), await left()]).toEqual([Array<string>(100).fill('waiting'), 100])
    expect(await read()).toEqual({ found: 100, read: 100 })
    // two looks, two moves of four statements (on SQLite past the logger) and the questions above
    expect(statements.mock.calls.length).toBeLessThanOrEqual(12)
    statements.mockRestore()
    expect(await read()).toEqual({ found: 0, read: 0 })
    const all = await rows()
    expect(all.map((row) => row.orderKey)).toEqual(Array.from({ length: 200 }, (_unused, place) => `key${place}`))
    expect(all.map((row) => openPayload(sealer, row.payload))).toEqual(Array.from({ length: 200 }, (_unused, place) => `e|key${place}|${place}`))
  })

  it('tells handled, unhandled, urgent and broken ones apart, whatever characters they hold', async () => {
    const texts = ['e|a key?|1', 'nobody|k|2', 'urgent|k|3', `it's "odd" \\ 客户🙂 ? :name|wm"'\\?|4`, 'broken|k|5']
    await add(texts)
    const outcomes: string[] = []
    await reading({ onHandled: (each, outcome) => void outcomes.push(`${each} ${outcome}`) })()
    expect((await rows()).map((row) => [row.state, row.kind, row.orderKey, row.lastError, row.nextAt - now])).toEqual([
      ['waiting', 'e', 'a key?', null, 0],
      ['unhandled', 'nobody', 'k', null, 0],
      ['waiting', 'urgent', 'k', null, -3_600_000],
      ['waiting', `it's "odd" \\ 客户🙂 ? :name`, `wm"'\\?`, null, 0],
      ['dead', null, null, 'unreadable: Error', 0],
    ])
    expect((await rows()).slice(0, 4).map((row) => openPayload(sealer, row.payload))).toEqual(texts.slice(0, 4))
    expect(outcomes).toEqual(['nobody unhandled', 'unread dead'])
  })

  it('T14 a row that the database refuses is parked as it came, and the others pass', async () => {
    await add(['e|a|1', 'e|b|2', 'e|c|3'])
    if (kind === 'sqlite') await test.database.db.query(`create trigger refuse before insert on inbox when new.order_key = 'b' begin select raise(abort, 'no'); end`)
    const tooLong: Classify = (payload, source) => ({ ...classify(payload, source), ...(payload === 'e|b|2' && kind === 'mysql' ? { content: 'x'.repeat(60_000) } : {}) })
    expect(await reading({ classify: tooLong })()).toEqual({ found: 3, read: 3 })
    if (kind === 'sqlite') await test.database.db.query('drop trigger refuse')
    expect((await rows()).map((row) => [row.state, row.orderKey, row.payload === 'e|b|2', row.lastError])).toEqual([
      ['waiting', 'a', false, null], ['dead', null, true, 'unreadable: it cannot be stored'], ['waiting', 'c', false, null],
    ])
    expect(await left()).toBe(0)
  })

  it('keeps statements small when the texts are large', async () => {
    const texts = Array.from({ length: 60 }, (_unused, place) => `e|key${place}|${'x'.repeat(45_000)}`)
    await add(texts)
    const lengths: number[] = []
    const statements = vi.spyOn(test.database.source.logger, 'logQuery').mockImplementation((sql) => void lengths.push(sql.length))
    expect(await reading()()).toEqual({ found: 60, read: 60 })
    statements.mockRestore()
    expect(Math.max(...lengths)).toBeLessThan(1_100_000)
    expect((await rows()).map((row) => openPayload(sealer, row.payload))).toEqual(texts)
  })

  it('T12 keeps the same text once, within one look and later, and counts its repeats', async () => {
    await add(['e|a|same', 'e|b|other', 'e|a|same'])
    expect(await reading()()).toEqual({ found: 3, read: 3 })
    await add(['e|a|same'], 10)
    await reading()()
    expect([(await rows()).map((row) => [row.seq, row.state, row.repeats, row.receivedAt]), await left()]).toEqual([[[1, 'waiting', 2, now - 5], [2, 'waiting', 0, now - 5]], 0])
  })

  it('opens a finished row again as a new arrival, and leaves all others in their state', async () => {
    const states = ['done', 'dead', 'unhandled', 'waiting'] as const
    await add(states.map((state) => `e|k|${state}`))
    await reading()()
    for (const state of states) await test.database.db.update(inbox, { digest: digestOf(`e|k|${state}`) }, { state, attempts: 3, doneAt: state === 'done' ? 5 : null, nextAt: 7 })
    const outcomes: string[] = []
    await add(states.map((state) => `e|k|${state}`), 10)
    await reading({ handles: () => false, onHandled: (each, outcome) => void outcomes.push(`${each} ${outcome}`) })()
    expect((await rows()).map((row) => [row.seq, row.state, row.attempts, row.repeats, row.nextAt, row.doneAt])).toEqual([
      [2, 'dead', 3, 1, 7, null], [3, 'unhandled', 3, 1, 7, null], [4, 'waiting', 3, 1, 7, null], [11, 'waiting', 0, 1, now, 5],
    ])
    // none of them came for the first time
    expect(outcomes).toEqual([])
  })

  it('changes nothing when another process took one of them meanwhile, and reads the rest at the next look', async () => {
    await add(['e|a|1', 'e|b|2'])
    const before = await test.database.db.find(arrivals)
    // while ours are opened, another process reads and finishes the first
    const theirs: Promise<unknown>[] = []
    const slow: Classify = (payload, source) => {
      if (theirs.length === 0) theirs.push(test.database.db.delete(arrivals, { seq: 1 }))
      return classify(payload, source)
    }
    const result = await reading({ classify: slow })()
    await Promise.all(theirs)
    expect(before).toHaveLength(2)
    if (kind === 'mysql') {
      // whoever came first, nothing is there twice
      expect([0, 2]).toContain(result.read)
      expect(await test.database.db.count(inbox)).toBe(result.read)
    }
    await reading()()
    expect([(await rows()).map((row) => row.orderKey).at(-1), await left()]).toEqual(['b', 0])
  })

  if (kind === 'mysql') it('reads each row once when two processes read at the same time', async () => {
    const texts = Array.from({ length: 400 }, (_unused, place) => `e|key${place}|${place}`)
    await add(texts)
    const other = await openDatabase({ url: test.url, entities, migrations: [] })
    try {
      const readers = [reading(), reading({ database: other })]
      const totals = await Promise.all(readers.map(async (read) => {
        let total = 0
        for (let looks = 0; looks < 1_000; looks += 1) {
          const { found, read: mine } = await read()
          total += mine
          if (found === 0) return total
        }
        throw new Error('there is no end')
      }))
      expect(totals.reduce((sum, total) => sum + total, 0)).toBe(400)
      expect((await rows()).map((row) => openPayload(sealer, row.payload))).toEqual(texts)
    } finally {
      await other.close()
    }
  })
})
