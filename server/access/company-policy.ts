import type { EntityManager } from 'typeorm'
import { z } from 'zod'
import { Restriction, RoleGrant } from '#shared/access/index'
import { present } from '../errors.ts'
import { fromJson, groupByStaff, loadNodeGrants, loadShares, loadTemporaryGrants, nodeGrant, nodeGrantsFor, shareGrant, type NodeGrantRule, type ShareTerms } from './grant-sources.ts'
import type { GrantInput, PolicyInput, RestrictionInput } from './policy.ts'
import { selectNamed } from './sql.ts'
import { tables } from './tables.ts'
import { DepartmentTree } from './tree.ts'

/** What is the same for everybody at one epoch. */
export interface CompanyPolicy {
  readonly tree: DepartmentTree
  readonly grantsByRole: ReadonlyMap<string, readonly GrantInput[]>
  readonly nodeGrants: readonly NodeGrantRule[]
  readonly restrictions: readonly RestrictionInput[]
  /** Rules that could not be read: a role that gives nothing, a restriction that takes everything. */
  readonly problems: readonly PolicyProblem[]
}

export interface PolicyProblem {
  readonly kind: 'role' | 'restriction' | 'node' | 'department'
  readonly id: string
}

const Department = z.object({ id: z.coerce.number(), path: z.string(), deleted: z.unknown() })
const RoleRow = z.object({ roleKey: z.string(), grants: z.unknown() })
const RestrictionRow = z.object({ id: z.string(), definition: z.unknown(), endedAt: z.union([z.null(), z.coerce.number()]) })

/** Reads tree, roles and restrictions. Unreadable rules are kept on the safe side and reported. */
export async function loadCompanyPolicy(db: EntityManager): Promise<CompanyPolicy> {
  const problems: PolicyProblem[] = []
  const departments = z.array(Department).parse(await selectNamed(db, `SELECT id, path, deleted_at AS deleted FROM ${tables.departments}`, {}))
  const roleRows = z.array(RoleRow).parse(await selectNamed(db, 'SELECT role_key AS roleKey, grants FROM roles', {}))
  const restrictionRows = z.array(RestrictionRow).parse(await selectNamed(db, 'SELECT id, definition, ended_at AS endedAt FROM restrictions', {}))
  const grantsByRole = new Map<string, GrantInput[]>()
  for (const row of roleRows) {
    const grants = readGrants(row.roleKey, row.grants)
    if (grants === null) problems.push({ kind: 'role', id: row.roleKey })
    grantsByRole.set(row.roleKey, grants ?? [])
  }
  const restrictions = restrictionRows.map((row): RestrictionInput => {
    const parsed = Restriction.safeParse(fromJson(row.definition))
    if (!parsed.success) problems.push({ kind: 'restriction', id: row.id })
    return { id: `restriction:${row.id}`, restriction: parsed.success ? parsed.data : null, endedAt: row.endedAt ?? undefined }
  })
  const tree = new DepartmentTree(departments.map((row) => ({ id: row.id, path: row.path, deleted: row.deleted !== null })))
  problems.push(...tree.unsound.map((id) => ({ kind: 'department' as const, id: String(id) })))
  return {
    tree,
    grantsByRole,
    nodeGrants: await loadNodeGrants(db, (id) => problems.push({ kind: 'node', id })),
    restrictions,
    problems,
  }
}

/** The grants of a stored role, or null when they cannot be read: then the whole role gives nothing. */
export function readGrants(roleKey: string, stored: unknown): GrantInput[] | null {
  const parsed = z.array(RoleGrant).safeParse(fromJson(stored))
  if (!parsed.success) return null
  return roleGrants(roleKey, parsed.data)
}

const roleGrants = (roleKey: string, grants: readonly RoleGrant[]): GrantInput[] =>
  grants.map((grant, place) => ({ id: `role:${roleKey}#${place + 1}`, source: { kind: 'role', roleKey }, grant }))

/** Rules in plain data, as a policy document holds them. */
export interface PolicyRules {
  readonly roles: readonly { readonly roleKey: string, readonly grants: readonly RoleGrant[] }[]
  readonly restrictions: readonly { readonly id: string, readonly definition: Restriction }[]
  readonly nodeGrants: readonly Parameters<typeof nodeGrant>[0][]
}

/**
 * The company as it would be under these rules. The tree stays, and so do restrictions that cannot be read and have not been
 * ended: no document can hold them.
 */
export function companyPolicyFrom(company: CompanyPolicy, rules: PolicyRules): CompanyPolicy {
  return {
    tree: company.tree,
    grantsByRole: new Map(rules.roles.map(({ roleKey, grants }) => [roleKey, roleGrants(roleKey, grants)])),
    nodeGrants: rules.nodeGrants.map(nodeGrant),
    restrictions: [
      ...company.restrictions.filter(({ restriction, endedAt }) => restriction === null && endedAt === undefined),
      ...rules.restrictions.map(({ id, definition }) => ({ id: `restriction:${id}`, restriction: definition })),
    ],
    problems: company.problems,
  }
}

const StaffRow = z.object({ id: z.string(), status: z.string() })
const RoleOfStaff = z.object({ staffId: z.string(), roleKey: z.string() })
const DepartmentOfStaff = z.object({ staffId: z.string(), departmentId: z.coerce.number() })

/** What is known about one person. Somebody unknown is not active and holds nothing. */
export async function loadPolicyInput(db: EntityManager, company: CompanyPolicy, staffId: string): Promise<PolicyInput> {
  return present((await loadPolicyInputs(db, company, [staffId])).get(staffId), 'what is known about the person just asked for')
}

const FreezeRow = z.object({ id: z.string(), staffId: z.string() })

const freezePrefix = 'freeze:'

/** A freeze is a restriction like any other: it beats every grant and takes along whatever is bound to a customer. */
function freezeRestriction(id: string): RestrictionInput {
  const subject = { everyone: true, roles: [], staffIds: [], except: [] }
  return { id: `${freezePrefix}${id}`, restriction: { subject, operations: ['customer.profile.view'], scope: { kind: 'all' }, conditions: [] } }
}

/** Whether a reason is a freeze. */
export const isFreeze = (ruleId: string): boolean => ruleId.startsWith(freezePrefix)

const peopleAtOnce = 500

/** The same for many people in a few queries per five hundred; each id asked for has its answer. */
export async function loadPolicyInputs(db: EntityManager, company: CompanyPolicy, staffIds: readonly string[]): Promise<Map<string, PolicyInput>> {
  const inputs = new Map<string, PolicyInput>()
  for (let start = 0; start < staffIds.length; start += peopleAtOnce) {
    for (const input of await loadSome(db, company, staffIds.slice(start, start + peopleAtOnce))) inputs.set(input.staffId, input)
  }
  return inputs
}

async function loadSome(db: EntityManager, company: CompanyPolicy, staffIds: readonly string[]): Promise<PolicyInput[]> {
  return (await loadPeople(db, staffIds)).map((person) => policyInputOf(company, person))
}

/** One person without the rules that are the same for everybody. */
export interface PersonFacts {
  readonly staffId: string
  readonly active: boolean
  readonly roleKeys: readonly string[]
  readonly departmentIds: readonly number[]
  readonly temporary: readonly GrantInput[]
  readonly shares: readonly ShareTerms[]
  /** Ids of freezes in force. */
  readonly freezes: readonly string[]
}

/** At most five hundred people, in the order of the ids. */
export async function loadPeople(db: EntityManager, staffIds: readonly string[]): Promise<PersonFacts[]> {
  const read = async <T>(schema: z.ZodType<T>, sql: string): Promise<T[]> => z.array(schema).parse(await selectNamed(db, sql, { staffIds }))
  const active = new Set((await read(StaffRow, `SELECT id, status FROM ${tables.staff} WHERE id IN (:...staffIds)`)).filter((row) => row.status === 'active').map((row) => row.id))
  const held = groupByStaff(await read(RoleOfStaff, 'SELECT staff_id AS staffId, role_key AS roleKey FROM staff_roles WHERE staff_id IN (:...staffIds) ORDER BY role_key'))
  const memberships = groupByStaff(await read(DepartmentOfStaff, `SELECT staff_id AS staffId, department_id AS departmentId FROM ${tables.staffDepartments} WHERE staff_id IN (:...staffIds)`))
  const frozen = groupByStaff(await read(FreezeRow, 'SELECT id, staff_id AS staffId FROM access_freezes WHERE live_key IN (:...staffIds) ORDER BY id'))
  const temporary = await loadTemporaryGrants(db, staffIds)
  const shared = await loadShares(db, staffIds)
  return staffIds.map((staffId) => ({
    staffId,
    active: active.has(staffId),
    roleKeys: (held.get(staffId) ?? []).map((row) => row.roleKey),
    departmentIds: (memberships.get(staffId) ?? []).map((row) => row.departmentId),
    temporary: temporary.get(staffId) ?? [],
    shares: shared.get(staffId) ?? [],
    freezes: (frozen.get(staffId) ?? []).map((row) => row.id),
  }))
}

/** What the rules of the company make of one person. */
export function policyInputOf(company: CompanyPolicy, person: PersonFacts): PolicyInput {
  const { staffId, active, roleKeys, departmentIds } = person
  const held = roleKeys.flatMap((roleKey) => company.grantsByRole.get(roleKey) ?? [])
  return {
    staffId, active, roleKeys, departmentIds,
    tree: company.tree,
    grants: [
      ...held,
      ...person.temporary,
      ...nodeGrantsFor(company.nodeGrants, staffId, roleKeys),
      ...person.shares.flatMap((share) => shareGrant(share, held)),
    ],
    restrictions: [...company.restrictions, ...person.freezes.map(freezeRestriction)],
  }
}

/** Everybody who might hold anything, for the reverse question. */
export async function activeStaffIds(db: EntityManager): Promise<string[]> {
  const rows = await selectNamed(db, `SELECT id FROM ${tables.staff} WHERE status = 'active' ORDER BY id`, {})
  return z.array(z.object({ id: z.string() })).parse(rows).map((row) => row.id)
}
