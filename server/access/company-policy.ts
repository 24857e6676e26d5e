import type { EntityManager } from 'typeorm'
import { z } from 'zod'
import { Restriction, RoleGrant } from '#shared/access/index'
import { fromJson, loadNodeGrants, loadShares, loadTemporaryGrants, nodeGrantsFor, type NodeGrantRule } from './grant-sources.ts'
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
  return parsed.data.map((grant, place) => ({ id: `role:${roleKey}#${place + 1}`, source: { kind: 'role', roleKey }, grant }))
}

const StaffRow = z.object({ status: z.string() })
const RoleOfStaff = z.object({ roleKey: z.string() })
const DepartmentOfStaff = z.object({ departmentId: z.coerce.number() })

/** What is known about one person. Somebody unknown is not active and holds nothing. */
export async function loadPolicyInput(db: EntityManager, company: CompanyPolicy, staffId: string): Promise<PolicyInput> {
  const [person] = z.array(StaffRow).parse(await selectNamed(db, `SELECT status FROM ${tables.staff} WHERE id = :staffId`, { staffId }))
  const held = z.array(RoleOfStaff).parse(await selectNamed(db, 'SELECT role_key AS roleKey FROM staff_roles WHERE staff_id = :staffId ORDER BY role_key', { staffId }))
  const memberships = z.array(DepartmentOfStaff).parse(await selectNamed(db, `SELECT department_id AS departmentId FROM ${tables.staffDepartments} WHERE staff_id = :staffId`, { staffId }))
  const roleKeys = held.map((row) => row.roleKey)
  const roleGrants = roleKeys.flatMap((roleKey) => company.grantsByRole.get(roleKey) ?? [])
  return {
    staffId,
    active: person?.status === 'active',
    roleKeys,
    departmentIds: memberships.map((row) => row.departmentId),
    tree: company.tree,
    grants: [
      ...roleGrants,
      ...await loadTemporaryGrants(db, staffId),
      ...nodeGrantsFor(company.nodeGrants, staffId, roleKeys),
      ...await loadShares(db, staffId, roleGrants),
    ],
    restrictions: company.restrictions,
  }
}

/** Everybody who might hold anything, for the reverse question. */
export async function activeStaffIds(db: EntityManager): Promise<string[]> {
  const rows = await selectNamed(db, `SELECT id FROM ${tables.staff} WHERE status = 'active' ORDER BY id`, {})
  return z.array(z.object({ id: z.string() })).parse(rows).map((row) => row.id)
}
