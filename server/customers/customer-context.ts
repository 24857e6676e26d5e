import { In, IsNull, type EntityManager } from 'typeorm'
import { departments, staff } from '../organization/index.ts'
import { customerTags, follows, tags, type Customer } from './customer.entity.ts'

export interface StaffShown {
  readonly userid: string
  readonly name: string
  readonly departmentName: string | null
}

export interface OrderTotals {
  readonly totalFen: number
  readonly count: number
  readonly lastAt: number | null
}

/** Everything that cards of these customers show beside their rows, loaded for all of them at once. */
export interface CardContext {
  ownerOf(customer: Customer): StaffShown | null
  followersOf(customer: Customer): StaffShown[]
  poolOf(customer: Customer): { departmentId: number; name: string } | null
  tagsOf(customer: Customer): { id: string; name: string; groupName: string }[]
  /** The viewer's own remark on his own follow. */
  remarkOf(customer: Customer): string | null
  /** When the first follow in force began. */
  addedAtOf(customer: Customer): number | null
  /** Over the orders that the viewer may see, and no others (S15, T11). */
  totalsOf(customer: Customer): OrderTotals
}

export interface CardContextInput {
  readonly db: EntityManager
  readonly customers: readonly Customer[]
  readonly viewerStaffId: string
  /** Totals over the orders that the viewer may see, by customer id. */
  readonly totals: ReadonlyMap<string, OrderTotals>
}

export async function loadCardContext(input: CardContextInput): Promise<CardContext> {
  const { db } = input
  const ids = input.customers.map((customer) => customer.id)
  const live = ids.length === 0 ? [] : await db.getRepository(follows).find({ where: { customerId: In(ids), endedAt: IsNull() }, order: { beganAt: 'ASC', id: 'ASC' } })
  const staffIds = [...new Set([...live.map((follow) => follow.staffId), ...input.customers.flatMap((one) => one.ownerStaffId ?? [])])]
  const people = new Map((staffIds.length === 0 ? [] : await db.getRepository(staff).findBy({ id: In(staffIds) })).map((row) => [row.id, row]))
  const names = new Map((await db.getRepository(departments).find({ select: { id: true, name: true } })).map((row) => [row.id, row.name]))
  const tagged = await loadTags(db, ids)
  const shown = (staffId: string, departmentId: number | null): StaffShown | null => {
    const person = people.get(staffId)
    return person === undefined ? null : { userid: person.wecomUserid, name: person.name, departmentName: departmentId === null ? null : (names.get(departmentId) ?? null) }
  }
  return {
    ownerOf: (customer) => (customer.ownerStaffId === null ? null : shown(customer.ownerStaffId, customer.ownerDepartmentId)),
    followersOf: (customer) => live.filter((one) => one.customerId === customer.id).flatMap((one) => shown(one.staffId, one.departmentId) ?? []),
    poolOf: (customer) => (customer.poolDepartmentId === null ? null : { departmentId: customer.poolDepartmentId, name: names.get(customer.poolDepartmentId) ?? '' }),
    tagsOf: (customer) => tagged.get(customer.id) ?? [],
    remarkOf: (customer) => live.find((one) => one.customerId === customer.id && one.staffId === input.viewerStaffId)?.remark ?? null,
    addedAtOf: (customer) => live.find((one) => one.customerId === customer.id)?.beganAt ?? null,
    totalsOf: (customer) => input.totals.get(customer.id) ?? { totalFen: 0, count: 0, lastAt: null },
  }
}

async function loadTags(db: EntityManager, ids: readonly string[]) {
  const found = new Map<string, { id: string; name: string; groupName: string }[]>()
  if (ids.length === 0) return found
  const rows = await db.getRepository(customerTags).find({ select: { customerId: true, tagId: true }, where: { customerId: In([...ids]) } })
  const known = rows.length === 0 ? [] : await db.getRepository(tags).find({ where: { id: In([...new Set(rows.map((row) => row.tagId))]), deletedAt: IsNull() } })
  const order = [...known].sort((one, other) => other.position - one.position || one.name.localeCompare(other.name, 'zh-CN'))
  for (const id of ids) {
    const mine = new Set(rows.filter((row) => row.customerId === id).map((row) => row.tagId))
    found.set(id, order.filter((tag) => mine.has(tag.id)).map((tag) => ({ id: tag.id, name: tag.name, groupName: tag.groupName })))
  }
  return found
}
