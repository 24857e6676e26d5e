import type { EntityManager } from 'typeorm'
import { z } from 'zod'
import { selectNamed, type RowFilter } from '../access/index.ts'
import type { RecipientOutcome } from './broadcast.entity.ts'
import type { PartlyHidden } from './hidden-figures.ts'

const Counted = z.array(z.object({ plan: z.string(), outcome: z.custom<RecipientOutcome>(), count: z.coerce.number(), hidden: z.coerce.number() }))

export type Outcomes = ReadonlyMap<RecipientOutcome, PartlyHidden>

/**
 * How many recipients of these plans have which outcome, and how many of them are hidden: those whom the author could not view, and with
 * a filter also those whom it does not allow. Numbers only.
 */
export async function outcomesOf(db: EntityManager, planIds: readonly string[], view: RowFilter | null = null): Promise<Map<string, Outcomes>> {
  if (planIds.length === 0) return new Map()
  const isHidden = `recipients.is_hidden = 1${view === null ? '' : ` OR CASE WHEN ${view.sql} THEN 0 ELSE 1 END = 1`}`
  const rows = Counted.parse(await selectNamed(db, `SELECT recipients.plan_id AS plan, recipients.outcome AS outcome, COUNT(*) AS count, SUM(CASE WHEN ${isHidden} THEN 1 ELSE 0 END) AS hidden
    FROM broadcast_recipients recipients ${view === null ? '' : 'LEFT JOIN customers customers ON customers.id = recipients.customer_id'}
    WHERE recipients.plan_id IN (:...planIds) GROUP BY recipients.plan_id, recipients.outcome`, { ...view?.parameters, planIds: [...planIds] }))
  const found = new Map<string, Map<RecipientOutcome, PartlyHidden>>()
  for (const { plan, outcome, count, hidden } of rows) {
    const outcomes = found.get(plan) ?? new Map<RecipientOutcome, PartlyHidden>()
    outcomes.set(outcome, { count, hidden })
    found.set(plan, outcomes)
  }
  return found
}
