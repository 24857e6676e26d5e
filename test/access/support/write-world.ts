import type { EntityManager } from 'typeorm'
import type { UnreadableRule, World } from './world.ts'

const tables = [
  'access_state', 'roles', 'staff_roles', 'restrictions', 'campaigns', 'campaign_members', 'temporary_grants', 'node_grants', 'shares', 'access_freezes',
  'customer_task_facts', 'customer_node_facts', 'departments', 'staff', 'staff_departments', 'customers', 'follows', 'tags', 'customer_tags', 'orders', 'visits',
]

type Cell = string | number | null
type Row = Readonly<Record<string, Cell>>

/** Empties the tables of a company. */
export async function clearWorld(db: EntityManager): Promise<void> {
  for (const table of tables) await db.query(`DELETE FROM ${table}`)
}

/** Empties the tables and writes the company. */
export async function replaceWorld(db: EntityManager, world: World): Promise<void> {
  await clearWorld(db)
  await writeWorld(db, world)
}

async function insert(db: EntityManager, table: string, rows: readonly Row[]): Promise<void> {
  const [first] = rows
  if (first === undefined) return
  const columns = Object.keys(first)
  const places = rows.map(() => `(${columns.map(() => '?').join(', ')})`).join(', ')
  await db.query(`INSERT INTO ${table} (${columns.join(', ')}) VALUES ${places}`, rows.flatMap((row) => columns.map((column) => row[column] ?? null)))
}

/** Writes the company into empty tables, one statement for each table. */
export async function writeWorld(db: EntityManager, world: World): Promise<void> {
  await insert(db, 'access_state', [{ name: 'epoch', value: 1 }])
  await insert(db, 'departments', world.departments.map((node) => ({
    id: node.id, name: `d${node.id}`, parent_id: null, path: node.path, position: 0, kind: 'store', updated_at: 0, deleted_at: node.deleted ? 1 : null,
  })))
  await writeRules(db, world)
  await writeSources(db, world)
  await writeStaff(db, world)
  await writeCustomers(db, world)
}

const has = (world: World, rule: UnreadableRule) => world.unreadable.includes(rule)
/** Parses as JSON and is no rule; one role of everybody, so that it must give nothing to all. */
const noRule = JSON.stringify([{ operations: ['customer.profile.view', 'customer.profile.peek'], scope: { kind: 'all' } }])

async function writeRules(db: EntityManager, world: World): Promise<void> {
  await insert(db, 'roles', [
    ...Object.entries(world.roles).map(([key, grants]) => ({ role_key: key, label: key, grants: JSON.stringify(grants), version: 1, updated_at: 0 })),
    ...has(world, 'role') ? [{ role_key: 'unreadable', label: '', grants: noRule, version: 1, updated_at: 0 }] : [],
  ])
  await insert(db, 'restrictions', [
    ...world.restrictions.map((one) => ({ id: one.id, definition: JSON.stringify(one.restriction), created_at: 0, ended_at: one.endedAt })),
    ...has(world, 'restriction') ? [{ id: 'unreadable', definition: 'no JSON', created_at: 0, ended_at: null }] : [],
  ])
  await insert(db, 'node_grants', [
    ...world.nodeGrants.map((one) => ({
      id: one.id, node_key: one.nodeKey, subject: JSON.stringify(one.subject), definition: JSON.stringify(one.grant), keeps_open: one.keepsOpen ? 1 : 0, created_at: 0, ended_at: one.endedAt,
    })),
    ...has(world, 'node grant') ? world.staff.flatMap((one) => unreadableNodeGrants(one.id)) : [],
  ])
}

/** One with a subject that cannot be read, one with a grant that cannot be. */
function unreadableNodeGrants(staffId: string): Row[] {
  const subject = JSON.stringify({ staffIds: [staffId] })
  const definition = JSON.stringify({ operations: ['customer.profile.view'], scope: { kind: 'all' } })
  const rest = { node_key: 'n1', keeps_open: 1, created_at: 0, ended_at: null }
  return [
    { id: `u1-${staffId}`, subject: JSON.stringify({ staffIds: [staffId], everyone: true }), definition, ...rest },
    { id: `u2-${staffId}`, subject, definition: noRule, ...rest },
  ]
}

async function writeSources(db: EntityManager, world: World): Promise<void> {
  const decided = { reason: '', requested_by: 'x', decided_by: 'y', created_at: 0, decided_at: 0, ended_at: null, version: 1 }
  await insert(db, 'campaigns', world.campaigns.map((one) => ({
    id: one.id, campaign_key: `key-${one.id}`, name: one.id, from_at: one.fromAt, until_at: one.untilAt, ended_at: one.endedAt, created_by: 'x', created_at: 0, version: 1,
  })))
  await insert(db, 'campaign_members', world.campaigns.flatMap((one) => one.members.map((staffId) => ({ campaign_id: one.id, staff_id: staffId, since: 0 }))))
  await insert(db, 'temporary_grants', [
    ...world.temporary.map((one) => ({
      id: one.id, staff_id: one.staffId, campaign_id: one.campaignId, definition: JSON.stringify(one.grant), from_at: one.fromAt, until_at: one.untilAt, state: one.state, ...decided,
    })),
    ...has(world, 'temporary grant') ? world.staff.map((one) => ({
      id: `u-${one.id}`, staff_id: one.id, campaign_id: null, definition: noRule, from_at: 0, until_at: world.now * 2, state: 'granted', ...decided,
    })) : [],
  ])
  const shared = { reason: '', shared_by: 'x', created_at: 0 }
  await insert(db, 'shares', [
    ...world.shares.map((one) => ({
      id: one.id, customer_id: one.customerId, staff_id: one.staffId, operations: JSON.stringify(one.operations), from_at: one.fromAt, until_at: one.untilAt, ended_at: one.endedAt, ...shared,
    })),
    ...has(world, 'share') ? world.staff.flatMap((one) => world.customers.slice(0, 3).map((customer) => ({
      id: `u-${one.id}-${customer.id}`, customer_id: customer.id, staff_id: one.id, operations: '{"customer.profile.view":true}', from_at: 0, until_at: world.now * 2, ended_at: null, ...shared,
    }))) : [],
  ])
}

async function writeStaff(db: EntityManager, world: World): Promise<void> {
  await insert(db, 'access_freezes', world.freezes.map((one) => ({
    id: one.id, staff_id: one.staffId, live_key: one.lifted ? null : one.staffId, reason: 'card-limit', frozen_at: 0, lifted_at: one.lifted ? 1 : null, lifted_by: null,
  })))
  await insert(db, 'staff', world.staff.map((one) => ({
    id: one.id, userid: one.id, wecom_userid: one.id, name: one.id, position: '', status: one.status, joined_on: null, created_at: 0, updated_at: 0, left_at: null,
  })))
  const roleKeys = (keys: readonly string[]) => (has(world, 'role') ? [...keys, 'unreadable'] : keys)
  await insert(db, 'staff_roles', world.staff.flatMap((one) => roleKeys(one.roleKeys).map((key) => ({ staff_id: one.id, role_key: key, source: 'rule', since: 0 }))))
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
    // Either mark alone ends a follow.
    ended_at: follow.ended && place % 2 === 0 ? 1 : null, live_key: follow.ended && place % 2 === 1 ? null : `${one.id}:${follow.staffId}`, remark: '', description: '',
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
