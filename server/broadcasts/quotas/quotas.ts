import { In, type EntityManager } from 'typeorm'
import type { UnitOfWork } from '../../database/database.ts'
import { isUniqueViolation } from '../../database/violations.ts'
import { ProjectError } from '../../errors.ts'
import { isCounted, type Bucket } from './buckets.ts'
import type { Cap } from './caps.ts'
import { quotaShares, quotaUses, type QuotaShare, type QuotaUse } from './quota.entity.ts'

/** A message as quotas count it: one recipient, one message. */
export interface CountedMessage {
  readonly category: string
  readonly valueTier: number | null
}

export interface Reservation {
  readonly planId: string
  readonly staffId: string
  /** The day of the company for which it is planned; its month is charged as well. */
  readonly day: string
  readonly caps: readonly Cap[]
  readonly messages: readonly CountedMessage[]
}

/** What a reservation or refusal is about. */
export interface QuotaLeft {
  readonly bucket: Bucket
  readonly period: string
  readonly cap: number
  readonly left: number
}

const monthOf = (day: string): string => day.slice(0, 7)

/**
 * Reserves a sender's share of a plan in the caller's transaction, all of it or nothing (S40). Exact under concurrency: each
 * counter grows by a conditional update, and whoever comes second waits for the first. The same share is reserved once.
 * Throws `broadcast.quota_exceeded` with how many are left.
 */
export async function reserve(work: UnitOfWork, { planId, staffId, day, caps, messages }: Reservation): Promise<void> {
  const counts: Record<Bucket, number> = {}
  for (const { bucket } of caps) counts[bucket] = messages.filter((message) => isCounted(bucket, message)).length
  const share: QuotaShare = { planId, staffId, month: monthOf(day), day, counts, open: counts, version: 1 }
  try {
    await work.db.getRepository(quotaShares).insert(share)
  } catch (error) {
    if (isUniqueViolation(error)) return
    throw error
  }
  for (const cap of caps) {
    const count = counts[cap.bucket] ?? 0
    if (count === 0) continue
    await take(work.db, { staffId, bucket: cap.bucket, period: share.month }, count, cap.perMonth)
    await take(work.db, { staffId, bucket: cap.bucket, period: day }, count, cap.perDay)
  }
}

type Counter = Pick<QuotaUse, 'staffId' | 'bucket' | 'period'>

async function take(db: EntityManager, counter: Counter, count: number, cap: number): Promise<void> {
  if (await grow(db, counter, count, cap)) return
  if (!(await db.getRepository(quotaUses).existsBy(counter))) {
    try {
      await db.getRepository(quotaUses).insert({ ...counter, reserved: 0, used: 0 })
    } catch (error) {
      // Another reservation made it at this moment.
      if (!isUniqueViolation(error)) throw error
    }
    if (await grow(db, counter, count, cap)) return
  }
  const now = await db.getRepository(quotaUses).findOneBy(counter)
  const left = Math.max(0, cap - (now?.reserved ?? 0) - (now?.used ?? 0))
  throw new ProjectError('broadcast.quota_exceeded', 409, { needed: count, left, period: counter.period.length === 7 ? 'month' : 'day', at: counter.period, limit: cap })
}

async function grow(db: EntityManager, counter: Counter, count: number, cap: number): Promise<boolean> {
  const grown = await db.createQueryBuilder().update(quotaUses)
    .set({ reserved: () => `reserved + ${Math.trunc(count)}` })
    .where('staff_id = :staffId AND period = :period AND bucket = :bucket', counter)
    .andWhere('reserved + used + :count <= :cap', { count, cap }).execute()
  return grown.affected === 1
}

/** The share, held until the transaction ends; null when nothing was reserved. Take it before looking at what of it is still open. */
export async function holdShare(work: UnitOfWork, planId: string, staffId: string): Promise<QuotaShare | null> {
  const table = work.db.getRepository(quotaShares)
  const held = await table.update({ planId, staffId }, { version: () => 'version + 1' })
  return held.affected === 1 ? table.findOneBy({ planId, staffId }) : null
}

/**
 * Ends the reservation of these messages of a held share: sent ones count as used, all others go back. Never more goes back than
 * is still open, so that what was settled before changes nothing.
 */
export async function settle(work: UnitOfWork, share: QuotaShare, messages: readonly (CountedMessage & { readonly sent: boolean })[]): Promise<void> {
  const open: Record<Bucket, number> = { ...share.open }
  for (const bucket of Object.keys(share.counts).sort()) {
    const counted = messages.filter((message) => isCounted(bucket, message))
    const ended = Math.min(counted.length, open[bucket] ?? 0)
    if (ended === 0) continue
    const sent = Math.min(counted.filter((message) => message.sent).length, ended)
    open[bucket] = (open[bucket] ?? 0) - ended
    for (const period of [share.month, share.day]) {
      await work.db.createQueryBuilder().update(quotaUses)
        .set({ reserved: () => `reserved - ${ended}`, used: () => `used + ${sent}` })
        .where('staff_id = :staffId AND period = :period AND bucket = :bucket', { staffId: share.staffId, period, bucket }).execute()
    }
  }
  await work.db.getRepository(quotaShares).update({ planId: share.planId, staffId: share.staffId }, { open })
}

/** Takes a share back as if it had never been reserved. The caller holds whatever could settle it. */
export async function takeBack(work: UnitOfWork, { planId, staffId, month, day, open }: QuotaShare): Promise<void> {
  for (const bucket of Object.keys(open).sort()) {
    const count = open[bucket] ?? 0
    if (count === 0) continue
    for (const period of [month, day]) {
      await work.db.createQueryBuilder().update(quotaUses).set({ reserved: () => `reserved - ${Math.trunc(count)}` })
        .where('staff_id = :staffId AND period = :period AND bucket = :bucket', { staffId, period, bucket }).execute()
    }
  }
  await work.db.delete(quotaShares, { planId, staffId })
}

/** What is left of each cap for a day and its month. */
export async function leftOf(db: EntityManager, staffId: string, day: string, caps: readonly Cap[]): Promise<QuotaLeft[]> {
  const rows = await db.getRepository(quotaUses).findBy({ staffId, period: In([day, monthOf(day)]) })
  return caps.flatMap(({ bucket, perMonth, perDay }) => ([[monthOf(day), perMonth], [day, perDay]] as const).map(([period, cap]) => {
    const row = rows.find((one) => one.bucket === bucket && one.period === period)
    return { bucket, period, cap, left: Math.max(0, cap - (row?.reserved ?? 0) - (row?.used ?? 0)) }
  }))
}
