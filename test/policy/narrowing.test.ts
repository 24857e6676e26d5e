import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Condition, RoleGrant } from '#shared/access/index'
import type { PolicyDocument } from '#shared/contracts/policy-document'
import { companyPolicyFrom, loadCompanyPolicy, previewChange } from '../../server/access/index.ts'
import { onlyNarrows } from '../../server/policy/narrowing.ts'
import { worldArbitrary } from '../access/support/random-world.ts'
import type { World } from '../access/support/world.ts'
import { replaceWorld } from '../access/support/write-world.ts'
import { testDatabase, type TestDatabase } from '../support/databases.ts'

const documentOf = (world: World): PolicyDocument => ({
  roles: Object.entries(world.roles).map(([roleKey, grants]) => ({ roleKey, label: roleKey, grants: [...grants] })),
  restrictions: world.restrictions.map(({ id, restriction }) => ({ id, definition: restriction })),
  nodeGrants: [{ id: 'n', nodeKey: 'n1', keepsOpen: true, subject: { roles: ['r0', 'r1'], staffIds: ['s1'] }, grant: { operations: ['customer.profile.view', 'talk.tickets.edit'], scope: { kind: 'all' }, conditions: [], fields: {} } }],
  templateRules: [], limits: [], settings: { temporaryGrantDays: 180, shareDays: 90 },
})

type Edit = (document: PolicyDocument, at: number, from: PolicyDocument) => PolicyDocument

const onGrant = (change: (grant: RoleGrant, at: number) => RoleGrant[]): Edit => (document, at) => ({
  ...document, roles: document.roles.map((role) => ({ ...role, grants: role.grants.flatMap((grant, place) => (place === at % Math.max(1, role.grants.length) ? change(grant, at) : [grant])) })),
})
const scopes: readonly RoleGrant['scope'][] = [{ kind: 'own' }, { kind: 'followed' }, { kind: 'team' }, { kind: 'subtree' }, { kind: 'departments', departmentIds: [2, 3] }, { kind: 'departments', departmentIds: [3] }, { kind: 'pool' }, { kind: 'all' }]
const conditions: readonly Condition[] = [
  { kind: 'stage', anyOf: ['lead'] }, { kind: 'stage', anyOf: ['lead', 'intent'] }, { kind: 'valueTier', atLeast: 3 }, { kind: 'valueTier', atLeast: 2 }, { kind: 'tags', match: 'any', tagIds: ['t0'] },
  { kind: 'tags', match: 'all', tagIds: ['t0', 't1'] }, { kind: 'tags', match: 'none', tagIds: ['t0'] }, { kind: 'journeyNode', match: 'reached', anyOf: ['n1'] }, { kind: 'journeyNode', match: 'current', anyOf: ['n1'] },
  { kind: 'recordStoreIsMine' }, { kind: 'tagGroups', match: 'none', groupIds: ['g0'] }, { kind: 'spend', atLeastFen: 100 },
]

/** Edits in both directions; which of them only narrow is what is asked. */
const edits: readonly Edit[] = [
  onGrant((grant, at) => [{ ...grant, operations: grant.operations.length > 1 ? grant.operations.filter((_, place) => place !== at % grant.operations.length) : grant.operations }]),
  onGrant((grant, at) => [{ ...grant, scope: scopes[at % scopes.length] ?? grant.scope }]),
  onGrant((grant, at) => [{ ...grant, conditions: [...grant.conditions, conditions[at % conditions.length] ?? { kind: 'recordStoreIsMine' }] }]),
  onGrant((grant, at) => [{ ...grant, conditions: grant.conditions.map((one) => conditions.find((other) => other.kind === one.kind && at % 2 === 0) ?? one) }]),
  onGrant((grant) => [{ ...grant, conditions: grant.conditions.slice(1) }]),
  onGrant((grant, at) => [{ ...grant, fields: { ...grant.fields, name: at % 2 === 0 ? 'hidden' : 'clear', contractAmountFen: at % 3 === 0 ? 'masked' : 'clear' } }]),
  onGrant((grant) => [{ ...grant, fields: {} }]),
  onGrant(() => []),
  onGrant((grant) => [grant, grant]),
  (document, at, from) => ({ ...document, restrictions: at % 2 === 0 ? [...document.restrictions, ...from.restrictions.map((one, place) => ({ ...one, id: `more${place}` }))] : document.restrictions.slice(1) }),
  (document, at) => ({ ...document, nodeGrants: at % 3 === 0 ? [] : document.nodeGrants.map((one) => ({ ...one, keepsOpen: at % 3 === 1, subject: { ...one.subject, staffIds: [] } })) }),
  (document, at) => ({ ...document, roles: document.roles.filter((_, place) => place !== at % 3) }),
  (document, at, from) => ({ ...document, roles: document.roles.map((role, place) => (place === at % 3 ? { ...role, grants: [...role.grants, ...from.roles[place]?.grants ?? []] } : role)) }),
]

const caseArbitrary = fc.record({ world: worldArbitrary, other: worldArbitrary, steps: fc.array(fc.tuple(fc.nat({ max: edits.length - 1 }), fc.nat({ max: 60 })), { minLength: 1, maxLength: 3 }) })

describe('a change that only narrows', () => {
  let test: TestDatabase
  beforeAll(async () => { test = await testDatabase('sqlite') })
  afterAll(() => test.drop())

  it('gives nobody anything, whatever the company; others often do', async () => {
    const tally = { narrows: 0, narrowsSome: 0, gains: 0 }
    await fc.assert(fc.asyncProperty(caseArbitrary, async ({ world, other, steps }) => {
      const { db } = test.database
      const before = documentOf(world)
      const after = steps.reduce((document, [which, at]) => edits[which]?.(document, at, documentOf(other)) ?? document, before)
      await test.database.transaction((work) => replaceWorld(work.db, world))
      const company = await loadCompanyPolicy(db)
      const found = await previewChange(db, { before: companyPolicyFrom(company, before), after: companyPolicyFrom(company, after), rolesAfter: new Map(), now: world.now, most: 5 })
      const narrows = onlyNarrows(before, after, world.now)
      if (narrows) expect(found.people.filter((person) => person.effects.some((effect) => effect.gained > 0))).toEqual([])
      if (narrows) tally.narrows += 1
      if (narrows && found.staffLosing > 0) tally.narrowsSome += 1
      if (found.staffGaining > 0) tally.gains += 1
    }), { numRuns: 500 })
    expect(tally.narrows).toBeGreaterThan(100)
    expect(tally.narrowsSome).toBeGreaterThan(30)
    expect(tally.gains).toBeGreaterThan(50)
  }, 240_000)
})
