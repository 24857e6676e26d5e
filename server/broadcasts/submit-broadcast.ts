import type { ErrorCode } from '#shared/error-codes'
import type { UnitOfWork } from '../database/database.ts'
import { ProjectError } from '../errors.ts'
import type { ActorAccess } from '../access/index.ts'
import { v7 as uuid } from 'uuid'
import { broadcasts, type Broadcast } from './broadcast.entity.ts'
import type { BroadcastOptions } from './broadcast-options.ts'
import type { BroadcastPayload } from './broadcast-approval.ts'
import { touchVersion, type Asked } from './drafts.ts'
import { fillPlan, type Filled } from './fill-plan.ts'
import { ownBroadcast } from './find-broadcast.ts'
import { neededSteps } from './needed-steps.ts'
import { approvalKey, approvalName } from './plan-names.ts'
import { beginPlanWork, endPlanWork, planWorkOf } from './plan-work/plan-work.ts'
import { undoFill } from './plan-work/undo-fill.ts'
import type { UsableTemplate } from './ports.ts'
import { rulesInForce } from './rules/rules.ts'
import { reviewHitsOf, usableForBroadcast } from './texts.ts'

const submittable = ['draft', 'refused', 'expired', 'outdated'] as const satisfies readonly Broadcast['status'][]

/**
 * Freezes text and recipients, reserves the quota of each sender and asks for approval: all of it, or nothing. A hundred thousand
 * recipients are frozen in many short transactions; the broadcast stays what it was until the last one, and a refusal, an error or
 * a crash in between takes away what was written. The audience is worked out anew, under the rules of this moment.
 * Throws what the contract names.
 */
export async function submitPlanned(options: BroadcastOptions, asked: Asked, id: string, version: number): Promise<Broadcast> {
  try {
    const { row, planId } = await begin(options, asked, id, version)
    try {
      return await finish(options, asked, row, planId, await fillPlan(options, asked.staffId, row, planId))
    } catch (error) {
      await undoFill(options, planId)
      throw error
    }
  } catch (error) {
    if (error instanceof ProjectError && locks.has(error.code)) await recordRefusal(options, asked, id, error.code)
    throw error
  }
}

/** What stopped a broadcast is on the record like what let it through; refusals of rights are recorded where all of them are. */
const locks: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['broadcast.quota_exceeded', 'broadcast.text_blocked', 'broadcast.template_unusable', 'broadcast.nobody_left'])

async function recordRefusal({ audit }: BroadcastOptions, { staffId, requestId }: Asked, id: string, code: ErrorCode): Promise<void> {
  await audit.recordAlone({
    actorKind: 'staff', actorId: staffId, action: 'broadcast.stopped', operation: 'marketing.broadcasts.operate', subjectKind: 'broadcast', subjectId: id, outcome: 'refused', details: { code }, requestId,
  })
}

interface Allowed {
  readonly actor: ActorAccess
  readonly template: UsableTemplate
}

/** Whether the author may submit this now: asked before the first piece, and with the last. */
async function requireAllowed(options: BroadcastOptions, work: UnitOfWork, staffId: string, row: Broadcast): Promise<Allowed> {
  const actor = await options.access.actorFor(staffId, work.db)
  actor.requireNotFrozen()
  if (row.plannedAt < options.access.clock.now()) throw new ProjectError('broadcast.too_late', 409)
  const template = await usableForBroadcast(options, work.db, actor, row.templateId)
  actor.requireResource('marketing.broadcasts.operate', { departmentId: row.departmentId, creatorStaffId: row.creatorStaffId, templateCategory: template.category })
  return { actor, template }
}

/** Takes the broadcast for this submission: nobody changes it, and nobody submits it once more, until that is over. */
async function begin(options: BroadcastOptions, asked: Asked, id: string, version: number): Promise<{ readonly row: Broadcast, readonly planId: string }> {
  return options.database.transaction(async (work) => {
    const actor = await options.access.actorFor(asked.staffId, work.db)
    actor.requireNotFrozen()
    await ownBroadcast(work.db, asked.staffId, id)
    const row = await touchVersion(work, id, version, version)
    // A plan that is being taken back still counts against quotas and caps.
    if ((await planWorkOf(work.db, id)).length > 0) throw new ProjectError('broadcast.preparing', 409)
    if (!submittable.some((one) => one === row.status)) throw new ProjectError('broadcast.not_submittable', 409, { status: row.status })
    const { template } = await requireAllowed(options, work, asked.staffId, row)
    const planId = uuid()
    await beginPlanWork(options, work, { planId, broadcastId: id, kind: 'fill', category: template.category })
    return { row, planId }
  })
}

/** The last transaction: the broadcast has this plan, and waits for approval. */
async function finish(options: BroadcastOptions, asked: Asked, row: Broadcast, planId: string, filled: Filled): Promise<Broadcast> {
  const { database, access, audit } = options
  const { id } = row
  return database.transaction(async (work) => {
    // Taken for dead meanwhile, and undone.
    if (!(await endPlanWork(work, planId, 'fill'))) throw new ProjectError('broadcast.version_conflict', 409)
    await touchVersion(work, id, row.version, row.version + 1)
    const { template } = await requireAllowed(options, work, asked.staffId, row)
    if (template.versionId !== filled.templateVersionId) throw new ProjectError('broadcast.version_conflict', 409)
    const rules = await rulesInForce(work.db)
    const now = access.clock.now()
    const { texts, recipients } = filled
    const content = { templateVersionId: template.versionId, attachments: template.attachments, plannedAt: row.plannedAt }
    const reviewHits = reviewHitsOf(texts)
    const planned: Broadcast = {
      ...row, ...content, version: row.version + 1, planId, status: 'waiting', category: template.category, contentHash: filled.hash.finish(content, texts), recipients,
      hiddenRecipients: filled.hidden, excluded: filled.excluded, reviewHits, neededSteps: neededSteps(rules, { recipients, reviewHits, category: template.category }),
      agreedSteps: [], submittedAt: now, updatedAt: now,
    }
    await work.db.getRepository(broadcasts).update({ id }, planned)
    await ask(options, work, planned, planId)
    await audit.record(work.db, {
      actorKind: 'staff', actorId: asked.staffId, action: 'broadcast.submitted', operation: 'marketing.broadcasts.operate', subjectKind: 'broadcast', subjectId: id, outcome: 'done', requestId: asked.requestId,
      details: { plan: planId, template: template.versionId, recipients, senders: texts.length, reviewHits, steps: planned.neededSteps, hash: planned.contentHash ?? '' },
    })
    return planned
  })
}

async function ask({ approvals }: BroadcastOptions, work: UnitOfWork, row: Broadcast, planId: string): Promise<void> {
  for (const step of row.neededSteps) {
    await approvals.ask<BroadcastPayload>(work, {
      kind: approvalName, payload: { broadcastId: row.id, planId, step }, requesterStaffId: row.creatorStaffId, beneficiaryStaffIds: [], departmentId: null,
      ...(row.contentHash === null ? {} : { contentHash: row.contentHash }), uniqueKey: approvalKey(planId, step),
    })
  }
}
