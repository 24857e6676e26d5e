import { MoreThan } from 'typeorm'
import type { UnitOfWork } from '../../database/database.ts'
import { broadcastParts, broadcasts, type Broadcast, type BroadcastPart } from '../broadcast.entity.ts'
import type { BroadcastOptions } from '../broadcast-options.ts'
import { recipientsOf } from '../frozen-recipients.ts'
import { isToGroups } from '../to-groups/walk-groups.ts'
import { outreachName } from '../plan-names.ts'
import type { OutreachPart } from '../ports.ts'
import { planWorks } from './plan-work.entity.ts'
import { beginPlanWork, endPlanWork, holdPlanWork, pieceOf } from './plan-work.ts'

/** Hands an approved plan to outreach: a piece in the transaction of the decision, the rest by the plan worker. */
export async function handOver(options: BroadcastOptions, work: UnitOfWork, row: Broadcast, planId: string): Promise<void> {
  const afterStaffId = await handOverPiece(options, work, row, planId, null)
  if (afterStaffId !== null) await beginPlanWork(options, work, { planId, broadcastId: row.id, kind: 'hand-over', category: row.category ?? '', afterStaffId })
}

/** Another piece of it; whether something is left. */
export async function handOverSome(options: BroadcastOptions, planId: string): Promise<boolean> {
  return options.database.transaction(async (work) => {
    // In the order in which a cancel takes them.
    await work.db.update(broadcasts, { planId }, { planId })
    const held = await holdPlanWork(options, work, planId, 'hand-over')
    if (held === null) return false
    const row = await work.db.findOneBy(broadcasts, { planId, status: 'scheduled' })
    const afterStaffId = row === null ? null : await handOverPiece(options, work, row, planId, held.afterStaffId)
    if (afterStaffId === null) await endPlanWork(work, planId)
    else await work.db.update(planWorks, { planId }, { afterStaffId })
    return afterStaffId !== null
  })
}

/** The next senders, each with all of his customers; the last of them, or null when nobody is left. */
async function handOverPiece({ ports }: BroadcastOptions, work: UnitOfWork, row: Broadcast, planId: string, after: string | null): Promise<string | null> {
  const next = await work.db.find(broadcastParts, { where: { planId, ...(after === null ? {} : { staffId: MoreThan(after) }) }, order: { staffId: 'ASC' }, take: pieceOf.senders + 1 })
  const piece: BroadcastPart[] = []
  for (let recipients = 0; piece.length < Math.min(next.length, pieceOf.senders) && (piece.length === 0 || recipients + (next[piece.length]?.recipients ?? 0) <= pieceOf.recipients);) {
    const part = next[piece.length]
    if (part === undefined) break
    recipients += part.recipients
    piece.push(part)
  }
  if (piece.length > 0) await ports.outreach.plan(work, { source: outreachName, sourceId: planId, notBefore: row.plannedAt, parts: await partsOf(work, row, piece) })
  return piece.length < next.length ? piece.at(-1)?.staffId ?? null : null
}

async function partsOf(work: UnitOfWork, row: Broadcast, parts: readonly BroadcastPart[]): Promise<OutreachPart[]> {
  const attachments = [...row.attachments]
  const to = isToGroups(row.senders) ? { target: 'groups' as const } : {}
  const customersOf = await recipientsOf(work.db, row.planId ?? '', parts.map((part) => part.staffId), 'planned')
  return parts.map(({ staffId, content }) => ({ ...to, staffId, text: content, attachments, customerIds: customersOf.get(staffId) ?? [] }))
}
