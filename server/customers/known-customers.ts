import { In } from 'typeorm'
import type { UnitOfWork } from '../database/database.ts'
import { addOutbox } from '../jobs/index.ts'
import { customers, type Customer } from './customer.entity.ts'
import { insertCustomers } from './customer-rows.ts'
import { newCustomer, unknownName } from './write-customer.ts'

const atOnce = 500

/**
 * The customers whom WeCom names by these ids, by id. Whoever is not known becomes a customer whom only `all` reaches (T02), and is
 * read from WeCom afterwards: perhaps somebody follows him and we have not heard of it.
 */
export async function knownCustomers(work: UnitOfWork, externalUserIds: readonly string[], now: number): Promise<Map<string, Customer>> {
  const wanted = [...new Set(externalUserIds)]
  const found = new Map<string, Customer>()
  for (let from = 0; from < wanted.length; from += atOnce) {
    for (const row of await work.db.getRepository(customers).findBy({ externalUserId: In(wanted.slice(from, from + atOnce)) })) found.set(row.externalUserId, row)
  }
  const unknown = wanted.filter((id) => !found.has(id)).map((id) => newCustomer(id, unknownName, now))
  await insertCustomers(work, unknown)
  for (const created of unknown) {
    found.set(created.externalUserId, created)
    await addOutbox(work, { kind: 'customer.refresh', orderKey: `customer:${created.externalUserId}`, payload: { externalUserId: created.externalUserId } })
  }
  return found
}
