import { z } from 'zod'
import type { EntityManager } from 'typeorm'
import type { ActorAccess } from '../actor-access.ts'
import type { CustomerFacts } from '../facts.ts'
import type { ActionContext } from '../index.ts'
import { selectNamed } from '../sql.ts'
import { tables } from '../tables.ts'
import type { CompanyCustomer } from './company.ts'

/** Sums over the records of one customer that somebody may see (S15, T11). */
export type Totals = Readonly<Record<'orders' | 'yuan' | 'visits', number>>

export function totalsDecided(actor: ActorAccess, customer: CompanyCustomer, facts: CustomerFacts, context: ActionContext): Totals {
  const orders = customer.orders.filter(({ storeDepartmentId }) => actor.decideRecord('customer.spending.view', facts, { storeDepartmentId }, context).allowed)
  const visits = customer.visits.filter((storeDepartmentId) => actor.decideRecord('talk.visits.view', facts, { storeDepartmentId }, context).allowed)
  return { orders: orders.length, yuan: orders.reduce((sum, one) => sum + one.amountFen, 0) / 100, visits: visits.length }
}

const Row = z.object({ count: z.coerce.number(), total: z.coerce.number() })

export async function totalsSelected(db: EntityManager, actor: ActorAccess, customerId: string, context: ActionContext): Promise<Totals> {
  const sums = async (operation: 'customer.spending.view' | 'talk.visits.view', table: string, amount: string) => {
    const filter = actor.recordFilter(operation, { alias: 'records', storeColumn: 'store_department_id' }, context)
    const rows = await selectNamed(db, `SELECT COUNT(*) AS count, COALESCE(SUM(${amount}), 0) AS total FROM ${table} records
      JOIN ${tables.customers} customers ON customers.id = records.customer_id WHERE records.customer_id = :totalled AND ${filter.sql}`, { ...filter.parameters, totalled: customerId })
    return Row.parse(rows[0])
  }
  const orders = await sums('customer.spending.view', tables.orders, 'records.amount_fen')
  const visits = await sums('talk.visits.view', tables.visits, '0')
  return { orders: orders.count, yuan: orders.total / 100, visits: visits.count }
}
