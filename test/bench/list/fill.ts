import type { RoleGrant } from '#shared/access/index'
import { nodesOf } from '../../../server/access/listing/nodes.ts'
import type { Database } from '../../../server/database/database.ts'
import { benchCustomers, busyStores, measuredId, measuredStaff, regionId, regions, root, staffId, staffInAll, storeId, storePath, stores, tagShares, type BenchCustomer, type MeasuredScope } from './company.ts'
import { BulkTable, type Cell } from './bulk-table.ts'

/**
 * Writes the company straight into the tables, the derived ones included: by the product's own functions they take from a
 * customer what the product would write (`nodesOf`), and the bench compares a part of them with the facts.
 */
export async function fillCompany(database: Database, count: number): Promise<void> {
  await fillPeople(database)
  const tables = {
    customers: new BulkTable(database, 'customers', [
      'id', 'external_user_id', 'name', 'name_search', 'avatar', 'gender', 'type', 'add_way', 'preferences', 'stage', 'value_tier', 'contract_state', 'contract_amount_fen', 'mobile_sealed', 'mobile_index',
      'owner_staff_id', 'owner_department_id', 'pool_department_id', 'last_active_at', 'created_at', 'updated_at', 'version',
    ]),
    follows: new BulkTable(database, 'follows', ['id', 'customer_id', 'staff_id', 'department_id', 'began_at', 'live_key', 'remark', 'description']),
    tags: new BulkTable(database, 'customer_tags', ['customer_id', 'tag_id', 'follow_id']),
    scopes: new BulkTable(database, 'customer_scope', ['node', 'last_active_at', 'customer_id', 'stage', 'value_tier']),
  }
  await hurry(database, true)
  for (const table of Object.values(tables)) await table.begin()
  const everybody: BenchCustomer[] = []
  for (const one of benchCustomers(count)) {
    everybody.push(one)
    await tables.customers.add(customerRow(one))
    for (const { id, staff, department } of one.follows) await tables.follows.add([id, one.id, staff, department, one.lastActiveAt, `${one.id}:${staff}`, '', ''])
    for (const tag of one.tags) await tables.tags.add([one.id, tag, one.follows[0]?.id ?? one.id])
  }
  await fillScopes(tables.scopes, everybody, (one) => nodesOf({ ...one, nameSearch: one.name.toLowerCase() }, pathOf))
  for (const table of Object.values(tables)) await table.end()
  await hurry(database, false)
}

/** A SQLite file that nobody would miss need not be safe on disk while it is filled. */
async function hurry({ kind, onConnection }: Database, on: boolean): Promise<void> {
  if (kind !== 'sqlite') return
  await onConnection((connection) => {
    connection.pragma(`synchronous = ${on ? 'OFF' : 'FULL'}`)
    connection.pragma(`cache_size = ${on ? -200_000 : -16_000}`)
  })
}

const pathOf = (department: number): number[] => (department === root ? [root] : department < 1_000 ? [root, department] : [root, regionId(department - 1_000), department])

/** Sealed values and a picture's address, as long as real ones. */
const sealed = 'v1.k1.'.padEnd(96, 'x')
const avatar = 'https://wx.qlogo.cn/mmhead/'.padEnd(110, 'x')

function customerRow(one: BenchCustomer): Cell[] {
  return [
    one.id, `wm${one.id.slice(-30)}`, one.name, one.name.toLowerCase(), avatar, 0, 1, 1, '[]', one.stage, one.valueTier, one.stage === 'signed' ? 'signed' : null, one.stage === 'signed' ? 1_000_000 : null, sealed, `b1.${one.id}`,
    one.owner, one.ownerDepartment, one.pool, one.lastActiveAt, one.lastActiveAt, one.lastActiveAt, 1,
  ]
}

/** In the order of the key: what is written elsewhere in the middle of a big table costs ten times as much. */
async function fillScopes(table: BulkTable, everybody: readonly BenchCustomer[], keysOf: (one: BenchCustomer) => Iterable<number>): Promise<void> {
  const places: number[] = []
  const keys: number[] = []
  for (const [place, one] of everybody.entries()) {
    for (const key of keysOf(one)) {
      places.push(place)
      keys.push(key)
    }
  }
  const at = (row: number) => everybody[places[row] ?? 0]?.lastActiveAt ?? 0
  const order = Uint32Array.from(keys, (_, row) => row).sort((a, b) => (keys[a] ?? 0) - (keys[b] ?? 0) || at(a) - at(b) || (places[a] ?? 0) - (places[b] ?? 0))
  for (const row of order) {
    const one = everybody[places[row] ?? 0]
    if (one !== undefined) await table.add([keys[row] ?? 0, one.lastActiveAt, one.id, one.stage, one.valueTier])
  }
}

/** Whom each measured person may see, where no template says just that. */
const see = ['customer.profile.view', 'customer.labels.view', 'customer.ownership.view'] as const
const rolesOfMeasured: Readonly<Record<MeasuredScope, string>> = {
  own: 'bench-own', followed: 'service', team: 'store-manager', subtree: 'regional-manager', departments: 'bench-departments', pool: 'bench-pool', all: 'director', temporary: 'service',
}
const grantOf = (scope: RoleGrant['scope']): RoleGrant => ({ operations: [...see], scope, conditions: [], fields: {} })

/** Three stores of three regions, none of them the person's own. */
export const namedStores = (store: number): number[] => [store + 1, store + 52, store + 103].map(storeId)
export const namedRegions = (store: number): number[] => [regionId(store), regionId(store + 7)]

async function fillPeople(database: Database): Promise<void> {
  const write = async (table: string, columns: readonly string[], rows: readonly (readonly Cell[])[]) => {
    const bulk = new BulkTable(database, table, columns)
    for (const row of rows) await bulk.add(row)
    await bulk.flush()
  }
  await write('departments', ['id', 'name', 'parent_id', 'path', 'position', 'kind', 'updated_at'], [
    [root, '总部', null, `/${root}/`, 0, 'department', 0],
    ...Array.from({ length: regions }, (_, place): Cell[] => [regionId(place), `区域${place}`, root, `/${root}/${regionId(place)}/`, 0, 'region', 0]),
    ...Array.from({ length: stores }, (_, place): Cell[] => [storeId(place), `门店${place}`, regionId(place), storePath(place), 0, 'store', 0]),
  ])
  const scopes = Object.keys(measuredStaff) as MeasuredScope[]
  const measured = scopes.flatMap((scope) => busyStores.map((store) => ({ scope, store, id: measuredId(scope, store) })))
  const departmentOf = ({ scope, store }: (typeof measured)[number]) => (scope === 'subtree' ? regionId(store) : scope === 'all' || scope === 'departments' ? root : storeId(store))
  const clerks = Array.from({ length: staffInAll }, (_, place) => ({ id: staffId(place), store: place % stores }))
  await write('staff', ['id', 'userid', 'wecom_userid', 'name', 'position', 'status', 'created_at', 'updated_at'], [...clerks, ...measured].map(({ id }) => [id, id, id, '员工', '', 'active', 0, 0]))
  await write('staff_departments', ['staff_id', 'department_id', 'is_leader', 'since'], [...clerks.map(({ id, store }) => [id, storeId(store), 0, 0]), ...measured.map((one) => [one.id, departmentOf(one), 0, 0])])
  await write('staff_roles', ['staff_id', 'role_key', 'source', 'since'], [...clerks.map(({ id }) => [id, 'clerk', 'rule', 0]), ...measured.map((one) => [one.id, roleOf(one), 'rule', 0])])
  await write('roles', ['role_key', 'label', 'grants', 'version', 'updated_at'], [
    ['bench-own', '', JSON.stringify([grantOf({ kind: 'own' })]), 1, 0], ['bench-pool', '', JSON.stringify([grantOf({ kind: 'pool' })]), 1, 0],
    ...busyStores.map((store): Cell[] => [`bench-departments-${store}`, '', JSON.stringify([grantOf({ kind: 'departments', departmentIds: namedRegions(store) })]), 1, 0]),
  ])
  await write('temporary_grants', ['id', 'staff_id', 'definition', 'from_at', 'until_at', 'state', 'reason', 'requested_by', 'created_at', 'version'], measured.filter(({ scope }) => scope === 'temporary')
    .map(({ id, store }) => [id, id, JSON.stringify(grantOf({ kind: 'departments', departmentIds: namedStores(store) })), 0, 4_000_000_000_000, 'granted', '', id, 0, 1]))
  await write('tags', ['id', 'group_id', 'name', 'group_name', 'position'], [...Object.keys(tagShares), ...Array.from({ length: 40 }, (_, place) => `other${place}`)].map((tag, place) => [tag, `group${place % 6}`, tag, '', place]))
}

const roleOf = ({ scope, store }: { readonly scope: MeasuredScope, readonly store: number }) => (scope === 'departments' ? `bench-departments-${store}` : rolesOfMeasured[scope])
