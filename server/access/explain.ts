import { isCustomerBound, type Explanation, type Missing, type NearMiss, type Operation } from '#shared/access/index'
import { decide, type Situation } from './decide.ts'
import { operationIndex, type ActionContext, type CompiledGrant, type Policy } from './policy.ts'

const nearMissLimit = 5

/**
 * The decision with what would have allowed it. Names rules and never a fact's value, so it tells the person about the
 * rules and not about the customer; the caller still checks who may ask about whom.
 */
export function explain(policy: Policy, operation: Operation, situation: Situation, now: number, context: ActionContext = {}): Explanation {
  const decision = decide(policy, operation, situation, now, context)
  if (decision.allowed) return { ...decision, nearMisses: [] }
  const profileMissing: Missing[] = isCustomerBound(operation) && operation !== 'customer.profile.view'
    && !decide(policy, 'customer.profile.view', situation, now, context).allowed
    ? [{ kind: 'operation', operation: 'customer.profile.view' }] : []
  const misses = grantsFor(policy, operation)
    .map((grant): NearMiss => ({ grant: grant.id, missing: [...missingFor(grant, situation, now, context), ...profileMissing] }))
    .filter((miss) => miss.missing.length > 0)
    .sort((a, b) => sizeOf(a) - sizeOf(b) || (a.grant < b.grant ? -1 : 1))
  return { ...decision, nearMisses: misses.slice(0, nearMissLimit) }
}

/** How much would have to change: waiting is less than a fact of the customer, that less than whose customer he is. */
const sizes: Readonly<Record<Missing['kind'], number>> = { time: 1, condition: 2, scope: 3, operation: 4 }
const sizeOf = (miss: NearMiss): number => miss.missing.reduce((size, one) => size + sizes[one.kind], 0)

function grantsFor(policy: Policy, operation: Operation): readonly CompiledGrant[] {
  return policy.grantsOf[operationIndex(operation)] ?? []
}

function missingFor(grant: CompiledGrant, situation: Situation, now: number, context: ActionContext): Missing[] {
  const missing = grant.missing.filter((_, place) => {
    const atom = grant.atoms[place]
    return atom === undefined || !situation.atom(atom)
  })
  if (now < grant.from || now >= grant.until) {
    missing.push({ kind: 'time', from: finite(grant.from), until: finite(grant.until) })
  }
  if (grant.context?.categories && !grant.context.categories.has(context.templateCategory ?? '')) missing.push({ kind: 'condition', condition: 'templateCategory' })
  if (grant.context?.campaigns && !grant.context.campaigns.has(context.campaign ?? '')) missing.push({ kind: 'condition', condition: 'campaign' })
  return missing
}

function finite(instant: number): number | null {
  return Number.isFinite(instant) ? instant : null
}
