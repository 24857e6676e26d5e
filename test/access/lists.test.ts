import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Condition, Operation } from '#shared/access/index'
import { compilePolicy } from '../../server/access/compile.ts'
import type { RowFilter } from '../../server/access/filter.ts'
import { belowNode } from '../../server/access/listing/nodes.ts'
import type { ListTuning } from '../../server/access/listing/plan.ts'
import { fieldFilter, rowFilter } from '../../server/access/row-filter.ts'
import { loadCompanyPolicy, loadPolicyInput, readPage, refreshScopes, selectNamed } from '../../server/access/index.ts'
import { conditionOf, narrowingOf, type CustomerSearch } from '../../server/customers/customer-search.ts'
import { testDatabase, testDatabaseKinds, type TestDatabase, type TestDatabaseKind } from '../support/databases.ts'
import { grantArbitrary } from './support/random-rules.ts'
import { worldArbitrary } from './support/random-world.ts'
import type { World } from './support/world.ts'
import { replaceWorld } from './support/write-world.ts'

/**
 * What the scope table proposes and the filter decides is, page by page, what the filter gives alone in the same order: over
 * random companies with all their rules, for every way to narrow a list, with departments under way and with rows that lie.
 */
interface Case {
  readonly world: World
  /** Instants and names, with many doubles. */
  readonly activity: readonly number[]
  readonly names: readonly string[]
  readonly searches: readonly CustomerSearch[]
  readonly operations: readonly Operation[]
  readonly size: number
  readonly tuning: ListTuning
  /** Departments whose rows above are not written yet. */
  readonly moved: readonly number[]
  /** Rows that no fact stands behind. */
  readonly lies: readonly { readonly node: number; readonly place: number }[]
}

const name = fc.constantFrom('王伟', '王小明', '李伟', 'lee wang', '100%_王', '王', '欧阳 锋', 'a_b', '😀笑')
const search: fc.Arbitrary<CustomerSearch> = fc.record({
  name: fc.option(fc.constantFrom('王', '王伟', '伟', 'LEE', '%', '_', '欧阳 锋', 'wang', '笑', '王x', ' '), { nil: undefined, freq: 2 }),
  stage: fc.option(fc.constantFrom('lead', 'intent', 'signed', 'unheard'), { nil: undefined, freq: 2 }),
  tagId: fc.option(fc.constantFrom('t0', 't1', 't9', 'nothing'), { nil: undefined, freq: 2 }),
  ownerStaffId: fc.option(fc.constantFrom('s0', 's1', 'nobody'), { nil: undefined, freq: 3 }),
})

const caseArbitrary: fc.Arbitrary<Case> = fc.record({
  world: worldArbitrary,
  activity: fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 5, maxLength: 40 }),
  names: fc.array(name, { minLength: 3, maxLength: 9 }),
  searches: fc.array(search, { minLength: 2, maxLength: 4 }).map((list) => [{}, ...list]),
  operations: fc.constantFrom<Operation[][]>(['customer.profile.view'], ['customer.profile.view', 'customer.spending.view'], ['talk.visits.view']).map((list) => list),
  size: fc.constantFrom(2, 5, 17),
  tuning: fc.record({
    fewCustomers: fc.constantFrom(0, 3, 2_000), veryFew: fc.constantFrom(0, 2, 100), mostCounted: fc.constantFrom(1, 4, 10_000), mostAtOnce: fc.constantFrom(3, 8, 3_000), mostCandidates: fc.constantFrom(0, 9, 20_000), keepSizesMs: fc.constant(0),
  }),
  moved: fc.uniqueArray(fc.integer({ min: 1, max: 6 }), { maxLength: 2 }),
  lies: fc.array(fc.record({ node: fc.integer({ min: 1, max: 6 }), place: fc.nat({ max: 39 }) }), { maxLength: 5 }),
})

async function write(test: TestDatabase, { world, activity, names, moved, lies }: Case): Promise<void> {
  await test.database.transaction(async ({ db }) => {
    for (const table of ['customer_scope', 'list_marks']) await db.query(`DELETE FROM ${table}`)
    await replaceWorld(db, world)
    for (const [place, { id }] of world.customers.entries()) {
      await db.query('UPDATE customers SET last_active_at = ?, name_search = ? WHERE id = ?', [activity[place % activity.length], names[(place * 7) % names.length], id])
    }
    const ids = world.customers.map((one) => one.id)
    await refreshScopes(db, ids)
    for (const id of moved) {
      const path = world.departments.find((one) => one.id === id)?.path
      if (path !== undefined) await forgetAbove(db, id, path)
    }
    for (const { node, place } of lies) {
      const id = ids[place]
      const lie = { node: belowNode(node), id }
      const known = await selectNamed(db, 'SELECT node FROM customer_scope WHERE node = :node AND customer_id = :id', lie)
      if (known.length === 0) await selectNamed(db, 'INSERT INTO customer_scope (node, last_active_at, customer_id, stage, value_tier) SELECT :node, last_active_at, id, stage, value_tier FROM customers WHERE id = :id', lie)
    }
  })
}

/** The department was moved a moment ago: nothing is written above it. */
async function forgetAbove(db: Parameters<typeof replaceWorld>[0], id: number, path: string): Promise<void> {
  const above = path.split('/').filter((step) => step !== '').map(Number).filter((step) => step !== id)
  await db.query('INSERT INTO list_marks (name, path, position, round, not_before) VALUES (?, ?, ?, 1, 0)', [`department:${id}`, path, ''])
  if (above.length === 0) return
  const here = `SELECT id FROM customers WHERE owner_department_id = :id OR pool_department_id = :id UNION SELECT customer_id FROM follows WHERE department_id = :id AND ended_at IS NULL AND live_key IS NOT NULL`
  await selectNamed(db, `DELETE FROM customer_scope WHERE node IN (:...nodes) AND customer_id IN (SELECT id FROM (${here}) here)`, { id, nodes: above.map(belowNode) })
}

const idsOf = (rows: readonly unknown[]): string[] => rows.map((row) => (typeof row === 'object' && row !== null && 'id' in row ? String(row.id) : ''))

/** As the list's route narrows: rows whose field is not clear never match a filter by it (T10). */
function filterOf(policy: Parameters<typeof rowFilter>[0], operation: Operation, at: Parameters<typeof rowFilter>[2], narrowed: CustomerSearch): RowFilter {
  const needed = [
    ...(narrowed.name === undefined ? [] : ['name' as const]), ...(narrowed.stage === undefined ? [] : ['stage' as const]),
    ...(narrowed.tagId === undefined ? [] : ['tags' as const]), ...(narrowed.ownerStaffId === undefined ? [] : ['owner' as const]),
  ]
  return needed.reduce((all, field) => all.and(fieldFilter(policy, field, at)), rowFilter(policy, operation, at))
}

interface Tally { lists: number, filled: number, narrowed: number }

async function compare(test: TestDatabase, kind: TestDatabaseKind, one: Case, tally: Tally): Promise<void> {
  await write(test, one)
  const { db } = test.database
  const company = await loadCompanyPolicy(db)
  for (const person of one.world.staff) {
    const policy = compilePolicy(await loadPolicyInput(db, company, person.id))
    for (const [operation, narrowed] of one.operations.flatMap((operation) => one.searches.map((search) => [operation, search] as const))) {
      for (const filter of new Set([rowFilter(policy, operation, { now: one.world.now, dialect: kind }), filterOf(policy, operation, { now: one.world.now, dialect: kind }, narrowed)])) {
        const where = conditionOf(narrowed)
        const expected = idsOf(await selectNamed(db, `SELECT customers.id AS id FROM customers WHERE (${filter.sql}) AND (${where.sql}) ORDER BY customers.last_active_at DESC, customers.id DESC`, { ...filter.parameters, ...where.parameters }))
        const pages: string[] = []
        for (let after: { at: number, id: string } | null = null; ;) {
          const rows: unknown[] = await readPage(db, { filter, ...narrowingOf(narrowed), where, after, limit: one.size, columns: 'customers.id AS id, customers.last_active_at AS at', tuning: one.tuning })
          pages.push(...idsOf(rows))
          const last: unknown = rows.at(-1)
          if (rows.length < one.size || typeof last !== 'object' || last === null || !('id' in last) || !('at' in last)) break
          after = { at: Number(last.at), id: String(last.id) }
        }
        expect({ who: person.id, operation, narrowed, pages }).toEqual({ who: person.id, operation, narrowed, pages: expected })
        tally.lists += 1
        if (expected.length > 0) tally.filled += 1
        if (expected.length > 0 && expected.length < one.world.customers.length) tally.narrowed += 1
      }
    }
  }
}

const companies = 120
const narrow = 60

/** Only grants that a condition narrows, with a restriction that takes some of what is left; every list is gone through by every plan. */
const narrowCase: fc.Arbitrary<Case> = fc.record({
  one: caseArbitrary,
  grants: fc.array(grantArbitrary.filter((grant) => grant.conditions.length > 0 && grant.operations.includes('customer.profile.view')), { minLength: 2, maxLength: 4 }),
  scope: fc.constantFrom<'all' | 'subtree'>('all', 'subtree'),
  taken: fc.constantFrom<Condition>({ kind: 'stage', anyOf: ['signed'] }, { kind: 'tags', match: 'any', tagIds: ['t0'] }, { kind: 'valueTier', atLeast: 4 }),
}).map(({ one, grants, scope, taken }) => ({
  ...one,
  operations: ['customer.profile.view'],
  world: {
    ...one.world, roles: { r0: grants, r1: grants.slice(0, 1), r2: [] }, temporary: [], nodeGrants: [], shares: [], freezes: [], unreadable: [],
    staff: one.world.staff.map((person) => ({ ...person, status: 'active' as const })),
    restrictions: [{
      id: 'narrow', endedAt: null,
      restriction: { subject: { everyone: true, roles: [], staffIds: [], except: [] }, operations: ['customer.profile.view' as const], scope: { kind: scope }, conditions: [taken] },
    }],
  },
}))

describe.each(await testDatabaseKinds())('pages through the scope table on %s', (kind) => {
  let test: TestDatabase
  beforeAll(async () => { test = await testDatabase(kind) })
  afterAll(async () => { await test.drop() })

  it('are those of the filter alone, over random companies, rules, searches and tables that are not complete', async () => {
    const tally: Tally = { lists: 0, filled: 0, narrowed: 0 }
    await fc.assert(fc.asyncProperty(caseArbitrary, (one) => compare(test, kind, one, tally)), { numRuns: companies })
    expect(tally.lists).toBeGreaterThan(companies * 6)
    expect(tally.filled).toBeGreaterThan(companies)
    expect(tally.narrowed).toBeGreaterThan(companies / 2)
  }, 240_000)

  it('are those of the filter alone where conditions narrow every grant and a restriction takes some of the rest', async () => {
    const tally: Tally = { lists: 0, filled: 0, narrowed: 0 }
    await fc.assert(fc.asyncProperty(narrowCase, (one) => compare(test, kind, one, tally)), { numRuns: narrow })
    expect(tally.narrowed).toBeGreaterThan(narrow / 2)
    expect(tally.filled).toBeLessThan(tally.lists)
  }, 240_000)
})
