import { In } from 'typeorm'
import { z } from 'zod'
import { selectNamed, type ActorAccess } from '../access/index.ts'
import { dayOf } from '../company-day.ts'
import type { UnitOfWork } from '../database/database.ts'
import { staff } from '../organization/index.ts'
import { contactDays, daysAround, holdContacts, isOverWecomLimit, isTooOften } from './audience/frequency.ts'
import { broadcastParts, broadcastRecipients, broadcasts, type Broadcast } from './broadcast.entity.ts'
import type { BroadcastOptions } from './broadcast-options.ts'
import { outreachName } from './plan-names.ts'
import type { OutreachCheck, OutreachOutcome, OutreachSource, OutreachTask } from './ports.ts'
import { checkGroups } from './to-groups/check-groups.ts'
import { isToGroups } from './to-groups/walk-groups.ts'
import { holdShare } from './quotas/quotas.ts'
import { endRecipients } from './release-plan.ts'
import { rulesInForce } from './rules/rules.ts'
import { usableForBroadcast } from './texts.ts'
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
 * and for each customer both persons' rights, their bond, and the frequency of the day on which it really leaves. Whoever is let
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
  if (!(await isTemplateInForce(options, work, author, row))) return refused('template-unusable')
  const [screening] = await screenings.scanAll([task.text], work.db)
  if (screening === undefined || screening.verdict === 'block') return refused('text-blocked')
  if (screening.verdict === 'review' && row.reviewHits === 0) return refused('text-not-reviewed')
  const sender = task.staffId === author.staffId ? author : await access.actorFor(task.staffId, work.db)
  const leftOut = new Map<string, string>()
  const checkSome = isToGroups(row.senders) ? checkGroups : checkCustomers
  for (let from = 0; from < task.customerIds.length; from += atOnce) await checkSome(options, work, { row, author, sender, ids: task.customerIds.slice(from, from + atOnce), leftOut })
  return { refused: null, leftOut }
}

async function isTemplateInForce(options: BroadcastOptions, work: UnitOfWork, author: ActorAccess, row: Broadcast): Promise<boolean> {
  try {
    return (await usableForBroadcast(options, work.db, author, row.templateId)).versionId === row.templateVersionId
  } catch (error) {
    if (error instanceof ProjectError) return false
    throw error
  }
}

interface Checked {
  readonly row: Broadcast
  readonly author: ActorAccess
  readonly sender: ActorAccess
  readonly ids: readonly string[]
  readonly leftOut: Map<string, string>
}

const Allowed = z.object({ id: z.string(), allowed: z.coerce.number(), bound: z.coerce.number() })

async function checkCustomers({ access, zone }: BroadcastOptions, work: UnitOfWork, { row, author, sender, ids, leftOut }: Checked): Promise<void> {
  const planId = row.planId ?? ''
  const context = { templateCategory: row.category ?? '' }
  const rows = author.rowFilter('marketing.broadcasts.operate', context).and(sender.rowFilter('marketing.broadcasts.operate', context))
  const live = `(SELECT 1 FROM follows link WHERE link.customer_id = customers.id AND link.staff_id = :leavingSender AND link.ended_at IS NULL AND link.live_key IS NOT NULL AND link.customer_deleted_at IS NULL LIMIT 1) IS NOT NULL`
  const bond = row.senders === 'owners' ? `${live} AND customers.owner_staff_id = :leavingSender` : live
  const found = z.array(Allowed).parse(await selectNamed(work.db, `SELECT customers.id AS id, CASE WHEN ${rows.sql} THEN 1 ELSE 0 END AS allowed, CASE WHEN ${bond} THEN 1 ELSE 0 END AS bound
    FROM customers customers WHERE customers.id IN (:...leavingIds)`, { ...rows.parameters, leavingSender: sender.staffId, leavingIds: [...ids] }))
  const known = new Map(found.map((one) => [one.id, one]))
  const open = await work.db.getRepository(broadcastRecipients).findBy({ planId, staffId: sender.staffId, customerId: In([...ids]), outcome: In(['planned', 'leaving']) })
  const isOpen = new Set(open.map((one) => one.customerId))
  await holdContacts(work, ids)
  const { frequency } = await rulesInForce(work.db)
  const today = dayOf(access.clock.now(), zone)
  const contacts = await contactDays(work.db, ids, daysAround(today, frequency), planId)
  for (const id of ids) {
    const facts = known.get(id)
    const days = contacts.get(id) ?? []
    if (!isOpen.has(id)) leftOut.set(id, 'not-planned')
    else if (facts === undefined || facts.allowed === 0) leftOut.set(id, 'no-right')
    else if (facts.bound === 0) leftOut.set(id, 'unreachable')
    else if (isOverWecomLimit(days, today)) leftOut.set(id, 'wecom-limit')
    else if (isTooOften(days, today, frequency)) leftOut.set(id, 'frequency')
  }
  const leaving = ids.filter((id) => !leftOut.has(id))
  if (leaving.length > 0) await work.db.getRepository(broadcastRecipients).update({ planId, customerId: In(leaving), outcome: In(['planned', 'leaving']) }, { outcome: 'leaving', day: today })
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
      : [{ useKey: `broadcast:${task.sourceId}:${customerId}`, templateId, versionId, staffId: task.staffId, customerId, kind: 'broadcast' as const, usedAt: at }])))
  }
  if (row.status !== 'scheduled' || await work.db.getRepository(broadcastRecipients).existsBy({ planId: task.sourceId, outcome: In(['planned', 'leaving']) })) return
  const endedAt = access.clock.now()
  await table.update({ id: row.id, status: 'scheduled' }, { status: 'done', endedAt })
  await audit.record(work.db, { actorKind: 'system', action: 'broadcast.ended', subjectKind: 'broadcast', subjectId: row.id, outcome: 'done', details: { plan: task.sourceId, recipients: row.recipients } })
}
