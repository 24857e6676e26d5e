import { In } from 'typeorm'
import { v7 as uuid } from 'uuid'
import { dayOf } from '../../company-day.ts'
import type { UnitOfWork } from '../../database/database.ts'
import { Invariant } from '../../errors.ts'
import { homeOf } from '../../organization/index.ts'
import { knownCustomers, type Customer } from '../../customers/index.ts'
import type { BroadcastResult } from '../../wecom/index.ts'
import { contactDays, daysAround, holdContacts, isTooOften } from '../audience/frequency.ts'
import { broadcastRecipients } from '../broadcast.entity.ts'
import { capsOf, standingsOf } from '../quotas/caps.ts'
import { charge } from '../quotas/charge.ts'
import { rulesInForce } from '../rules/rules.ts'
import { handBroadcasts, handExcesses, handParts, type HandBroadcast, type HandPart } from './hand.entity.ts'
import type { HandOptions } from './hand-options.ts'

export interface SentPart {
  readonly broadcast: HandBroadcast
  readonly staffId: string
  readonly sentAt: number
  readonly results: readonly BroadcastResult[]
  /** No further result is expected. */
  readonly isComplete: boolean
}

const atOnce = 500

/**
 * Counts what one sender sent, in one transaction: whoever got it stands among the recipients of all broadcasts from then on, so that
 * the rules of frequency and WeCom's limit of the month know of it, and is charged to the sender. Whoever stands there already is
 * left alone, and who counts at the same time waits: so nobody is counted twice, and nobody without his charge.
 */
export async function countPart(options: HandOptions, sent: SentPart): Promise<void> {
  await options.database.transaction(async (work) => {
    const held = await work.db.getRepository(handBroadcasts).update({ id: sent.broadcast.id }, { version: () => 'version + 1' })
    if (held.affected !== 1) throw new Invariant('a broadcast that is read is known')
    const part = await partOf(work, sent)
    const fresh = await notCounted(options, work, part, finalResults(sent))
    const { isOver, excess } = await countSent(options, work, part, fresh)
    await work.db.getRepository(handParts).update({ id: part.id }, { overQuota: part.overQuota || isOver, isComplete: sent.isComplete })
    if (fresh.length === 0) return
    await options.audit.record(work.db, {
      actorKind: 'system', action: 'broadcast.hand-counted', subjectKind: 'hand-broadcast', subjectId: sent.broadcast.id, outcome: 'done',
      details: { staffId: sent.staffId, customers: fresh.filter((one) => one.result.outcome === 'sent').length, overFrequency: excess, overQuota: isOver ? 'yes' : 'no' },
    })
  })
}

async function partOf(work: UnitOfWork, { broadcast, staffId, sentAt }: SentPart): Promise<HandPart> {
  const table = work.db.getRepository(handParts)
  const known = await table.findOneBy({ handBroadcastId: broadcast.id, staffId })
  if (known !== null) return known
  const part: HandPart = { id: uuid(), handBroadcastId: broadcast.id, staffId, departmentId: await homeOf(work.db, staffId), sentAt, overQuota: false, isComplete: false }
  await table.insert(part)
  return part
}

type FinalOutcome = Exclude<BroadcastResult['outcome'], 'unsent' | 'unknown'>

interface Fresh {
  readonly customer: Customer
  readonly result: BroadcastResult & { readonly outcome: FinalOutcome }
  readonly day: string
}

/** A status that nobody documents proves nothing: it counts as sent once no other is to come (S42). */
function finalResults({ results, isComplete }: SentPart): Fresh['result'][] {
  return results.flatMap((one): Fresh['result'][] => {
    const { outcome } = one
    if (outcome === 'unknown') return isComplete ? [{ ...one, outcome: 'sent' }] : []
    return outcome === 'unsent' ? [] : [{ ...one, outcome }]
  })
}

/** Final results of customers who do not stand in the part yet, each once. */
async function notCounted({ access, zone }: HandOptions, work: UnitOfWork, part: HandPart, final: readonly Fresh['result'][]): Promise<Fresh[]> {
  const people = await knownCustomers(work, final.map((one) => one.externalUserId), access.clock.now())
  const ids = [...people.values()].map((one) => one.id)
  const counted = new Set<string>()
  for (let from = 0; from < ids.length; from += atOnce) {
    const rows = await work.db.getRepository(broadcastRecipients).find({ select: { planId: true, customerId: true }, where: { planId: part.id, customerId: In(ids.slice(from, from + atOnce)) } })
    for (const row of rows) counted.add(row.customerId)
  }
  return final.flatMap((result) => {
    const customer = people.get(result.externalUserId)
    if (customer === undefined || counted.has(customer.id)) return []
    counted.add(customer.id)
    return [{ customer, result, day: dayOf(result.sentAt ?? part.sentAt, zone) }]
  }).sort((one, other) => (one.customer.id < other.customer.id ? -1 : 1))
}

/** Whether the sender has more than a cap allows by now, and how many customers got more than the rule of frequency does. */
async function countSent(options: HandOptions, work: UnitOfWork, part: HandPart, fresh: readonly Fresh[]): Promise<{ readonly isOver: boolean, readonly excess: number }> {
  const rules = await rulesInForce(work.db)
  let excess = 0
  for (let from = 0; from < fresh.length; from += atOnce) {
    const some = fresh.slice(from, from + atOnce)
    excess += await writeExcess(work, part, some.filter((one) => one.result.outcome === 'sent'), rules.frequency)
    await work.db.getRepository(broadcastRecipients).insert(some.map(({ customer, result, day }) => ({
      planId: part.id, customerId: customer.id, staffId: part.staffId, valueTier: customer.valueTier, isHidden: false, day, outcome: result.outcome,
    })))
  }
  const standing = (await standingsOf(options, work.db, [part.staffId], part.sentAt)).get(part.staffId)
  const caps = capsOf(rules, standing ?? { roles: [], months: 0, level: 0 })
  let isOver = false
  for (const day of [...new Set(fresh.map((one) => one.day))].sort()) {
    // No template, so no category: only the caps on all messages of a tier count it.
    const messages = fresh.filter((one) => one.day === day && one.result.outcome === 'sent').map((one) => ({ category: '', valueTier: one.customer.valueTier }))
    if (await charge(work, { staffId: part.staffId, day, caps, messages })) isOver = true
  }
  return { isOver, excess }
}

async function writeExcess(work: UnitOfWork, part: HandPart, sent: readonly Fresh[], frequency: Parameters<typeof isTooOften>[2]): Promise<number> {
  const ids = sent.map((one) => one.customer.id)
  await holdContacts(work, ids)
  const tooMany: string[] = []
  for (const day of new Set(sent.map((one) => one.day))) {
    const ofDay = sent.filter((one) => one.day === day).map((one) => one.customer.id)
    const contacts = await contactDays(work.db, ofDay, daysAround(day, frequency), part.id)
    tooMany.push(...ofDay.filter((id) => isTooOften(contacts.get(id) ?? [], day, frequency)))
  }
  if (tooMany.length > 0) await work.db.getRepository(handExcesses).insert(tooMany.map((customerId) => ({ partId: part.id, customerId })))
  return tooMany.length
}
