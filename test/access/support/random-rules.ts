import fc from 'fast-check'
import { customerFieldNames, unitOperations, type Condition, type CustomerField, type Operation, type Presentation, type Restriction, type RoleGrant, type Scope } from '#shared/access/index'
import type { WorldCampaign, WorldNodeGrant, WorldRestriction, WorldShare, WorldTemporaryGrant } from './world.ts'

/** Random rules over a small vocabulary, so that rules and customers meet often. Everything shrinks. */

export const moment = 1_000_000
export const staffIds = ['s0', 's1', 's2', 's3']
export const roleKeys = ['r0', 'r1', 'r2']
/** The last id is in no tree. */
export const departmentIds = [1, 2, 3, 4, 5, 6, 99]
export const stages = ['lead', 'intent', 'signed']
export const tasks = ['call', 'visit']
export const nodes = ['n1', 'n2']
/** The last tag has no known group. */
export const tags = ['t0', 't1', 't2', 't3', 't4', 't9']
export const tagGroups = { t0: 'g0', t1: 'g0', t2: 'g1', t3: 'g1', t4: 'g2' }
const groups = ['g0', 'g1', 'g2']
export const campaignKeys = ['spring', 'autumn']
export const categories = ['care', 'sale']

export const few = <T>(values: readonly T[], most = 2) => fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: most })
export const some = <T>(values: readonly T[], most = 3) => fc.uniqueArray(fc.constantFrom(...values), { maxLength: most })
export const rarely = (weight: number) => fc.oneof({ weight, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) })

/** About records, so that every company is asked about some. */
export const recordOperationArbitrary = fc.constantFrom<Operation>('talk.visits.view', 'talk.visits.edit', 'talk.visits.operate', 'customer.spending.view')

export const operationArbitrary: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom<Operation>('customer.profile.view', 'customer.spending.view', 'talk.visits.view', 'talk.visits.edit', 'customer.contact.view', 'marketing.broadcasts.operate', 'marketing.entrances.view', 'marketing.entrances.view') },
  { weight: 2, arbitrary: fc.constantFrom<Operation>(...unitOperations) },
  { weight: 1, arbitrary: fc.constantFrom<Operation>('marketing.strategy.view', 'system.policy.view', 'system.policy.operate', 'marketing.reports.operate') },
)

const scopeArbitrary: fc.Arbitrary<Scope> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom<Scope>({ kind: 'all' }, { kind: 'followed' }, { kind: 'own' }, { kind: 'team' }, { kind: 'team' }, { kind: 'subtree' }, { kind: 'pool' }) },
  { weight: 1, arbitrary: few(departmentIds).map((ids): Scope => ({ kind: 'departments', departmentIds: ids })) },
  { weight: 1, arbitrary: fc.uniqueArray(fc.nat({ max: 44 }), { minLength: 1, maxLength: 8 }).map((ids): Scope => ({ kind: 'customers', customerIds: ids.map((id) => `c${id}`) })) },
)

const match = fc.constantFrom<'any' | 'all' | 'none'>('any', 'all', 'none')
/** By kind, so that no company can be without one that is added. */
const conditionArbitraries: Readonly<Record<Condition['kind'], fc.Arbitrary<Condition>>> = {
  tags: fc.tuple(match, few(tags)).map(([how, ids]): Condition => ({ kind: 'tags', match: how, tagIds: ids })),
  tagGroups: fc.tuple(match, few(groups)).map(([how, ids]): Condition => ({ kind: 'tagGroups', match: how, groupIds: ids })),
  stage: few(stages).map((anyOf): Condition => ({ kind: 'stage', anyOf })),
  openTask: few(tasks).map((anyOf): Condition => ({ kind: 'openTask', anyOf })),
  journeyNode: fc.tuple(few(nodes), fc.constantFrom<'current' | 'reached'>('current', 'reached')).map(([anyOf, how]): Condition => ({ kind: 'journeyNode', match: how, anyOf })),
  valueTier: fc.integer({ min: 1, max: 5 }).map((atLeast): Condition => ({ kind: 'valueTier', atLeast })),
  spend: fc.constantFrom(0, 1, 40, 100, 100, 200, 400).map((atLeastFen): Condition => ({ kind: 'spend', atLeastFen })),
  pool: few(departmentIds).map((ids): Condition => ({ kind: 'pool', departmentIds: ids })),
  recordStoreIsMine: fc.constantFrom<Condition>({ kind: 'recordStoreIsMine' }, { kind: 'recordStoreIsMine' }),
  campaign: few(campaignKeys).map((anyOf): Condition => ({ kind: 'campaign', anyOf })),
  templateCategory: few(categories).map((anyOf): Condition => ({ kind: 'templateCategory', anyOf })),
}
const conditionArbitrary: fc.Arbitrary<Condition> = fc.oneof(...Object.values(conditionArbitraries))
const conditionsArbitrary = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Condition[]>([]) },
  { weight: 3, arbitrary: conditionArbitrary.map((one) => [one]) },
  { weight: 1, arbitrary: fc.constant<Condition[]>([{ kind: 'recordStoreIsMine' }]) },
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

export const grantArbitrary: fc.Arbitrary<RoleGrant> = fc.record({
  operations: fc.tuple(rarely(1), fc.uniqueArray(operationArbitrary, { minLength: 1, maxLength: 4 }))
    .map(([bare, operations]): Operation[] => (bare ? operations : [...new Set<Operation>(['customer.profile.view', ...operations])])),
  scope: scopeArbitrary,
  conditions: conditionsArbitrary,
  fields: fieldsArbitrary<Presentation>(['hidden', 'masked', 'clear']),
})

/** Every company has somebody who sees customers through a scope alone, so that scopes are told apart. */
export const plainGrantArbitrary: fc.Arbitrary<RoleGrant> = fc.record({
  operations: fc.constant<Operation[]>(['customer.profile.view', 'customer.spending.view', 'talk.visits.edit', 'marketing.entrances.view']),
  scope: scopeArbitrary,
  conditions: fc.constant<Condition[]>([]),
  fields: fc.constant({}),
})

/** Records are told apart where a grant is narrowed to those of my stores and nothing else gives them. */
export const narrowedGrantArbitrary: fc.Arbitrary<RoleGrant> = fc.record({
  operations: fc.constantFrom<Operation[]>(['talk.visits.view'], ['customer.spending.view', 'talk.visits.operate'], ['talk.visits.edit', 'customer.contract.edit']),
  scope: fc.oneof({ weight: 2, arbitrary: fc.constant<Scope>({ kind: 'all' }) }, { weight: 1, arbitrary: scopeArbitrary }),
  conditions: fc.constant<Condition[]>([{ kind: 'recordStoreIsMine' }]),
  fields: fc.constant({}),
})

const timesArbitrary = fc.constantFrom<{ from?: number, until?: number }>(
  {}, {}, { from: moment }, { from: moment + 1 }, { until: moment }, { until: moment + 1 }, { from: moment - 5, until: moment + 5 },
)

/** Mostly around the moment, else one millisecond on either side of it. */
const spanArbitrary = fc.oneof(
  { weight: 3, arbitrary: fc.constant({ fromAt: moment - 5, untilAt: moment + 5 }) },
  { weight: 2, arbitrary: fc.constantFrom({ fromAt: moment, untilAt: moment + 1 }, { fromAt: moment + 1, untilAt: moment + 5 }, { fromAt: moment - 5, untilAt: moment }) },
)
const endArbitrary = fc.oneof({ weight: 5, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: fc.constantFrom(moment - 1, moment, moment + 1) })

export const restrictionArbitrary: fc.Arbitrary<Omit<WorldRestriction, 'id'>> = fc.record({
  subject: fc.record({
    everyone: rarely(2), roles: some(roleKeys, 1), staffIds: some(staffIds, 2), except: rarely(4).map((except) => (except ? ['s0', 'r0'] : [])),
  }),
  operations: fc.uniqueArray(operationArbitrary, { minLength: 1, maxLength: 2 }),
  scope: scopeArbitrary,
  conditions: conditionsArbitrary,
  fields: fc.option(fieldsArbitrary<'hidden' | 'masked'>(['hidden', 'masked']), { nil: undefined }),
  times: timesArbitrary,
  endedAt: endArbitrary,
}).map(({ times, fields, endedAt, ...rest }) => {
  const restriction: Restriction = { ...rest, ...times, ...(fields === undefined ? {} : { fields }) }
  return { restriction, endedAt }
})

export const campaignArbitrary: fc.Arbitrary<Omit<WorldCampaign, 'id'>> = fc.record({ span: spanArbitrary, endedAt: endArbitrary, members: some(staffIds, 3) })
  .map(({ span, ...rest }) => ({ ...rest, ...span }))

/** Holders are people, or the people of one of two campaigns. */
export const temporaryArbitrary: fc.Arbitrary<Omit<WorldTemporaryGrant, 'id'>> = fc.record({
  holder: fc.constantFrom({ staffId: 's0', campaignId: null }, { staffId: 's1', campaignId: null }, { staffId: 's2', campaignId: null }, { staffId: null, campaignId: 'k0' }, { staffId: null, campaignId: 'k1' }),
  grant: grantArbitrary,
  span: spanArbitrary,
  state: fc.oneof({ weight: 5, arbitrary: fc.constant<'granted'>('granted') }, { weight: 1, arbitrary: fc.constantFrom<'waiting' | 'refused' | 'ended'>('waiting', 'refused', 'ended') }),
}).map(({ holder, span, ...rest }) => ({ ...rest, ...holder, ...span }))

export const nodeGrantArbitrary: fc.Arbitrary<Omit<WorldNodeGrant, 'id'>> = fc.record({
  nodeKey: fc.constantFrom(...nodes),
  subject: fc.record({ roles: some(roleKeys, 2), staffIds: some(staffIds, 2) }),
  grant: grantArbitrary,
  keepsOpen: rarely(1),
  endedAt: endArbitrary,
})

export const shareArbitrary: fc.Arbitrary<Omit<WorldShare, 'id'>> = fc.record({
  customerId: fc.nat({ max: 44 }).map((id) => `c${id}`),
  staffId: fc.constantFrom('s0', 's0', 's1', 's2'),
  operations: fc.uniqueArray(fc.oneof({ weight: 9, arbitrary: operationArbitrary }, { weight: 1, arbitrary: fc.constant('customer.profile.peek') }), { minLength: 1, maxLength: 4 })
    .map((operations) => [...new Set<string>(['customer.profile.view', ...operations])]),
  span: spanArbitrary,
  endedAt: endArbitrary,
}).map(({ span, ...rest }) => ({ ...rest, ...span }))
