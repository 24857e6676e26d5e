import { isCustomerBound, operations, type Decision, type Operation } from '#shared/access/index'
import type { Resource } from './atoms.ts'
import type { Bits } from './bits.ts'
import type { Frame } from './frame.ts'
import { inForce, operationIndex, type ActionContext, type Policy, type Rule } from './policy.ts'
import { lowest, prepare, type Situation } from './situation.ts'

export { prepare, type Situation }

/** A record as the rules see it: where it was made. */
export interface RecordFacts {
  readonly storeDepartmentId: number | null
}

const noContext: ActionContext = {}
const profileView = operationIndex('customer.profile.view')
const customerBound: readonly boolean[] = operations.map(isCustomerBound)
/** By operation index: whether the operation also needs `customer.profile.view`. */
const needsProfile: readonly boolean[] = operations.map((_, index) => customerBound[index] === true && index !== profileView)

/** The bare answer, for loops. `decide` gives the same with reasons. */
export function allows(policy: Policy, operation: Operation, situation: Situation, now: number, context: ActionContext = noContext): boolean {
  const frame = policy.frames.at(now, context)
  const index = operationIndex(operation)
  return isOpen(frame, index, situation) && !isHidden(frame, index, situation)
}

/** Whether the operation is bound to a customer who does not exist for this person. */
export function isHidden(frame: Frame, index: number, situation: Situation): boolean {
  return needsProfile[index] === true && !isOpen(frame, profileView, situation)
}

/** Some grant and no restriction. An unknown operation has neither. */
function isOpen(frame: Frame, index: number, situation: Situation): boolean {
  return meets(frame.grants, frame.words, index, situation) && !meets(frame.denials, frame.words, index, situation)
}

/** Whether a restriction takes the operation of this index from the customer. */
export function isDenied(frame: Frame, index: number, situation: Situation): boolean {
  return meets(frame.denials, frame.words, index, situation)
}

/** Whether this one rule is in force and reaches the customer. */
export function applies(frame: Frame, situation: Situation, { place }: Rule): boolean {
  const word = place >>> 5
  return situation.among(word, (frame.inForce[word] ?? 0) & (1 << (place & 31))) !== 0
}

function meets(rules: Bits, words: number, index: number, situation: Situation): boolean {
  for (let word = 0; word < words; word += 1) {
    const asked = rules[index * words + word] ?? 0
    if (asked !== 0 && situation.among(word, asked) !== 0) return true
  }
  return false
}

/**
 * May this person do this with this customer now? Pure: no clock, no database. An unknown operation is denied (T01);
 * an operation of a hidden customer is denied whatever grants it.
 */
export function decide(policy: Policy, operation: Operation, situation: Situation, now: number, context: ActionContext = noContext): Decision {
  const frame = policy.frames.at(now, context)
  const index = operationIndex(operation)
  return decideAt(policy, operation, index, situation, frame, isHidden(frame, index, situation), true)
}

/** The same for one record of the customer: grants narrowed to "my store" count only there. */
export function decideRecord(policy: Policy, operation: Operation, situation: Situation, record: RecordFacts, now: number, context: ActionContext = noContext): Decision {
  const mine = record.storeDepartmentId !== null && policy.departmentIds.has(record.storeDepartmentId)
  const frame = policy.frames.at(now, context)
  const index = operationIndex(operation)
  return decideAt(policy, operation, index, situation, frame, isHidden(frame, index, situation), mine)
}

/** `withNarrowed`: grants narrowed to the records of my stores count. */
export function decideAt(policy: Policy, operation: Operation, index: number, situation: Situation, frame: Frame, hidden: boolean, withNarrowed: boolean): Decision {
  if (hidden) return { operation, allowed: false, because: named(policy, frame.denials, profileView, situation, true) }
  const denials = named(policy, frame.denials, index, situation, true)
  if (denials.length > 0) return { operation, allowed: false, because: denials }
  const grants = named(policy, frame.grants, index, situation, withNarrowed)
  return { operation, allowed: grants.length > 0, because: grants }
}

const none: readonly string[] = []

/** Ids of the rules that apply, in the fixed order of the policy, each once. */
function named(policy: Policy, rules: Bits, index: number, situation: Situation, withNarrowed: boolean): readonly string[] {
  const { narrowed } = policy
  let ids: string[] | null = null
  let latest = ''
  for (let word = 0; word < narrowed.length; word += 1) {
    const asked = (rules[index * narrowed.length + word] ?? 0) & (withNarrowed ? -1 : ~(narrowed[word] ?? 0))
    if (asked === 0) continue
    for (let applying = situation.among(word, asked); applying !== 0; applying &= applying - 1) {
      const id = policy.rules[word * 32 + lowest(applying)]?.id ?? ''
      if (ids === null) ids = [id]
      else if (id !== latest) ids.push(id)
      latest = id
    }
  }
  return ids ?? none
}

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
  const grants = policy.grantsOf[index]?.filter(holds) ?? []
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
    return open(index) && (needsProfile[index] !== true || open(profileView))
  })
}
