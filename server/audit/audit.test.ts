import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { testDatabase, testDatabaseKinds, type TestDatabase } from '../../test/support/databases.ts'
import { auditChain, auditEntries, auditPending } from './audit.entity.ts'
import { describeVerification } from './describe-verification.ts'
import { createAudit, type NewAuditEntry } from './record.ts'
import { createAuditSealer } from './sealer.ts'
import { verifyChain } from './verify-chain.ts'

const logged: { fields: Readonly<Record<string, unknown>>; message: string }[] = []
const note = (fields: Readonly<Record<string, unknown>>, message: string): void => void logged.push({ fields, message })
const log = { info: note, warn: note, error: note }
const entry: NewAuditEntry = {
  actorKind: 'staff', actorId: 'lin', action: 'customer.reveal', operation: 'customer.contact.operate',
  subjectKind: 'customer', subjectId: 'wm1', outcome: 'allowed', details: { fields: ['mobile', 'email'], count: 2, approved: true },
}

describe.each(await testDatabaseKinds())('the audit chain on %s', (kind) => {
  let test: TestDatabase
  const clock = () => 1_763_900_000_000
  beforeAll(async () => { test = await testDatabase(kind) })
  afterAll(() => test.drop())
  beforeEach(async () => {
    logged.length = 0
    await test.database.db.clear(auditEntries)
    await test.database.db.clear(auditChain)
    await test.database.db.clear(auditPending)
  })
  const audit = (strictDetails = true) => createAudit({ database: test.database, clock, log, strictDetails })
  const sealer = () => createAuditSealer({ database: test.database, clock, log })
  const links = () => test.database.db.find(auditChain, { order: { seq: 'ASC' } })

  /** Five sealed entries. */
  async function sealed(): Promise<string[]> {
    const ids: string[] = []
    for (let number = 0; number < 5; number += 1) ids.push(await audit().recordAlone({ ...entry, subjectId: `wm${number}` }))
    expect(await sealer().sealAll()).toBe(5)
    return ids
  }

  it('holds for what was recorded and sealed, and reports the unsealed tail', async () => {
    await sealed()
    await audit().recordAlone({ actorKind: 'anonymous', action: 'session.refused', outcome: 'refused' })
    const result = await verifyChain(test.database)
    expect(result).toMatchObject({ checked: 5, unsealed: 1, head: { seq: 5 } })
    expect(result.firstBroken).toBeUndefined()
    expect(describeVerification(result)).toMatchObject({ exitCode: 0, lines: ['the audit chain holds: 5 links checked', `newest link: 5 ${result.head?.hash}`, '1 entry waits to be chained'] })
  })

  it('holds when it is empty', async () => {
    expect(await verifyChain(test.database)).toEqual({ checked: 0, unsealed: 0, head: null })
  })

  it('records exactly when the caller\'s transaction commits', async () => {
    const failing = test.database.transaction(async (work) => {
      await audit().record(work.db, entry)
      throw new Error('rolled back')
    })
    await expect(failing).rejects.toThrow('rolled back')
    expect(await test.database.db.count(auditEntries)).toBe(0)
    expect(await test.database.db.count(auditPending)).toBe(0)
  })

  it.each([
    ['the outcome', { outcome: 'refused' as const }], ['the person', { actorId: 'wu' }], ['the time', { at: 5 }],
    ['a field name', { details: { fields: ['mobile'], count: 2, approved: true } }], ['the customer', { subjectId: 'wm9' }],
  ])('names an entry of which %s was changed', async (_what, change) => {
    const ids = await sealed()
    await test.database.db.update(auditEntries, { id: ids[2] }, change)
    const result = await verifyChain(test.database)
    expect(result).toMatchObject({ checked: 2, firstBroken: { seq: 3, entryId: ids[2], why: 'changed_entry' } })
    expect(describeVerification(result)).toMatchObject({ exitCode: 1, lines: [`BROKEN at link 3, entry ${ids[2]}: its entry was changed`, '2 links before it hold', '0 entries wait to be chained'] })
  })

  it('names an entry that was deleted', async () => {
    const ids = await sealed()
    await test.database.db.delete(auditEntries, { id: ids[1] })
    expect((await verifyChain(test.database)).firstBroken).toEqual({ seq: 2, entryId: ids[1], why: 'missing_entry' })
  })

  it('names a link that was deleted, with or without its entry', async () => {
    const ids = await sealed()
    await test.database.db.delete(auditChain, { seq: 4 })
    expect((await verifyChain(test.database)).firstBroken).toEqual({ seq: 4, entryId: null, why: 'missing_link' })
    await test.database.db.delete(auditEntries, { id: ids[3] })
    expect((await verifyChain(test.database)).firstBroken).toMatchObject({ seq: 4, why: 'missing_link' })
  })

  it('names an entry that was taken out of the chain at its end', async () => {
    const ids = await sealed()
    await test.database.db.delete(auditChain, { seq: 5 })
    expect((await verifyChain(test.database)).firstBroken).toEqual({ seq: null, entryId: ids[4], why: 'unchained_entry' })
  })

  it('names entries that changed places', async () => {
    const ids = await sealed()
    const [one, two] = await links()
    await test.database.db.delete(auditChain, { seq: 1 })
    await test.database.db.update(auditChain, { seq: 2 }, { entryId: one?.entryId })
    await test.database.db.insert(auditChain, { seq: 1, entryId: two?.entryId, previousHash: one?.previousHash, hash: one?.hash, sealedAt: 0 })
    expect((await verifyChain(test.database)).firstBroken).toEqual({ seq: 1, entryId: ids[1], why: 'changed_entry' })
  })

  it('names the link after one that was computed anew to cover a change', async () => {
    const ids = await sealed()
    await test.database.db.update(auditChain, { seq: 2 }, { hash: 'f'.repeat(64) })
    await test.database.db.update(auditChain, { seq: 3 }, { previousHash: 'f'.repeat(64) })
    expect((await verifyChain(test.database)).firstBroken).toEqual({ seq: 2, entryId: ids[1], why: 'changed_entry' })
    await test.database.db.update(auditChain, { seq: 3 }, { previousHash: 'e'.repeat(64) })
    await test.database.db.update(auditChain, { seq: 2 }, { hash: (await links())[1]?.hash })
    expect((await verifyChain(test.database)).firstBroken?.seq).toBe(2)
  })

  it('names a waiting entry that vanished, and goes on chaining the others', async () => {
    const gone = await audit().recordAlone(entry)
    await audit().recordAlone(entry)
    await test.database.db.delete(auditEntries, { id: gone })
    expect(await sealer().sealAll()).toBe(1)
    expect(logged.map((line) => line.message)).toContain('audit entries vanished before they were chained')
    expect((await verifyChain(test.database)).firstBroken).toEqual({ seq: null, entryId: gone, why: 'missing_entry' })
  })

  it('never forks, though several sealers work at once while entries arrive', async () => {
    const recording = Array.from({ length: 40 }, () => audit().recordAlone(entry))
    const sealing = Array.from({ length: 4 }, () => sealer().sealAll())
    await Promise.all([...recording, ...sealing])
    while (await sealer().sealAll() > 0);
    const result = await verifyChain(test.database)
    expect(result).toMatchObject({ checked: 40, unsealed: 0 })
    expect(result.firstBroken).toBeUndefined()
  })

  it('is sealed within a second by the running sealer, which stops cleanly', async () => {
    const running = sealer()
    running.start()
    await audit().recordAlone(entry)
    await expect.poll(async () => (await links()).length, { timeout: 5_000 }).toBe(1)
    await running.stop()
    await audit().recordAlone(entry)
    await new Promise((resolve) => setTimeout(resolve, 700))
    expect(await links()).toHaveLength(1)
  })

  it.each([
    ['a mobile number', '13812345678'], ['one with a country code', '+86 138-1234-5678'], ['one inside a text', 'call 13812345678 now'],
    ['one in full-width digits', '１３８１２３４５６７８'], ['a foreign number', '+1 415 555 2671'], ['a land line', '021-62345678'],
    ['an e-mail address', 'lin@example.com'], ['a text of a person', '很长的聊天内容'.repeat(40)], ['a mobile number as a number', 13_812_345_678],
    ['one in a list', ['wm1', '13812345678']],
  ])('details refuse %s', async (_what, value) => {
    await expect(audit().recordAlone({ ...entry, details: { note: value } })).rejects.toThrow('audit details of customer.reveal look like personal values: note')
    await audit(false).recordAlone({ ...entry, details: { note: value, field: 'mobile' } })
    const [stored] = await test.database.db.find(auditEntries)
    expect(stored?.details).toEqual({ field: 'mobile', dropped: ['note'] })
    expect(logged).toEqual([{ fields: { action: 'customer.reveal', keys: ['note'] }, message: 'audit details looked like personal values and were dropped' }])
  })

  it.each([
    ['WeCom ids', 'wmEAlECQAAxxPrY9g1x-138_12345678'], ['a UUID', '019ab13812345678-7c4e-7b7e-8d40-13812345678a'], ['milliseconds', 1_763_900_000_000],
    ['masked values', '138****1234'], ['field names', ['customer.contact.mobile', 'birthday']], ['a count', 10_000], ['an answer', false],
  ])('details accept %s', async (_what, value) => {
    await audit().recordAlone({ ...entry, details: { value } })
    expect((await test.database.db.find(auditEntries))[0]?.details).toEqual({ value })
  })
})
