import { Between, In, IsNull, MoreThan, Not, type EntityManager } from 'typeorm'
import { v7 as uuid } from 'uuid'
import type { UnitOfWork } from '../database/database.ts'
import { isUniqueViolation } from '../database/violations.ts'
import { daysBefore, type CompanyDay } from '../company-day.ts'
import { raiseEpoch } from './access-state.ts'
import { accessFreezes, cardCounts, cardViews, type CardCount } from './limits.entity.ts'
import type { Limits } from './role-limits.ts'

const hourMs = 3_600_000
/** Who meets the limit of the day on two days within a week is frozen. */
const freezeWithinDays = 6

export interface CardsShown {
  readonly staffId: string
  readonly customerIds: readonly string[]
  readonly limits: Pick<Limits, 'cardsPerHour' | 'cardsPerDay'>
  readonly today: CompanyDay
  /** Unix ms, from the access clock. */
  readonly now: number
}

/** What counting came to. After a refusal nothing may be shown, and nothing was counted. */
export type CardVerdict =
  | { readonly shown: true }
  | {
    readonly shown: false
    readonly window: 'hour' | 'day'
    readonly limit: number
    /** When the next window begins, Unix ms. */
    readonly opensAt: number
    /** The first refusal of this day: his superior is to be told, once. */
    readonly isFirst: boolean
    /** The freeze that this refusal brought about. */
    readonly freezeId: string | null
  }

const hourOf = (now: number) => Math.floor(now / hourMs)

/** Whether all of these were counted for this person in this hour already: then there is nothing to write. */
export async function areCounted(db: EntityManager, shown: Omit<CardsShown, 'limits'>): Promise<boolean> {
  const ids = [...new Set(shown.customerIds)]
  if (ids.length === 0) return true
  return await db.getRepository(cardViews).countBy({ staffId: shown.staffId, day: shown.today.day, hour: hourOf(shown.now), customerId: In(ids) }) === ids.length
}

/**
 * Counts these customers among those shown to this person in this hour and on this day, each once (S55); all of them, or none when
 * one of the limits would be passed. Exact under concurrency: everything about one person and day happens under the lock of
 * one row. Commit also after a refusal: it is remembered there.
 */
export async function countCards(work: UnitOfWork, shown: CardsShown): Promise<CardVerdict> {
  const { staffId, limits, now, today: { day, endsAt } } = shown
  const hour = hourOf(now)
  const ids = [...new Set(shown.customerIds)]
  const count = await lockCount(work.db, staffId, day)
  const views = await work.db.getRepository(cardViews).findBy({ staffId, day, customerId: In(ids) })
  const known = new Map(views.map((view) => [view.customerId, view.hour]))
  const fresh = ids.filter((id) => known.get(id) !== hour)
  const inDay = count.inDay + fresh.filter((id) => !known.has(id)).length
  const inHour = (count.hour === hour ? count.inHour : 0) + fresh.length
  if (inDay > count.inDay && inDay > limits.cardsPerDay) return refuse(work, shown, count, 'day', endsAt)
  if (inHour > limits.cardsPerHour && fresh.length > 0) return refuse(work, shown, count, 'hour', (hour + 1) * hourMs)
  if (fresh.length > 0) {
    await work.db.createQueryBuilder().insert().into(cardViews)
      .values(fresh.map((customerId) => ({ staffId, day, customerId, hour }))).orUpdate(['hour'], ['staff_id', 'day', 'customer_id']).updateEntity(false).execute()
    await work.db.getRepository(cardCounts).update({ staffId, day }, { inDay, hour, inHour })
  }
  return { shown: true }
}

/** The count of this person and day, locked until the transaction ends. */
async function lockCount(db: EntityManager, staffId: string, day: string): Promise<CardCount> {
  const table = db.getRepository(cardCounts)
  const lock = () => table.update({ staffId, day }, { inDay: () => 'in_day' })
  if ((await lock()).affected !== 1) {
    try {
      await table.insert({ staffId, day, inDay: 0, hour: 0, inHour: 0, dayFullAt: null, alertedAt: null })
    } catch (error) {
      if (!isUniqueViolation(error)) throw error
      await lock()
    }
  }
  return table.findOneByOrFail({ staffId, day })
}

async function refuse(work: UnitOfWork, shown: CardsShown, count: CardCount, window: 'hour' | 'day', opensAt: number): Promise<CardVerdict> {
  const { staffId, limits, now, today: { day } } = shown
  const isFirst = count.alertedAt === null
  const isFirstOfDay = window === 'day' && count.dayFullAt === null
  await work.db.getRepository(cardCounts).update({ staffId, day }, { alertedAt: count.alertedAt ?? now, dayFullAt: isFirstOfDay ? now : count.dayFullAt })
  const freezeId = isFirstOfDay && await wasFullBefore(work.db, staffId, day) ? await freeze(work, staffId, 'card-limit', now) : null
  return { shown: false, window, limit: window === 'day' ? limits.cardsPerDay : limits.cardsPerHour, opensAt, isFirst, freezeId }
}

/** Whether another of the last seven days ended in a refusal, since he was last let in again. */
async function wasFullBefore(db: EntityManager, staffId: string, day: string): Promise<boolean> {
  const lifted = await db.getRepository(accessFreezes).findOne({ where: { staffId, liftedAt: Not(IsNull()) }, order: { liftedAt: 'DESC' } })
  return db.getRepository(cardCounts).existsBy({
    staffId, day: Between(daysBefore(day, freezeWithinDays), daysBefore(day, 1)), dayFullAt: MoreThan(lifted?.liftedAt ?? 0),
  })
}

/** Takes every customer out of sight for this person, from the next request on. Null when he is frozen already. */
export async function freeze(work: UnitOfWork, staffId: string, reason: string, now: number): Promise<string | null> {
  const id = uuid()
  try {
    await work.db.getRepository(accessFreezes).insert({ id, staffId, liveKey: staffId, reason, frozenAt: now, liftedAt: null, liftedBy: null })
  } catch (error) {
    if (isUniqueViolation(error)) return null
    throw error
  }
  await raiseEpoch(work)
  return id
}

/** Lets a frozen person in again; false when somebody else did so already. */
export async function liftFreeze(work: UnitOfWork, freezeId: string, by: string, now: number): Promise<boolean> {
  const lifted = await work.db.getRepository(accessFreezes).update({ id: freezeId, liveKey: Not(IsNull()) }, { liveKey: null, liftedAt: now, liftedBy: by })
  if (lifted.affected !== 1) return false
  await raiseEpoch(work)
  return true
}
