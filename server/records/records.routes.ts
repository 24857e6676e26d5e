import { In, type EntityManager } from 'typeorm'
import { maskIdentifier, maskKnown, maskMoneyAndNumbers, maskNumbers, moneyMask } from '#shared/access/index'
import { listOrders, listVisits } from '#shared/contracts/customers'
import type { ActorAccess } from '../access/index.ts'
import type { Audit } from '../audit/index.ts'
import { numbersOf, type Cards } from '../customers/index.ts'
import type { Database } from '../database/database.ts'
import type { Cursors, Position } from '../http/cursors.ts'
import { route, type Route } from '../http/route.ts'
import { departments, staff } from '../organization/index.ts'
import type { Sealer } from '../sealing.ts'
import { orderColumns } from './order-totals.ts'
import { orders, visits, type Order, type Visit } from './record.entity.ts'

export interface RecordRoutes {
  readonly database: Database
  readonly audit: Audit
  readonly sealer: Sealer
  readonly cursors: Cursors
  readonly cards: Cards
}

/** The orders and visits of one customer, narrowed to the records that the caller may see (S15). */
export function recordRoutes({ database, audit, sealer, cursors, cards }: RecordRoutes): Route[] {
  const { db } = database
  return [
    route(listOrders, async ({ params, query }, context) => {
      const { actor, requestId } = context
      const { customer, facts } = await cards.open(context, params.externalUserId)
      actor.require('customer.spending.view', facts)
      const list = { orders: customer.id }
      const rows = await readOrders(db, actor, customer.id, cursors.read(actor.staffId, list, query.cursor), query.limit + 1)
      const shown = rows.slice(0, query.limit)
      const see = actor.fieldsFor(facts)
      const clear = see.presentation('spendTotalFen') === 'clear' ? await clearOrders(db, actor, shown.map((one) => one.id)) : new Set<string>()
      const own = see.presentation('mobile') === 'clear' ? null : numbersOf(sealer, customer)
      const words = (text: string, masked: boolean) => (masked ? maskMoneyAndNumbers : own === null ? (same: string) => same : maskNumbers)(maskKnown(text, own ?? []))
      const names = await storeNames(db, shown.map((one) => one.storeDepartmentId))
      await audit.recordAlone({
        actorKind: 'staff', actorId: actor.staffId, action: 'orders.shown', operation: 'customer.spending.view', subjectKind: 'customer', subjectId: customer.id,
        outcome: 'allowed', details: { count: shown.length }, requestId,
      })
      const last = shown.at(-1)
      return {
        items: shown.map((one) => ({
          orderNo: own === null ? one.orderNo : maskIdentifier(one.orderNo, own), storeName: names.get(one.storeDepartmentId) ?? null, amountFen: clear.has(one.id) ? one.amountFen : moneyMask, placedAt: one.placedAt,
          items: one.items.map((text) => words(text, !clear.has(one.id))),
        })),
        nextCursor: rows.length > query.limit && last !== undefined ? cursors.write(actor.staffId, list, { at: last.placedAt, id: last.id }) : null,
      }
    }),
    route(listVisits, async ({ params, query }, context) => {
      const { actor } = context
      const { customer, facts } = await cards.open(context, params.externalUserId)
      actor.require('talk.visits.view', facts)
      const own = numbersOf(sealer, customer)
      const list = { visits: customer.id }
      const rows = await readVisits(db, actor, customer.id, cursors.read(actor.staffId, list, query.cursor), query.limit + 1)
      const shown = rows.slice(0, query.limit)
      const names = await storeNames(db, shown.map((one) => one.storeDepartmentId))
      const people = await staffNames(db, shown.flatMap((one) => one.staffId ?? []))
      const last = shown.at(-1)
      return {
        items: shown.map((one) => ({
          storeName: names.get(one.storeDepartmentId) ?? null, staffName: one.staffId === null ? null : (people.get(one.staffId) ?? null), visitedAt: one.visitedAt, note: maskMoneyAndNumbers(maskKnown(one.note, own)),
        })),
        nextCursor: rows.length > query.limit && last !== undefined ? cursors.write(actor.staffId, list, { at: last.visitedAt, id: last.id }) : null,
      }
    }),
  ]
}

async function readOrders(db: EntityManager, actor: ActorAccess, customerId: string, after: Position | null, limit: number): Promise<Order[]> {
  const filter = actor.recordFilter('customer.spending.view', orderColumns)
  if (filter.isNothing) return []
  const query = db.createQueryBuilder(orders, 'orders')
    .innerJoin('customers', 'customers', 'customers.id = orders.customer_id')
    .where('orders.customer_id = :customerId', { customerId })
    .andWhere(`(${filter.sql})`, { ...filter.parameters })
  if (after !== null) query.andWhere('(orders.placed_at < :afterAt OR (orders.placed_at = :afterAt AND orders.id < :afterId))', { afterAt: after.at, afterId: after.id })
  return query.orderBy('orders.placedAt', 'DESC').addOrderBy('orders.id', 'DESC').limit(limit).getMany()
}

/** Those of these orders whose amount is clear by a grant that reaches the order itself (S15, T06). */
async function clearOrders(db: EntityManager, actor: ActorAccess, ids: readonly string[]): Promise<ReadonlySet<string>> {
  const filter = actor.clearRecordFilter('customer.spending.view', orderColumns, 'spendTotalFen')
  if (ids.length === 0 || filter.isNothing) return new Set()
  const rows = await db.createQueryBuilder(orders, 'orders')
    .select('orders.id', 'id')
    .innerJoin('customers', 'customers', 'customers.id = orders.customer_id')
    .where('orders.id IN (:...shownIds)', { shownIds: [...ids] })
    .andWhere(`(${filter.sql})`, { ...filter.parameters })
    .getRawMany<{ id: string }>()
  return new Set(rows.map((row) => row.id))
}

async function readVisits(db: EntityManager, actor: ActorAccess, customerId: string, after: Position | null, limit: number): Promise<Visit[]> {
  const filter = actor.recordFilter('talk.visits.view', { alias: 'visits', storeColumn: 'store_department_id' })
  if (filter.isNothing) return []
  const query = db.createQueryBuilder(visits, 'visits')
    .innerJoin('customers', 'customers', 'customers.id = visits.customer_id')
    .where('visits.customer_id = :customerId', { customerId })
    .andWhere(`(${filter.sql})`, { ...filter.parameters })
  if (after !== null) query.andWhere('(visits.visited_at < :afterAt OR (visits.visited_at = :afterAt AND visits.id < :afterId))', { afterAt: after.at, afterId: after.id })
  return query.orderBy('visits.visitedAt', 'DESC').addOrderBy('visits.id', 'DESC').limit(limit).getMany()
}

async function storeNames(db: EntityManager, ids: readonly number[]): Promise<Map<number, string>> {
  const rows = ids.length === 0 ? [] : await db.getRepository(departments).findBy({ id: In([...new Set(ids)]) })
  return new Map(rows.map((row) => [row.id, row.name]))
}

async function staffNames(db: EntityManager, ids: readonly string[]): Promise<Map<string, string>> {
  const rows = ids.length === 0 ? [] : await db.getRepository(staff).findBy({ id: In([...new Set(ids)]) })
  return new Map(rows.map((row) => [row.id, row.name]))
}
