import { v7 as uuid } from 'uuid'
import type { ExclusionReason } from '#shared/broadcast-words'
import type { ErrorCode } from '#shared/error-codes'
import { dayOf } from '../company-day.ts'
import type { UnitOfWork } from '../database/database.ts'
import { ProjectError } from '../errors.ts'
import { walkAudience, type Candidate } from './audience/walk-audience.ts'
import { broadcastParts, broadcastRecipients, broadcasts, type Broadcast } from './broadcast.entity.ts'
import type { BroadcastOptions } from './broadcast-options.ts'
import type { BroadcastPayload } from './broadcast-approval.ts'
import { ContentHash } from './content-hash.ts'
import { claimVersion, type Asked } from './drafts.ts'
import { ownBroadcast } from './find-broadcast.ts'
import { neededSteps } from './needed-steps.ts'
import { approvalKey, approvalName } from './plan-names.ts'
import { capsOf, standingsOf } from './quotas/caps.ts'
import { reserve, type CountedMessage } from './quotas/quotas.ts'
import { rulesInForce, type BroadcastRules } from './rules/rules.ts'
import { reviewHitsOf, textsOf, usableForBroadcast } from './texts.ts'

const submittable = ['draft', 'refused', 'expired', 'outdated'] as const satisfies readonly Broadcast['status'][]

/** More in one transaction would keep all others waiting. */
export const mostRecipients = 120_000

/**
 * Freezes text and recipients, reserves the quota of each sender and asks for approval: all in one transaction, or nothing. The
 * audience is worked out anew, under the rules of this moment. Throws what the contract names.
 */
export async function submitPlanned(options: BroadcastOptions, asked: Asked, id: string, version: number): Promise<Broadcast> {
  try {
    return await submitWithin(options, asked, id, version)
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

async function submitWithin(options: BroadcastOptions, asked: Asked, id: string, version: number): Promise<Broadcast> {
  const { database, access, audit, zone } = options
  return database.transaction(async (work) => {
    const actor = await access.actorFor(asked.staffId, work.db)
    actor.requireNotFrozen()
    await ownBroadcast(work.db, asked.staffId, id)
    const row = await claimVersion(work, id, version, submittable, 'broadcast.not_submittable')
    const now = access.clock.now()
    if (row.plannedAt < now) throw new ProjectError('broadcast.too_late', 409)
    const template = await usableForBroadcast(options, work.db, actor, row.templateId)
    actor.requireResource('marketing.broadcasts.operate', { departmentId: row.departmentId, creatorStaffId: row.creatorStaffId, templateCategory: template.category })
    const rules = await rulesInForce(work.db)
    const planId = uuid()
    const day = dayOf(row.plannedAt, zone)
    const frozen = await freezeAudience(work, { planId, day, category: template.category }, walkAudience(
      { db: work.db, work, actorsFor: (staffIds) => access.actorsFor(staffIds, work.db) },
      { actor, senders: row.senders, filter: row.audience, template, day, frequency: rules.frequency, exceptPlanId: null },
    ))
    if (frozen.recipients === 0) throw new ProjectError('broadcast.nobody_left', 409)
    const texts = await textsOf(options, work.db, template, row.sentValues, [...frozen.senders.keys()])
    if (texts.some((one) => one.screening.verdict === 'block')) throw new ProjectError('broadcast.text_blocked', 409)
    await work.db.getRepository(broadcastParts).insert(texts.map(({ staffId, text }) => ({ planId, staffId, content: text, recipients: frozen.senders.get(staffId)?.length ?? 0 })))
    await reserveAll(options, work, { planId, day, plannedAt: row.plannedAt, rules, senders: frozen.senders })
    const content = { templateVersionId: template.versionId, attachments: template.attachments, plannedAt: row.plannedAt }
    const reviewHits = reviewHitsOf(texts)
    const planned: Broadcast = {
      ...row, ...content, planId, status: 'waiting', category: template.category, contentHash: frozen.hash.finish(content, texts), recipients: frozen.recipients,
      hiddenRecipients: frozen.hidden, excluded: frozen.excluded, reviewHits, neededSteps: neededSteps(rules, { recipients: frozen.recipients, reviewHits, category: template.category }),
      agreedSteps: [], submittedAt: now, updatedAt: now,
    }
    await work.db.getRepository(broadcasts).update({ id }, planned)
    await ask(options, work, planned, planId)
    await audit.record(work.db, {
      actorKind: 'staff', actorId: asked.staffId, action: 'broadcast.submitted', operation: 'marketing.broadcasts.operate', subjectKind: 'broadcast', subjectId: id, outcome: 'done', requestId: asked.requestId,
      details: { plan: planId, template: template.versionId, recipients: planned.recipients, senders: texts.length, reviewHits, steps: planned.neededSteps, hash: planned.contentHash ?? '' },
    })
    return planned
  })
}

interface Frozen {
  readonly recipients: number
  readonly hidden: number
  readonly excluded: Broadcast['excluded']
  readonly senders: Map<string, CountedMessage[]>
  readonly hash: ContentHash
}

async function freezeAudience(work: UnitOfWork, plan: { readonly planId: string, readonly day: string, readonly category: string }, pages: ReturnType<typeof walkAudience>): Promise<Frozen> {
  const hash = new ContentHash()
  const senders = new Map<string, CountedMessage[]>()
  const excluded: Partial<Record<ExclusionReason, { count: number, hidden: number }>> = {}
  let recipients = 0
  let hidden = 0
  for await (const { staffId, kept, dropped } of pages) {
    for (const { reason, count, isHidden } of dropped) {
      const before = excluded[reason] ?? { count: 0, hidden: 0 }
      excluded[reason] = { count: before.count + count, hidden: before.hidden + (isHidden ? count : 0) }
    }
    if (staffId === null || kept.length === 0) continue
    recipients += kept.length
    hidden += kept.filter((one) => one.isHidden).length
    if (recipients > mostRecipients) throw new ProjectError('broadcast.too_many', 409, { most: mostRecipients })
    await insertRecipients(work, plan, staffId, kept)
    hash.addRecipients(staffId, kept.map((one) => one.customerId))
    const messages = senders.get(staffId) ?? []
    for (const { valueTier } of kept) messages.push({ category: plan.category, valueTier })
    senders.set(staffId, messages)
  }
  return { recipients, hidden, excluded, senders, hash }
}

/** By hand: a hundred thousand rows through the mapper would take as long as all the rest. */
async function insertRecipients(work: UnitOfWork, { planId, day }: { readonly planId: string, readonly day: string }, staffId: string, kept: readonly Candidate[]): Promise<void> {
  const rows = kept.map((one) => [planId, one.customerId, staffId, one.valueTier, one.isHidden ? 1 : 0, day, 'planned'])
  await work.db.query(
    `INSERT INTO ${broadcastRecipients.options.tableName ?? ''} (plan_id, customer_id, staff_id, value_tier, is_hidden, day, outcome) VALUES ${rows.map(() => '(?, ?, ?, ?, ?, ?, ?)').join(', ')}`,
    rows.flat(),
  )
}

interface Shares {
  readonly planId: string
  readonly day: string
  readonly plannedAt: number
  readonly rules: BroadcastRules
  readonly senders: ReadonlyMap<string, readonly CountedMessage[]>
}

/** One share for each sender, in the order of their ids. */
async function reserveAll(options: BroadcastOptions, work: UnitOfWork, { planId, day, plannedAt, rules, senders }: Shares): Promise<void> {
  const staffIds = [...senders.keys()].sort()
  const standings = await standingsOf(options, work.db, staffIds, plannedAt)
  for (const staffId of staffIds) {
    const caps = capsOf(rules, standings.get(staffId) ?? { roles: [], months: 0, level: 0 })
    await reserve(work, { planId, staffId, day, caps, messages: senders.get(staffId) ?? [] })
  }
}

async function ask({ approvals }: BroadcastOptions, work: UnitOfWork, row: Broadcast, planId: string): Promise<void> {
  for (const step of row.neededSteps) {
    await approvals.ask<BroadcastPayload>(work, {
      kind: approvalName, payload: { broadcastId: row.id, planId, step }, requesterStaffId: row.creatorStaffId, beneficiaryStaffIds: [], departmentId: null,
      ...(row.contentHash === null ? {} : { contentHash: row.contentHash }), uniqueKey: approvalKey(planId, step),
    })
  }
}

