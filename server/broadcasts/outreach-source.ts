import { In } from 'typeorm'
import { z } from 'zod'
import { selectNamed, type ActorAccess } from '../access/index.ts'
import { dayOf } from '../company-day.ts'
import type { UnitOfWork } from '../database/database.ts'
import { staff } from '../organization/index.ts'
import { conditionReason, refusesContact, spend } from './audience/walk-audience.ts'
import { broadcastParts, broadcastRecipients, broadcasts, type Broadcast } from './broadcast.entity.ts'
import type { BroadcastOptions } from './broadcast-options.ts'
import { outreachName } from './plan-names.ts'
import { isEnough, neededSteps } from './needed-steps.ts'
import type { OutreachCheck, OutreachOutcome, OutreachSource, OutreachTask, UsableTemplate } from './ports.ts'
import { checkGroups } from './to-groups/check-groups.ts'
import { isToGroups } from './to-groups/walk-groups.ts'
import { letLeave } from './let-leave.ts'
import { holdShare } from './quotas/quotas.ts'
import { endRecipients } from './release-plan.ts'
import { countAtCommit } from './results/count-results.ts'
import { rulesInForce } from './rules/rules.ts'
import { usableForBroadcast, wordsIn } from './texts.ts'
import { ProjectError } from '../errors.ts'

/** Broadcasts towards outreach: the locks at the moment of leaving, and what becomes of each recipient. */
export function broadcastSource(options: BroadcastOptions): OutreachSource {
  return {
    name: outreachName,
    check: (work, task) => checkTask(options, work, task),
    settled: (work, task, outcomes) => settleTask(options, work, task, outcomes),
  }
}

const refused = (reason: string): OutreachCheck => ({ refused: reason, leftOut: new Map() })
const atOnce = 500

/**
 * Everything that was checked at the submission, once more under the rules of this moment: approval, sender, template, text (S39),
 * and for each customer both persons' rights, their bond, the template's own conditions (S41), and the frequency of the day on which it really leaves. Whoever is let
 * through counts as on the way until his result comes.
 */
async function checkTask(options: BroadcastOptions, work: UnitOfWork, task: OutreachTask): Promise<OutreachCheck> {
  const { access, screenings } = options
  // Held until the intent is written: an edit or a cancel comes before it, or sees that the broadcast has begun to leave.
  const held = await work.db.getRepository(broadcasts).update({ planId: task.sourceId, status: 'scheduled' }, { planId: task.sourceId })
  const row = held.affected === 1 ? await work.db.getRepository(broadcasts).findOneBy({ planId: task.sourceId }) : null
  if (row === null) return refused('not-approved')
  const part = await work.db.getRepository(broadcastParts).findOneBy({ planId: task.sourceId, staffId: task.staffId })
  if (part === null || part.content !== task.text) return refused('text-changed')
  if (!(await work.db.getRepository(staff).existsBy({ id: task.staffId, status: 'active' }))) return refused('sender-inactive')
  const author = await access.actorFor(row.creatorStaffId, work.db)
  const template = await templateInForce(options, work, author, row)
  if (template === null) return refused('template-unusable')
  const [screening, ofAttachments] = await screenings.scanAll([task.text, wordsIn(row.attachments)], work.db)
  if (screening === undefined || screening.verdict === 'block' || ofAttachments?.verdict === 'block') return refused('text-blocked')
  const reviewHits = screening.hits.filter((hit) => hit.severity === 'review').length
  // Whoever agreed had judged so many; one more is one that nobody saw.
  if (reviewHits > row.reviewHits) return refused('text-not-reviewed')
  const needed = neededSteps(await rulesInForce(work.db), { recipients: row.recipients, reviewHits, category: row.category ?? '' })
  if (!isEnough(row.agreedSteps, needed)) return refused('needs-approval')
  const sender = task.staffId === author.staffId ? author : await access.actorFor(task.staffId, work.db)
  const leftOut = new Map<string, string>()
  const checkSome = isToGroups(row.senders) ? checkGroups : checkCustomers
  for (let from = 0; from < task.customerIds.length; from += atOnce) await checkSome(options, work, { row, template, author, sender, ids: task.customerIds.slice(from, from + atOnce), leftOut })
  countAtCommit(work, task.sourceId, task.staffId)
  return { refused: null, leftOut }
}

async function templateInForce(options: BroadcastOptions, work: UnitOfWork, author: ActorAccess, row: Broadcast): Promise<UsableTemplate | null> {
  try {
    const template = await usableForBroadcast(options, work.db, author, row.templateId)
    return template.versionId === row.templateVersionId ? template : null
  } catch (error) {
    if (error instanceof ProjectError) return null
    throw error
  }
}

interface Checked {
  readonly row: Broadcast
  readonly template: UsableTemplate
  readonly author: ActorAccess
  readonly sender: ActorAccess
  readonly ids: readonly string[]
  readonly leftOut: Map<string, string>
}

const Allowed = z.object({ id: z.string(), allowed: z.coerce.number(), bound: z.coerce.number(), refuses: z.coerce.number(), tier: z.union([z.null(), z.coerce.number()]), spend: z.coerce.number() })

async function checkCustomers(options: BroadcastOptions, work: UnitOfWork, { row, template, author, sender, ids, leftOut }: Checked): Promise<void> {
  const context = { templateCategory: row.category ?? '' }
  const rows = author.rowFilter('marketing.broadcasts.operate', context).and(sender.rowFilter('marketing.broadcasts.operate', context))
  const live = `(SELECT 1 FROM follows link WHERE link.customer_id = customers.id AND link.staff_id = :leavingSender AND link.ended_at IS NULL AND link.live_key IS NOT NULL AND link.customer_deleted_at IS NULL LIMIT 1) IS NOT NULL`
  const bond = row.senders === 'owners' ? `${live} AND customers.owner_staff_id = :leavingSender` : live
  const found = z.array(Allowed).parse(await selectNamed(work.db, `SELECT customers.id AS id, CASE WHEN ${rows.sql} THEN 1 ELSE 0 END AS allowed, CASE WHEN ${bond} THEN 1 ELSE 0 END AS bound,
    CASE WHEN ${refusesContact} THEN 1 ELSE 0 END AS refuses, customers.value_tier AS tier, ${template.spendAtLeastFen === null ? '0' : spend} AS spend
    FROM customers customers WHERE customers.id IN (:...leavingIds)`, { ...rows.parameters, leavingSender: sender.staffId, leavingIds: [...ids] }))
  const known = new Map(found.map((one) => [one.id, one]))
  await letLeave(options, work, {
    planId: row.planId ?? '', staffId: sender.staffId, ids, leftOut,
    reasonOf: (id) => {
      const facts = known.get(id)
      if (facts === undefined || facts.allowed === 0) return 'no-right'
      if (facts.refuses === 1) return 'asked-not'
      return facts.bound === 0 ? 'unreachable' : conditionReason(facts, template)
    },
  })
}

/** Each recipient once, with his final outcome: what was sent is used, all else returns (S40). A repeat changes nothing. */
async function settleTask({ access, audit, zone, ports }: BroadcastOptions, work: UnitOfWork, task: Pick<OutreachTask, 'sourceId' | 'staffId'>, outcomes: readonly OutreachOutcome[]): Promise<void> {
  const table = work.db.getRepository(broadcasts)
  await table.update({ planId: task.sourceId }, { planId: task.sourceId })
  const row = await table.findOneBy({ planId: task.sourceId })
  const share = await holdShare(work, task.sourceId, task.staffId)
  // An edited broadcast has another plan by now; nothing of this one was open any more.
  if (share === null || row === null) return
  await endRecipients(work, share, row.category ?? '', ['planned', 'leaving'], outcomes.map(({ customerId, outcome, at }) => ({
    customerId, outcome, ...(outcome === 'sent' ? { day: dayOf(at, zone) } : {}),
  })))
  const { templateId, templateVersionId: versionId } = row
  // What a group reads is no conversion of a customer.
  if (versionId !== null && !isToGroups(row.senders)) {
    await ports.templates.recordUses(work, outcomes.flatMap(({ customerId, outcome, at }) => (outcome !== 'sent' ? []
      : [{ useKey: `broadcast:${task.sourceId}:${customerId}`, templateId, versionId, staffId: task.staffId, customerId, kind: 'broadcast' as const, usedAt: at, sourceId: task.sourceId }])))
  }
  countAtCommit(work, task.sourceId, task.staffId)
  if (row.status !== 'scheduled' || await work.db.getRepository(broadcastRecipients).existsBy({ planId: task.sourceId, outcome: In(['planned', 'leaving']) })) return
  const endedAt = access.clock.now()
  await table.update({ id: row.id, status: 'scheduled' }, { status: 'done', endedAt })
  await audit.record(work.db, { actorKind: 'system', action: 'broadcast.ended', subjectKind: 'broadcast', subjectId: row.id, outcome: 'done', details: { plan: task.sourceId, recipients: row.recipients } })
}
