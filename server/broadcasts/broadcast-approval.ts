import { In } from 'typeorm'
import { z } from 'zod'
import { approvalSteps } from '#shared/broadcast-words'
import { ApprovalOutdated, type ApprovalKind, type ApprovalRequest } from '../approvals/index.ts'
import { dayOf } from '../company-day.ts'
import type { UnitOfWork } from '../database/database.ts'
import { broadcastParts, broadcastRecipients, broadcasts, type Broadcast } from './broadcast.entity.ts'
import type { BroadcastOptions } from './broadcast-options.ts'
import { storedHash } from './content-hash.ts'
import { isToGroups } from './to-groups/walk-groups.ts'
import { approvalKeys, approvalName, outreachName } from './plan-names.ts'
import type { Attachment } from './ports.ts'
import { releasePlan } from './release-plan.ts'

const BroadcastPayload = z.object({ broadcastId: z.string(), planId: z.string(), step: z.enum(approvalSteps) })
export type BroadcastPayload = z.infer<typeof BroadcastPayload>

/** A broadcast waits for its manager, the marketing lead, or both; a tap on the card decides (S44). */
export function broadcastApprovalKind(options: BroadcastOptions): ApprovalKind<BroadcastPayload> {
  return {
    kind: approvalName,
    payload: BroadcastPayload,
    decideOn: 'card',
    reach: ({ step }) => (step === 'lead' ? 'marketing' : 'line'),
    describe: async (db, { payload }) => {
      const row = await db.findOneBy(broadcasts, { id: payload.broadcastId })
      const [part] = await db.find(broadcastParts, { where: { planId: payload.planId }, order: { staffId: 'ASC' }, take: 1 })
      const excluded = Object.values(row?.excluded ?? {}).reduce((sum, { count }) => sum + count, 0)
      return {
        title: `群发：${row?.name ?? ''}`,
        lines: [
          { label: '内容', value: part?.content ?? '' },
          row !== null && isToGroups(row.senders) ? { label: '群数', value: `${row.recipients} 个客户群，由群主发送` } : { label: '人数', value: `${row?.recipients ?? 0} 位客户` },
          { label: '已排除', value: `${excluded} ${row !== null && isToGroups(row.senders) ? '个' : '位'}` },
          { label: '质检', value: (row?.reviewHits ?? 0) > 0 ? `${row?.reviewHits ?? 0} 处需人工判断` : '通过' },
          { label: '时间', value: row === null ? '' : timeIn(options.zone, row.plannedAt) },
        ],
      }
    },
    onApproved: (work, request) => agree(options, work, request),
    onClosed: (work, request) => close(options, work, request),
  }
}

function timeIn(zone: string, at: number): string {
  return new Intl.DateTimeFormat('zh-CN', { timeZone: zone, month: 'numeric', day: 'numeric', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(at)
}

/** The broadcast, held until the transaction ends; null when it is not this plan that waits any more. */
async function holdWaiting(work: UnitOfWork, { broadcastId, planId }: BroadcastPayload): Promise<Broadcast | null> {
  const table = work.db.getRepository(broadcasts)
  const held = await table.update({ id: broadcastId, planId, status: 'waiting' }, { version: () => 'version + 1' })
  return held.affected === 1 ? table.findOneBy({ id: broadcastId }) : null
}

/**
 * One step agreed. The last of them hands the plan to outreach, in the transaction of the decision; what was changed since, or
 * could not be submitted any more, is outdated.
 */
async function agree(options: BroadcastOptions, work: UnitOfWork, { payload, contentHash }: ApprovalRequest<BroadcastPayload>): Promise<void> {
  const { access, audit, ports, zone } = options
  const row = await holdWaiting(work, payload)
  if (row === null || row.contentHash !== contentHash || await storedHash(work.db, row) !== contentHash) throw new ApprovalOutdated()
  const now = access.clock.now()
  // The quota of the day for which it was planned is gone with the day.
  if (dayOf(now, zone) > dayOf(row.plannedAt, zone)) throw new ApprovalOutdated()
  const author = await access.actorFor(row.creatorStaffId, work.db)
  const template = await ports.templates.usable(work.db, author, row.templateId)
  if (template === null || template.versionId !== row.templateVersionId) throw new ApprovalOutdated()
  const agreedSteps = [...new Set([...row.agreedSteps, payload.step])]
  const isLast = row.neededSteps.every((step) => agreedSteps.includes(step))
  await work.db.getRepository(broadcasts).update({ id: row.id }, { agreedSteps, ...(isLast ? { status: 'scheduled' } : {}), updatedAt: now })
  if (!isLast) return
  await ports.outreach.plan(work, { source: outreachName, sourceId: payload.planId, notBefore: row.plannedAt, parts: await partsOf(work, row, payload.planId) })
  await audit.record(work.db, {
    actorKind: 'system', action: 'broadcast.scheduled', subjectKind: 'broadcast', subjectId: row.id, outcome: 'done', details: { plan: payload.planId, recipients: row.recipients, hash: contentHash },
  })
}

async function partsOf(work: UnitOfWork, row: Broadcast, planId: string) {
  const parts = await work.db.getRepository(broadcastParts).find({ where: { planId }, order: { staffId: 'ASC' } })
  const attachments = [...row.attachments]
  const to = isToGroups(row.senders) ? { target: 'groups' as const } : {}
  const planned: (typeof to & { staffId: string, text: string, attachments: Attachment[], customerIds: string[] })[] = []
  for (const { staffId, content } of parts) {
    const recipients = await work.db.getRepository(broadcastRecipients).find({ select: { customerId: true }, where: { planId, staffId, outcome: In(['planned']) }, order: { customerId: 'ASC' } })
    planned.push({ ...to, staffId, text: content, attachments, customerIds: recipients.map((one) => one.customerId) })
  }
  return planned
}

/** Refused, expired, withdrawn or outdated: the quota returns with it (S40), and the other step need not be decided any more. */
async function close({ access, approvals, audit }: BroadcastOptions, work: UnitOfWork, { payload, status }: ApprovalRequest<BroadcastPayload>): Promise<void> {
  const row = await holdWaiting(work, payload)
  if (row === null) return
  const after = status === 'refused' || status === 'expired' || status === 'outdated' ? status : 'draft'
  await work.db.getRepository(broadcasts).update({ id: row.id }, { status: after, updatedAt: access.clock.now() })
  await releasePlan(work, row)
  for (const key of approvalKeys(payload.planId)) await approvals.withdrawUnder(work, key)
  await audit.record(work.db, { actorKind: 'system', action: 'broadcast.not-approved', subjectKind: 'broadcast', subjectId: row.id, outcome: 'done', details: { plan: payload.planId, how: status, recipients: row.recipients } })
}
