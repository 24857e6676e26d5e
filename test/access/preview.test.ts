import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { customerFieldNames, operations, type Operation } from '#shared/access/index'
import { previewChange, type PreviewFigures } from '../../server/access/bulk/preview.ts'
import { unitOf, viewOfField } from '../../server/access/units.ts'
import { companyPolicyFrom, loadCompanyPolicy, loadPeople, policyInputOf, type CompanyPolicy, type PolicyRules } from '../../server/access/company-policy.ts'
import { compilePolicy } from '../../server/access/compile.ts'
import { allows, decideResource, prepare } from '../../server/access/decide.ts'
import { loadFacts, type CustomerFacts } from '../../server/access/facts.ts'
import { fieldsFor } from '../../server/access/fields.ts'
import type { Policy } from '../../server/access/policy.ts'
import { widthOf } from '../../server/access/presentation.ts'
import { testDatabase, testDatabaseKinds, type TestDatabase } from '../support/databases.ts'
import { worldArbitrary } from './support/random-world.ts'
import type { World } from './support/world.ts'
import { replaceWorld } from './support/write-world.ts'

/** One company under two sets of rules; some of the second are those of the first. */
const caseArbitrary = fc.record({
  world: worldArbitrary, other: worldArbitrary, keepsRoles: fc.uniqueArray(fc.constantFrom('r0', 'r1', 'r2'), { maxLength: 3 }), keepsRestrictions: fc.boolean(),
  nodes: fc.array(fc.record({ keepsOpen: fc.boolean(), nodeKey: fc.constantFrom('n1', 'n2'), after: fc.boolean() }), { maxLength: 2 }),
  moves: fc.boolean(),
})
type Case = typeof caseArbitrary extends fc.Arbitrary<infer One> ? One : never

const rulesOf = (world: World, roles: World['roles'], restrictions: World['restrictions'], nodes: Case['nodes']): PolicyRules => ({
  roles: Object.entries(roles).map(([roleKey, grants]) => ({ roleKey, grants })),
  restrictions: restrictions.map(({ id, restriction }) => ({ id, definition: restriction })),
  nodeGrants: nodes.map(({ keepsOpen, nodeKey }, place) => ({
    id: String(place), nodeKey, keepsOpen, subject: { roles: ['r0'], staffIds: ['s1'] },
    grant: { operations: ['customer.profile.view', 'talk.tickets.edit'], scope: { kind: 'all' }, conditions: [], fields: {} },
  })),
})

/** What somebody can do, counted one customer and one thing at a time. */
function slowly(policy: Policy, facts: readonly CustomerFacts[], departmentIds: readonly number[], now: number) {
  const situations = facts.map((one) => prepare(policy, one))
  const over = (operation: Operation) => new Set(situations.filter((one) => allows(policy, operation, one, now)).map((one) => one.facts.customerId))
  const things = (operation: Operation, creatorStaffId: string) =>
    new Set(departmentIds.filter((departmentId) => decideResource(policy, operation, { departmentId, creatorStaffId }, now).allowed))
  const widths = new Map(customerFieldNames.map((field) => [field, new Map(situations.map((one) => [one.facts.customerId, widthOf(fieldsFor(policy, one, now).presentation(field))]))]))
  const company = (operation: Operation) => decideResource(policy, operation, { departmentId: null, creatorStaffId: null }, now).allowed
  return { over, things, widths, company }
}

const beyond = <T>(one: ReadonlySet<T>, other: ReadonlySet<T>) => [...one].filter((item) => !other.has(item)).length

type Counts = Record<string, [over: string, gained: number, lost: number]>

function expected(staffId: string, before: Policy, after: Policy, facts: readonly CustomerFacts[], departmentIds: readonly number[], now: number): Counts {
  const [was, is] = [slowly(before, facts, departmentIds, now), slowly(after, facts, departmentIds, now)]
  const counts: Counts = {}
  const put = (what: string, over: string, gained: number, lost: number) => {
    if (gained + lost > 0) counts[what] = [over, gained, lost]
  }
  for (const operation of operations) {
    const unit = unitOf(operation)
    if (unit.startsWith('system.') || unit === 'marketing.strategy') put(operation, 'company', Number(is.company(operation) && !was.company(operation)), Number(was.company(operation) && !is.company(operation)))
    else if (unit.startsWith('marketing.') && unit !== 'marketing.broadcasts') {
      const [others, othersBefore, own, ownBefore] = [is.things(operation, 'somebody'), was.things(operation, 'somebody'), is.things(operation, staffId), was.things(operation, staffId)]
      put(operation, 'departments', beyond(others, othersBefore), beyond(othersBefore, others))
      if (counts[operation] === undefined) put(operation, 'own', Math.min(1, beyond(own, ownBefore)), Math.min(1, beyond(ownBefore, own)))
    } else put(operation, 'customers', beyond(is.over(operation), was.over(operation)), beyond(was.over(operation), is.over(operation)))
  }
  for (const field of customerFieldNames) {
    const both = [...is.over(viewOfField(field))].filter((id) => was.over(viewOfField(field)).has(id))
    const widths = both.map((id) => (is.widths.get(field)?.get(id) ?? 0) - (was.widths.get(field)?.get(id) ?? 0))
    put(`field:${field}`, 'customers', widths.filter((one) => one > 0).length, widths.filter((one) => one < 0).length)
  }
  return counts
}

describe.each(await testDatabaseKinds())('the preview of a change on %s', (kind) => {
  let test: TestDatabase
  beforeAll(async () => { test = await testDatabase(kind) })
  afterAll(() => test.drop())

  async function compare(one: Case, tally: { people: number, effects: number, kinds: Set<string> }): Promise<void> {
    const { world, other } = one
    const { db } = test.database
    await test.database.transaction((work) => replaceWorld(work.db, world))
    const roles = { ...other.roles, ...Object.fromEntries(one.keepsRoles.map((key) => [key, world.roles[key] ?? []])) }
    const restrictions = one.keepsRestrictions ? world.restrictions : other.restrictions
    const company = await loadCompanyPolicy(db)
    const before = companyPolicyFrom(company, rulesOf(world, world.roles, world.restrictions, one.nodes))
    const after = companyPolicyFrom(company, rulesOf(world, roles, restrictions, one.nodes.filter((node) => node.after)))
    const rolesAfter = new Map(one.moves ? [['s1', ['r2']]] : [])
    const found = await previewChange(db, { before, after, rolesAfter, now: world.now, most: 10 })
    const facts = [...(await loadFacts(db, world.customers.map((customer) => customer.id))).values()]
    const people = await loadPeople(db, world.staff.map((person) => person.id))
    const all: Record<string, Counts> = {}
    for (const person of people.filter((one) => one.active)) {
      const compiled = (rules: CompanyPolicy, roleKeys: readonly string[]) => compilePolicy(policyInputOf(rules, { ...person, roleKeys }))
      const counts = expected(person.staffId, compiled(before, person.roleKeys), compiled(after, rolesAfter.get(person.staffId) ?? person.roleKeys), facts, company.tree.living(), world.now)
      if (Object.keys(counts).length > 0) all[person.staffId] = counts
    }
    expect(countsOf(found)).toEqual(all)
    expect([found.customers, found.staff, found.peopleLeftOut]).toEqual([facts.length, people.filter((person) => person.active).length, 0])
    expect(found.staffGaining).toBe(Object.values(all).filter((counts) => Object.values(counts).some(([, gained]) => gained > 0)).length)
    for (const total of found.totals) {
      const counts = Object.values(all).flatMap((one) => one[total.what] ?? []).length
      expect([total.what, counts > 0]).toEqual([total.what, true])
    }
    tally.people += Object.keys(all).length
    for (const [over, gained, lost] of Object.values(all).flatMap((counts) => Object.values(counts))) {
      tally.effects += 1
      tally.kinds.add(`${over} ${gained > 0 ? 'gained' : ''}${lost > 0 ? 'lost' : ''}`)
    }
  }

  function countsOf(found: PreviewFigures): Record<string, Counts> {
    return Object.fromEntries(found.people.map(({ staffId, effects }) => [staffId, Object.fromEntries(effects.map((one) => {
      expect(one.gainedExamples.length).toBe(one.over === 'customers' ? Math.min(5, one.gained) : 0)
      expect(new Set(one.gainedExamples).size).toBe(one.gainedExamples.length)
      return [one.what, [one.over, one.gained, one.lost]]
    }))]))
  }

  it('is what asking everybody about every customer before and after gives', async () => {
    const tally = { people: 0, effects: 0, kinds: new Set<string>() }
    const runs = kind === 'sqlite' ? 150 : 40
    await fc.assert(fc.asyncProperty(caseArbitrary, (one) => compare(one, tally)), { numRuns: runs })
    expect(tally.people).toBeGreaterThan(runs / 2)
    expect(tally.effects).toBeGreaterThan(runs * 5)
    if (kind === 'sqlite') expect([...tally.kinds]).toEqual(expect.arrayContaining(['customers gained', 'customers lost', 'customers gainedlost', 'departments gained', 'departments lost', 'own gained', 'company gained', 'company lost']))
  }, 240_000)
})
