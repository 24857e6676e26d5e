import type { z } from 'zod'
import { v7 as uuid } from 'uuid'
import type { createBroadcast } from '#shared/contracts/broadcasts'
import type { UnitOfWork } from '../database/database.ts'
import { ProjectError } from '../errors.ts'
import { broadcastRecipients, broadcasts, type Broadcast } from './broadcast.entity.ts'
import type { BroadcastOptions } from './broadcast-options.ts'
import { homeOf } from '../organization/index.ts'
import { ownBroadcast } from './find-broadcast.ts'
import { checkAudience } from './to-groups/check-audience.ts'
import { approvalKeys, outreachName } from './plan-names.ts'
import { releasePlan } from './release-plan.ts'
import { usableForBroadcast } from './texts.ts'

export type DraftContent = z.output<(typeof createBroadcast)['body']>

export interface Asked {
  readonly staffId: string
  readonly requestId: string
}

/** Nothing of a plan: what a draft has not yet, or not any more. */
const unplanned = {
  planId: null, templateVersionId: null, category: null, attachments: [], contentHash: null, recipients: 0, hiddenRecipients: 0, excluded: {}, reviewHits: 0,
  neededSteps: [], agreedSteps: [], submittedAt: null, endedAt: null,
} as const satisfies Partial<Broadcast>

const contentOf = ({ name, templateId, senders, values, audience, plannedAt }: DraftContent) => ({ name, templateId, senders, sentValues: values, audience, plannedAt })

/** Begins a draft. Throws `access.denied`, `access.filter_refused`, `broadcast.template_unusable`, `broadcast.customer_variables`. */
export async function createDraft(options: BroadcastOptions, { staffId, requestId }: Asked, content: DraftContent): Promise<Broadcast> {
  const { database, access, audit } = options
  return database.transaction(async (work) => {
    const actor = await access.actorFor(staffId, work.db)
    actor.requireNotFrozen()
    const departmentId = await homeOf(work.db, staffId)
    const template = await usableForBroadcast(options, work.db, actor, content.templateId)
    actor.requireResource('marketing.broadcasts.edit', { departmentId, creatorStaffId: staffId, templateCategory: template.category })
    checkAudience(actor, content, template)
    const now = access.clock.now()
    const row: Broadcast = { id: uuid(), ...contentOf(content), creatorStaffId: staffId, departmentId, status: 'draft', version: 1, ...unplanned, createdAt: now, updatedAt: now }
    await work.db.insert(broadcasts, row)
    await audit.record(work.db, { actorKind: 'staff', actorId: staffId, action: 'broadcast.drafted', operation: 'marketing.broadcasts.edit', subjectKind: 'broadcast', subjectId: row.id, outcome: 'done', details: { template: row.templateId }, requestId })
    return row
  })
}

const editable = ['draft', 'waiting', 'scheduled', 'refused', 'expired', 'outdated'] as const satisfies readonly Broadcast['status'][]

/** Replaces the content of an own broadcast (T19): what was submitted is taken back, so that scope, quota, screening and approval run again. */
export async function editDraft(options: BroadcastOptions, { staffId, requestId }: Asked, id: string, { version, ...content }: DraftContent & { readonly version: number }): Promise<Broadcast> {
  const { database, access, audit } = options
  return database.transaction(async (work) => {
    const actor = await access.actorFor(staffId, work.db)
    actor.requireNotFrozen()
    const before = await ownBroadcast(work.db, staffId, id)
    const template = await usableForBroadcast(options, work.db, actor, content.templateId)
    actor.requireResource('marketing.broadcasts.edit', { departmentId: before.departmentId, creatorStaffId: staffId, templateCategory: template.category })
    checkAudience(actor, content, template)
    const row = await claimVersion(work, id, version, editable)
    if (await hasBegunToLeave(work, row)) throw new ProjectError('broadcast.not_editable', 409)
    const changed: Broadcast = { ...row, ...contentOf(content), ...unplanned, status: 'draft', updatedAt: access.clock.now() }
    await work.db.getRepository(broadcasts).update({ id }, changed)
    await endPlan(options, work, row, 'edited')
    await audit.record(work.db, { actorKind: 'staff', actorId: staffId, action: 'broadcast.edited', operation: 'marketing.broadcasts.edit', subjectKind: 'broadcast', subjectId: id, outcome: 'done', details: { was: row.status, template: changed.templateId }, requestId })
    return changed
  })
}

/** Takes the broadcast for this transaction as it was seen. Throws `broadcast.version_conflict`, `broadcast.not_editable`. */
export async function claimVersion(work: UnitOfWork, id: string, version: number, statuses: readonly Broadcast['status'][], otherwise: 'broadcast.not_editable' | 'broadcast.not_submittable' = 'broadcast.not_editable'): Promise<Broadcast> {
  const table = work.db.getRepository(broadcasts)
  const { affected } = await table.update({ id, version }, { version: version + 1 })
  if (affected !== 1) throw new ProjectError('broadcast.version_conflict', 409)
  const row = await table.findOneByOrFail({ id })
  if (!statuses.includes(row.status)) throw new ProjectError(otherwise, 409, { status: row.status })
  return row
}

/** Ends what hangs on a plan: its requests, what outreach was to do, and what of its quota is open. The row tells already that it is over. */
export async function endPlan({ approvals, ports }: BroadcastOptions, work: UnitOfWork, row: Broadcast, reason: string): Promise<void> {
  if (row.planId === null) return
  if (row.status === 'waiting') for (const key of approvalKeys(row.planId)) await approvals.withdrawUnder(work, key)
  if (row.status === 'scheduled') await ports.outreach.cancel(work, outreachName, row.planId, reason)
  await releasePlan(work, row)
}

async function hasBegunToLeave(work: UnitOfWork, { planId, status }: Broadcast): Promise<boolean> {
  if (planId === null || status !== 'scheduled') return false
  const table = work.db.getRepository(broadcastRecipients)
  return await table.countBy({ planId }) > await table.countBy({ planId, outcome: 'planned' })
}

const cancelable = ['draft', 'waiting', 'scheduled', 'refused', 'expired', 'outdated'] as const satisfies readonly Broadcast['status'][]

/** Ends a broadcast: the share of whoever has not left returns at once, of whoever is on the way with his result. Throws like `claimVersion`. */
export async function cancelPlanned(options: BroadcastOptions, { staffId, requestId }: Asked, id: string, version: number, find: (work: UnitOfWork) => Promise<Broadcast>): Promise<Broadcast> {
  const { database, access, audit } = options
  return database.transaction(async (work) => {
    await find(work)
    const row = await claimVersion(work, id, version, cancelable)
    const now = access.clock.now()
    await work.db.getRepository(broadcasts).update({ id }, { status: 'canceled', endedAt: now, updatedAt: now })
    await endPlan(options, work, row, 'canceled')
    await audit.record(work.db, { actorKind: 'staff', actorId: staffId, action: 'broadcast.canceled', operation: 'marketing.broadcasts.operate', subjectKind: 'broadcast', subjectId: id, outcome: 'done', details: { was: row.status, recipients: row.recipients }, requestId })
    return { ...row, status: 'canceled', endedAt: now }
  })
}
