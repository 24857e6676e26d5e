/** The fixed reports and their words, for server and screens alike. */
export const reportNames = {
  customers: { zh: '客户', en: 'Customers' },
  spending: { zh: '消费', en: 'Spending' },
  visits: { zh: '到店', en: 'Visits' },
} as const
export type ReportName = keyof typeof reportNames

/** What the reports measure. `customers` counts different customers, `times` counts what happened, `fen` adds up money. */
export const reportMeasures = {
  customers: { zh: '客户数', en: 'Customers', unit: 'customers' },
  newCustomers: { zh: '新增客户（人次）', en: 'Customers added (times)', unit: 'times' },
  buyers: { zh: '消费客户数', en: 'Customers who bought', unit: 'customers' },
  orders: { zh: '订单数', en: 'Orders', unit: 'times' },
  amountFen: { zh: '消费金额', en: 'Amount', unit: 'fen' },
  visitors: { zh: '到店客户数', en: 'Customers who came', unit: 'customers' },
  visits: { zh: '到店次数', en: 'Visits', unit: 'times' },
} as const
export type MeasureName = keyof typeof reportMeasures

export const reportLevels = ['total', 'department', 'region', 'store', 'staff'] as const
export type ReportLevel = (typeof reportLevels)[number]
