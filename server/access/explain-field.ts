import type { CustomerField, Presentation } from '#shared/access/index'
import { applies, isDenied, type Situation } from './decide.ts'
import { fieldsFor } from './fields.ts'
import { operationIndex, type ActionContext, type Policy, type Rule } from './policy.ts'
import { contribution, widthOf } from './presentation.ts'
import { fieldRule, viewOfField } from './units.ts'

/** How a field is shown, and the rules that say so: the grants that show it that widely, and the restrictions that tighten it. */
export interface FieldExplanation {
  readonly field: CustomerField
  readonly presentation: Presentation
  readonly because: readonly string[]
}

/** Why one field of one customer is clear, masked or hidden for this person. Names rules, never the value. */
export function explainField(policy: Policy, field: CustomerField, situation: Situation, now: number, context: ActionContext = {}): FieldExplanation {
  const presentation = fieldsFor(policy, situation, now, context).presentation(field)
  const frame = policy.frames.at(now, context)
  const meets = (rule: Rule) => applies(frame, situation, rule)
  const { clearWith } = fieldRule(field)
  const signs = clearWith !== undefined && !isDenied(frame, operationIndex(clearWith), situation)
  const reaching = policy.grants.filter(meets)
  const widest = Math.max(0, ...reaching.map((grant) => contribution(grant, field, signs)))
  const took = [
    ...(policy.restrictionsOf[operationIndex(viewOfField(field))] ?? []).filter(meets),
    ...policy.tightenings.filter((rule) => rule.fields?.[field] !== undefined && widthOf(rule.fields[field] ?? 'hidden') < widest && meets(rule)),
  ]
  const gave = presentation === 'hidden' ? [] : reaching.filter((grant) => contribution(grant, field, signs) >= widthOf(presentation))
  return { field, presentation, because: [...new Set([...gave, ...took].map((rule) => rule.id))] }
}

/**
 * Whether a restriction in force tightens the field. A masked field may then not be shown in clear on request: what somebody
 * took away stays away.
 */
export function isTightened(policy: Policy, field: CustomerField, situation: Situation, now: number, context: ActionContext = {}): boolean {
  const frame = policy.frames.at(now, context)
  return policy.tightenings.some((rule) => rule.fields?.[field] !== undefined && applies(frame, situation, rule))
}
