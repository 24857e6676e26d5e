import { v7 as uuid } from 'uuid'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { testDatabase, testDatabaseKinds, type TestDatabase } from '../../test/support/databases.ts'
import { auditChain, auditEntries, type AuditEntry } from './audit.entity.ts'
import { searchEntries, type AuditPlace, type AuditSearch, type FoundEntry, type SearchBounds } from './search-entries.ts'

const began = 1_763_900_000_000
const people = ['lin', 'wu', 'zhou']
const actions = ['customer.shown', 'customer.changed', 'customers.listed', 'policy.published', 'route.refused']

/** Entries of which several share an instant, and one rare action among thousands. */
const entries = Array.from({ length: 12_000 }, (_, place): Omit<AuditEntry, 'details'> & { readonly details: { readonly place: number } } => ({
  id: uuid(), at: began + Math.floor(place / 3) * 1_000, actorKind: place % 50 === 0 ? 'system' : 'staff', actorId: place % 50 === 0 ? null : people[place % 3] ?? null,
  action: place % 1_000 === 7 ? 'policy.rolled-back' : actions[place % 5] ?? '', operation: place % 5 === 4 ? 'talk.messages.view' : null,
  subjectKind: place % 2 === 0 ? 'customer' : null, subjectId: place % 2 === 0 ? `c${place % 40}` : null,
  outcome: place % 5 === 4 ? 'refused' : 'allowed', details: { place }, requestId: `request-${Math.floor(place / 2)}`,
}))

function expected(search: AuditSearch): string[] {
  const { from = 0, until = Infinity, action = '' } = search
  const exact = ['actorKind', 'actorId', 'operation', 'outcome', 'subjectKind', 'subjectId', 'requestId'] as const
  return entries
    .filter((entry) => entry.at >= from && entry.at < until && entry.action.startsWith(action) && exact.every((name) => search[name] === undefined || entry[name] === search[name]))
    .sort((one, other) => other.at - one.at || (one.id < other.id ? 1 : -1))
    .map((entry) => entry.id)
}

const searches: [string, AuditSearch][] = [
  ['nothing', {}], ['a person', { actorId: 'wu' }], ['a customer', { subjectId: 'c8' }], ['a customer and a person', { subjectId: 'c8', actorId: 'lin' }],
  ['a frequent action', { action: 'customer.' }], ['the beginning of a word', { action: 'customer' }], ['a rare action', { action: 'policy.rolled' }], ['an unknown action', { action: 'nothing.' }],
  ['a time', { from: began + 50_000, until: began + 90_000 }], ['an operation', { operation: 'talk.messages.view' }], ['refusals', { outcome: 'refused' }],
  ['refusals of a person within a time', { outcome: 'refused', actorId: 'lin', from: began + 100_000 }], ['the system', { actorKind: 'system' }], ['a request', { requestId: 'request-77' }],
  ['a rare action of a person', { action: 'policy.rolled', actorId: 'zhou' }], ['nobody', { actorId: 'nobody' }], ['customers', { subjectKind: 'customer', action: 'route.' }],
]

describe.each(await testDatabaseKinds())('searching the audit on %s', (kind) => {
  let test: TestDatabase
  beforeAll(async () => {
    test = await testDatabase(kind)
    const { db } = test.database
    for (let from = 0; from < entries.length; from += 500) await db.insert(auditEntries, entries.slice(from, from + 500))
    await db.insert(auditChain, entries.slice(0, 3).map((entry, place) => ({ seq: place + 1, entryId: entry.id, previousHash: 'x', hash: 'x', sealedAt: began })))
  })
  afterAll(() => test.drop())

  async function pages(search: AuditSearch, limit: number, bounds?: SearchBounds): Promise<FoundEntry[]> {
    const found: FoundEntry[] = []
    for (let after: AuditPlace | null = null; ;) {
      const page = await searchEntries(test.database, search, after, limit, bounds)
      expect(page.entries.length).toBeLessThanOrEqual(limit)
      found.push(...page.entries)
      if (page.next === null) return found
      after = page.next
    }
  }

  it.each(searches)('finds exactly the entries of %s, the newest first, page by page', async (_what, search) => {
    expect((await pages(search, 97)).map((entry) => entry.id)).toEqual(expected(search))
  })

  it('finds the same when each page may look at few entries only, and some pages are short for that', async () => {
    for (const [what, search] of searches) expect([what, (await pages(search, 40, { window: 100, windows: 3, rare: 10 })).map((entry) => entry.id)]).toEqual([what, expected(search)])
    const first = await searchEntries(test.database, { actorId: 'zhou', action: 'policy.rolled' }, null, 40, { window: 100, windows: 3, rare: 10 })
    expect([first.entries, first.next !== null]).toEqual([[], true])
  })

  it('gives entries whole, with their place in the chain once they have one', async () => {
    const [whole] = entries
    expect(await pages({ requestId: whole?.requestId ?? '' }, 10)).toContainEqual({ ...whole, place: 1 })
    expect((await pages({ requestId: 'request-77' }, 10)).map((entry) => entry.place)).toEqual([null, null])
  })

  it('shows an entry whose details somebody destroyed', async () => {
    await test.database.db.query(`update audit_entries set details = 'broken' where id = '${entries[5]?.id ?? ''}'`)
    const found = await pages({ requestId: entries[5]?.requestId ?? '' }, 10)
    expect(found.find((entry) => entry.id === entries[5]?.id)?.details).toEqual({ unreadable: true })
    expect(found).toHaveLength(2)
  })

  it('names an index for everything, and sorts only what is little', async () => {
    const { db } = test.database
    const query = (sql: string, values: unknown): Promise<unknown> => test.database.source.query(sql, Array.isArray(values) ? values : [])
    const explained: { readonly sql: string, readonly plan: string }[] = []
    // Every statement of a search is explained before it runs.
    const spy = vi.spyOn(db, 'query').mockImplementation(async (sql: string, values?: unknown) => {
      explained.push({ sql, plan: JSON.stringify(await query(`${kind === 'sqlite' ? 'explain query plan' : 'explain'} ${sql}`, values)) })
      return query(sql, values)
    })
    for (const [, search] of searches) await searchEntries(test.database, search, { at: began + 3_000_000, id: entries[10]?.id ?? '' }, 50)
    spy.mockRestore()
    expect(explained.length).toBeGreaterThan(searches.length)
    expect(explained.filter(({ plan }) => /"SCAN e"|"table":"e","type":"ALL"/.test(plan))).toEqual([])
    const sorted = explained.filter(({ sql, plan }) => /^SELECT e\.id/.test(sql) && /FOR ORDER BY|filesort/.test(plan))
    expect(sorted.map(({ sql }) => /ix_\w+/.exec(sql)?.[0]).filter((index) => index !== 'ix_audit_entries_action' && index !== 'ix_audit_entries_request')).toEqual([])
  })
})
