import { defineTable, id, integer, key, nullable, primary } from '../../database/columns.ts'

/**
 * What became of one sender's part of a broadcast, in numbers; brought up to date in the transactions that change it, so that figures
 * of a month add up a few thousand rows and not millions of recipients.
 */
export interface BroadcastResult {
  planId: string
  staffId: string
  broadcastId: string
  templateId: string
  /** The sender's department when his part began to leave: a later move changes no past figure. */
  departmentId: number | null
  /** The month of the company for which it was planned, as for quotas. */
  month: string
  /** Handed to WeCom, without a result. */
  leaving: number
  sent: number
  notFriend: number
  overLimit: number
  unsent: number
  leftOut: number
  /** Of those sent: who wrote, came, bought, signed soon after. */
  replied: number
  visited: number
  ordered: number
  contracted: number
  /** Grows with every count: whoever counts holds the row first. */
  version: number
}

export const broadcastResults = defineTable<BroadcastResult>('broadcast_results', {
  planId: primary(id()),
  staffId: primary(id()),
  broadcastId: id(),
  templateId: id(),
  departmentId: nullable(integer()),
  month: key(7),
  leaving: integer(),
  sent: integer(),
  notFriend: integer(),
  overLimit: integer(),
  unsent: integer(),
  leftOut: integer(),
  replied: integer(),
  visited: integer(),
  ordered: integer(),
  contracted: integer(),
  version: integer(),
}, [
  { name: 'ix_broadcast_results_month', columns: ['month', 'departmentId', 'staffId'] },
  { name: 'ix_broadcast_results_staff', columns: ['staffId', 'month'] },
])
