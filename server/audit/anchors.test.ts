import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { testDatabase, testDatabaseKinds, type TestDatabase } from '../../test/support/databases.ts'
import { anchorLine, firstMismatch, readAnchors, takeAnchor } from './anchors.ts'
import { auditAnchors, auditChain, auditEntries, auditPending } from './audit.entity.ts'
import { chainStart, hashLink } from './chain.ts'
import { describeAnchors } from './describe-verification.ts'
import { createAudit } from './record.ts'
import { createAuditSealer } from './sealer.ts'
import { verifyChain } from './verify-chain.ts'

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined }
const hash = (letter: string) => letter.repeat(64)

describe('anchor files', () => {
  const lines = [`2026-01-14 5 ${hash('a')}`, `2026-01-15 9 ${hash('b')}`]

  it('are read line by line, with either end of line', () => {
    const expected = { anchors: [{ day: '2026-01-14', seq: 5, hash: hash('a') }, { day: '2026-01-15', seq: 9, hash: hash('b') }], unreadable: [] }
    expect(readAnchors(`${lines.join('\n')}\n`)).toEqual(expected)
    expect(readAnchors(lines.join('\r\n'))).toEqual(expected)
    expect(readAnchors('')).toEqual({ anchors: [], unreadable: [] })
    expect(lines.map((line) => readAnchors(line).anchors.map(anchorLine))).toEqual(lines.map((line) => [line]))
  })

  it('may hold the half of a line that a loss of power left before it was repeated, and nothing else', () => {
    expect(readAnchors([lines[0], lines[1]?.slice(0, 30), lines[1]].join('\n')).unreadable).toEqual([])
    expect(readAnchors([lines[0], lines[1]?.slice(0, 30)].join('\n')).unreadable).toEqual([2])
    expect(readAnchors([lines[0], 'x', lines[1]].join('\n')).unreadable).toEqual([2])
    expect(readAnchors(`2026-01-14 5 ${hash('A')}`).unreadable).toEqual([1])
  })

  it('fail a verification when they do not match, cannot be read or are empty', () => {
    const file = readAnchors(lines.join('\n'))
    const [first = { day: '', seq: 0, hash: '' }] = file.anchors
    expect(describeAnchors(file, null)).toEqual({ lines: ['all 2 anchors match, the last of 2026-01-15: link 9'], exitCode: 0 })
    expect(describeAnchors(file, { anchor: first, why: 'other_hash' })).toEqual({ lines: ['ANCHOR of 2026-01-14 does not match: link 5, the chain holds another hash there'], exitCode: 1 })
    expect(describeAnchors(file, { anchor: first, why: 'missing_link' }).exitCode).toBe(1)
    expect(describeAnchors(readAnchors(''), null)).toEqual({ lines: ['there is no anchor in this file'], exitCode: 1 })
    expect(describeAnchors({ ...file, unreadable: [3] }, null)).toEqual({ lines: ['all 2 anchors match, the last of 2026-01-15: link 9', 'line 3 of the anchors cannot be read'], exitCode: 1 })
  })
})

describe.each(await testDatabaseKinds())('anchors of the chain on %s', (kind) => {
  let test: TestDatabase
  beforeAll(async () => { test = await testDatabase(kind) })
  afterAll(() => test.drop())
  beforeEach(async () => {
    const { db } = test.database
    await Promise.all([db.clear(auditEntries), db.clear(auditChain), db.clear(auditPending), db.clear(auditAnchors)])
  })

  const clock = () => 1_763_900_000_000
  const take = (day: string) => test.database.transaction((work) => takeAnchor(work, day, clock()))

  async function grow(entries: number): Promise<void> {
    const audit = createAudit({ database: test.database, clock, log: silent })
    for (let place = 0; place < entries; place += 1) await audit.recordAlone({ actorKind: 'system', action: 'test.grown', outcome: 'done', details: { place } })
    await createAuditSealer({ database: test.database, clock, log: silent }).sealAll()
  }

  /** What somebody with the database in his hands can do: change an entry and compute everything anew from there. */
  async function rewriteFrom(seq: number): Promise<void> {
    const { db } = test.database
    const links = await db.find(auditChain, { order: { seq: 'ASC' } })
    let previousHash = chainStart
    for (const link of links) {
      if (link.seq === seq) await db.update(auditEntries, { id: link.entryId }, { action: 'test.forged' })
      const entry = await db.findOneByOrFail(auditEntries, { id: link.entryId })
      const forged = hashLink(link.seq, previousHash, entry)
      await db.update(auditChain, { seq: link.seq }, { previousHash, hash: forged })
      previousHash = forged
    }
  }

  it('are taken once a day, and not before anything is chained', async () => {
    expect(await take('2026-01-14')).toBeNull()
    await grow(3)
    const head = (await verifyChain(test.database)).head
    expect(await take('2026-01-14')).toEqual({ day: '2026-01-14', ...head })
    await grow(2)
    expect(await take('2026-01-14')).toBeNull()
    expect(await take('2026-01-15')).toMatchObject({ day: '2026-01-15', seq: 5 })
    expect(await test.database.db.count(auditAnchors)).toBe(2)
  })

  it('are taken once also when several processes try at once', async () => {
    await grow(1)
    const taken = await Promise.all(Array.from({ length: 5 }, () => take('2026-01-14')))
    expect(taken.filter((anchor) => anchor !== null)).toHaveLength(1)
  })

  it('show a chain that was written anew, though it holds in itself, and name the first that does not match', async () => {
    const anchors = []
    for (const day of ['2026-01-13', '2026-01-14', '2026-01-15']) {
      await grow(3)
      anchors.push(await take(day) ?? { day: '', seq: 0, hash: '' })
    }
    expect(await firstMismatch(test.database, anchors)).toBeNull()
    await rewriteFrom(5)
    const verified = await verifyChain(test.database)
    expect([verified.firstBroken, verified.checked]).toEqual([undefined, 9])
    expect(await firstMismatch(test.database, anchors)).toEqual({ anchor: anchors[1], why: 'other_hash' })
  })

  it('show a chain whose end was cut off together with its entries', async () => {
    await grow(4)
    const anchor = await take('2026-01-14') ?? { day: '', seq: 0, hash: '' }
    const { db } = test.database
    const last = await db.findOneByOrFail(auditChain, { seq: 4 })
    await db.delete(auditChain, { seq: 4 })
    await db.delete(auditEntries, { id: last.entryId })
    expect((await verifyChain(test.database)).firstBroken).toBeUndefined()
    expect(await firstMismatch(test.database, [anchor])).toEqual({ anchor, why: 'missing_link' })
  })
})
