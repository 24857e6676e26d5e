import { setImmediate as nextTurn } from 'node:timers/promises'
import { In } from 'typeorm'
import { broadcastParts, broadcastRecipients } from '../broadcast.entity.ts'
import type { BroadcastOptions } from '../broadcast-options.ts'
import { quotaShares } from '../quotas/quota.entity.ts'
import { takeBack } from '../quotas/quotas.ts'
import { planWorks } from './plan-work.entity.ts'
import { endPlanWork, holdPlanWork, pieceOf } from './plan-work.ts'

/** Takes away what a submission wrote that came to nothing: nobody was asked about this plan, and nothing of it stays. */
export async function undoFill(options: BroadcastOptions, planId: string): Promise<void> {
  const { db } = options.database
  // From here on it cannot be filled or submitted any more; what is submitted already has no work left and stays.
  await db.update(planWorks, { planId, kind: 'fill' }, { kind: 'undo' })
  while (await undoSome(options, planId)) await nextTurn()
}

/** One piece of it; whether something is left. */
export async function undoSome(options: BroadcastOptions, planId: string): Promise<boolean> {
  return options.database.transaction(async (work) => {
    if (await holdPlanWork(options, work, planId, 'undo') === null) return false
    const shares = await work.db.find(quotaShares, { where: { planId }, order: { staffId: 'ASC' }, take: pieceOf.senders })
    for (const share of shares) await takeBack(work, share)
    const recipients = await work.db.find(broadcastRecipients, { select: { customerId: true }, where: { planId }, take: pieceOf.recipients })
    if (recipients.length > 0) await work.db.delete(broadcastRecipients, { planId, customerId: In(recipients.map((one) => one.customerId)) })
    const parts = await work.db.find(broadcastParts, { select: { staffId: true }, where: { planId }, take: pieceOf.recipients })
    if (parts.length > 0) await work.db.delete(broadcastParts, { planId, staffId: In(parts.map((one) => one.staffId)) })
    if (shares.length > 0 || recipients.length > 0 || parts.length > 0) return true
    await endPlanWork(work, planId)
    return false
  })
}
