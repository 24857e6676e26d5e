import { In } from 'typeorm'
import type { UnitOfWork } from '../database/database.ts'
import { Invariant } from '../errors.ts'
import { broadcastRecipients, type Broadcast, type BroadcastRecipient, type RecipientOutcome } from './broadcast.entity.ts'
import type { BroadcastOptions } from './broadcast-options.ts'
import type { PlanWork } from './plan-work/plan-work.entity.ts'
import { beginPlanWork, endPlanWork, holdPlanWork, pieceOf } from './plan-work/plan-work.ts'
import { outreachName } from './plan-names.ts'
import type { QuotaShare } from './quotas/quota.entity.ts'
import { holdShare, settle } from './quotas/quotas.ts'

const atOnce = 500

type Ending = Pick<BroadcastRecipient, 'customerId' | 'outcome'> & Partial<Pick<BroadcastRecipient, 'day'>>

/**
 * Ends these recipients of a held share and settles their quota: only those who are still open in one of `from`, so that what was
 * ended before stays as it is.
 */
export async function endRecipients(work: UnitOfWork, share: QuotaShare, category: string, from: readonly RecipientOutcome[], endings: readonly Ending[]): Promise<void> {
  const ended: { readonly valueTier: number | null, readonly sent: boolean }[] = []
  for (let start = 0; start < endings.length; start += atOnce) {
    const part = new Map(endings.slice(start, start + atOnce).map((one) => [one.customerId, one]))
    const table = work.db.getRepository(broadcastRecipients)
    const open = await table.findBy({ planId: share.planId, staffId: share.staffId, customerId: In([...part.keys()]), outcome: In([...from]) })
    const alike = new Map<string, { readonly ending: Ending, readonly ids: string[] }>()
    for (const row of open) {
      const ending = part.get(row.customerId)
      if (ending === undefined) continue
      ended.push({ valueTier: row.valueTier, sent: ending.outcome === 'sent' })
      const key = `${ending.outcome} ${ending.day ?? ''}`
      const group = alike.get(key) ?? { ending, ids: [] }
      group.ids.push(row.customerId)
      alike.set(key, group)
    }
    for (const { ending: { outcome, day }, ids } of alike.values()) {
      await table.update({ planId: share.planId, customerId: In(ids) }, { outcome, ...(day === undefined ? {} : { day }) })
    }
  }
  await settle(work, share, ended.map((one) => ({ category, ...one })))
}

export interface Release extends Pick<Broadcast, 'id' | 'planId' | 'category'> {
  /** Why it is taken back from outreach; null: it never went there. */
  readonly reason: string | null
}

/**
 * Returns everything of a plan that has not left (S40); what was handed to WeCom waits for its result. A piece in the caller's
 * transaction, which already says that the plan is over; the rest by the plan worker.
 */
export async function releasePlan(options: BroadcastOptions, work: UnitOfWork, { id, planId, category, reason }: Release): Promise<void> {
  if (planId === null) return
  // What was still to be handed over is not.
  await endPlanWork(work, planId)
  if (await releasePiece(options, work, { planId, category: category ?? '', reason })) {
    await beginPlanWork(options, work, { planId, broadcastId: id, kind: 'release', category: category ?? '', reason })
  }
}

/** Another piece of it; whether something is left. */
export async function releaseSome(options: BroadcastOptions, planId: string): Promise<boolean> {
  return options.database.transaction(async (work) => {
    const held = await holdPlanWork(options, work, planId, 'release')
    if (held === null) return false
    const isLeft = await releasePiece(options, work, held)
    if (!isLeft) await endPlanWork(work, planId)
    return isLeft
  })
}

async function releasePiece({ ports }: BroadcastOptions, work: UnitOfWork, { planId, category, reason }: Pick<PlanWork, 'planId' | 'category' | 'reason'>): Promise<boolean> {
  if (reason !== null && await ports.outreach.cancel(work, outreachName, planId, reason, { tasks: pieceOf.senders, customers: pieceOf.recipients })) return true
  const planned = await work.db.find(broadcastRecipients, {
    select: { customerId: true, staffId: true }, where: { planId, outcome: 'planned' }, order: { staffId: 'ASC' }, take: pieceOf.recipients,
  })
  const bySender = new Map<string, Ending[]>()
  for (const { customerId, staffId } of planned) bySender.set(staffId, [...(bySender.get(staffId) ?? []), { customerId, outcome: 'withdrawn' }])
  const senders = [...bySender].slice(0, pieceOf.senders)
  for (const [staffId, endings] of senders) {
    const share = await holdShare(work, planId, staffId)
    if (share === null) throw new Invariant('a recipient is planned for whom no quota was reserved')
    await endRecipients(work, share, category, ['planned'], endings)
  }
  return senders.length < bySender.size || planned.length === pieceOf.recipients
}
