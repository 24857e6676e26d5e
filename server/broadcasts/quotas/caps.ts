import { In, type EntityManager } from 'typeorm'
import { staffRoles } from '../../access/index.ts'
import { dayOf } from '../../company-day.ts'
import { staff } from '../../organization/index.ts'
import type { BroadcastOptions } from '../broadcast-options.ts'
import type { BroadcastRules, QuotaRule } from '../rules/rules.ts'
import { bucketOf, type Bucket } from './buckets.ts'

/** How many messages of one kind a sender may plan for a month and for a day. */
export interface Cap {
  readonly bucket: Bucket
  readonly perMonth: number
  readonly perDay: number
}

/** What the rules ask about a sender. */
export interface SenderStanding {
  readonly roles: readonly string[]
  /** Whole months since he joined; 0 when nobody knows. */
  readonly months: number
  readonly level: number
}

/** Whole months between two days of the calendar, never below 0. */
export function monthsBetween(from: string, to: string): number {
  const [fromYear = 0, fromMonth = 0, fromDay = 0] = from.split('-').map(Number)
  const [toYear = 0, toMonth = 0, toDay = 0] = to.split('-').map(Number)
  return Math.max(0, (toYear - fromYear) * 12 + toMonth - fromMonth - (toDay < fromDay ? 1 : 0))
}

const fits = (rule: QuotaRule, { roles, months, level }: SenderStanding): boolean =>
  (rule.roles.length === 0 || rule.roles.some((role) => roles.includes(role)))
  && months >= rule.monthsFrom && (rule.monthsBelow === null || months < rule.monthsBelow) && level >= rule.levelAtLeast

/**
 * The caps of one sender (S40). For each kind of messages the first rule that fits him counts. Whom no rule for all messages fits,
 * may send none: published rules have one for everybody, but nothing is allowed because a rule is missing.
 */
export function capsOf({ quotas }: Pick<BroadcastRules, 'quotas'>, sender: SenderStanding): Cap[] {
  const caps = new Map<Bucket, Cap>()
  for (const rule of quotas) {
    const bucket = bucketOf(rule)
    if (!caps.has(bucket) && fits(rule, sender)) caps.set(bucket, { bucket, perMonth: rule.perMonth, perDay: rule.perDay })
  }
  const all = bucketOf({ category: null, tierBelow: null })
  if (!caps.has(all)) caps.set(all, { bucket: all, perMonth: 0, perDay: 0 })
  return [...caps.values()].sort((one, other) => (one.bucket < other.bucket ? -1 : 1))
}

/** What the rules ask about these people, as it stands at `at`. */
export async function standingsOf({ zone, ports }: Pick<BroadcastOptions, 'zone' | 'ports'>, db: EntityManager, staffIds: readonly string[], at: number): Promise<Map<string, SenderStanding>> {
  if (staffIds.length === 0) return new Map()
  const people = await db.getRepository(staff).findBy({ id: In([...staffIds]) })
  const held = await db.getRepository(staffRoles).findBy({ staffId: In([...staffIds]) })
  const levels = await ports.templates.levelsOf(db, staffIds)
  return new Map(people.map((person) => [person.id, {
    roles: held.filter((one) => one.staffId === person.id).map((one) => one.roleKey),
    months: person.joinedOn === null ? 0 : monthsBetween(dayOf(person.joinedOn, zone), dayOf(at, zone)),
    level: levels.get(person.id) ?? 0,
  }]))
}
