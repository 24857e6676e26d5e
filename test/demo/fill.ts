import { In } from 'typeorm'
import { v7 as uuid } from 'uuid'
import { customers, follows, insertCustomers, newCustomer, ownerships, sealContact, updateCustomer } from '../../server/customers/index.ts'
import type { UnitOfWork } from '../../server/database/database.ts'
import { createAdminCommands, staff, staffDepartments } from '../../server/organization/index.ts'
import { orders, visits } from '../../server/records/index.ts'
import type { Services } from '../../server/services.ts'
import type { Company, CompanyCustomer } from '../company/company.ts'

/**
 * Writes what WeCom does not know: marks of stores and regions, the first administrators, and our own facts about customers.
 * Goes through the product's commands where there is one; the facts stand in for imports that do not exist yet.
 */
export async function fillCompany(services: Services, company: Company): Promise<void> {
  const { database, access, audit, wecom, staffWriter: writer, clock } = services
  const commands = createAdminCommands({ database, access, audit, wecom, writer, clock })
  for (const department of company.departments) if (department.kind !== 'department') await commands.mark(department.id, department.kind)
  const present = new Set((await database.db.getRepository(staff).find({ select: { userid: true, leftAt: true } })).filter((one) => one.leftAt === null).map((one) => one.userid))
  for (const person of company.staff) {
    if (!present.has(person.userid.toLowerCase())) continue
    if (person.role === 'administrator') await commands.appoint(person.userid)
    await commands.joined(person.userid, Date.parse(`${person.joinedOn}T00:00:00Z`))
  }
  const size = 200
  for (let from = 0; from < company.customers.length; from += size) await fillCustomers(services, company.customers.slice(from, from + size))
}

async function fillCustomers(services: Services, facts: readonly CompanyCustomer[]): Promise<void> {
  const { database, sealer, clock } = services
  await database.transaction(async (work) => {
    const { db } = work
    const rows = await db.getRepository(customers).findBy({ externalUserId: In(facts.map((fact) => fact.externalUserId)) })
    const known = new Map(rows.map((row) => [row.externalUserId, row]))
    const people = new Map((await db.getRepository(staff).find()).map((person) => [person.userid, person]))
    const homes = new Map((await db.getRepository(staffDepartments).find()).map((one) => [one.staffId, one.departmentId]))
    const live = await db.getRepository(follows).findBy({ customerId: In(rows.map((row) => row.id)) })
    const ownersToInsert: object[] = []
    const ordersToInsert: object[] = []
    const visitsToInsert: object[] = []
    for (const fact of facts) {
      const row = known.get(fact.externalUserId) ?? await insertUnfollowed(services, work, fact)
      const owner = fact.ownerUserid === null ? undefined : people.get(fact.ownerUserid.toLowerCase())
      const follow = owner === undefined ? undefined : live.find((one) => one.customerId === row.id && one.staffId === owner.id)
      const ownerDepartmentId = owner === undefined ? null : (follow?.departmentId ?? homes.get(owner.id) ?? null)
      const last = Math.max(row.createdAt - 400 * 86_400_000, ...fact.orders.map((order) => order.placedAt), ...fact.visits.map((visit) => visit.visitedAt), ...fact.follows.map((one) => one.createtime * (one.createtime < 1e11 ? 1000 : 1)))
      await updateCustomer(work, { id: row.id }, {
        stage: fact.stage, birthday: fact.birthday, preferences: [...fact.preferences], memberLevel: fact.memberLevel, valueTier: tierOf(fact),
        contractState: fact.contract?.state ?? null, contractAmountFen: fact.contract?.amountFen ?? null, priceList: fact.contract?.priceList ?? null,
        ...sealContact(sealer, { mobile: fact.mobile, email: fact.email, address: fact.address }),
        ownerStaffId: owner?.id ?? null, ownerDepartmentId, poolDepartmentId: owner === undefined ? fact.poolDepartmentId : null,
        lastActiveAt: Math.min(last, clock()),
      })
      if (owner !== undefined) ownersToInsert.push({ id: uuid(), customerId: row.id, staffId: owner.id, departmentId: ownerDepartmentId, beganAt: row.createdAt, reason: 'import', endedAt: null, endReason: null })
      for (const order of fact.orders) ordersToInsert.push({ id: uuid(), customerId: row.id, storeDepartmentId: order.storeDepartmentId, orderNo: order.orderNo, amountFen: order.amountFen, placedAt: order.placedAt, items: order.items.map((item) => `${item.name} ×${item.quantity}`) })
      for (const visit of fact.visits) visitsToInsert.push({ id: uuid(), customerId: row.id, storeDepartmentId: visit.storeDepartmentId, staffId: people.get(visit.userid.toLowerCase())?.id ?? null, visitedAt: visit.visitedAt, note: visit.note })
    }
    await insertMany((part) => db.getRepository(ownerships).insert(part as never), ownersToInsert)
    await insertMany((part) => db.getRepository(orders).insert(part as never), ordersToInsert)
    await insertMany((part) => db.getRepository(visits).insert(part as never), visitsToInsert)
  })
}

async function insertMany(insert: (part: object[]) => Promise<unknown>, rows: readonly object[]): Promise<void> {
  for (let from = 0; from < rows.length; from += 100) await insert(rows.slice(from, from + 100))
}

/** Customers in a pool have no follow, so WeCom does not show them; they are here from before. */
async function insertUnfollowed(services: Services, work: UnitOfWork, fact: CompanyCustomer) {
  const row = { ...newCustomer(fact.externalUserId, fact.name, services.clock()), avatar: fact.avatar, gender: fact.gender, type: fact.type }
  await insertCustomers(work, [row])
  return row
}

/** Five tiers by what somebody spent: below 500, 2,000, 5,000, 20,000 yuan, and above. */
function tierOf(fact: CompanyCustomer): number {
  const yuan = fact.orders.reduce((sum, order) => sum + order.amountFen, 0) / 100
  return [500, 2_000, 5_000, 20_000].filter((limit) => yuan >= limit).length + 1
}
