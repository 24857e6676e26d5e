import type { CustomerField, Operation, Presentation } from '#shared/access/index'
import { compilePolicy } from './compile.ts'
import { decide, prepare } from './decide.ts'
import type { CustomerFacts } from './facts.ts'
import { explainField } from './explain-field.ts'
import type { PolicyInput } from './policy.ts'
import { unitOf, viewOfField } from './units.ts'

/** What is asked about everybody: an operation, or how a field is shown. */
export type ReverseQuestion = { readonly operation: Operation } | { readonly field: CustomerField }

/** One person who may do something, or to whom a field is shown, and the grants that give it. */
export interface WhoMay {
  readonly staffId: string
  readonly because: readonly string[]
  /** For questions about a field. */
  readonly presentation?: Presentation
}

/** Those of these people for whom the answer is yes, in their order. Pure. */
export function whoAmong(inputs: Iterable<PolicyInput>, question: ReverseQuestion, facts: CustomerFacts, now: number): WhoMay[] {
  const units = new Set(['customer.profile', unitOf('operation' in question ? question.operation : viewOfField(question.field))])
  const found: WhoMay[] = []
  for (const input of inputs) {
    const narrowed = aboutUnits(input, units)
    if (narrowed.grants.length === 0) continue
    const policy = compilePolicy(narrowed)
    const situation = prepare(policy, facts)
    if ('operation' in question) {
      const { allowed, because } = decide(policy, question.operation, situation, now)
      if (allowed) found.push({ staffId: input.staffId, because })
    } else {
      const { presentation, because } = explainField(policy, question.field, situation, now)
      if (presentation !== 'hidden') found.push({ staffId: input.staffId, because, presentation })
    }
  }
  return found
}

/** The rules that can change the answer about these units: thousands of policies are compiled for one question. */
function aboutUnits(input: PolicyInput, units: ReadonlySet<string>): PolicyInput {
  const speaks = (operations: readonly Operation[]) => operations.some((operation) => units.has(unitOf(operation)))
  return {
    ...input,
    grants: input.active ? input.grants.filter(({ grant }) => speaks(grant.operations)) : [],
    // a restriction may tighten fields of other units than it denies
    restrictions: input.restrictions.filter(({ restriction }) => restriction === null || speaks(restriction.operations) || restriction.fields !== undefined),
  }
}
