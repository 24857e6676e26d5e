import { counter, defineTable, id, instant, integer, key, nullable, primary } from '../database/columns.ts'

/** How many distinct customers one person was shown on one day of the company. Its row is the lock under which he is counted. */
export interface CardCount {
  staffId: string
  /** YYYY-MM-DD in company time. */
  day: string
  inDay: number
  /** The hour (since 1970) to which `inHour` belongs. */
  hour: number
  inHour: number
  /** When the limit of the day was met first. */
  dayFullAt: number | null
  /** When his superior was told about this day. */
  alertedAt: number | null
}

export const cardCounts = defineTable<CardCount>('card_counts', {
  staffId: primary(id()),
  day: primary(key(10)),
  inDay: integer(),
  hour: counter(),
  inHour: integer(),
  dayFullAt: nullable(instant()),
  alertedAt: nullable(instant()),
})

/** One customer whom one person was shown on one day. Kept for a week. */
export interface CardView {
  staffId: string
  day: string
  customerId: string
  /** The last hour in which he was counted. */
  hour: number
}

export const cardViews = defineTable<CardView>('card_views', {
  staffId: primary(id()),
  day: primary(key(10)),
  customerId: primary(id()),
  hour: counter(),
}, [
  { name: 'ix_card_views_day', columns: ['day'] },
])

/** Somebody who may look at no customer until an administrator or a superior says otherwise (S55). */
export interface AccessFreeze {
  id: string
  staffId: string
  /** The staff id while it is in force, else empty: a person is frozen at most once. */
  liveKey: string | null
  /** `card-limit`. */
  reason: string
  frozenAt: number
  liftedAt: number | null
  liftedBy: string | null
}

export const accessFreezes = defineTable<AccessFreeze>('access_freezes', {
  id: primary(id()),
  staffId: id(),
  liveKey: nullable(id()),
  reason: key(32),
  frozenAt: instant(),
  liftedAt: nullable(instant()),
  liftedBy: nullable(id()),
}, [
  { name: 'ux_access_freezes_live', columns: ['liveKey'], unique: true },
  { name: 'ix_access_freezes_staff', columns: ['staffId', 'frozenAt'] },
])

/** How many masked values one person was shown in clear on one day. */
export interface RevealCount {
  staffId: string
  day: string
  used: number
}

export const revealCounts = defineTable<RevealCount>('reveal_counts', {
  staffId: primary(id()),
  day: primary(key(10)),
  used: integer(),
})

/** Reveals of one named customer beyond the daily limit, given by an approval for a short time. */
export interface RevealAllowance {
  id: string
  staffId: string
  customerId: string
  /** How many are left. */
  rest: number
  untilAt: number
  /** The request that was approved. */
  requestId: string
}

export const revealAllowances = defineTable<RevealAllowance>('reveal_allowances', {
  id: primary(id()),
  staffId: id(),
  customerId: id(),
  rest: integer(),
  untilAt: instant(),
  requestId: id(),
}, [
  { name: 'ix_reveal_allowances_staff', columns: ['staffId', 'customerId'] },
])
