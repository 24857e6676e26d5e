import type { CustomerField } from '#shared/access/index'
import { decideRecord, type Situation } from './decide.ts'
import { isTightened } from './explain-field.ts'
import { fieldsFor } from './fields.ts'
import type { ActionContext, Policy } from './policy.ts'
import { fieldRule } from './units.ts'

const noStore = { storeDepartmentId: null }

/**
 * Whether a masked field may be shown in clear on request: by the field's `revealedBy` operation, held by a grant that is not
 * narrowed to records. A restriction that masks beats it, as it beats every grant.
 */
export function mayReveal(policy: Policy, field: CustomerField, situation: Situation, now: number, context: ActionContext = {}): boolean {
  const { revealedBy } = fieldRule(field)
  if (revealedBy === undefined || fieldsFor(policy, situation, now, context).presentation(field) !== 'masked') return false
  return decideRecord(policy, revealedBy, situation, noStore, now, context).allowed && !isTightened(policy, field, situation, now, context)
}
