export { orders, visits, type Order, type Visit } from './record.entity.ts'
export { loadOrderTotals } from './order-totals.ts'
export { recordRoutes } from './records.routes.ts'
