import type { EntityManager } from 'typeorm'
import type { UnitOfWork } from '../../database/database.ts'
import { isUniqueViolation } from '../../database/violations.ts'
import { isCounted } from './buckets.ts'
import type { Cap } from './caps.ts'
import { quotaUses, type QuotaUse } from './quota.entity.ts'
import type { CountedMessage } from './quotas.ts'

export interface Charge {
  readonly staffId: string
  /** The day of the company on which they were sent; its month is charged as well. */
  readonly day: string
  readonly caps: readonly Cap[]
  readonly messages: readonly CountedMessage[]
}

type Counter = Pick<QuotaUse, 'staffId' | 'bucket' | 'period'>

/**
 * Counts messages that were sent already, in the caller's transaction: nothing can be refused any more. True when more is taken by
 * now than some cap allows. The caller sees to it that the same messages are charged once.
 */
export async function charge(work: UnitOfWork, { staffId, day, caps, messages }: Charge): Promise<boolean> {
  let isOver = false
  for (const { bucket, perMonth, perDay } of caps) {
    const count = messages.filter((message) => isCounted(bucket, message)).length
    if (count === 0) continue
    for (const [period, cap] of [[day.slice(0, 7), perMonth], [day, perDay]] as const) {
      if (await use(work.db, { staffId, bucket, period }, count) > cap) isOver = true
    }
  }
  return isOver
}

/** How much is taken of this counter afterwards. */
async function use(db: EntityManager, counter: Counter, count: number): Promise<number> {
  if (!(await grow(db, counter, count))) {
    try {
      await db.getRepository(quotaUses).insert({ ...counter, reserved: 0, used: count })
    } catch (error) {
      // Somebody else made it at this moment.
      if (!isUniqueViolation(error)) throw error
      await grow(db, counter, count)
    }
  }
  const row = await db.getRepository(quotaUses).findOneByOrFail(counter)
  return row.reserved + row.used
}

async function grow(db: EntityManager, counter: Counter, count: number): Promise<boolean> {
  return (await db.getRepository(quotaUses).update(counter, { used: () => `used + ${Math.trunc(count)}` })).affected === 1
}
