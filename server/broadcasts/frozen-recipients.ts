import type { EntityManager } from 'typeorm'
import { z } from 'zod'
import { selectNamed } from '../access/index.ts'
import type { RecipientOutcome } from './broadcast.entity.ts'

const Recipient = z.object({ staff_id: z.string(), customer_id: z.string() })

/**
 * The customers of these senders in a plan, in the order of their ids; all, or those with one outcome. By hand, and ordered here: asked
 * for an order, a database would rather walk through the whole plan for each sender.
 */
export async function recipientsOf(db: EntityManager, planId: string, staffIds: readonly string[], outcome: RecipientOutcome | null): Promise<Map<string, string[]>> {
  const customersOf = new Map(staffIds.map((staffId): [string, string[]] => [staffId, []]))
  if (staffIds.length === 0) return customersOf
  const found = await selectNamed(db, `SELECT staff_id, customer_id FROM broadcast_recipients
    WHERE plan_id = :planId AND staff_id IN (:...staffIds)${outcome === null ? '' : ' AND outcome = :outcome'}`, { planId, staffIds: [...staffIds], outcome })
  for (const one of z.array(Recipient).parse(found)) customersOf.get(one.staff_id)?.push(one.customer_id)
  for (const customerIds of customersOf.values()) customerIds.sort()
  return customersOf
}
