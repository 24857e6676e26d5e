import type { EntityManager } from 'typeorm'
import type { ActorAccess } from '../access/index.ts'
import type { OrderTotals } from '../customers/index.ts'
import { orders } from './record.entity.ts'

/** Sums over the orders of these customers that the actor may see; other orders do not exist for him (S15, T11). */
export async function loadOrderTotals(db: EntityManager, actor: ActorAccess, customerIds: readonly string[]): Promise<Map<string, OrderTotals>> {
  const filter = actor.recordFilter('customer.spending.view', { alias: 'orders', storeColumn: 'store_department_id' })
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
