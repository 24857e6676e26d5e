import { createHash } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { openDatabase } from '../database/database.ts'
import { entities } from '../entities.ts'
import { createSealer } from '../sealing.ts'
import { testDatabase, testDatabaseKinds, type TestDatabase } from '../../test/support/databases.ts'
import { createReading, openPayload, type Classify } from './inbox-reading.ts'
import { inbox, type InboxRow } from './jobs.entity.ts'

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
  beforeEach(() => test.database.db.clear(inbox))

  const add = async (texts: readonly string[]) => {
    const rows = texts.map((text, place): InboxRow => ({
      digest: digestOf(text), seq: place + 1, source: 'app', payload: text, state: 'new', kind: null, orderKey: null, attempts: 0,
      nextAt: now, receivedAt: now, doneAt: null, lastError: null, repeats: 0,
    }))
    for (let from = 0; from < rows.length; from += 100) await test.database.db.insert(inbox, rows.slice(from, from + 100))
  }
  const rows = () => test.database.db.find(inbox, { order: { seq: 'ASC' } })
  const reading = (more: Partial<Parameters<typeof createReading>[0]> = {}) => createReading({
    database: test.database, clock: () => now, log: silent, sealer, classify, handles: (each) => each !== 'nobody', onHandled: () => undefined, ...more,
  })

  it('reads two hundred rows in order with a few statements', async () => {
    await add(Array.from({ length: 200 }, (_unused, place) => `e|key${place}|${place}`))
    const read = reading()
    const statements = vi.spyOn(test.database.source.logger, 'logQuery')
    expect(await read()).toEqual({ found: 100, read: 100 })
    expect((await rows()).map((row) => row.state)).toEqual([...Array<string>(100).fill('waiting'), ...Array<string>(100).fill('new')])
    expect(await read()).toEqual({ found: 100, read: 100 })
    // two looks, two writes (on SQLite past the logger) and the question above
    expect(statements.mock.calls.length).toBeLessThanOrEqual(5)
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

  it('leaves alone what somebody else read meanwhile', async () => {
    await add(['e|a|1', 'e|b|2'])
    // while ours are opened, another process reads and finishes the first
    const write = test.database.source.createQueryBuilder().update(inbox).set({ state: 'done', payload: 'theirs' }).where({ digest: digestOf('e|a|1') })
    let theirs: Promise<unknown> | null = null
    const slow: Classify = (payload, source) => {
      theirs ??= write.execute()
      return classify(payload, source)
    }
    const result = await reading({ classify: slow })()
    await theirs
    const [first, second] = await rows()
    expect([second?.state, second?.orderKey]).toEqual(['waiting', 'b'])
    // whoever came first: no mixture of both, and the second one is ours
    expect(first).toMatchObject({ state: 'done', payload: 'theirs' })
    expect(result.found).toBe(2)
    expect(result.read).toBeGreaterThanOrEqual(1)
  })

  it.runIf(kind === 'mysql')('reads each row once when two processes read at the same time', async () => {
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
