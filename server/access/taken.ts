import type { Operation } from '#shared/access/index'
import { operationIndex, type Policy } from './policy.ts'

/**
 * Whether a restriction takes the operation from this person for every customer, whatever the customer: a statement about the
 * rules alone, which says nothing about anybody's data. No grant could give it then.
 */
export function isTakenEverywhere(policy: Policy, operation: Operation, now: number): boolean {
  const rules = policy.restrictionsOf[operationIndex(operation)] ?? []
  return rules.some((rule) => rule.atoms.length === 0 && rule.context === null && now >= rule.from && now < rule.until)
}
