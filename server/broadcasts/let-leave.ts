import { In } from 'typeorm'
import { dayOf } from '../company-day.ts'
import type { UnitOfWork } from '../database/database.ts'
import { contactDays, contactReason, daysAround, holdContacts } from './audience/frequency.ts'
import { broadcastRecipients } from './broadcast.entity.ts'
import type { BroadcastOptions } from './broadcast-options.ts'
import { rulesInForce } from './rules/rules.ts'

export interface Leaving {
  readonly planId: string
  readonly staffId: string
  readonly ids: readonly string[]
  /** Gets a reason for each who is not let through. */
  readonly leftOut: Map<string, string>
  /** What forbids this customer or group beside its frequency. */
  readonly reasonOf: (id: string) => string | null
}

/**
 * The last of the locks at the moment of leaving: still planned, nothing else against it, and not too often on the day on which it
 * really leaves (S43). Whoever is let through counts as on the way until the result comes.
 */
export async function letLeave({ access, zone }: Pick<BroadcastOptions, 'access' | 'zone'>, work: UnitOfWork, { planId, staffId, ids, leftOut, reasonOf }: Leaving): Promise<void> {
  const table = work.db.getRepository(broadcastRecipients)
  const open = await table.findBy({ planId, staffId, customerId: In([...ids]), outcome: In(['planned', 'leaving']) })
  const isOpen = new Set(open.map((one) => one.customerId))
  await holdContacts(work, ids)
  const { frequency } = await rulesInForce(work.db)
  const today = dayOf(access.clock.now(), zone)
  const contacts = await contactDays(work.db, ids, daysAround(today, frequency), planId)
  for (const id of ids) {
    const reason = isOpen.has(id) ? reasonOf(id) ?? contactReason(contacts.get(id) ?? [], today, frequency) : 'not-planned'
    if (reason !== null) leftOut.set(id, reason)
  }
  const leaving = ids.filter((id) => !leftOut.has(id))
  if (leaving.length > 0) await table.update({ planId, customerId: In(leaving), outcome: In(['planned', 'leaving']) }, { outcome: 'leaving', day: today })
}
