import type { CustomerField, Explanation, Operation, Presentation, RoleGrant } from '#shared/access/index'
import type { CompanyPolicy } from './company-policy.ts'
import { compilePolicy } from './compile.ts'
import { prepare } from './decide.ts'
import { explain } from './explain.ts'
import { explainField } from './explain-field.ts'
import type { CustomerFacts } from './facts.ts'
import type { PolicyInput } from './policy.ts'
import { fieldRule, viewOfField } from './units.ts'
import { wouldLet, type Change } from './would-let.ts'

export interface PersonExplanation extends Explanation {
  /** For a question about a field. */
  readonly presentation: Presentation | null
  /** What the grants that are named say, by their ids: scopes and conditions for the words. */
  readonly definitions: ReadonlyMap<string, readonly RoleGrant[]>
  readonly changes: readonly Change[]
}

export interface PersonQuestion {
  /** The operation, or the field whose view is asked about. */
  readonly about: { readonly operation: Operation } | { readonly field: CustomerField }
  readonly facts: CustomerFacts
  /** Unix ms, from the access clock. */
  readonly now: number
}

/** The decision about one person with everything that its words need. Pure; names rules and never a fact's value. */
export function explainPerson(input: PolicyInput, company: CompanyPolicy, { about, facts, now }: PersonQuestion): PersonExplanation {
  const policy = compilePolicy(input)
  const situation = prepare(policy, facts)
  const shown = 'field' in about ? explainField(policy, about.field, situation, now) : null
  const operation = 'field' in about ? viewOfField(about.field) : about.operation
  // Of a masked field it is asked what would show it in clear.
  const wished = ('field' in about && shown?.presentation === 'masked' ? fieldRule(about.field).clearWith : undefined) ?? operation
  const explained = explain(policy, operation, situation, now)
  const nearMisses = wished === operation ? explained.nearMisses : explain(policy, wished, situation, now).nearMisses
  const allowed = shown === null ? explained.allowed : shown.presentation !== 'hidden'
  const because = shown?.because ?? explained.because
  const named = new Set([...because, ...nearMisses.map((miss) => miss.grant)])
  const definitions = new Map<string, RoleGrant[]>()
  for (const { id, grant } of input.grants) {
    if (named.has(id)) definitions.set(id, [...definitions.get(id) ?? [], grant])
  }
  return {
    operation,
    allowed,
    because,
    nearMisses,
    presentation: shown?.presentation ?? null,
    definitions,
    changes: wouldLet(input, company, { operation: wished, facts, now }),
  }
}
