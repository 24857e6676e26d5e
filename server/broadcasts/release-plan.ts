import { In } from 'typeorm'
import type { UnitOfWork } from '../database/database.ts'
import type { Broadcast, BroadcastRecipient, RecipientOutcome } from './broadcast.entity.ts'
import { broadcastRecipients } from './broadcast.entity.ts'
import { quotaShares, type QuotaShare } from './quotas/quota.entity.ts'
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

/** Returns everything of a plan that has not left (S40); what was handed to WeCom waits for its result. In the caller's transaction. */
export async function releasePlan(work: UnitOfWork, { planId, category }: Pick<Broadcast, 'planId' | 'category'>): Promise<void> {
  if (planId === null) return
  const shares = await work.db.getRepository(quotaShares).find({ where: { planId }, order: { staffId: 'ASC' } })
  for (const { staffId } of shares) {
    const share = await holdShare(work, planId, staffId)
    if (share === null) continue
    const planned = await work.db.getRepository(broadcastRecipients).find({ select: { customerId: true }, where: { planId, staffId, outcome: 'planned' } })
    await endRecipients(work, share, category ?? '', ['planned'], planned.map(({ customerId }) => ({ customerId, outcome: 'withdrawn' })))
  }
}
