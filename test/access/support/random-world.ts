import fc from 'fast-check'
import { customerFieldNames, unitOperations, type Condition, type CustomerField, type Operation, type Presentation, type Restriction, type RoleGrant, type Scope } from '#shared/access/index'
import type { DepartmentNode } from '../../../server/access/tree.ts'
import type { World, WorldCustomer, WorldStaff } from './world.ts'

/** Random companies over a small vocabulary, so that rules and customers meet often. Everything shrinks. */

export const moment = 1_000_000
const staffIds = ['s0', 's1', 's2', 's3']
const roleKeys = ['r0', 'r1', 'r2']
/** The last id is in no tree. */
const departmentIds = [1, 2, 3, 4, 5, 6, 99]
const stages = ['lead', 'intent', 'signed']
const tasks = ['call', 'visit']
const nodes = ['n1', 'n2']
/** The last tag has no known group. */
const tags = ['t0', 't1', 't2', 't3', 't4', 't9']
const groups = ['g0', 'g1', 'g2']
const tagGroups = { t0: 'g0', t1: 'g0', t2: 'g1', t3: 'g1', t4: 'g2' }

const few = <T>(values: readonly T[], most = 2) => fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: most })
const some = <T>(values: readonly T[], most = 3) => fc.uniqueArray(fc.constantFrom(...values), { maxLength: most })
const departmentId = fc.constantFrom(...departmentIds)
const rarely = (weight: number) => fc.oneof({ weight, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) })

export const operationArbitrary: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom<Operation>('customer.profile.view', 'customer.spending.view', 'talk.visits.view', 'talk.visits.edit', 'customer.contact.view', 'marketing.broadcasts.operate') },
  { weight: 2, arbitrary: fc.constantFrom<Operation>(...unitOperations) },
  { weight: 1, arbitrary: fc.constantFrom<Operation>('marketing.strategy.view', 'system.policy.view', 'system.policy.operate') },
)

const scopeArbitrary: fc.Arbitrary<Scope> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom<Scope>({ kind: 'all' }, { kind: 'followed' }, { kind: 'own' }, { kind: 'team' }, { kind: 'team' }, { kind: 'subtree' }, { kind: 'pool' }) },
  { weight: 1, arbitrary: few(departmentIds).map((ids): Scope => ({ kind: 'departments', departmentIds: ids })) },
  { weight: 1, arbitrary: fc.uniqueArray(fc.nat({ max: 44 }), { minLength: 1, maxLength: 8 }).map((ids): Scope => ({ kind: 'customers', customerIds: ids.map((id) => `c${id}`) })) },
)

const match = fc.constantFrom<'any' | 'all' | 'none'>('any', 'all', 'none')
const conditionArbitrary: fc.Arbitrary<Condition> = fc.oneof(
  fc.tuple(match, few(tags)).map(([how, ids]): Condition => ({ kind: 'tags', match: how, tagIds: ids })),
  fc.tuple(match, few(groups)).map(([how, ids]): Condition => ({ kind: 'tagGroups', match: how, groupIds: ids })),
  few(stages).map((anyOf): Condition => ({ kind: 'stage', anyOf })),
  few(tasks).map((anyOf): Condition => ({ kind: 'openTask', anyOf })),
  fc.tuple(few(nodes), fc.constantFrom<'current' | 'reached'>('current', 'reached')).map(([anyOf, how]): Condition => ({ kind: 'journeyNode', match: how, anyOf })),
  fc.integer({ min: 1, max: 5 }).map((atLeast): Condition => ({ kind: 'valueTier', atLeast })),
  fc.integer({ min: 0, max: 400 }).map((atLeastFen): Condition => ({ kind: 'spend', atLeastFen })),
  few(departmentIds).map((ids): Condition => ({ kind: 'pool', departmentIds: ids })),
  fc.constantFrom<Condition>({ kind: 'recordStoreIsMine' }, { kind: 'recordStoreIsMine' }, { kind: 'campaign', anyOf: ['c1'] }, { kind: 'templateCategory', anyOf: ['care'] }),
)
const conditionsArbitrary = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Condition[]>([]) },
  { weight: 3, arbitrary: conditionArbitrary.map((one) => [one]) },
  { weight: 1, arbitrary: fc.array(conditionArbitrary, { minLength: 2, maxLength: 3 }) },
)

function fieldsArbitrary<P extends Presentation>(levels: readonly P[]): fc.Arbitrary<Partial<Record<CustomerField, P>>> {
  const one = fc.tuple(fc.constantFrom(...customerFieldNames), fc.constantFrom(...levels))
  return fc.array(one, { maxLength: 4 }).map((pairs) => {
    const fields: Partial<Record<CustomerField, P>> = {}
    for (const [field, level] of pairs) fields[field] = level
    return fields
  })
}

const grantArbitrary: fc.Arbitrary<RoleGrant> = fc.record({
  operations: fc.tuple(rarely(1), fc.uniqueArray(operationArbitrary, { minLength: 1, maxLength: 4 }))
    .map(([bare, operations]): Operation[] => (bare ? operations : [...new Set<Operation>(['customer.profile.view', ...operations])])),
  scope: scopeArbitrary,
  conditions: conditionsArbitrary,
  fields: fieldsArbitrary<Presentation>(['hidden', 'masked', 'clear']),
})

/** Every company has somebody who sees customers through a scope alone, so that scopes are told apart. */
const plainGrantArbitrary: fc.Arbitrary<RoleGrant> = fc.record({
  operations: fc.constant<Operation[]>(['customer.profile.view', 'customer.spending.view', 'talk.visits.edit']),
  scope: scopeArbitrary,
  conditions: fc.constant<Condition[]>([]),
  fields: fc.constant({}),
})

const timesArbitrary = fc.constantFrom<{ from?: number, until?: number }>(
  {}, {}, { from: moment }, { from: moment + 1 }, { until: moment }, { until: moment + 1 }, { from: moment - 5, until: moment + 5 },
)

const restrictionArbitrary: fc.Arbitrary<Restriction> = fc.record({
  subject: fc.record({
    everyone: rarely(2), roles: some(roleKeys, 1), staffIds: some(staffIds, 2), except: rarely(4).map((except) => (except ? ['s0'] : [])),
  }),
  operations: fc.uniqueArray(operationArbitrary, { minLength: 1, maxLength: 2 }),
  scope: scopeArbitrary,
  conditions: conditionsArbitrary,
  fields: fc.option(fieldsArbitrary<'hidden' | 'masked'>(['hidden', 'masked']), { nil: undefined }),
  times: timesArbitrary,
}).map(({ times, fields, ...rest }): Restriction => ({ ...rest, ...times, ...(fields === undefined ? {} : { fields }) }))

const departmentsArbitrary: fc.Arbitrary<DepartmentNode[]> = fc
  .array(fc.record({ parent: fc.nat({ max: 7 }), deleted: rarely(7) }), { minLength: 4, maxLength: 5 })
  .map((plans) => {
    const made: DepartmentNode[] = [{ id: 1, path: '/1/', deleted: false }]
    for (const plan of plans) {
      const parent = made[plan.parent % made.length] ?? { path: '/' }
      const id = made.length + 1
      made.push({ id, path: `${parent.path}${id}/`, deleted: plan.deleted })
    }
    return made
  })

const staffArbitrary = (id: string): fc.Arbitrary<WorldStaff> => fc.record({
  id: fc.constant(id),
  status: fc.oneof({ weight: 15, arbitrary: fc.constant<'active'>('active') }, { weight: 1, arbitrary: fc.constantFrom<'left' | 'disabled' | 'hidden'>('left', 'disabled', 'hidden') }),
  departmentIds: fc.oneof({ weight: 6, arbitrary: few(departmentIds) }, { weight: 1, arbitrary: fc.constant<number[]>([]) }),
  roleKeys: some(roleKeys, 2),
  timed: fc.array(fc.record({ grant: grantArbitrary, times: timesArbitrary }).map(({ grant, times }) => ({ grant, ...times })), { maxLength: 2 }),
})

const orNull = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null, freq: 2 })

const customerArbitrary: fc.Arbitrary<Omit<WorldCustomer, 'id'>> = fc.record({
  ownerStaffId: orNull(fc.constantFrom(...staffIds)),
  ownerDepartmentId: orNull(departmentId),
  poolDepartmentId: orNull(departmentId),
  stage: fc.constantFrom(...stages),
  valueTier: orNull(fc.integer({ min: 1, max: 5 })),
  follows: fc.uniqueArray(fc.record({ staffId: fc.constantFrom(...staffIds), departmentId: orNull(departmentId), ended: rarely(3) }), { maxLength: 2, selector: (one) => one.staffId }),
  tagIds: some(tags),
  openTasks: some(tasks),
  nodes: some(nodes),
  formerNodes: some(nodes),
  orders: fc.array(fc.record({ storeDepartmentId: departmentId, amountFen: fc.integer({ min: 0, max: 200 }) }), { maxLength: 3 }),
  visits: fc.array(fc.record({ storeDepartmentId: departmentId }), { maxLength: 2 }),
})

export const worldArbitrary: fc.Arbitrary<World> = fc.record({
  now: fc.constant(moment),
  departments: departmentsArbitrary,
  roles: fc.record({ r0: fc.tuple(plainGrantArbitrary, fc.array(grantArbitrary, { maxLength: 3 })).map(([plain, rest]) => [plain, ...rest]), r1: fc.array(grantArbitrary, { maxLength: 3 }), r2: fc.array(grantArbitrary, { maxLength: 2 }) }),
  staff: fc.tuple(staffArbitrary('s0'), staffArbitrary('s1')).map(([first, second]) => [{ ...first, roleKeys: [...new Set(['r0', ...first.roleKeys])] }, second]),
  restrictions: fc.oneof({ weight: 1, arbitrary: fc.constant<Restriction[]>([]) }, { weight: 2, arbitrary: fc.array(restrictionArbitrary, { minLength: 1, maxLength: 3 }) }),
  tagGroups: fc.constant(tagGroups),
  customers: fc.array(customerArbitrary, { minLength: 40, maxLength: 42 }).map((list) => list.map((one, place) => ({ ...one, id: `c${place}` }))),
})
