import {
  isCustomerBound, operations, viewOf,
  type Condition, type Missing, type Operation, type Restriction, type Scope,
} from '#shared/access/index'
import {
  followedBy, hasOpenTask, inDepartments, inPools, inStage, isOneOf, ownedBy, spentAtLeast, standsInNode, tagged, tagGrouped, tierAtLeast,
  type Atom, type Certainty,
} from './atoms.ts'
import { shows, writes } from './presentation.ts'
import type { CompiledGrant, CompiledRestriction, ContextRule, GrantInput, Policy, PolicyInput, RestrictionInput, Rule } from './policy.ts'
import { recordUnits, unitOf } from './units.ts'

/** Turns what is known about one person into the structure that decides. Order of grants and restrictions never matters. */
export function compilePolicy(input: PolicyInput): Policy {
  const compiler = new Compiler(input)
  const grants = (input.active ? input.grants.flatMap((grant) => compiler.grant(grant)) : []).sort(byId)
  const restrictions = input.restrictions.flatMap((restriction) => compiler.restriction(restriction)).sort(byId)
  const denials = restrictions.filter((restriction) => restriction.fields === null)
  return {
    staffId: input.staffId,
    roleKeys: input.active ? [...input.roleKeys] : [],
    departmentIds: compiler.mine,
    tree: input.tree,
    atoms: compiler.atoms,
    rules: [...grants, ...restrictions],
    grants,
    grantsOf: operations.map((operation) => grants.filter((grant) => grant.operations.has(operation))),
    restrictionsOf: operations.map((operation) => denials.filter((restriction) => restriction.operations.has(operation))),
    tightenings: restrictions.filter((restriction) => restriction.fields !== null),
  }
}

/** Reasons come out in one order, whatever order the rules came in. */
const byId = (a: Rule, b: Rule) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)

interface Narrowing {
  readonly atoms: readonly number[]
  readonly missing: readonly Missing[]
  readonly context: ContextRule | null
  readonly ownStoreOnly: boolean
}

/** Units that know only the scope `all`; customers' conditions mean nothing to them. */
const knowsOnlyAll = (operation: Operation) => operation.startsWith('system.') || operation.startsWith('marketing.strategy.')

class Compiler {
  readonly atoms: Atom[] = []
  readonly mine: ReadonlySet<number>
  readonly #input: PolicyInput
  readonly #places = new Map<string, number>()
  readonly #scopes = new Map<string, Atom | null>()

  constructor(input: PolicyInput) {
    this.#input = input
    this.mine = input.tree.live(input.departmentIds)
  }

  grant(input: GrantInput): CompiledGrant[] {
    const { grant } = input
    const narrowing = this.#narrow(grant.scope, grant.conditions, 'certain')
    if (narrowing.ownStoreOnly && this.mine.size === 0) return []
    const implied = new Set<Operation>(grant.operations.flatMap((operation) => [operation, viewOf(operation)]))
    const kept = [...implied].filter((operation) => {
      if (knowsOnlyAll(operation)) return grant.scope.kind === 'all' && narrowing.atoms.length === 0 && !narrowing.ownStoreOnly
      return !narrowing.ownStoreOnly || recordUnits.has(unitOf(operation))
    })
    if (kept.length === 0) return []
    const given = { operations: new Set(kept), ownStoreOnly: narrowing.ownStoreOnly, fields: grant.fields }
    return [{
      id: input.id,
      source: input.source,
      ...narrowing,
      ...given,
      shows: shows(given),
      writes: writes(given),
      from: input.from ?? Number.NEGATIVE_INFINITY,
      until: input.until ?? Number.POSITIVE_INFINITY,
    }]
  }

  restriction(input: RestrictionInput): CompiledRestriction[] {
    const { id, restriction } = input
    const ended = input.endedAt ?? Number.POSITIVE_INFINITY
    if (restriction === null) return [everything(id, ended)]
    if (!this.#meets(restriction)) return []
    const fields = restriction.fields !== undefined && Object.keys(restriction.fields).length > 0 ? restriction.fields : null
    const taken = takenAlong(restriction.operations)
    const rest = {
      id,
      fields,
      from: restriction.from ?? Number.NEGATIVE_INFINITY,
      until: Math.min(restriction.until ?? Number.POSITIVE_INFINITY, ended),
    }
    const narrowing = this.#narrow(restriction.scope, restriction.conditions, 'possible')
    if (fields !== null) return [{ ...rest, ...narrowing, operations: taken }]
    const ofCustomers = [...taken].filter((operation) => !knowsOnlyAll(operation))
    const beside = [...taken].filter(knowsOnlyAll)
    return [
      { ...rest, ...narrowing, operations: new Set(ofCustomers) },
      // Scope and customers' conditions cannot be evaluated there, so they do not narrow the deny.
      { ...rest, ...narrowing, atoms: [], missing: [], operations: new Set(beside) },
    ].filter((rule) => rule.operations.size > 0)
  }

  /** Exceptions are staff ids only: a role among them would let a role change lift a deny. */
  #meets(restriction: Restriction): boolean {
    const { subject } = restriction
    const { staffId, roleKeys } = this.#input
    if (subject.except.includes(staffId)) return false
    return subject.everyone || subject.staffIds.includes(staffId) || subject.roles.some((role) => roleKeys.includes(role))
  }

  #narrow(scope: Scope, conditions: readonly Condition[], certainty: Certainty): Narrowing {
    const scopeAtom = this.#scope(scope, certainty)
    const atoms: number[] = []
    const missing: Missing[] = []
    if (scopeAtom !== null) {
      atoms.push(this.#place(scopeAtom))
      missing.push({ kind: 'scope', scope: scope.kind })
    }
    for (const condition of conditions) {
      const atom = conditionAtom(condition, certainty)
      if (atom === null) continue
      atoms.push(this.#place(atom))
      missing.push({ kind: 'condition', condition: 'match' in condition ? `${condition.kind}.${condition.match}` : condition.kind })
    }
    return {
      atoms,
      missing,
      context: contextRule(conditions, certainty),
      ownStoreOnly: conditions.some((condition) => condition.kind === 'recordStoreIsMine'),
    }
  }

  #place(atom: Atom): number {
    const known = this.#places.get(atom.key)
    if (known !== undefined) return known
    this.#places.set(atom.key, this.atoms.length)
    return this.atoms.push(atom) - 1
  }

  /** `null` reaches everybody. The sets of one scope are resolved once per policy. */
  #scope(scope: Scope, certainty: Certainty): Atom | null {
    const name = nameOf(scope)
    const known = this.#scopes.get(`${name}:${certainty}`)
    if (known !== undefined) return known
    const atom = this.#resolve(scope, name, certainty)
    this.#scopes.set(`${name}:${certainty}`, atom)
    return atom
  }

  #resolve(scope: Scope, name: string, certainty: Certainty): Atom | null {
    const { staffId, tree, departmentIds } = this.#input
    const deny = certainty === 'possible'
    const own = deny ? new Set(departmentIds) : this.mine
    // "My team" of somebody whose departments we do not know could be anybody: the deny applies.
    const unknown = deny && (own.size === 0 || departmentIds.some((id) => !tree.knows(id)))
    switch (scope.kind) {
      case 'all': return null
      case 'own': return ownedBy(staffId, certainty)
      case 'followed': return followedBy(staffId, certainty)
      case 'team': return unknown ? null : inDepartments(name, own, certainty)
      case 'subtree': return unknown ? null : inDepartments(name, tree.below(own, deny), certainty)
      case 'pool': return unknown ? null : inPools(name, tree.above(own, deny), certainty)
      case 'departments': return inDepartments(name, tree.below(scope.departmentIds, deny), certainty)
      case 'customers': return isOneOf(new Set(scope.customerIds), certainty)
    }
  }
}

/** Equal names within one policy mean equal sets. */
function nameOf(scope: Scope): string {
  switch (scope.kind) {
    case 'departments': return `departments ${scope.departmentIds.join()}`
    case 'customers': return `customers ${JSON.stringify(scope.customerIds)}`
    default: return scope.kind
  }
}

/** Denying `view` denies edit and operate; denying the profile's view denies whatever is bound to a customer. */
function takenAlong(denied: readonly Operation[]): Set<Operation> {
  const taken = new Set<Operation>(denied)
  for (const operation of operations) {
    if (taken.has(viewOf(operation))) taken.add(operation)
    if (taken.has('customer.profile.view') && isCustomerBound(operation)) taken.add(operation)
  }
  return taken
}

function everything(id: string, until: number): CompiledRestriction {
  const rule: Rule = { id, operations: new Set(operations), atoms: [], missing: [], context: null, from: Number.NEGATIVE_INFINITY, until }
  return { ...rule, fields: null }
}

/** `null`: not about the customer (context, records). */
function conditionAtom(condition: Condition, certainty: Certainty): Atom | null {
  switch (condition.kind) {
    case 'tags': return tagged(condition.match, new Set(condition.tagIds), certainty)
    case 'tagGroups': return tagGrouped(condition.match, new Set(condition.groupIds), certainty)
    case 'stage': return inStage(new Set(condition.anyOf), certainty)
    case 'openTask': return hasOpenTask(new Set(condition.anyOf), certainty)
    case 'valueTier': return tierAtLeast(condition.atLeast, certainty)
    case 'spend': return spentAtLeast(condition.atLeastFen, certainty)
    case 'journeyNode': return standsInNode(condition.match, new Set(condition.anyOf), certainty)
    case 'pool': return inPools(`pools ${condition.departmentIds.join()}`, new Set(condition.departmentIds), certainty)
    case 'recordStoreIsMine':
    case 'templateCategory':
    case 'campaign': return null
  }
}

function contextRule(conditions: readonly Condition[], certainty: Certainty): ContextRule | null {
  const categories = intersect(conditions.flatMap((condition) => (condition.kind === 'templateCategory' ? [condition.anyOf] : [])))
  const campaigns = intersect(conditions.flatMap((condition) => (condition.kind === 'campaign' ? [condition.anyOf] : [])))
  return categories === null && campaigns === null ? null : { categories, campaigns, unknown: certainty === 'possible' }
}

/** All given ones must hold, so two lists of the same kind meet in what they share. */
function intersect(lists: readonly (readonly string[])[]): ReadonlySet<string> | null {
  const [first, ...rest] = lists
  if (first === undefined) return null
  return new Set(first.filter((item) => rest.every((list) => list.includes(item))))
}
