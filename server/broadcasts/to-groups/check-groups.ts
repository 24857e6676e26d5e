import { In } from 'typeorm'
import type { ActorAccess } from '../../access/index.ts'
import { dayOf } from '../../company-day.ts'
import type { UnitOfWork } from '../../database/database.ts'
import { customerGroups } from '../../groups/index.ts'
import { contactDays, daysAround, holdContacts, isOverWecomLimit, isTooOften } from '../audience/frequency.ts'
import { broadcastRecipients, type Broadcast } from '../broadcast.entity.ts'
import type { BroadcastOptions } from '../broadcast-options.ts'
import { rulesInForce } from '../rules/rules.ts'
import { mayWriteTo } from './walk-groups.ts'

export interface CheckedGroups {
  readonly row: Broadcast
  readonly author: ActorAccess
  readonly sender: ActorAccess
  readonly ids: readonly string[]
  readonly leftOut: Map<string, string>
}

/**
 * The locks of groups at the moment of leaving: both persons' rights, that the sender still owns the group, and its frequency on the
 * day on which it really leaves. Whoever is let through counts as on the way.
 */
export async function checkGroups({ access, zone }: Pick<BroadcastOptions, 'access' | 'zone'>, work: UnitOfWork, { row, author, sender, ids, leftOut }: CheckedGroups): Promise<void> {
  const planId = row.planId ?? ''
  const category = row.category ?? ''
  const groups = new Map((await work.db.getRepository(customerGroups).findBy({ id: In([...ids]), status: 'active' })).map((one) => [one.id, one]))
  const table = work.db.getRepository(broadcastRecipients)
  const open = await table.findBy({ planId, staffId: sender.staffId, customerId: In([...ids]), outcome: In(['planned', 'leaving']) })
  const isOpen = new Set(open.map((one) => one.customerId))
  await holdContacts(work, ids)
  const { frequency } = await rulesInForce(work.db)
  const today = dayOf(access.clock.now(), zone)
  const contacts = await contactDays(work.db, ids, daysAround(today, frequency), planId)
  for (const id of ids) {
    const group = groups.get(id)
    const days = contacts.get(id) ?? []
    if (!isOpen.has(id)) leftOut.set(id, 'not-planned')
    else if (group === undefined || group.ownerStaffId !== sender.staffId) leftOut.set(id, 'unreachable')
    else if (!mayWriteTo(author, group, category) || !mayWriteTo(sender, group, category)) leftOut.set(id, 'no-right')
    else if (isOverWecomLimit(days, today)) leftOut.set(id, 'wecom-limit')
    else if (isTooOften(days, today, frequency)) leftOut.set(id, 'frequency')
  }
  const leaving = ids.filter((id) => !leftOut.has(id))
  if (leaving.length > 0) await table.update({ planId, customerId: In(leaving), outcome: In(['planned', 'leaving']) }, { outcome: 'leaving', day: today })
}
