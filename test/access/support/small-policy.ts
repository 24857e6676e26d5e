import { Restriction, RoleGrant } from '#shared/access/index'
import { compilePolicy } from '../../../server/access/compile.ts'
import type { CustomerFacts } from '../../../server/access/facts.ts'
import type { GrantInput, Policy, PolicyInput, RestrictionInput } from '../../../server/access/policy.ts'
import { DepartmentTree } from '../../../server/access/tree.ts'

/** A few rules of one person, "me" of department 2, for tests in memory. Department 4 is deleted. */
export const smallTree = new DepartmentTree([
  { id: 1, path: '/1/', deleted: false }, { id: 2, path: '/1/2/', deleted: false },
  { id: 3, path: '/1/2/3/', deleted: false }, { id: 4, path: '/1/2/4/', deleted: true }, { id: 5, path: '/1/5/', deleted: false },
])

/** A grant over all customers unless it says otherwise. */
export const grant = (operations: readonly string[], more: object = {}): RoleGrant => RoleGrant.parse({ operations, scope: { kind: 'all' }, ...more })

/** A restriction of everybody, with the id "no". */
export const deny = (operations: readonly string[], more: object = {}): RestrictionInput =>
  ({ id: 'no', restriction: Restriction.parse({ subject: { everyone: true }, operations, scope: { kind: 'all' }, ...more }) })

/** Grants of a role, numbered g0, g1, … in the order in which they stand. */
export const roleGrants = (grants: readonly RoleGrant[]): GrantInput[] =>
  grants.map((one, place) => ({ id: `g${place}`, source: { kind: 'role', roleKey: 'some' }, grant: one }))

export function policyOf(grants: readonly RoleGrant[], restrictions: readonly RestrictionInput[] = [], more: Partial<PolicyInput> = {}): Policy {
  return compilePolicy({ staffId: 'me', active: true, roleKeys: ['some'], departmentIds: [2], tree: smallTree, grants: roleGrants(grants), restrictions, ...more })
}

/** A lead of nobody, unless something else is said. */
export const factsOf = (more: Partial<CustomerFacts> = {}): CustomerFacts => ({
  customerId: 'c', ownerStaffId: null, ownerDepartmentId: null, poolDepartmentId: null, stage: 'lead', valueTier: null, spendFen: 0,
  follows: [], tagIds: new Set(), tagGroupIds: new Set(), hasUngroupedTag: false, openTasks: new Set(), nodes: new Set(), reachedNodes: new Set(), ...more,
})

export const profile = grant(['customer.profile.view'])
/** Narrows a grant to records of my stores. */
export const narrowed = { conditions: [{ kind: 'recordStoreIsMine' }] }
export const own = { scope: { kind: 'own' } }
export const signed = { conditions: [{ kind: 'stage', anyOf: ['signed'] }] }
