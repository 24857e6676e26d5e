import { defineTable, id, instant, integer, json, key, money, nullable, primary, word } from '../database/columns.ts'

/** A purchase, made in a store. Read-only here; written by imports. */
export interface Order {
  id: string
  customerId: string
  storeDepartmentId: number
  orderNo: string
  amountFen: number
  placedAt: number
  items: string[]
}

export const orders = defineTable<Order>('orders', {
  id: primary(id()),
  customerId: id(),
  storeDepartmentId: integer(),
  orderNo: key(64),
  amountFen: money(),
  placedAt: instant(),
  items: json(),
}, [
  { name: 'ux_orders_number', columns: ['orderNo'], unique: true },
  { name: 'ix_orders_customer', columns: ['customerId', 'placedAt'] },
  { name: 'ix_orders_placed', columns: ['placedAt'] },
])

/** A visit to a store. */
export interface Visit {
  id: string
  customerId: string
  storeDepartmentId: number
  staffId: string | null
  visitedAt: number
  note: string
}

export const visits = defineTable<Visit>('visits', {
  id: primary(id()),
  customerId: id(),
  storeDepartmentId: integer(),
  staffId: nullable(id()),
  visitedAt: instant(),
  note: word(600),
}, [
  { name: 'ix_visits_customer', columns: ['customerId', 'visitedAt'] },
  { name: 'ix_visits_visited', columns: ['visitedAt'] },
])
