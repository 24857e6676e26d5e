import { createHash } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { testDatabase, testDatabaseKinds, type TestDatabase } from '../../test/support/databases.ts'
import { queueDepths } from './queue-care.ts'
import { createDueRows, heldUntil } from './inbox-due.ts'
import { arrivals, inbox, type InboxRow } from './jobs.entity.ts'

const now = 1_763_900_000_000
const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex')

describe.each(await testDatabaseKinds())('finding due callbacks on %s', (kind) => {
  let test: TestDatabase
  beforeAll(async () => { test = await testDatabase(kind) })
  afterAll(() => test.drop())
  beforeEach(async () => {
    await test.database.db.clear(inbox)
    await test.database.db.clear(arrivals)
  })

  const waiting = (name: string, orderKey: string | null, seq: number, more: Partial<InboxRow> = {}): InboxRow => ({
    digest: digestOf(name), seq, source: 'app', payload: 's1:', state: 'waiting', kind: 'e', orderKey, attempts: 0,
    nextAt: now - 1_000_000 + seq, receivedAt: now, doneAt: null, lastError: null, repeats: 0, ...more,
  })
  const add = async (rows: readonly InboxRow[]) => {
    for (let from = 0; from < rows.length; from += 100) await test.database.db.insert(inbox, rows.slice(from, from + 100))
  }
  const unread = (seq: number) => test.database.db.insert(arrivals, { seq, digest: digestOf(`unread ${seq}`), source: 'app', payload: 'w1:', receivedAt: now })
  const change = (name: string, to: Partial<InboxRow>) => test.database.db.update(inbox, { digest: digestOf(name) }, to)
  const look = () => createDueRows(test.database, () => now)
  const held = () => test.database.db.countBy(inbox, { nextAt: heldUntil })
  const seqs = (rows: readonly { readonly seq: number }[]) => rows.map((row) => row.seq)
  const longQueue = Array.from({ length: 300 }, (_unused, place) => waiting(`long ${place}`, 'kf:one', place + 1))
  const others = Array.from({ length: 10 }, (_unused, place) => waiting(`other ${place}`, `customer:${place}`, 1_000 + place))

  it('gives the oldest of each key and what has no key, oldest first', async () => {
    await add([waiting('a1', 'a', 3), waiting('a2', 'a', 4), waiting('free', null, 2), waiting('b1', 'b', 1), waiting('later', 'c', 5, { nextAt: now + 1 })])
    expect(seqs(await look().heads(10))).toEqual([1, 2, 3])
    expect(seqs(await look().heads(2))).toEqual([1, 2])
    expect(await held()).toBe(0)
  })

  it('gives nothing behind an older row that runs, or that nobody has read yet', async () => {
    await add([waiting('a1', 'a', 1, { state: 'running', nextAt: now + 5 }), waiting('a2', 'a', 2), waiting('b', 'b', 3), waiting('c', 'c', 5)])
    await unread(4)
    expect(seqs(await look().heads(10))).toEqual([3])
    await test.database.db.clear(arrivals)
    expect(seqs(await look().heads(10))).toEqual([3, 5])
  })

  it('finds other keys behind a long queue of one key, and passes by it once only', async () => {
    await add([...longQueue, ...others])
    const due = look()
    expect(seqs(await due.heads(8))).toEqual([1])
    await change('long 0', { state: 'running', nextAt: now + 60_000 })
    expect(seqs(await due.heads(8))).toEqual([1_000, 1_001, 1_002, 1_003, 1_004, 1_005, 1_006, 1_007])
    expect(await held()).toBeGreaterThan(290)
    const statements = vi.spyOn(test.database.source.logger, 'logQuery')
    expect(await due.heads(8)).toHaveLength(8)
    expect(statements).toHaveBeenCalledTimes(1)
    statements.mockRestore()
    const { backingOff, states } = await queueDepths(test.database, 'inbox', () => now)
    expect({ backingOff, waiting: states['waiting'] }).toEqual({ backingOff: 0, waiting: 309 })
  })

  it('gives a held row when its key is left, in order, and not before', async () => {
    await add([...longQueue, ...others])
    const due = look()
    await due.heads(8)
    await change('long 0', { state: 'running', nextAt: now + 60_000 })
    await due.heads(8)
    for (let place = 0; place < 4; place += 1) {
      due.leave('kf:one')
      const before = await due.heads(20)
      expect(before.filter((row) => row.orderKey === 'kf:one')).toEqual([])
      await change(`long ${place}`, { state: 'done', nextAt: now })
      due.leave('kf:one')
      const [next, ...rest] = await due.heads(20)
      expect([next?.seq, rest.length]).toEqual([place + 2, 10])
      await change(`long ${place + 1}`, { state: 'running', nextAt: now + 60_000 })
    }
  })

  it('keeps a held row back while an older one is unread, and asks again', async () => {
    await unread(1)
    await add([waiting('held', 'a', 2, { nextAt: heldUntil })])
    const due = look()
    due.leave('a')
    expect(await due.heads(5)).toEqual([])
    await test.database.db.clear(arrivals)
    expect(seqs(await due.heads(5))).toEqual([2])
  })

  it('makes a held row due again when whoever should have asked for it died', async () => {
    await add([waiting('orphan', 'a', 1, { nextAt: heldUntil }), waiting('behind', 'a', 2, { nextAt: heldUntil }), waiting('b1', 'b', 3, { state: 'running', nextAt: now + 9 }), waiting('b2', 'b', 4, { nextAt: heldUntil })])
    const due = look()
    expect(await due.heads(5)).toEqual([])
    await due.releaseOrphans()
    expect(seqs(await due.heads(5))).toEqual([1])
    expect(await held()).toBe(2)
  })

  it('looks for such rows through any number of held ones, some hundred at a time', async () => {
    const many = Array.from({ length: 1_100 }, (_unused, place) => waiting(`many ${place}`, 'a', place + 10, { nextAt: heldUntil }))
    await add([waiting('running', 'a', 1, { state: 'running', nextAt: now + 9 }), ...many, waiting('orphan', 'b', 5_000, { nextAt: heldUntil })])
    const due = look()
    for (let sweep = 0; sweep < 3; sweep += 1) await due.releaseOrphans()
    expect(seqs(await due.heads(5))).toEqual([5_000])
  })
})
