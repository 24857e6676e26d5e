import type { Explanation, Missing, NearMiss, Operation } from '#shared/access/index'
import { decideAt, isHidden, type Situation } from './decide.ts'
import { operationIndex, type ActionContext, type CompiledGrant, type Policy } from './policy.ts'

const nearMissLimit = 5

/**
 * The decision with what would have allowed it, the nearest first. Names rules and never a fact's value, so it tells the person
 * about the rules and not about the customer; the caller still checks who may ask about whom.
 */
export function explain(policy: Policy, operation: Operation, situation: Situation, now: number, context: ActionContext = noContext): Explanation {
  const frame = policy.frames.at(now, context)
  const index = operationIndex(operation)
  const hidden = isHidden(frame, index, situation)
  const { allowed, because } = decideAt(policy, operation, index, situation, frame, hidden, true)
  return { operation, allowed, because, nearMisses: allowed ? none : nearMisses(policy.grantsOf[index] ?? [], situation, now, context, hidden) }
}

const noContext: ActionContext = {}
const none: readonly NearMiss[] = []
const profileMissing: Missing = { kind: 'operation', operation: 'customer.profile.view' }

/** How much would have to change: waiting is less than a fact of the customer, that less than whose customer he is. */
const sizes: Readonly<Record<Missing['kind'], number>> = { time: 1, condition: 2, scope: 3, operation: 4 }

/** A near miss that knows how near. */
export class Miss implements NearMiss {
  readonly grant: string
  readonly missing: readonly Missing[]
  readonly #size: number

  constructor(grant: string, missing: readonly Missing[]) {
    this.grant = grant
    this.missing = missing
    this.#size = missing.reduce((size, one) => size + sizes[one.kind], 0)
  }

  isNearerThan(other: Miss): boolean {
    return this.#size < other.#size
  }
}

/** Of equally near ones the order of the policy decides, which is that of the ids. */
function nearMisses(grants: readonly CompiledGrant[], situation: Situation, now: number, context: ActionContext, hidden: boolean): readonly NearMiss[] {
  const misses: Miss[] = []
  for (let place = 0; place < grants.length; place += 1) {
    const grant = grants[place]
    if (grant === undefined) continue
    const miss = missOf(grant, situation, now, context, hidden)
    if (miss.missing.length > 0) insert(misses, miss)
  }
  return misses
}

/** Keeps the list sorted and short. */
function insert(misses: Miss[], miss: Miss): void {
  misses.push(miss)
  for (let place = misses.length - 1; place > 0; place -= 1) {
    const before = misses[place - 1]
    if (before === undefined || !miss.isNearerThan(before)) break
    misses[place] = before
    misses[place - 1] = miss
  }
  if (misses.length > nearMissLimit) misses.pop()
}

/** With so few atoms, what is said about each set of lacking ones is kept with the grant. */
const keptAtoms = 5

function missOf(grant: CompiledGrant, situation: Situation, now: number, context: ActionContext, hidden: boolean): Miss {
  if (grant.atoms.length > keptAtoms || grant.context !== null || now < grant.from || now >= grant.until) return describe(grant, situation, now, context, hidden)
  let lacking = hidden ? 1 : 0
  for (let place = 0; place < grant.atoms.length; place += 1) {
    if (!situation.holds(grant.atoms[place] ?? -1)) lacking |= 2 << place
  }
  return grant.nearMisses[lacking] ??= describe(grant, situation, now, context, hidden)
}

function describe(grant: CompiledGrant, situation: Situation, now: number, context: ActionContext, hidden: boolean): Miss {
  const missing = grant.missing.filter((_, place) => !situation.holds(grant.atoms[place] ?? -1))
  if (now < grant.from || now >= grant.until) missing.push({ kind: 'time', from: finite(grant.from), until: finite(grant.until) })
  if (grant.context?.categories && !grant.context.categories.has(context.templateCategory ?? '')) missing.push({ kind: 'condition', condition: 'templateCategory' })
  if (grant.context?.campaigns && !grant.context.campaigns.has(context.campaign ?? '')) missing.push({ kind: 'condition', condition: 'campaign' })
  if (hidden) missing.push(profileMissing)
  return new Miss(grant.id, missing)
}

function finite(instant: number): number | null {
  return Number.isFinite(instant) ? instant : null
}
