import type { EntityManager } from 'typeorm'
import type { UnitOfWork } from '../../database/database.ts'
import { isUniqueViolation } from '../../database/violations.ts'
import { templateUses, type ConvertedUse } from '../../templates/index.ts'
import { broadcastRecipients, broadcasts, type RecipientOutcome } from '../broadcast.entity.ts'
import { homeOf } from '../../organization/index.ts'
import { quotaShares } from '../quotas/quota.entity.ts'
import { broadcastResults, type BroadcastResult } from './result.entity.ts'

/**
 * Counts one sender's part of a plan anew, once at the end of the caller's transaction. Counting from the recipients themselves, under
 * the row's lock, a repeat or a crash neither doubles nor loses anything.
 */
export function countAtCommit(work: UnitOfWork, planId: string, staffId: string): void {
  work.beforeCommit(`broadcast-results:${planId}:${staffId}`, () => countResults(work, planId, staffId))
}

/** What customers did after messages of broadcasts, for their figures; uses of other kinds are not its own. */
export async function countConverted(work: UnitOfWork, uses: readonly ConvertedUse[]): Promise<void> {
  for (const { sourceId, staffId } of uses) if (sourceId !== null) countAtCommit(work, sourceId, staffId)
}

async function countResults(work: UnitOfWork, planId: string, staffId: string): Promise<void> {
  if (!(await hold(work, planId, staffId))) return
  const outcomes = await outcomesOf(work.db, planId, staffId)
  const done = await conversionsOf(work.db, planId, staffId)
  await work.db.getRepository(broadcastResults).update({ planId, staffId }, {
    leaving: outcomes.get('leaving') ?? 0, sent: outcomes.get('sent') ?? 0, notFriend: outcomes.get('not-friend') ?? 0, overLimit: outcomes.get('over-limit') ?? 0,
    unsent: outcomes.get('unsent') ?? 0, leftOut: outcomes.get('left-out') ?? 0, ...done,
  })
}

/** Two who count at once come one after the other, and the second sees what the first wrote. False for a plan that nobody knows. */
async function hold(work: UnitOfWork, planId: string, staffId: string): Promise<boolean> {
  const table = work.db.getRepository(broadcastResults)
  const held = async () => (await table.update({ planId, staffId }, { version: () => 'version + 1' })).affected === 1
  if (await held()) return true
  const row = await begin(work.db, planId, staffId)
  if (row === null) return false
  try {
    await table.insert(row)
  } catch (error) {
    if (!isUniqueViolation(error)) throw error
    return held()
  }
  return true
}

async function begin(db: EntityManager, planId: string, staffId: string): Promise<BroadcastResult | null> {
  const broadcast = await db.getRepository(broadcasts).findOneBy({ planId })
  const share = await db.getRepository(quotaShares).findOneBy({ planId, staffId })
  if (broadcast === null || share === null) return null
  return {
    planId, staffId, broadcastId: broadcast.id, templateId: broadcast.templateId, departmentId: await homeOf(db, staffId), month: share.month,
    leaving: 0, sent: 0, notFriend: 0, overLimit: 0, unsent: 0, leftOut: 0, replied: 0, visited: 0, ordered: 0, contracted: 0, version: 1,
  }
}

async function outcomesOf(db: EntityManager, planId: string, staffId: string): Promise<Map<RecipientOutcome, number>> {
  const rows = await db.createQueryBuilder(broadcastRecipients, 'r').select('r.outcome', 'outcome').addSelect('COUNT(*)', 'total')
    .where('r.plan_id = :planId AND r.staff_id = :staffId', { planId, staffId }).groupBy('r.outcome').getRawMany<{ outcome: RecipientOutcome, total: unknown }>()
  return new Map(rows.map(({ outcome, total }) => [outcome, Number(total)]))
}

async function conversionsOf(db: EntityManager, planId: string, staffId: string): Promise<Pick<BroadcastResult, 'replied' | 'visited' | 'ordered' | 'contracted'>> {
  const row = await db.createQueryBuilder(templateUses, 'used')
    .select('COUNT(used.replied_at)', 'replied').addSelect('COUNT(used.visited_at)', 'visited').addSelect('COUNT(used.ordered_at)', 'ordered').addSelect('COUNT(used.contracted_at)', 'contracted')
    .where('used.source_id = :planId AND used.staff_id = :staffId', { planId, staffId }).getRawOne<Record<'replied' | 'visited' | 'ordered' | 'contracted', unknown>>()
  return { replied: Number(row?.replied ?? 0), visited: Number(row?.visited ?? 0), ordered: Number(row?.ordered ?? 0), contracted: Number(row?.contracted ?? 0) }
}
