import { defineTable, id, integer, json, key, primary } from '../../database/columns.ts'

/** How much of a staff member's quota is taken in one period: reserved by plans that have not ended, used by messages that were sent. */
export interface QuotaUse {
  staffId: string
  /** A month of the company (`2026-11`) or a day (`2026-11-25`). */
  period: string
  /** Which messages are counted: see `buckets.ts`. */
  bucket: string
  reserved: number
  used: number
}

export const quotaUses = defineTable<QuotaUse>('quota_uses', {
  staffId: primary(id()),
  period: primary(key(10)),
  bucket: primary(key(80)),
  reserved: integer(),
  used: integer(),
})

/**
 * The share of one staff member in one plan: what was reserved, once. Whoever settles or returns anything of it takes this row
 * first, so that a repeat or a crash neither doubles nor loses a message.
 */
export interface QuotaShare {
  planId: string
  staffId: string
  /** The periods to which it is charged: those for which it was planned. */
  month: string
  day: string
  /** What was reserved, by bucket. */
  counts: Readonly<Record<string, number>>
  /** What is still reserved of it. */
  open: Readonly<Record<string, number>>
  version: number
}

export const quotaShares = defineTable<QuotaShare>('quota_shares', {
  planId: primary(id()),
  staffId: primary(id()),
  month: key(7),
  day: key(10),
  counts: json(),
  open: json(),
  version: integer(),
})
