import { In, LessThan, type FindOptionsWhere } from 'typeorm'
import { keepListed } from '../access/index.ts'
import type { UnitOfWork } from '../database/database.ts'
import { customers, customerTags, follows, type Customer, type Follow } from './customer.entity.ts'

/*
 * The only place that writes customers, their follows and tags, because lists read tables that are derived from them:
 * `test/structure/customer-writers.test.ts` fails for another. The tests also compare the derived tables with what they come from
 * whenever an app stops.
 */

/** Columns on which the scope table depends. */
const listed = ['nameSearch', 'ownerStaffId', 'ownerDepartmentId', 'poolDepartmentId', 'stage', 'valueTier', 'lastActiveAt'] as const satisfies readonly (keyof Customer)[]

const rowsPerStatement = 100

export async function insertCustomers(work: UnitOfWork, rows: readonly Customer[]): Promise<void> {
  for (let from = 0; from < rows.length; from += rowsPerStatement) await work.db.insert(customers, rows.slice(from, from + rowsPerStatement))
  for (const { id } of rows) keepListed(work, id)
}

/** Writes these columns of one customer where all of `where` holds; false when it did not. */
export async function updateCustomer(work: UnitOfWork, where: FindOptionsWhere<Customer> & { readonly id: string }, columns: Partial<Customer>): Promise<boolean> {
  const { affected } = await work.db.getRepository(customers).update(where, columns)
  if (affected !== 1) return false
  if (listed.some((column) => columns[column] !== undefined)) keepListed(work, where.id)
  return true
}

/** Activity only orders lists, so it need not be exact: each change of it moves all rows of the customer. */
const activityStepMs = 60_000

/** The customer did something at this instant. */
export async function becameActive(work: UnitOfWork, customer: Pick<Customer, 'id' | 'lastActiveAt'>, at: number): Promise<void> {
  if (at - customer.lastActiveAt >= activityStepMs) await updateCustomer(work, { id: customer.id, lastActiveAt: LessThan(at) }, { lastActiveAt: at })
}

export async function insertFollow(work: UnitOfWork, follow: Follow): Promise<void> {
  await work.db.insert(follows, follow)
  keepListed(work, follow.customerId)
}

export async function updateFollow(work: UnitOfWork, follow: Pick<Follow, 'id' | 'customerId'>, columns: Partial<Follow>): Promise<void> {
  await work.db.getRepository(follows).update({ id: follow.id }, columns)
  if (columns.endedAt !== undefined || columns.liveKey !== undefined || columns.departmentId !== undefined) keepListed(work, follow.customerId)
}

/** Tags that came through one follow and are not there yet. */
export async function addTags(work: UnitOfWork, { id, customerId }: Pick<Follow, 'id' | 'customerId'>, tagIds: readonly string[]): Promise<void> {
  if (tagIds.length === 0) return
  await work.db.insert(customerTags, tagIds.map((tagId) => ({ customerId, tagId, followId: id })))
  keepListed(work, customerId)
}

/** Takes tags that came through these follows of one customer; all of them without `tagIds`. */
export async function removeTags(work: UnitOfWork, customerId: string, followIds: readonly string[], tagIds?: readonly string[]): Promise<void> {
  if (followIds.length === 0) return
  const { affected } = await work.db.getRepository(customerTags).delete({ customerId, followId: In([...followIds]), ...(tagIds === undefined ? {} : { tagId: In([...tagIds]) }) })
  if (affected !== 0) keepListed(work, customerId)
}
