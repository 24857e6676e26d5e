import type { EntityManager } from 'typeorm'
import { broadcastRecipients, type RecipientOutcome } from './broadcast.entity.ts'
import type { PartlyHidden } from './hidden-figures.ts'

interface Counted {
  readonly plan: string
  readonly outcome: RecipientOutcome
  readonly count: unknown
  readonly hidden: unknown
}

export type Outcomes = ReadonlyMap<RecipientOutcome, PartlyHidden>

/** How many recipients of these plans have which outcome, and how many of them their authors could not view. Numbers only. */
export async function outcomesOf(db: EntityManager, planIds: readonly string[]): Promise<Map<string, Outcomes>> {
  if (planIds.length === 0) return new Map()
  const rows = await db.createQueryBuilder(broadcastRecipients, 'r')
    .select('r.plan_id', 'plan').addSelect('r.outcome', 'outcome').addSelect('COUNT(*)', 'count').addSelect('SUM(CASE WHEN r.is_hidden = 1 THEN 1 ELSE 0 END)', 'hidden')
    .where('r.plan_id IN (:...planIds)', { planIds: [...planIds] }).groupBy('r.plan_id').addGroupBy('r.outcome').getRawMany<Counted>()
  const found = new Map<string, Map<RecipientOutcome, PartlyHidden>>()
  for (const { plan, outcome, count, hidden } of rows) {
    const outcomes = found.get(plan) ?? new Map<RecipientOutcome, PartlyHidden>()
    outcomes.set(outcome, { count: Number(count), hidden: Number(hidden) })
    found.set(plan, outcomes)
  }
  return found
}
