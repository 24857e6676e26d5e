import type { CustomerField } from '#shared/access/index'
import type { EntityManager } from 'typeorm'
import type { ActorAccess, RecordFilter } from '../access/index.ts'
import type { OrderTotals } from '../customers/index.ts'
import { orders } from './record.entity.ts'

export const orderColumns = { alias: 'orders', storeColumn: 'store_department_id' } as const

/**
 * Sums over the orders of these customers that the actor may see; other orders do not exist for him (S15, T11). Each figure counts
 * the orders of which it is clear: a grant over more orders that masks or hides it adds nothing.
 */
export async function loadOrderTotals(db: EntityManager, actor: ActorAccess, customerIds: readonly string[]): Promise<Map<string, OrderTotals>> {
  const known = new Map<string, Promise<Map<string, OrderTotals>>>()
  const over = (field: CustomerField) => {
    const filter = actor.clearRecordFilter('customer.spending.view', orderColumns, field)
    const key = JSON.stringify([filter.sql, filter.parameters])
    const sums = known.get(key) ?? sumsOf(db, filter, customerIds)
    known.set(key, sums)
    return sums
  }
  const [totals, counts, lasts] = await Promise.all([over('spendTotalFen'), over('orderCount'), over('lastOrderAt')])
  return new Map(customerIds.map((id) => [id, { totalFen: totals.get(id)?.totalFen ?? 0, count: counts.get(id)?.count ?? 0, lastAt: lasts.get(id)?.lastAt ?? null }]))
}

async function sumsOf(db: EntityManager, filter: RecordFilter, customerIds: readonly string[]): Promise<Map<string, OrderTotals>> {
  if (customerIds.length === 0 || filter.isNothing) return new Map()
  const rows = await db.createQueryBuilder(orders, 'orders')
    .select('orders.customer_id', 'customerId')
    .addSelect('SUM(orders.amount_fen)', 'totalFen')
    .addSelect('COUNT(*)', 'count')
    .addSelect('MAX(orders.placed_at)', 'lastAt')
    .innerJoin('customers', 'customers', 'customers.id = orders.customer_id')
    .where('orders.customer_id IN (:...totalledIds)', { totalledIds: [...customerIds] })
    .andWhere(`(${filter.sql})`, { ...filter.parameters })
    .groupBy('orders.customer_id')
    .getRawMany<{ customerId: string; totalFen: unknown; count: unknown; lastAt: unknown }>()
  return new Map(rows.map((row) => [row.customerId, { totalFen: Number(row.totalFen), count: Number(row.count), lastAt: Number(row.lastAt) }]))
}
