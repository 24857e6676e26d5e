import { MoreThan, type EntityManager } from 'typeorm'
import type { UnitOfWork } from '../database/database.ts'
import { isUniqueViolation } from '../database/violations.ts'
import { revealAllowances, revealCounts } from './limits.entity.ts'

export interface RevealTaken {
  readonly staffId: string
  readonly customerId: string
  /** How many the person may have in a day. */
  readonly revealsPerDay: number
  readonly day: string
  /** Unix ms, from the access clock. */
  readonly now: number
}

/**
 * Takes one reveal: an allowance for this very customer if there is one in force, else one of the day's. False when none is left.
 * A conditional update, so that of a hundred at once exactly as many get one as are left; to be called in the transaction that
 * records the reveal.
 */
export async function takeReveal(work: UnitOfWork, taken: RevealTaken): Promise<boolean> {
  return await takeAllowance(work.db, taken) || await takeOfDay(work.db, taken)
}

async function takeAllowance(db: EntityManager, { staffId, customerId, now }: RevealTaken): Promise<boolean> {
  const table = db.getRepository(revealAllowances)
  const open = await table.find({ where: { staffId, customerId, rest: MoreThan(0), untilAt: MoreThan(now) }, order: { untilAt: 'ASC', id: 'ASC' } })
  for (const one of open) {
    const { affected } = await table.update({ id: one.id, rest: MoreThan(0) }, { rest: () => 'rest - 1' })
    if (affected === 1) return true
  }
  return false
}

async function takeOfDay(db: EntityManager, { staffId, day, revealsPerDay }: RevealTaken): Promise<boolean> {
  if (revealsPerDay < 1) return false
  const table = db.getRepository(revealCounts)
  const take = async () => (await table.createQueryBuilder().update().set({ used: () => 'used + 1' })
    .where('staff_id = :staffId AND day = :day AND used < :revealsPerDay', { staffId, day, revealsPerDay }).execute()).affected === 1
  if (await take()) return true
  if (await table.existsBy({ staffId, day })) return take()
  try {
    await table.insert({ staffId, day, used: 1 })
    return true
  } catch (error) {
    if (!isUniqueViolation(error)) throw error
    return take()
  }
}

/** How many of the day's reveals are left. */
export async function revealsLeft(db: EntityManager, { staffId, day, revealsPerDay }: Pick<RevealTaken, 'staffId' | 'day' | 'revealsPerDay'>): Promise<number> {
  const count = await db.getRepository(revealCounts).findOneBy({ staffId, day })
  return Math.max(0, revealsPerDay - (count?.used ?? 0))
}
