import type { EntityManager } from 'typeorm'
import type { Restriction, RoleGrant } from '#shared/access/index'
import type { GrantInput, PolicyInput } from '../../../server/access/policy.ts'
import { DepartmentTree, type DepartmentNode } from '../../../server/access/tree.ts'

/** A small company in plain data: what the engine reads, before any of it is a row. */
export interface World {
  readonly now: number
  readonly departments: readonly DepartmentNode[]
  readonly roles: Readonly<Record<string, readonly RoleGrant[]>>
  readonly staff: readonly WorldStaff[]
  readonly restrictions: readonly Restriction[]
  /** Tag id → group id; a tag of a customer that is not here has no known group. */
  readonly tagGroups: Readonly<Record<string, string>>
  readonly customers: readonly WorldCustomer[]
}

export interface WorldStaff {
  readonly id: string
  readonly status: 'active' | 'disabled' | 'left' | 'hidden'
  readonly departmentIds: readonly number[]
  readonly roleKeys: readonly string[]
  /** Grants with an end, as temporary elevations will be. */
  readonly timed: readonly { readonly grant: RoleGrant, readonly from?: number | undefined, readonly until?: number | undefined }[]
}

export interface WorldCustomer {
  readonly id: string
  readonly ownerStaffId: string | null
  readonly ownerDepartmentId: number | null
  readonly poolDepartmentId: number | null
  readonly stage: string
  readonly valueTier: number | null
  readonly follows: readonly { readonly staffId: string, readonly departmentId: number | null, readonly ended: boolean }[]
  readonly tagIds: readonly string[]
  readonly openTasks: readonly string[]
  readonly nodes: readonly string[]
  /** Nodes that the customer has left; he may stand in the same one again. */
  readonly formerNodes?: readonly string[] | undefined
  readonly orders: readonly { readonly storeDepartmentId: number, readonly amountFen: number }[]
  readonly visits: readonly { readonly storeDepartmentId: number }[]
}

/** What the service would read from the database about one person. */
export function policyInput(world: World, staffId: string): PolicyInput {
  const person = world.staff.find((one) => one.id === staffId)
  const roleKeys = person?.roleKeys ?? []
  const roleGrants = roleKeys.flatMap((roleKey) => (world.roles[roleKey] ?? []).map((grant, place): GrantInput =>
    ({ id: `role:${roleKey}#${place + 1}`, source: { kind: 'role', roleKey }, grant })))
  const timed = (person?.timed ?? []).map((one, place): GrantInput =>
    ({ id: `temporary:${place}`, source: { kind: 'temporary', grantId: String(place) }, ...one }))
  return {
    staffId,
    active: person?.status === 'active',
    roleKeys,
    departmentIds: person?.departmentIds ?? [],
    tree: new DepartmentTree(world.departments),
    grants: [...roleGrants, ...timed],
    restrictions: world.restrictions.map((restriction, place) => ({ id: `restriction:${place}`, restriction })),
  }
}

const cleared = [
  'access_state', 'roles', 'staff_roles', 'restrictions', 'customer_task_facts', 'customer_node_facts', 'departments', 'staff', 'staff_departments',
  'customers', 'follows', 'tags', 'customer_tags', 'orders', 'visits',
]

type Cell = string | number | null

async function insert(db: EntityManager, table: string, rows: readonly Readonly<Record<string, Cell>>[]): Promise<void> {
  const [first] = rows
  if (first === undefined) return
  const columns = Object.keys(first)
  const places = rows.map(() => `(${columns.map(() => '?').join(', ')})`).join(', ')
  await db.query(`INSERT INTO ${table} (${columns.join(', ')}) VALUES ${places}`, rows.flatMap((row) => columns.map((column) => row[column] ?? null)))
}

/** Empties the tables and writes the company. To be called in a transaction. */
export async function writeWorld(db: EntityManager, world: World): Promise<void> {
  for (const table of cleared) await db.query(`DELETE FROM ${table}`)
  await insert(db, 'access_state', [{ name: 'epoch', value: 1 }])
  await insert(db, 'departments', world.departments.map((node) => ({
    id: node.id, name: `d${node.id}`, parent_id: null, path: node.path, position: 0, kind: 'store', updated_at: 0, deleted_at: node.deleted ? 1 : null,
  })))
  await insert(db, 'roles', Object.entries(world.roles).map(([key, grants]) => ({ role_key: key, label: key, grants: JSON.stringify(grants), version: 1, updated_at: 0 })))
  await insert(db, 'restrictions', world.restrictions.map((one, place) => ({ id: String(place), definition: JSON.stringify(one), created_at: 0, ended_at: null })))
  await writeStaff(db, world)
  await writeCustomers(db, world)
}

async function writeStaff(db: EntityManager, world: World): Promise<void> {
  await insert(db, 'staff', world.staff.map((one) => ({
    id: one.id, userid: one.id, wecom_userid: one.id, name: one.id, position: '', status: one.status, joined_on: null, created_at: 0, updated_at: 0, left_at: null,
  })))
  await insert(db, 'staff_roles', world.staff.flatMap((one) => one.roleKeys.map((key) => ({ staff_id: one.id, role_key: key, source: 'rule', since: 0 }))))
  await insert(db, 'staff_departments', world.staff.flatMap((one) => one.departmentIds.map((id) => ({ staff_id: one.id, department_id: id, is_leader: 0, since: 0 }))))
}

async function writeCustomers(db: EntityManager, world: World): Promise<void> {
  await insert(db, 'customers', world.customers.map((one) => ({
    id: one.id, external_user_id: `wm-${one.id}`, name: one.id, name_search: one.id, gender: 0, type: 1, preferences: '[]',
    stage: one.stage, value_tier: one.valueTier,
    owner_staff_id: one.ownerStaffId, owner_department_id: one.ownerDepartmentId, pool_department_id: one.poolDepartmentId,
    last_active_at: 0, created_at: 0, updated_at: 0, version: 1,
  })))
  await insert(db, 'follows', world.customers.flatMap((one) => one.follows.map((follow, place) => ({
    id: `${one.id}-f${place}`, customer_id: one.id, staff_id: follow.staffId, department_id: follow.departmentId, began_at: 0,
    ended_at: follow.ended ? 1 : null, live_key: follow.ended ? null : `${one.id}:${follow.staffId}`, remark: '', description: '',
  }))))
  await insert(db, 'tags', Object.entries(world.tagGroups).map(([id, group]) => ({ id, group_id: group, name: id, group_name: group, position: 0, deleted_at: null })))
  await insert(db, 'customer_tags', world.customers.flatMap((one) => one.tagIds.map((id) => ({ customer_id: one.id, tag_id: id, follow_id: `${one.id}-f0` }))))
  await insert(db, 'customer_task_facts', world.customers.flatMap((one) => one.openTasks.map((type) => ({ customer_id: one.id, task_type: type }))))
  await insert(db, 'customer_node_facts', world.customers.flatMap((one) => [
    ...one.nodes.map((node) => ({ customer_id: one.id, node_key: node, reference: 'j1', entered_at: 0, left_at: null })),
    ...(one.formerNodes ?? []).map((node) => ({ customer_id: one.id, node_key: node, reference: 'j0', entered_at: 0, left_at: 1 })),
  ]))
  await insert(db, 'orders', world.customers.flatMap((one) => one.orders.map((order, place) => ({
    id: `${one.id}-o${place}`, customer_id: one.id, store_department_id: order.storeDepartmentId, order_no: `${one.id}-${place}`, amount_fen: order.amountFen, placed_at: 0, items: '[]',
  }))))
  await insert(db, 'visits', world.customers.flatMap((one) => one.visits.map((visit, place) => ({
    id: `${one.id}-v${place}`, customer_id: one.id, store_department_id: visit.storeDepartmentId, staff_id: null, visited_at: 0, note: '',
  }))))
}
