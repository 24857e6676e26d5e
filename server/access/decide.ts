import { isCustomerBound, isOperation, operations, type Decision, type Operation } from '#shared/access/index'
import type { Resource } from './atoms.ts'
import { assertComplete, type CustomerFacts } from './facts.ts'
import { inForce, operationIndex, type ActionContext, type CompiledGrant, type Policy, type Rule } from './policy.ts'

/** A record as the rules see it: where it was made. */
export interface RecordFacts {
  readonly storeDepartmentId: number | null
}

const noContext: ActionContext = {}
const untested = 0
const holds = 1
const fails = 2

/** One customer before one policy: each atom is asked at most once. */
export class Situation {
  readonly facts: CustomerFacts
  readonly #policy: Policy
  readonly #answers: Uint8Array

  constructor(policy: Policy, facts: CustomerFacts) {
    assertComplete(facts)
    this.#policy = policy
    this.facts = facts
    this.#answers = new Uint8Array(policy.atoms.length)
  }

  atom(index: number): boolean {
    const known = this.#answers[index]
    if (known !== untested) return known === holds
    const answer = this.#policy.atoms[index]?.holds(this.facts) === true
    this.#answers[index] = answer ? holds : fails
    return answer
  }

  reaches(rule: Rule): boolean {
    for (const atom of rule.atoms) if (!this.atom(atom)) return false
    return true
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
  const grants = policy.grantsOf[index]
  if (grants === undefined || !grants.some((grant) => inForce(grant, now, context) && situation.reaches(grant))) return false
  return !isDenied(policy, index, situation, now, context)
}

export function isDenied(policy: Policy, index: number, situation: Situation, now: number, context: ActionContext = noContext): boolean {
  return policy.restrictionsOf[index]?.some((rule) => inForce(rule, now, context) && situation.reaches(rule)) === true
}

/**
 * May this person do this with this customer now? Pure: no clock, no database. An unknown operation is denied (T01);
 * an operation of a hidden customer is denied whatever grants it.
 */
export function decide(policy: Policy, operation: Operation, situation: Situation, now: number, context: ActionContext = noContext): Decision {
  return answer(policy, operation, (rule) => inForce(rule, now, context) && situation.reaches(rule))
}

/** The same for one record of the customer: grants narrowed to "my store" count only there. */
export function decideRecord(policy: Policy, operation: Operation, situation: Situation, record: RecordFacts, now: number, context: ActionContext = noContext): Decision {
  const mine = record.storeDepartmentId !== null && policy.departmentIds.has(record.storeDepartmentId)
  return answer(policy, operation, (rule, grant) => (mine || grant?.ownStoreOnly !== true) && inForce(rule, now, context) && situation.reaches(rule))
}

/**
 * May this person do this with this template, broadcast, entrance, approval or report?
 * Only for `marketing.*`: what is bound to a customer needs the customer's facts and is denied here.
 */
export function decideResource(policy: Policy, operation: Operation, resource: Resource & ActionContext, now: number): Decision {
  if (isOperation(operation) && isCustomerBound(operation)) return { operation, allowed: false, because: [] }
  return answer(policy, operation, (rule, grant) => inForce(rule, now, resource) && grant?.ownStoreOnly !== true
    && rule.atoms.every((atom) => policy.atoms[atom]?.holdsFor(resource) === true))
}

const nothing: Resource & ActionContext = { departmentId: null, creatorStaffId: null }

/** For `system.*` and `marketing.strategy`, which know only the scope `all`. */
export function decideSystem(policy: Policy, operation: Operation, now: number): Decision {
  return decideResource(policy, operation, nothing, now)
}

/** `grant` is given when the rule is one. */
type Applies = (rule: Rule, grant: CompiledGrant | null) => boolean

function answer(policy: Policy, operation: Operation, applies: Applies): Decision {
  const own = answerFor(policy, operationIndex(operation), applies)
  if (!own.allowed || !isCustomerBound(operation) || operation === 'customer.profile.view') return { operation, ...own }
  const profile = answerFor(policy, profileView, applies)
  return { operation, allowed: profile.allowed, because: profile.allowed ? own.because : profile.because }
}

function answerFor(policy: Policy, index: number, applies: Applies): { readonly allowed: boolean, readonly because: readonly string[] } {
  const denials = policy.restrictionsOf[index]?.filter((rule) => applies(rule, null)) ?? []
  if (denials.length > 0) return { allowed: false, because: idsOf(denials) }
  const grants = policy.grantsOf[index]?.filter((grant) => applies(grant, grant)) ?? []
  return { allowed: grants.length > 0, because: idsOf(grants) }
}

function idsOf(rules: readonly Rule[]): string[] {
  return [...new Set(rules.map((rule) => rule.id))].sort()
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
