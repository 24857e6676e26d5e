import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { customerFieldNames, customerFields, type CustomerField, type Operation, type RoleGrant } from '#shared/access/index'
import { compilePolicy } from '../../server/access/compile.ts'
import { allows, decide, decideRecord, prepare } from '../../server/access/decide.ts'
import { loadFacts, type CustomerFacts } from '../../server/access/facts.ts'
import { fieldsFor } from '../../server/access/fields.ts'
import type { Policy } from '../../server/access/policy.ts'
import { canFilterBy, fieldFilter, recordFilter, rowFilter } from '../../server/access/row-filter.ts'
import { selectNamed, type Dialect } from '../../server/access/sql.ts'
import { recordUnits, unitOf } from '../../server/access/units.ts'
import { testDatabase, testDatabaseKinds, type TestDatabase } from '../support/databases.ts'
import { operationArbitrary, worldArbitrary } from './support/random-world.ts'
import { referenceAllows, referenceField } from './support/reference.ts'
import { policyInput, writeWorld, type World, type WorldCustomer } from './support/world.ts'

type Decide = (policy: Policy, operation: Operation, facts: CustomerFacts, now: number) => boolean

const engineDecide: Decide = (policy, operation, facts, now) => decide(policy, operation, prepare(policy, facts), now).allowed

const caseArbitrary = fc.record({ world: worldArbitrary, operations: fc.uniqueArray(operationArbitrary, { minLength: 4, maxLength: 6 }) })
const fieldsTried: readonly CustomerField[] = ['name', 'mobile', 'valueTier', 'contractAmountFen', 'spendTotalFen', 'stage']

interface Tally { cases: number, mixed: number, records: number, clear: number }

/** Compares both executions and the reference for one company; throws at the first difference. */
async function compare(test: TestDatabase, dialect: Dialect, world: World, operations: readonly Operation[], decideWith: Decide, tally: Tally): Promise<void> {
  const { database } = test
  await database.transaction((work) => writeWorld(work.db, world))
  const ids = async (sql: string, parameters: Readonly<Record<string, unknown>>) =>
    (await selectNamed(database.db, sql, parameters)).map((row) => JSON.stringify(row)).sort()
  const asRows = (list: readonly string[]) => list.map((id) => JSON.stringify({ id })).sort()
  const facts = await loadFacts(database.db, world.customers.map((one) => one.id))
  expect(facts.size).toBe(world.customers.length)
  for (const person of world.staff) {
    const policy = compilePolicy(policyInput(world, person.id))
    const at = { now: world.now, dialect }
    for (const operation of operations) {
      const found = await ids(...queryOf(rowFilter(policy, operation, at)))
      const decided = [...facts.values()].filter((one) => decideWith(policy, operation, one, world.now)).map((one) => one.customerId)
      expect({ who: person.id, operation, customers: found }).toEqual({ who: person.id, operation, customers: asRows(decided) })
      tally.cases += 1
      if (found.length > 0 && found.length < world.customers.length) tally.mixed += 1
      const bare = [...facts.values()].filter((one) => allows(policy, operation, prepare(policy, one), world.now)).map((one) => one.customerId)
      expect(bare).toEqual(decided)
      const meant = world.customers.filter((one) => referenceAllows(world, person.id, operation, one)).map((one) => one.id)
      expect({ who: person.id, operation, customers: asRows(meant) }).toEqual({ who: person.id, operation, customers: found })
      if (recordUnits.has(unitOf(operation))) await compareRecords(operation, person.id, policy)
    }
    for (const field of fieldsTried) await compareField(field, policy)
    for (const customer of world.customers.slice(0, 10)) compareFieldSet(customer, person.id, policy)
  }

  async function compareRecords(operation: Operation, staffId: string, policy: Policy): Promise<void> {
    const filter = recordFilter(policy, operation, { now: world.now, dialect }, { alias: 'visits', storeColumn: 'store_department_id' })
    const found = await ids(`SELECT visits.id AS id FROM visits JOIN customers ON customers.id = visits.customer_id WHERE ${filter.sql}`, filter.parameters)
    const places = world.customers.flatMap((customer) => customer.visits.map((visit, place) => ({ customer, id: `${customer.id}-v${place}`, store: visit.storeDepartmentId })))
    const decided = places.filter(({ customer, store }) => {
      const known = facts.get(customer.id)
      return known !== undefined && decideRecord(policy, operation, prepare(policy, known), { storeDepartmentId: store }, world.now).allowed
    })
    expect({ staffId, operation, records: found }).toEqual({ staffId, operation, records: asRows(decided.map((one) => one.id)) })
    if (found.length > 0 && found.length < places.length) tally.records += 1
    const meant = places.filter(({ customer, store }) => referenceAllows(world, staffId, operation, customer, store))
    expect(asRows(meant.map((one) => one.id))).toEqual(found)
  }

  function compareFieldSet(customer: WorldCustomer, staffId: string, policy: Policy): void {
    const known = facts.get(customer.id)
    if (known === undefined) throw new Error('no facts')
    const fields = fieldsFor(policy, prepare(policy, known), world.now)
    for (const field of customerFieldNames) {
      const found = { shown: fields.presentation(field), writable: fields.writable.has(field) }
      expect({ staffId, customer: customer.id, field, ...found }).toEqual({ staffId, customer: customer.id, field, ...referenceField(world, staffId, field, customer) })
    }
  }

  async function compareField(field: CustomerField, policy: Policy): Promise<void> {
    const at = { now: world.now, dialect }
    const found = await ids(...queryOf(fieldFilter(policy, field, at)))
    const clear = asRows([...facts.values()].filter((one) => fieldsFor(policy, prepare(policy, one), world.now).presentation(field) === 'clear').map((one) => one.customerId))
    // Values over records may be clear over the visible records only; then the filter leaves the row out.
    if ('overRecords' in customerFields[field]) expect(clear).toEqual(expect.arrayContaining(found))
    else expect({ field, customers: found }).toEqual({ field, customers: clear })
    if (found.length > 0) tally.clear += 1
    if (found.length > 0) expect(canFilterBy(policy, field, at)).toBe(true)
  }
}

function queryOf(filter: { readonly sql: string, readonly parameters: Readonly<Record<string, unknown>> }): [string, Readonly<Record<string, unknown>>] {
  return [`SELECT customers.id AS id FROM customers WHERE ${filter.sql}`, filter.parameters]
}

const newTally = (): Tally => ({ cases: 0, mixed: 0, records: 0, clear: 0 })

const runs = { sqlite: 240, mysql: 80 }

describe.each(await testDatabaseKinds())('decide and rowFilter on %s', (kind) => {
  let test: TestDatabase
  beforeAll(async () => { test = await testDatabase(kind) })
  afterAll(async () => { await test.drop() })

  it('mean the same over random companies, rules and customers, and what the reference means', async () => {
    const tally = newTally()
    await fc.assert(fc.asyncProperty(caseArbitrary, ({ world, operations }) => compare(test, kind, world, operations, engineDecide, tally)), { numRuns: runs[kind] })
    // The companies are worth comparing: many cases have customers on both sides of the rule.
    expect(tally.cases).toBeGreaterThan(runs[kind] * 8 - 1)
    expect(tally.mixed).toBeGreaterThan(tally.cases / 10)
    expect(tally.records).toBeGreaterThan(runs[kind] / 10)
    expect(tally.clear).toBeGreaterThan(runs[kind])
  }, 120_000)
})

/** Ways to get `decide` wrong. Each changes the world that decide sees while the rows stay what they are. */
const mutations: Readonly<Record<string, (world: World) => World>> = {
  'a team that reaches the departments below': (world) => ({ ...world, roles: eachGrant(world, (grant) => (grant.scope.kind === 'team' ? { ...grant, scope: { kind: 'subtree' } } : grant)) }),
  'a subtree that reaches only my department': (world) => ({ ...world, roles: eachGrant(world, (grant) => (grant.scope.kind === 'subtree' ? { ...grant, scope: { kind: 'team' } } : grant)) }),
  'followed that forgets the owner': (world) => ({ ...world, roles: eachGrant(world, (grant) => (grant.scope.kind === 'followed' ? { ...grant, scope: { kind: 'own' } } : grant)) }),
  'conditions that are ignored': (world) => ({ ...world, roles: eachGrant(world, (grant) => ({ ...grant, conditions: [] })) }),
  'restrictions that are ignored': (world) => ({ ...world, restrictions: [] }),
  'an end that is inclusive': (world) => ({ ...world, now: world.now - 1 }),
}

function eachGrant(world: World, change: (grant: RoleGrant) => RoleGrant): Record<string, RoleGrant[]> {
  return Object.fromEntries(Object.entries(world.roles).map(([key, grants]) => [key, grants.map(change)]))
}

describe('the comparison finds', () => {
  let test: TestDatabase
  beforeAll(async () => { test = await testDatabase('sqlite') })
  afterAll(async () => { await test.drop() })

  it.each(Object.entries(mutations))('%s', async (_name, mutate) => {
    const found = await fc.check(fc.asyncProperty(caseArbitrary, ({ world, operations }) => {
      const wrong = mutate(world)
      const broken: Decide = (policy, operation, facts) => engineDecide(compilePolicy(policyInput(wrong, policy.staffId)), operation, facts, wrong.now)
      return compare(test, 'sqlite', world, operations, broken, newTally())
    }), { numRuns: 400, endOnFailure: true })
    expect(found.failed).toBe(true)
  }, 120_000)
})

it('knows every field it tries', () => {
  expect(customerFieldNames).toEqual(expect.arrayContaining([...fieldsTried]))
})
