import { In, type EntityManager } from 'typeorm'
import type { AudienceFilter, ExclusionReason, SenderMode } from '#shared/broadcast-words'
import type { ActorAccess } from '../../access/index.ts'
import { ProjectError, RequestInvalid } from '../../errors.ts'
import { customerGroups, type CustomerGroup } from '../../groups/index.ts'
import { staff } from '../../organization/index.ts'
import { contactDays, daysAround, holdContacts, isOverWecomLimit, isTooOften } from '../audience/frequency.ts'
import type { AudiencePage, AudienceQuestion, AudienceReading } from '../audience/walk-audience.ts'

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

const atOnce = 500
const ownersAtOnce = 200

/**
 * Walks through the groups owner by owner. Groups for which the author does not hold the operation do not exist, also when they are
 * named. Frequency and WeCom's limit are the group's own; what its members get beside it is not counted.
 */
export async function* walkGroups(reading: AudienceReading, question: AudienceQuestion): AsyncGenerator<AudiencePage> {
  checkGroupTemplate(question.template)
  const { actor, template } = question
  const groups = (await readGroups(reading.db, question.filter)).filter((group) => mayWriteTo(actor, group, template.category))
  const byOwner = new Map<string, Placed[]>()
  for (const group of groups) byOwner.set(group.ownerStaffId, [...byOwner.get(group.ownerStaffId) ?? [], group])
  const owners = [...byOwner.keys()].sort()
  for (let from = 0; from < owners.length; from += ownersAtOnce) {
    const some = owners.slice(from, from + ownersAtOnce)
    const active = new Set((await reading.db.getRepository(staff).find({ select: { id: true }, where: { id: In(some), status: 'active' } })).map((one) => one.id))
    const people = await reading.actorsFor([...active])
    for (const staffId of some) {
      const own = byOwner.get(staffId) ?? []
      const sender = people.get(staffId)
      if (sender === undefined) yield dropped(null, 'unreachable', own.length)
      else for (let first = 0; first < own.length; first += atOnce) yield await decidePage(reading, question, sender, own.slice(first, first + atOnce))
    }
  }
}

const dropped = (staffId: string | null, reason: ExclusionReason, count: number): AudiencePage => ({ staffId, kept: [], dropped: [{ reason, isHidden: false, count }] })

async function readGroups(db: EntityManager, { chatIds, departmentId }: AudienceFilter): Promise<Placed[]> {
  const query = db.createQueryBuilder(customerGroups, 'g').where(`g.status = 'active' AND g.ownerStaffId IS NOT NULL`)
  if (chatIds !== undefined) query.andWhere('g.chatId IN (:...chatIds)', { chatIds: [...chatIds] })
  if (departmentId !== undefined) query.andWhere('g.departmentId IN (SELECT place.id FROM departments place WHERE place.path LIKE :place)', { place: `%/${departmentId}/%` })
  const rows = await query.orderBy('g.ownerStaffId', 'ASC').addOrderBy('g.id', 'ASC').getMany()
  return rows.flatMap(({ id, ownerStaffId, departmentId: place }) => (ownerStaffId === null ? [] : [{ id, ownerStaffId, departmentId: place }]))
}

async function decidePage({ db, work }: AudienceReading, { day, frequency, template, exceptPlanId }: AudienceQuestion, sender: ActorAccess, groups: readonly Placed[]): Promise<AudiencePage> {
  const able = groups.filter((group) => mayWriteTo(sender, group, template.category)).map((group) => group.id)
  if (work !== null) await holdContacts(work, able)
  const contacts = await contactDays(db, able, daysAround(day, frequency), exceptPlanId)
  const counts = new Map<ExclusionReason, number>()
  const drop = (reason: ExclusionReason, count = 1) => void counts.set(reason, (counts.get(reason) ?? 0) + count)
  if (able.length < groups.length) drop('sender-not-allowed', groups.length - able.length)
  const kept = able.filter((id) => {
    const days = contacts.get(id) ?? []
    const reason = isOverWecomLimit(days, day) ? 'wecom-limit' : isTooOften(days, day, frequency) ? 'frequency' : null
    if (reason !== null) drop(reason)
    return reason === null
  })
  // Of a group everybody who may send to it may know: nothing is hidden. Its members' tiers are not known.
  return {
    staffId: sender.staffId, kept: kept.map((id) => ({ customerId: id, valueTier: null, isHidden: false })),
    dropped: [...counts].map(([reason, count]) => ({ reason, isHidden: false, count })),
  }
}
