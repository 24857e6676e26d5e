import type { EntityManager } from 'typeorm'
import type { Database } from '../../server/database/database.ts'

/** A chain of 500 stores in 50 regions with 5,000 staff and 100,000 customers, written straight into the tables. */

const regions = 50
const stores = 500
const staffCount = 5_000
const customerCount = 100_000

type Cell = string | number | null

async function insert(db: EntityManager, table: string, columns: readonly string[], rows: readonly (readonly Cell[])[]): Promise<void> {
  const size = Math.floor(900 / columns.length)
  for (let start = 0; start < rows.length; start += size) {
    const some = rows.slice(start, start + size)
    await db.query(`INSERT INTO ${table} (${columns.join(', ')}) VALUES ${some.map(() => `(${columns.map(() => '?').join(', ')})`).join(', ')}`, some.flat())
  }
}

/** The same numbers each time. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

const id = (letter: string, place: number) => `${letter}${String(place).padStart(8, '0')}`
const storeId = (place: number) => 1000 + place
const regionOf = (store: number) => 100 + (store % regions)
const headquartersRoles = ['sales-head', 'hq-operations', 'marketing', 'marketing-director', 'director', 'service-lead']

/** Ten people to a store: a manager, sales and service, the rest clerks; the last three hundred in regions and headquarters. */
function roleAt(place: number): { readonly role: string, readonly department: number } {
  const left = staffCount - place
  if (left <= 100) return { role: headquartersRoles[left % headquartersRoles.length] ?? 'director', department: 1 }
  if (left <= 300) return { role: 'regional-manager', department: 100 + (left % regions) }
  const store = place % stores
  const within = Math.floor(place / stores)
  return { role: within === 0 ? 'store-manager' : within < 3 ? 'sales' : within === 3 ? 'service' : within === 4 ? 'trainee' : 'clerk', department: storeId(store) }
}

export async function fillPreviewCompany(database: Database): Promise<void> {
  const random = randomFrom(7)
  await database.transaction(async ({ db }) => {
    const departments: Cell[][] = [[1, '总部', null, '/1/', 0, 'department', 0, null]]
    for (let region = 0; region < regions; region += 1) departments.push([100 + region, `区域${region}`, 1, `/1/${100 + region}/`, 0, 'region', 0, null])
    for (let store = 0; store < stores; store += 1) departments.push([storeId(store), `门店${store}`, regionOf(store), `/1/${regionOf(store)}/${storeId(store)}/`, 0, 'store', 0, null])
    await insert(db, 'departments', ['id', 'name', 'parent_id', 'path', 'position', 'kind', 'updated_at', 'deleted_at'], departments)
    const people = Array.from({ length: staffCount }, (_, place) => ({ id: id('s', place), ...roleAt(place) }))
    await insert(db, 'staff', ['id', 'userid', 'wecom_userid', 'name', 'position', 'status', 'created_at', 'updated_at'], people.map((one) => [one.id, one.id, one.id, one.id, '', 'active', 0, 0]))
    await insert(db, 'staff_roles', ['staff_id', 'role_key', 'source', 'since'], people.map((one) => [one.id, one.role, 'rule', 0]))
    await insert(db, 'staff_departments', ['staff_id', 'department_id', 'is_leader', 'since'], people.map((one) => [one.id, one.department, 0, 0]))
    await insert(db, 'tags', ['id', 'group_id', 'name', 'group_name', 'position'], Array.from({ length: 30 }, (_, tag) => [`tag${tag}`, `group${tag % 6}`, `标签${tag}`, `组${tag % 6}`, 0]))
    await fillCustomers(db, people.filter((one) => one.department >= 1000), random)
  })
}

async function fillCustomers(db: EntityManager, sellers: readonly { readonly id: string, readonly department: number }[], random: (below: number) => number): Promise<void> {
  const stages = ['lead', 'contacted', 'intent', 'negotiating', 'signed', 'delivered', 'dormant']
  const customers: Cell[][] = []
  const follows: Cell[][] = []
  const tags: Cell[][] = []
  for (let place = 0; place < customerCount; place += 1) {
    const customer = id('c', place)
    const seller = sellers[random(sellers.length)]
    const pooled = random(10) === 0
    customers.push([
      customer, `wm${customer}`, `客户${place}`, `客户${place}`, 0, 1, '[]', stages[random(stages.length)] ?? 'lead', random(6) || null,
      pooled ? null : seller?.id ?? null, pooled ? null : seller?.department ?? null, pooled ? storeId(random(stores)) : null, place, 0, 0, 1,
    ])
    if (!pooled) follows.push([`${customer}a`, customer, seller?.id ?? '', seller?.department ?? null, 0, null, `${customer}:${seller?.id ?? ''}`, '', ''])
    const second = random(4) === 0 ? sellers[random(sellers.length)] : undefined
    if (second !== undefined && second !== seller) follows.push([`${customer}b`, customer, second.id, second.department, 0, null, `${customer}:${second.id}`, '', ''])
    for (const tag of new Set([random(30), random(30), random(30)])) tags.push([customer, `tag${tag}`, `${customer}a`])
  }
  await insert(db, 'customers', [
    'id', 'external_user_id', 'name', 'name_search', 'gender', 'type', 'preferences', 'stage', 'value_tier',
    'owner_staff_id', 'owner_department_id', 'pool_department_id', 'last_active_at', 'created_at', 'updated_at', 'version',
  ], customers)
  await insert(db, 'follows', ['id', 'customer_id', 'staff_id', 'department_id', 'began_at', 'ended_at', 'live_key', 'remark', 'description'], follows)
  await insert(db, 'customer_tags', ['customer_id', 'tag_id', 'follow_id'], tags)
}
