import { capsOf, type SenderStanding } from '../quotas/caps.ts'
import type { BroadcastRules } from './rules.ts'

export const loosenings = ['quotas', 'frequency', 'approval'] as const
export type Loosening = (typeof loosenings)[number]

/** More kinds of senders than these are not compared one by one: then a second person looks. */
const mostSenders = 50_000

/** In which parts somebody could send more, more often or with fewer approvals under `after` than under `before`. */
export function looseningOf(before: BroadcastRules, after: BroadcastRules): Loosening[] {
  const frequency = after.frequency.messages > before.frequency.messages || after.frequency.days < before.frequency.days
  const approval = after.approval.leadFrom > before.approval.leadFrom || before.approval.riskyCategories.some((one) => !after.approval.riskyCategories.includes(one))
  const found: Record<Loosening, boolean> = { quotas: givesMore(before, after), frequency, approval }
  return loosenings.filter((part) => found[part])
}

function givesMore(before: BroadcastRules, after: BroadcastRules): boolean {
  const senders = everyKindOfSender([...before.quotas, ...after.quotas])
  return senders === null || senders.some((sender) => {
    const is = new Map(capsOf(after, sender).map((cap) => [cap.bucket, cap]))
    return capsOf(before, sender).some((was) => {
      const now = is.get(was.bucket)
      // No cap of its own is no cap at all.
      return now === undefined || now.perMonth > was.perMonth || now.perDay > was.perDay
    })
  })
}

/**
 * One sender for each way in which the rules can tell people apart; null when there are too many. Of somebody's roles the first rule
 * of either list decides, so that two roles show all that more could.
 */
function everyKindOfSender(quotas: BroadcastRules['quotas']): SenderStanding[] | null {
  const named = [...new Set(quotas.flatMap((rule) => rule.roles))]
  const months = [...new Set([0, ...quotas.flatMap((rule) => [rule.monthsFrom, ...(rule.monthsBelow === null ? [] : [rule.monthsBelow])])])]
  const levels = [...new Set([0, ...quotas.map((rule) => rule.levelAtLeast)])]
  if ((1 + named.length + (named.length * (named.length - 1)) / 2) * months.length * levels.length > mostSenders) return null
  const roles = [[], ...named.map((one) => [one]), ...named.flatMap((one, place) => named.slice(place + 1).map((other) => [one, other]))]
  return roles.flatMap((held) => months.flatMap((month) => levels.map((level) => ({ roles: held, months: month, level }))))
}
