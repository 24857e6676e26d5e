import { units, type Condition, type CustomerField, type Operation, type Presentation, type RoleGrant, type Scope, type Unit, isOperation, customerFieldNames, customerFields } from '#shared/access/index'
import type { CustomerFacts } from '../../../server/access/facts.ts'
import type { GrantInput, PolicyInput, RestrictionInput } from '../../../server/access/policy.ts'
import { DepartmentTree, type DepartmentNode } from '../../../server/access/tree.ts'
import { Random } from './random.ts'

/**
 * A chain with 5 areas, 25 regions and 500 stores, twelve roles with 200 grants, and people who hold some of them: the size that
 * the goals speak of. Everything comes from the seed.
 */
export interface BenchCompany {
  readonly departments: readonly DepartmentNode[]
  readonly tree: DepartmentTree
  readonly grantsByRole: ReadonlyMap<string, readonly GrantInput[]>
  readonly restrictions: readonly RestrictionInput[]
  readonly customers: readonly CustomerFacts[]
  /** What is known about the person of this number. */
  person(number: number): PolicyInput
  /** A regional person with three roles and two temporary grants over named stores: 53 grants. */
  readonly measured: PolicyInput
}

const stores = 500
const regions = 25
const areas = 5
const roles = 12
const grantsInAll = 200
const staffInAll = 5000
const tags = Array.from({ length: 60 }, (_, place) => `tag${place}`)
const groupOf = (tag: string) => `group${Number(tag.slice(3)) % 8}`
const stages = ['lead', 'intent', 'negotiation', 'signed', 'lost']
const tasks = ['call', 'visit', 'birthday', 'renewal']
const nodes = ['signing', 'delivery', 'after-sale', 'birthday']
const storeId = (place: number) => 1000 + place
const regionId = (place: number) => 100 + place
const areaId = (place: number) => 10 + place

export function benchCompany(customers: number, seed = 7): BenchCompany {
  const random = new Random(seed)
  const departments = departmentNodes()
  const tree = new DepartmentTree(departments)
  const grantsByRole = new Map<string, GrantInput[]>()
  for (let place = 0; place < grantsInAll; place += 1) {
    const roleKey = `role${place % roles}`
    const list = grantsByRole.get(roleKey) ?? []
    list.push({ id: `role:${roleKey}#${list.length + 1}`, source: { kind: 'role', roleKey }, grant: roleGrant(random, list.length) })
    grantsByRole.set(roleKey, list)
  }
  const restrictions = restrictionInputs()
  const input = (staffId: string, roleKeys: readonly string[], departmentIds: readonly number[], more: readonly GrantInput[]): PolicyInput => ({
    staffId, active: true, roleKeys, departmentIds, tree, restrictions,
    grants: [...roleKeys.flatMap((key) => grantsByRole.get(key) ?? []), ...more],
  })
  return {
    departments, tree, grantsByRole, restrictions,
    customers: Array.from({ length: customers }, (_, place) => customerFacts(random, place)),
    person: (number) => input(`staff${number}`, [...new Set([0, 3, 7].map((more) => `role${(number + more) % roles}`))].sort(), [storeId(number % stores)], temporary(number)),
    measured: input('staff4', ['role0', 'role1', 'role2'], [regionId(3)], temporary(4)),
  }
}

function departmentNodes(): DepartmentNode[] {
  const nodesOf = (count: number, make: (place: number) => [number, string]) =>
    Array.from({ length: count }, (_, place) => make(place)).map(([id, path]): DepartmentNode => ({ id, path, deleted: false }))
  return [
    { id: 1, path: '/1/', deleted: false },
    ...nodesOf(areas, (place) => [areaId(place), `/1/${areaId(place)}/`]),
    ...nodesOf(regions, (place) => [regionId(place), `/1/${areaId(place % areas)}/${regionId(place)}/`]),
    ...nodesOf(stores, (place) => [storeId(place), `/1/${areaId(place % regions % areas)}/${regionId(place % regions)}/${storeId(place)}/`]),
  ]
}

const unitNames = Object.keys(units).filter((unit): unit is Unit => isOperation(`${unit}.view`) && !unit.startsWith('marketing.strategy'))

/** One to four units together: the product's own role templates give ten operations and more by one grant. */
function roleGrant(random: Random, place: number): RoleGrant {
  // The first of each role opens the profile of my region or store, as in every role template that has customers.
  if (place === 0) return { operations: ['customer.profile.view'], scope: { kind: 'subtree' }, conditions: [], fields: {} }
  const chosen = random.some(unitNames, 1 + random.below(4))
  const operations = chosen.flatMap((unit) =>
    (['view', 'edit', 'operate'] as const).filter((level) => level === 'view' || random.chance(0.4)).map((level): Operation => `${unit}.${level}`))
  const fields: Partial<Record<CustomerField, Presentation>> = {}
  for (const field of customerFieldNames) {
    if (chosen.includes(customerFields[field].unit) && random.chance(0.1)) fields[field] = random.one(['hidden', 'masked', 'clear'])
  }
  return { operations, scope: scopeOf(random), conditions: random.chance(0.35) ? [conditionOf(random)] : [], fields }
}

function scopeOf(random: Random): Scope {
  const kind = random.one(['followed', 'own', 'own', 'team', 'team', 'subtree', 'subtree', 'departments'] as const)
  if (kind === 'departments') return { kind, departmentIds: [regionId(random.below(regions))] }
  return { kind }
}

function conditionOf(random: Random): Condition {
  const conditions: readonly Condition[] = [
    { kind: 'tags', match: 'any', tagIds: random.some(tags, 4) },
    { kind: 'tagGroups', match: 'any', groupIds: random.some(tags, 2).map(groupOf) },
    { kind: 'stage', anyOf: random.some(stages, 2) },
    { kind: 'openTask', anyOf: [random.one(tasks)] },
    { kind: 'valueTier', atLeast: 3 },
    { kind: 'spend', atLeastFen: 500_000 },
    { kind: 'journeyNode', match: 'current', anyOf: [random.one(nodes)] },
  ]
  return random.one(conditions)
}

/** Two temporary grants over three named stores each. */
function temporary(number: number): GrantInput[] {
  return [0, 1].map((place) => ({
    id: `temporary:${number}-${place}`, source: { kind: 'temporary', grantId: `${number}-${place}` }, from: 0, until: 1e15,
    grant: {
      operations: ['customer.profile.view', place === 0 ? 'talk.visits.view' : 'talk.followups.view'],
      scope: { kind: 'departments', departmentIds: [0, 1, 2].map((one) => storeId((number * 11 + place * 50 + one * 17) % stores)) }, conditions: [], fields: {},
    },
  }))
}

/** Chats of lost customers are closed, addresses of some tags hidden, deliveries take contracts from all but two people. */
function restrictionInputs(): RestrictionInput[] {
  const everyone = { everyone: true, roles: [], staffIds: [], except: ['staff1', 'staff2'] }
  return [
    { id: 'restriction:chats', restriction: { subject: everyone, operations: ['talk.messages.view'], scope: { kind: 'all' }, conditions: [{ kind: 'stage', anyOf: ['lost'] }] } },
    { id: 'restriction:address', restriction: { subject: everyone, operations: ['customer.contact.view'], scope: { kind: 'all' }, conditions: [{ kind: 'tags', match: 'any', tagIds: ['tag1', 'tag2'] }], fields: { address: 'hidden' } } },
    { id: 'restriction:delivery', restriction: { subject: everyone, operations: ['customer.ownership.operate'], scope: { kind: 'all' }, conditions: [{ kind: 'journeyNode', match: 'current', anyOf: ['delivery'] }] } },
  ]
}

/** Nine in ten lie in the measured person's region: one decides about the customers of a page, which one sees. */
function customerFacts(random: Random, place: number): CustomerFacts {
  const near = random.chance(0.9)
  const store = () => storeId(near ? random.below(stores / regions) * regions + 3 : random.below(stores))
  const staff = () => `staff${random.chance(0.15) ? 4 : random.below(staffInAll)}`
  const owned = random.chance(0.8)
  const tagIds = random.some(tags, random.below(5))
  const current = random.chance(0.4) ? [random.one(nodes)] : []
  return {
    customerId: `customer${place}`,
    ownerStaffId: owned ? staff() : null,
    ownerDepartmentId: owned ? store() : null,
    poolDepartmentId: owned ? null : store(),
    stage: random.one(stages),
    valueTier: random.chance(0.9) ? 1 + random.below(5) : null,
    spendFen: random.below(1_000_000),
    follows: Array.from({ length: random.below(3) }, () => ({ staffId: staff(), departmentId: store() })),
    tagIds: new Set(tagIds),
    tagGroupIds: new Set(tagIds.map(groupOf)),
    hasUngroupedTag: false,
    openTasks: new Set(random.chance(0.4) ? [random.one(tasks)] : []),
    nodes: new Set(current),
    reachedNodes: new Set(current),
  }
}
