import { In, IsNull } from 'typeorm'
import { v7 as uuid } from 'uuid'
import { customers, follows, newCustomer } from '../../../server/customers/index.ts'
import { dayOf, daysLater, startOfDay } from '../../../server/company-day.ts'
import { departments, staff, staffDepartments } from '../../../server/organization/index.ts'
import { orders, visits } from '../../../server/records/index.ts'
import { generateCompany } from '../../company/generate.ts'
import { seededRandom } from '../../company/random.ts'
import type { TestDatabaseKind } from '../../support/databases.ts'
import { relist } from '../../support/lists.ts'
import { storyApp, type StoryApp } from '../../stories/support/story-app.ts'

export const zone = 'Asia/Shanghai'

/** Everything that happened, as the tests count it by themselves. */
export interface Happened {
  readonly report: 'customers' | 'spending' | 'visits'
  readonly customerId: string
  readonly departmentId: number | null
  readonly staffId: string | null
  readonly day: string
  readonly amountFen: number
}

export interface BusyCompany {
  readonly app: StoryApp
  /** The last closed month: its first day and all its days. */
  readonly month: string
  readonly days: readonly string[]
  /** Read anew from the tables. */
  happened(): Promise<Happened[]>
}

/**
 * Two regions with two stores each. In the last month 420 customers came, were added by somebody, bought and visited:
 * many in the first store, few in the last, somewhere else than where they stand now for a part of them.
 */
export async function busyCompany(kind: TestDatabaseKind, clock: () => number = Date.now): Promise<BusyCompany> {
  const app = await storyApp({ database: kind, clock, company: generateCompany({ regions: 2, stores: 4, staffPerStore: 3, customers: 20 }) })
  const today = dayOf(Date.now(), zone)
  const month = `${daysLater(`${today.slice(0, 8)}01`, -1).slice(0, 8)}01`
  const days: string[] = []
  for (let day = month; day.slice(0, 7) === month.slice(0, 7); day = daysLater(day, 1)) days.push(day)
  await fill(app, days)
  return { app, month, days, happened: () => readHappened(app) }
}

async function fill({ services, storeOf }: StoryApp, days: readonly string[]): Promise<void> {
  const random = seededRandom(17)
  const { db } = services.database
  const stores = ['manager01', 'manager02', 'manager03', 'manager04'].map(storeOf)
  const members = await db.findBy(staffDepartments, { departmentId: In(stores) })
  const instant = () => startOfDay(random.pick(days), zone) + random.integer(0, 86_399_999)
  const storeByWeight = () => stores[[0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 3][random.integer(0, 12)] ?? 0] ?? 1
  const someoneIn = (store: number) => random.pick(members.filter((one) => one.departmentId === store)).staffId
  const rows: { customers: object[], follows: object[], orders: object[], visits: object[] } = { customers: [], follows: [], orders: [], visits: [] }
  for (let place = 0; place < 420; place += 1) {
    const store = storeByWeight()
    const began = instant()
    const customer = { ...newCustomer(`wmbusy${place}`, `忙碌客户${place}`, began), ...standing(random.integer(0, 9), store, someoneIn(store), stores) }
    rows.customers.push(customer)
    // Where somebody came from need not be where he stands now.
    for (const [nth, at] of (random.chance(0.1) ? [store, storeByWeight()] : [store]).entries()) {
      const staffId = someoneIn(at)
      rows.follows.push({ id: uuid(), customerId: customer.id, staffId, departmentId: at, beganAt: began, endedAt: null, endReason: null, liveKey: `${customer.id}:${nth}`, remark: '', description: '', state: null, addWay: 1, customerDeletedAt: null })
    }
    for (let more = random.integer(0, 2); more > 0; more -= 1) {
      rows.orders.push({ id: uuid(), customerId: customer.id, storeDepartmentId: random.chance(0.9) ? store : storeByWeight(), orderNo: `B${place}-${more}`, amountFen: random.integer(100, 90_000), placedAt: instant(), items: [] })
      rows.visits.push({ id: uuid(), customerId: customer.id, storeDepartmentId: store, staffId: random.chance(0.8) ? someoneIn(store) : null, visitedAt: instant(), note: '' })
    }
  }
  await services.database.transaction(async (work) => {
    for (const [table, all] of [[customers, rows.customers], [follows, rows.follows], [orders, rows.orders], [visits, rows.visits]] as const) {
      for (let from = 0; from < all.length; from += 100) await work.db.getRepository<object>(table.options.tableName ?? '').insert(all.slice(from, from + 100))
    }
  })
  await relist(services.database)
}

/** Most are owned where they came, some lie in a pool, some are followed only, some moved on to another store. */
function standing(chance: number, store: number, staffId: string, stores: readonly number[]) {
  if (chance < 6) return { ownerStaffId: staffId, ownerDepartmentId: store, poolDepartmentId: null }
  if (chance < 7) return { ownerStaffId: staffId, ownerDepartmentId: stores[0] ?? store, poolDepartmentId: null }
  return { ownerStaffId: null, ownerDepartmentId: null, poolDepartmentId: chance < 9 ? store : null }
}

async function readHappened({ services: { database: { db } } }: StoryApp): Promise<Happened[]> {
  const at = (instant: number) => dayOf(instant, zone)
  return [
    ...(await db.find(follows)).map((one): Happened => ({ report: 'customers', customerId: one.customerId, departmentId: one.departmentId, staffId: one.staffId, day: at(one.beganAt), amountFen: 0 })),
    ...(await db.find(orders)).map((one): Happened => ({ report: 'spending', customerId: one.customerId, departmentId: one.storeDepartmentId, staffId: null, day: at(one.placedAt), amountFen: one.amountFen })),
    ...(await db.find(visits)).map((one): Happened => ({ report: 'visits', customerId: one.customerId, departmentId: one.storeDepartmentId, staffId: one.staffId, day: at(one.visitedAt), amountFen: 0 })),
  ]
}

/** The ids of a department and of all below. */
export async function belowOf({ services: { database: { db } } }: StoryApp, id: number): Promise<Set<number>> {
  const all = await db.findBy(departments, { deletedAt: IsNull() })
  const path = all.find((one) => one.id === id)?.path ?? 'nowhere'
  return new Set(all.filter((one) => one.path.startsWith(path)).map((one) => one.id))
}

export async function staffIdOf({ services: { database: { db } } }: StoryApp, userid: string): Promise<string> {
  return (await db.findOneByOrFail(staff, { userid: userid.toLowerCase() })).id
}
