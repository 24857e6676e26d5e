import { In, type EntityManager } from 'typeorm'
import type { AudienceFilter, ExclusionReason, SenderMode } from '#shared/broadcast-words'
import type { ActorAccess } from '../../access/index.ts'
import { ProjectError, RequestInvalid } from '../../errors.ts'
import { customerGroups, type CustomerGroup } from '../../groups/index.ts'
import { staff } from '../../organization/index.ts'
import { contactDays, contactReason, daysAround, holdContacts } from '../audience/frequency.ts'
import type { Assigned, AudiencePage, AudienceQuestion, AudienceReading } from '../audience/walk-audience.ts'

/** A broadcast to customer groups: each is written to by its owner, as WeCom lets nobody else do it (path/92135). */
export const isToGroups = (senders: SenderMode): boolean => senders === 'group-owners'

/** Conditions on customers say nothing about a group: they are refused, not ignored (T10). Throws `request.invalid`. */
export function checkGroupFilter({ chatIds: _chatIds, departmentId: _departmentId, ...ofCustomers }: AudienceFilter): void {
  const given = Object.entries(ofCustomers).filter(([, value]) => value !== undefined).map(([name]) => `body.audience.${name}`)
  if (given.length > 0) throw new RequestInvalid(given)
}

/** A template for customers of a tier or spend would reach everybody who is in a group (S41). */
export function checkGroupTemplate({ spendAtLeastFen, valueTierAtLeast }: AudienceQuestion['template']): void {
  if (spendAtLeastFen !== null || valueTierAtLeast !== null) throw new ProjectError('broadcast.template_unusable', 409)
}

type Placed = Pick<CustomerGroup, 'id' | 'departmentId'> & { readonly ownerStaffId: string }

/** A group is reached like whatever carries a department and a creator: its own department, and its owner. */
export const mayWriteTo = (actor: ActorAccess, group: Pick<CustomerGroup, 'departmentId' | 'ownerStaffId'>, templateCategory: string): boolean =>
  group.ownerStaffId !== null && actor.decideResource('marketing.broadcasts.operate', { departmentId: group.departmentId, creatorStaffId: group.ownerStaffId, templateCategory }).allowed

/**
 * The groups for which the author holds the operation and whose owners work here, in the order of owners. Others do not exist, also
 * when they are named. Throws `broadcast.template_unusable`.
 */
export async function assignedGroups(reading: AudienceReading, question: AudienceQuestion): Promise<Assigned[]> {
  const groups = await groupsOf(reading, question)
  const active = await activeOwners(reading.db, groups)
  return groups.filter((group) => active.has(group.ownerStaffId)).map(({ id, ownerStaffId }) => ({ id, staffId: ownerStaffId }))
}

/** Those whose owner does not work here any more; null without any. */
export async function groupsWithoutSender(reading: AudienceReading, question: AudienceQuestion): Promise<AudiencePage | null> {
  const groups = await groupsOf(reading, question)
  const active = await activeOwners(reading.db, groups)
  const count = groups.filter((group) => !active.has(group.ownerStaffId)).length
  return count === 0 ? null : { staffId: null, kept: [], dropped: [{ reason: 'unreachable', isHidden: false, count }] }
}

async function groupsOf({ db }: Pick<AudienceReading, 'db'>, { actor, filter, template }: AudienceQuestion): Promise<Placed[]> {
  checkGroupTemplate(template)
  return (await readGroups(db, filter)).filter((group) => mayWriteTo(actor, group, template.category))
}

const atOnce = 500

async function activeOwners(db: EntityManager, groups: readonly Placed[]): Promise<Set<string>> {
  const owners = [...new Set(groups.map((group) => group.ownerStaffId))]
  const active = new Set<string>()
  for (let from = 0; from < owners.length; from += atOnce) {
    for (const { id } of await db.getRepository(staff).find({ select: { id: true }, where: { id: In(owners.slice(from, from + atOnce)), status: 'active' } })) active.add(id)
  }
  return active
}

async function readGroups(db: EntityManager, { chatIds, departmentId }: AudienceFilter): Promise<Placed[]> {
  const query = db.createQueryBuilder(customerGroups, 'g').where(`g.status = 'active' AND g.ownerStaffId IS NOT NULL`)
  if (chatIds !== undefined) query.andWhere('g.chatId IN (:...chatIds)', { chatIds: [...chatIds] })
  if (departmentId !== undefined) query.andWhere('g.departmentId IN (SELECT place.id FROM departments place WHERE place.path LIKE :place)', { place: `%/${departmentId}/%` })
  const rows = await query.orderBy('g.ownerStaffId', 'ASC').addOrderBy('g.id', 'ASC').getMany()
  return rows.flatMap(({ id, ownerStaffId, departmentId: place }) => (ownerStaffId === null ? [] : [{ id, ownerStaffId, departmentId: place }]))
}

/**
 * Decides about groups as they are at this moment. Frequency and WeCom's limit are the group's own; what its members get beside it is
 * not counted. Of a group everybody who may send to it may know: nothing is hidden. Its members' tiers are not known.
 */
export async function* decideGroups({ db, work }: Pick<AudienceReading, 'db' | 'work'>, question: AudienceQuestion, people: ReadonlyMap<string, ActorAccess>, assigned: readonly Assigned[]): AsyncGenerator<AudiencePage> {
  const { actor, day, frequency, template, exceptPlanId } = question
  const rows = await db.getRepository(customerGroups).findBy({ id: In(assigned.map((one) => one.id)), status: 'active' })
  const groups = new Map(rows.filter((group) => mayWriteTo(actor, group, template.category)).map((group) => [group.id, group]))
  for (const staffId of new Set(assigned.map((one) => one.staffId))) {
    const sender = people.get(staffId)
    const own = assigned.flatMap((one) => (one.staffId === staffId ? [groups.get(one.id)] : [])).filter((group) => group?.ownerStaffId === staffId).flatMap((group) => group ?? [])
    const able = own.filter((group) => sender !== undefined && mayWriteTo(sender, group, template.category)).map((group) => group.id)
    if (work !== null) await holdContacts(work, able)
    const contacts = await contactDays(db, able, daysAround(day, frequency), exceptPlanId)
    const counts = new Map<ExclusionReason, number>()
    const drop = (reason: ExclusionReason, count = 1) => void counts.set(reason, (counts.get(reason) ?? 0) + count)
    if (able.length < own.length) drop('sender-not-allowed', own.length - able.length)
    const kept = able.filter((id) => {
      const reason = contactReason(contacts.get(id) ?? [], day, frequency)
      if (reason !== null) drop(reason)
      return reason === null
    })
    yield {
      staffId, kept: kept.map((id) => ({ customerId: id, valueTier: null, isHidden: false })),
      dropped: [...counts].map(([reason, count]) => ({ reason, isHidden: false, count })),
    }
  }
}
