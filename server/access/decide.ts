import { isCustomerBound, operations, type Decision, type Operation } from '#shared/access/index'
import { Invariant } from '../errors.ts'
import type { Resource } from './atoms.ts'
import { assertComplete, type CustomerFacts } from './facts.ts'
import { inForce, operationIndex, type ActionContext, type Policy, type Rule } from './policy.ts'

/** A record as the rules see it: where it was made. */
export interface RecordFacts {
  readonly storeDepartmentId: number | null
}

const noContext: ActionContext = {}
const smallAtoms = 30

/** One customer before one policy: each atom is asked at most once, its answer kept as a bit. */
export class Situation {
  readonly facts: CustomerFacts
  readonly #policy: Policy
  #asked = 0
  #true = 0
  #further: Map<number, boolean> | null = null

  constructor(policy: Policy, facts: CustomerFacts) {
    assertComplete(facts)
    this.#policy = policy
    this.facts = facts
  }

  atom(index: number): boolean {
    if (index >= smallAtoms) return this.#furtherAtom(index)
    const bit = 1 << index
    if ((this.#asked & bit) !== 0) return (this.#true & bit) !== 0
    const answer = this.#ask(index)
    this.#asked |= bit
    if (answer) this.#true |= bit
    return answer
  }

  reaches(rule: Rule): boolean {
    const { atoms } = rule
    for (let place = 0; place < atoms.length; place += 1) {
      if (!this.atom(atoms[place] ?? -1)) return false
    }
    return true
  }

  #furtherAtom(index: number): boolean {
    this.#further ??= new Map()
    const known = this.#further.get(index)
    if (known !== undefined) return known
    const answer = this.#ask(index)
    this.#further.set(index, answer)
    return answer
  }

  #ask(index: number): boolean {
    const atom = this.#policy.atoms[index]
    if (atom === undefined) throw new Invariant('a rule names an atom that its policy lacks')
    return atom.holds(this.facts)
  }
}

/** Prepares a customer for many decisions of one policy. Throws Invariant when a fact is missing. */
export function prepare(policy: Policy, facts: CustomerFacts): Situation {
  return new Situation(policy, facts)
}

const profileView = operationIndex('customer.profile.view')
const customerBound: readonly boolean[] = operations.map(isCustomerBound)

/** The bare answer, for loops. `decide` gives the same with reasons. */
export function allows(policy: Policy, operation: Operation, situation: Situation, now: number, context: ActionContext = noContext): boolean {
  const index = operationIndex(operation)
  if (!openFor(policy, index, situation, now, context)) return false
  return customerBound[index] !== true || index === profileView || openFor(policy, profileView, situation, now, context)
}

function openFor(policy: Policy, index: number, situation: Situation, now: number, context: ActionContext): boolean {
  return someApplies(policy.grantsOf[index], situation, now, context) && !isDenied(policy, index, situation, now, context)
}

export function isDenied(policy: Policy, index: number, situation: Situation, now: number, context: ActionContext = noContext): boolean {
  return someApplies(policy.restrictionsOf[index], situation, now, context)
}

function someApplies(rules: readonly Rule[] | undefined, situation: Situation, now: number, context: ActionContext): boolean {
  if (rules === undefined) return false
  for (let place = 0; place < rules.length; place += 1) {
    const rule = rules[place]
    if (rule !== undefined && inForce(rule, now, context) && situation.reaches(rule)) return true
  }
  return false
}

/**
 * May this person do this with this customer now? Pure: no clock, no database. An unknown operation is denied (T01);
 * an operation of a hidden customer is denied whatever grants it.
 */
export function decide(policy: Policy, operation: Operation, situation: Situation, now: number, context: ActionContext = noContext): Decision {
  return decideWhere(policy, operation, situation, now, context, true)
}

/** The same for one record of the customer: grants narrowed to "my store" count only there. */
export function decideRecord(policy: Policy, operation: Operation, situation: Situation, record: RecordFacts, now: number, context: ActionContext = noContext): Decision {
  const mine = record.storeDepartmentId !== null && policy.departmentIds.has(record.storeDepartmentId)
  return decideWhere(policy, operation, situation, now, context, mine)
}

function decideWhere(policy: Policy, operation: Operation, situation: Situation, now: number, context: ActionContext, withNarrowed: boolean): Decision {
  const index = operationIndex(operation)
  if (customerBound[index] === true && index !== profileView && !openFor(policy, profileView, situation, now, context)) {
    return { operation, allowed: false, because: applying(policy.restrictionsOf[profileView], situation, now, context) }
  }
  const denials = applying(policy.restrictionsOf[index], situation, now, context)
  if (denials.length > 0) return { operation, allowed: false, because: denials }
  const grants = applying(policy.grantsOf[index], situation, now, context, withNarrowed)
  return { operation, allowed: grants.length > 0, because: grants }
}

/** Ids of the rules that apply, in the fixed order of the policy, each once. */
function applying(rules: readonly (Rule & { readonly ownStoreOnly?: boolean })[] | undefined, situation: Situation, now: number, context: ActionContext, withNarrowed = true): readonly string[] {
  if (rules === undefined || rules.length === 0) return none
  const ids: string[] = []
  for (let place = 0; place < rules.length; place += 1) {
    const rule = rules[place]
    if (rule === undefined || (!withNarrowed && rule.ownStoreOnly === true)) continue
    if (inForce(rule, now, context) && situation.reaches(rule) && ids.at(-1) !== rule.id) ids.push(rule.id)
  }
  return ids
}

const none: readonly string[] = []

/**
 * May this person do this with this template, broadcast, entrance, approval or report?
 * Only for `marketing.*` and `system.*`: what is bound to a customer needs the customer's facts and is denied here.
 */
export function decideResource(policy: Policy, operation: Operation, resource: Resource & ActionContext, now: number): Decision {
  const index = operationIndex(operation)
  if (customerBound[index] === true) return { operation, allowed: false, because: none }
  const holds = (rule: Rule) => inForce(rule, now, resource) && rule.atoms.every((atom) => policy.atoms[atom]?.holdsFor(resource) === true)
  const denials = policy.restrictionsOf[index]?.filter(holds) ?? []
  if (denials.length > 0) return { operation, allowed: false, because: denials.map((rule) => rule.id) }
  const grants = policy.grantsOf[index]?.filter((grant) => !grant.ownStoreOnly && holds(grant)) ?? []
  return { operation, allowed: grants.length > 0, because: grants.map((rule) => rule.id) }
}

const nothing: Resource & ActionContext = { departmentId: null, creatorStaffId: null }

/** For `system.*` and `marketing.strategy`, which know only the scope `all`. */
export function decideSystem(policy: Policy, operation: Operation, now: number): Decision {
  return decideResource(policy, operation, nothing, now)
}

/**
 * Operations that might be allowed for something, for menus only; never a decision about a thing.
 * Leaves out what a restriction without any condition takes.
 */
export function mightEver(policy: Policy, now: number): Operation[] {
  const open = (index: number) => {
    const granted = policy.grantsOf[index]?.some((grant) => now >= grant.from && now < grant.until) === true
    const taken = policy.restrictionsOf[index]?.some((rule) => rule.atoms.length === 0 && rule.context === null && now >= rule.from && now < rule.until) === true
    return granted && !taken
  }
  return operations.filter((operation, index) => {
    if (operation.startsWith('system.')) return decideSystem(policy, operation, now).allowed
    return open(index) && (customerBound[index] !== true || open(profileView))
  })
}
