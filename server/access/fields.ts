import { customerFieldNames, presentations, type CustomerField, type Operation, type Presentation } from '#shared/access/index'
import { allows, isDenied, type Situation } from './decide.ts'
import { inForce, operationIndex, type ActionContext, type CompiledGrant, type Policy } from './policy.ts'
import { fieldRule, viewOfField } from './units.ts'

/** How each field of one customer is shown to one person, and which he may write. Computed once, used for read and write. */
export class FieldSet {
  readonly writable: ReadonlySet<CustomerField>
  readonly #shown: ReadonlyMap<CustomerField, Presentation>

  constructor(shown: ReadonlyMap<CustomerField, Presentation>, writable: ReadonlySet<CustomerField>) {
    this.#shown = shown
    this.writable = writable
  }

  presentation(field: CustomerField): Presentation {
    return this.#shown.get(field) ?? 'hidden'
  }

  /** The fields that may leave, clear or masked, in their fixed order. */
  visible(): CustomerField[] {
    return customerFieldNames.filter((field) => this.presentation(field) !== 'hidden')
  }
}

const widths: Readonly<Record<Presentation, number>> = { hidden: 0, masked: 1, clear: 2 }

/**
 * What a grant says about a field when it reaches the customer: nothing at all for a value over all records when the
 * grant is narrowed to the records of my store (S15).
 */
export function contribution(grant: CompiledGrant, field: CustomerField, clearWithHeld: boolean): Presentation {
  if (!grant.operations.has(viewOfField(field))) return 'hidden'
  const rule = fieldRule(field)
  if (grant.ownStoreOnly && rule.overRecords !== true) return 'hidden'
  const said = grant.fields[field]
  if (said !== undefined) return said
  return clearWithHeld && rule.clearWith !== undefined && grant.operations.has(rule.clearWith) ? 'clear' : rule.default
}

/** The fields of one customer: the widest allowed presentation wins, then restrictions tighten. */
export function fieldsFor(policy: Policy, situation: Situation, now: number, context: ActionContext = {}): FieldSet {
  const reached = policy.grants.filter((grant) => inForce(grant, now, context) && situation.reaches(grant))
  const tightenings = policy.tightenings.filter((rule) => inForce(rule, now, context) && situation.reaches(rule))
  const answers = new Map<Operation, boolean>()
  const may = (operation: Operation) => {
    const known = answers.get(operation)
    if (known !== undefined) return known
    const allowed = allows(policy, operation, situation, now, context)
    answers.set(operation, allowed)
    return allowed
  }
  const shown = new Map<CustomerField, Presentation>()
  const writable = new Set<CustomerField>()
  for (const field of customerFieldNames) {
    if (!may(viewOfField(field))) continue
    const rule = fieldRule(field)
    const clearWithHeld = rule.clearWith !== undefined && !isDenied(policy, operationIndex(rule.clearWith), situation, now, context)
    let width = Math.max(0, ...reached.map((grant) => widths[contribution(grant, field, clearWithHeld)]))
    for (const tightening of tightenings) width = Math.min(width, widths[tightening.fields?.[field] ?? 'clear'])
    const presentation = presentations[width]
    if (presentation === undefined || presentation === 'hidden') continue
    shown.set(field, presentation)
    const { writtenBy } = rule
    if (writtenBy !== undefined && may(writtenBy) && reached.some((grant) => grant.operations.has(writtenBy) && !grant.ownStoreOnly)) writable.add(field)
  }
  return new FieldSet(shown, writable)
}
