import { isCustomerBound, type Explanation, type Missing, type NearMiss, type Operation } from '#shared/access/index'
import { allows, decide, type Situation } from './decide.ts'
import { operationIndex, type ActionContext, type CompiledGrant, type Policy, type SizedMiss } from './policy.ts'

const nearMissLimit = 5

/**
 * The decision with what would have allowed it, the nearest first. Names rules and never a fact's value, so it tells the person
 * about the rules and not about the customer; the caller still checks who may ask about whom.
 */
export function explain(policy: Policy, operation: Operation, situation: Situation, now: number, context: ActionContext = {}): Explanation {
  const { allowed, because } = decide(policy, operation, situation, now, context)
  if (allowed) return { operation, allowed, because, nearMisses: none }
  const profile = isCustomerBound(operation) && operation !== 'customer.profile.view' && !allows(policy, 'customer.profile.view', situation, now, context)
  return { operation, allowed, because, nearMisses: nearMisses(policy.grantsOf[operationIndex(operation)] ?? [], situation, now, context, profile) }
}

const none: readonly NearMiss[] = []
const profileMissing: Missing = { kind: 'operation', operation: 'customer.profile.view' }

/** How much would have to change: waiting is less than a fact of the customer, that less than whose customer he is. */
const sizes: Readonly<Record<Missing['kind'], number>> = { time: 1, condition: 2, scope: 3, operation: 4 }

/** Of equally near ones the order of the policy decides, which is that of the ids. */
function nearMisses(grants: readonly CompiledGrant[], situation: Situation, now: number, context: ActionContext, profile: boolean): readonly NearMiss[] {
  const misses: SizedMiss[] = []
  for (let place = 0; place < grants.length; place += 1) {
    const grant = grants[place]
    if (grant === undefined) continue
    const miss = missOf(grant, situation, now, context, profile)
    if (miss.size > 0) insert(misses, miss)
  }
  return misses.map((miss) => miss.said)
}

/** Keeps the list sorted and short. */
function insert(misses: SizedMiss[], miss: SizedMiss): void {
  misses.push(miss)
  for (let place = misses.length - 1; place > 0; place -= 1) {
    const before = misses[place - 1]
    if (before === undefined || before.size <= miss.size) break
    misses[place] = before
    misses[place - 1] = miss
  }
  if (misses.length > nearMissLimit) misses.pop()
}

/** With so few atoms, what is said about each set of lacking ones is kept with the grant. */
const keptAtoms = 5

function missOf(grant: CompiledGrant, situation: Situation, now: number, context: ActionContext, profile: boolean): SizedMiss {
  if (grant.atoms.length > keptAtoms || grant.context !== null || now < grant.from || now >= grant.until) return describe(grant, situation, now, context, profile)
  let lacking = profile ? 1 : 0
  for (let place = 0; place < grant.atoms.length; place += 1) {
    if (!situation.holds(grant.atoms[place] ?? -1)) lacking |= 2 << place
  }
  return grant.nearMisses[lacking] ??= describe(grant, situation, now, context, profile)
}

function describe(grant: CompiledGrant, situation: Situation, now: number, context: ActionContext, profile: boolean): SizedMiss {
  const missing = grant.missing.filter((_, place) => !situation.holds(grant.atoms[place] ?? -1))
  if (now < grant.from || now >= grant.until) missing.push({ kind: 'time', from: finite(grant.from), until: finite(grant.until) })
  if (grant.context?.categories && !grant.context.categories.has(context.templateCategory ?? '')) missing.push({ kind: 'condition', condition: 'templateCategory' })
  if (grant.context?.campaigns && !grant.context.campaigns.has(context.campaign ?? '')) missing.push({ kind: 'condition', condition: 'campaign' })
  if (profile) missing.push(profileMissing)
  return { size: missing.reduce((size, one) => size + sizes[one.kind], 0), said: { grant: grant.id, missing } }
}

function finite(instant: number): number | null {
  return Number.isFinite(instant) ? instant : null
}
