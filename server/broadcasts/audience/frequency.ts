import type { EntityManager } from 'typeorm'
import { In, Between } from 'typeorm'
import type { ExclusionReason } from '#shared/broadcast-words'
import { daysBefore, daysLater } from '../../company-day.ts'
import type { UnitOfWork } from '../../database/database.ts'
import { broadcastRecipients, contactLocks, type RecipientOutcome } from '../broadcast.entity.ts'
import type { BroadcastRules } from '../rules/rules.ts'

export type FrequencyRule = BroadcastRules['frequency']

/** Planned, on their way, and sent. */
export const countedOutcomes: readonly RecipientOutcome[] = ['planned', 'leaving', 'sent']

const dayMs = 86_400_000
const numberOf = (day: string): number => Date.parse(`${day}T00:00:00Z`) / dayMs

/**
 * Holds these customers until the transaction ends, so that two broadcasts to one of them are decided one after the other (S43).
 * SQLite runs one transaction at a time anyway.
 */
export async function holdContacts(work: UnitOfWork, customerIds: readonly string[]): Promise<void> {
  if (customerIds.length === 0 || work.db.dataSource.options.type === 'better-sqlite3') return
  await work.db.createQueryBuilder().insert().into(contactLocks)
    .values([...customerIds].sort().map((customerId) => ({ customerId, touched: 0 }))).orUpdate(['touched'], ['customer_id']).updateEntity(false).execute()
}

/** The first and last day on which another message matters for one planned on `day`. */
export function daysAround(day: string, { days }: FrequencyRule): { readonly from: string, readonly to: string } {
  const [firstNear, lastNear] = [daysBefore(day, days - 1), daysLater(day, days - 1)]
  const [firstOfMonth, lastOfMonth] = [`${day.slice(0, 8)}01`, `${day.slice(0, 8)}${daysInMonth(day)}`]
  return { from: firstNear < firstOfMonth ? firstNear : firstOfMonth, to: lastNear > lastOfMonth ? lastNear : lastOfMonth }
}

export function daysInMonth(day: string): number {
  return new Date(Date.UTC(Number(day.slice(0, 4)), Number(day.slice(5, 7)), 0)).getUTCDate()
}

/** The days on which messages to these customers are planned or were sent, one for each message; those of one plan left out. */
export async function contactDays(db: EntityManager, customerIds: readonly string[], { from, to }: { readonly from: string, readonly to: string }, exceptPlanId: string | null): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>()
  if (customerIds.length === 0) return found
  const rows = await db.getRepository(broadcastRecipients).find({
    select: { planId: true, customerId: true, day: true }, where: { customerId: In([...customerIds]), day: Between(from, to), outcome: In([...countedOutcomes]) },
  })
  for (const { planId, customerId, day } of rows) {
    if (planId === exceptPlanId) continue
    const known = found.get(customerId)
    if (known === undefined) found.set(customerId, [day])
    else known.push(day)
  }
  return found
}

/** Whether one more message on `day` would be too many within some window of the rule's days (S43). */
export function isTooOften(days: readonly string[], day: string, rule: FrequencyRule): boolean {
  const planned = numberOf(day)
  const near = days.map(numberOf).filter((one) => Math.abs(one - planned) < rule.days)
  if (near.length < rule.messages) return false
  for (let first = planned - rule.days + 1; first <= planned; first += 1) {
    if (near.filter((one) => one >= first && one < first + rule.days).length >= rule.messages) return true
  }
  return false
}

/** WeCom delivers to a customer at most as many broadcasts in a month as it has days (path/92135); what is over is lost. */
export function isOverWecomLimit(days: readonly string[], day: string): boolean {
  return days.filter((one) => one.slice(0, 7) === day.slice(0, 7)).length >= daysInMonth(day)
}

/** What forbids one more message on `day` to somebody who gets others on `days`; null: nothing. */
export function contactReason(days: readonly string[], day: string, rule: FrequencyRule): Extract<ExclusionReason, 'wecom-limit' | 'frequency'> | null {
  if (isOverWecomLimit(days, day)) return 'wecom-limit'
  return isTooOften(days, day, rule) ? 'frequency' : null
}
