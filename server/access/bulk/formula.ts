import { isCustomerBound, operations, type CustomerField, type Operation } from '#shared/access/index'
import type { Atom } from '../atoms.ts'
import { inForce, operationIndex, type CompiledGrant, type Policy, type Rule } from '../policy.ts'
import { contribution, widthOf } from '../presentation.ts'
import { fieldRule, viewOfField } from '../units.ts'

/** Statements that must all hold. None: holds always. */
export type Conjunction = readonly Atom[]

/**
 * For whom something is true, as the rules in force say it: any of `any` holds, or any of `unless.any` while none of
 * `unless.none` does, and none of `none` holds, and `and` is true as well.
 */
export interface Formula {
  /** Equal keys mean equal formulas, for one person under two policies. */
  readonly key: string
  readonly any: readonly Conjunction[]
  readonly unless: { readonly any: readonly Conjunction[], readonly none: readonly Conjunction[] } | null
  readonly none: readonly Conjunction[]
  readonly and: Formula | null
}

const atomsOf = (policy: Policy, rules: Iterable<Rule>): Conjunction[] =>
  [...rules].map((rule) => rule.atoms.flatMap((place) => policy.atoms[place] ?? []))

const never = 'never'

const keyOf = (conjunctions: readonly Conjunction[]): string =>
  [...new Set(conjunctions.map((atoms) => (atoms.length === 0 ? 'always' : atoms.map((atom) => atom.key).sort().join(' & '))))].sort().join(' | ')

function formula(parts: Omit<Formula, 'key'>): Formula {
  // What can never be true is the same, whatever would take it.
  const empty = parts.any.length === 0 && parts.unless === null
  const unless = parts.unless === null ? '' : `${keyOf(parts.unless.any)} unless ${keyOf(parts.unless.none)}`
  const key = empty || parts.and?.key === never ? never : [keyOf(parts.any), unless, keyOf(parts.none), parts.and?.key ?? ''].join(' ; ')
  return { ...parts, key }
}

const customerBound = operations.map(isCustomerBound)

/** Everything that can be asked about one policy at one moment, as formulas. */
export class PolicyFormulas {
  readonly #policy: Policy
  readonly #now: number
  readonly #operations = new Map<Operation, Formula>()

  constructor(policy: Policy, now: number) {
    this.#policy = policy
    this.#now = now
  }

  /** As `decide` answers for customers, without a context. */
  forCustomers(operation: Operation): Formula {
    const known = this.#operations.get(operation)
    if (known !== undefined) return known
    const index = operationIndex(operation)
    const bound = customerBound[index] === true && operation !== 'customer.profile.view'
    const made = this.#openFor(index, () => true, bound ? this.forCustomers('customer.profile.view') : null)
    this.#operations.set(operation, made)
    return made
  }

  /** As `decideResource` answers. */
  forResources(operation: Operation): Formula {
    return this.#openFor(operationIndex(operation), (grant) => !grant.ownStoreOnly, null)
  }

  /** The customers whose field is shown at least this widely (1 masked, 2 clear), as `fieldsFor` answers. */
  forField(field: CustomerField, width: number): Formula {
    const { clearWith } = fieldRule(field)
    const grants = this.#policy.grants.filter((grant) => this.#inForce(grant))
    const plainly = grants.filter((grant) => contribution(grant, field, false) >= width)
    const signing = grants.filter((grant) => contribution(grant, field, false) < width && contribution(grant, field, true) >= width)
    const denied = clearWith === undefined ? [] : this.#denials(operationIndex(clearWith))
    const tightening = this.#policy.tightenings.filter((rule) => {
      const limit = rule.fields?.[field]
      return limit !== undefined && widthOf(limit) < width && this.#inForce(rule)
    })
    return formula({
      any: atomsOf(this.#policy, plainly),
      unless: signing.length === 0 ? null : { any: atomsOf(this.#policy, signing), none: atomsOf(this.#policy, denied) },
      none: atomsOf(this.#policy, [...tightening, ...this.#denials(operationIndex(viewOfField(field)))]),
      and: this.forCustomers('customer.profile.view'),
    })
  }

  #openFor(index: number, counts: (grant: CompiledGrant) => boolean, and: Formula | null): Formula {
    const grants = (this.#policy.grantsOf[index] ?? []).filter((grant) => this.#inForce(grant) && counts(grant))
    return formula({ any: atomsOf(this.#policy, grants), unless: null, none: atomsOf(this.#policy, this.#denials(index)), and })
  }

  #denials(index: number): Rule[] {
    return (this.#policy.restrictionsOf[index] ?? []).filter((rule) => this.#inForce(rule))
  }

  #inForce(rule: Rule): boolean {
    return inForce(rule, this.#now, {})
  }
}
