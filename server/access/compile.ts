import { operations, type Missing, type Restriction, type Scope } from '#shared/access/index'
import { followedBy, inDepartments, inPools, isOneOf, ownedBy, type Atom, type Certainty } from './atoms.ts'
import { addBit, wordsFor } from './bits.ts'
import { Frames } from './frame.ts'
import { KeptByBits } from './kept-by-bits.ts'
import { operationIndex, type CompiledGrant, type CompiledRestriction, type GrantInput, type Policy, type PolicyInput, type RestrictionInput, type Rule } from './policy.ts'
import { wordsOfGrant, wordsOfRestriction } from './rule-words.ts'
import { Departments } from './tree.ts'

/** Turns what is known about one person into the structure that decides. Order of grants and restrictions never matters. */
export function compilePolicy(input: PolicyInput): Policy {
  const compiler = new Compiler(input)
  if (input.active) for (const grant of [...input.grants].sort(byId)) compiler.grant(grant)
  for (const restriction of [...input.restrictions].sort(byId)) compiler.restriction(restriction)
  return compiler.policy()
}

/** Reasons come out in one order, whatever order the rules came in. */
const byId = (a: { readonly id: string }, b: { readonly id: string }) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)

class Compiler {
  readonly #input: PolicyInput
  readonly #mine: ReadonlySet<number>
  readonly #atoms: Atom[] = []
  readonly #grants: CompiledGrant[] = []
  readonly #restrictions: CompiledRestriction[] = []
  readonly #places = new Map<string, number>()
  readonly #scopes = new Map<string, Atom | null>()

  constructor(input: PolicyInput) {
    this.#input = input
    this.#mine = input.tree.live(input.departmentIds)
  }

  grant({ id, source, grant, from, until }: GrantInput): void {
    const words = wordsOfGrant(grant)
    if (words.operations.size === 0 || (words.ownStoreOnly && this.#mine.size === 0)) return
    const scope = this.#scope(grant.scope, 'certain')
    this.#grants.push({
      id, source, place: this.#grants.length,
      operations: words.operations,
      atoms: this.#placesOf(scope, words.atoms),
      missing: scope === null ? words.missing : [scopeMissing(grant.scope), ...words.missing],
      context: words.context,
      ownStoreOnly: words.ownStoreOnly,
      fields: grant.fields,
      shows: words.shows,
      writes: words.writes,
      nearMisses: [],
      from: from ?? Number.NEGATIVE_INFINITY,
      until: until ?? Number.POSITIVE_INFINITY,
    })
  }

  restriction({ id, restriction, endedAt }: RestrictionInput): void {
    const ended = endedAt ?? Number.POSITIVE_INFINITY
    if (restriction === null) {
      this.#add({ id, operations: new Set(operations), atoms: [], context: null, fields: null, from: Number.NEGATIVE_INFINITY, until: ended })
      return
    }
    if (!this.#meets(restriction)) return
    const { context, fields, atoms, ofCustomers, beside } = wordsOfRestriction(restriction)
    const rest = { id, context, fields, from: restriction.from ?? Number.NEGATIVE_INFINITY, until: Math.min(restriction.until ?? Number.POSITIVE_INFINITY, ended) }
    if (fields !== null || ofCustomers.size > 0) this.#add({ ...rest, operations: ofCustomers, atoms: this.#placesOf(this.#scope(restriction.scope, 'possible'), atoms) })
    if (beside.size > 0) this.#add({ ...rest, operations: beside, atoms: [] })
  }

  policy(): Policy {
    const { staffId, active, roleKeys } = this.#input
    const grants = this.#grants
    const restrictions = this.#restrictions
    const rules = [...grants, ...restrictions]
    const narrowed = new Int32Array(wordsFor(rules.length))
    for (const grant of grants) if (grant.ownStoreOnly) addBit(narrowed, grant.place)
    return {
      staffId,
      roleKeys: active ? [...roleKeys] : [],
      departmentIds: this.#mine,
      atoms: this.#atoms,
      rules,
      narrowed,
      frames: new Frames(rules, grants.length),
      grants,
      grantsOf: byOperation(grants),
      restrictionsOf: byOperation(restrictions),
      tightenings: restrictions.filter((restriction) => restriction.fields !== null),
      fieldSets: new KeptByBits(),
    }
  }

  #add(restriction: Omit<CompiledRestriction, 'place'>): void {
    this.#restrictions.push({ ...restriction, place: this.#grants.length + this.#restrictions.length })
  }

  /** Exceptions are staff ids only: a role among them would let a role change lift a deny. */
  #meets({ subject }: Restriction): boolean {
    const { staffId, roleKeys } = this.#input
    if (subject.except.includes(staffId)) return false
    return subject.everyone || subject.staffIds.includes(staffId) || subject.roles.some((role) => roleKeys.includes(role))
  }

  #placesOf(scope: Atom | null, conditions: readonly Atom[]): number[] {
    const places = scope === null ? [] : [this.#place(scope)]
    for (const atom of conditions) places.push(this.#place(atom))
    return places
  }

  #place(atom: Atom): number {
    const known = this.#places.get(atom.key)
    if (known !== undefined) return known
    this.#places.set(atom.key, this.#atoms.length)
    return this.#atoms.push(atom) - 1
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
    const own = deny ? new Set(departmentIds) : this.#mine
    // "My team" of somebody whose departments we do not know could be anybody: the deny applies.
    const unknown = deny && (own.size === 0 || departmentIds.some((id) => !tree.knows(id)))
    switch (scope.kind) {
      case 'all': return null
      case 'own': return ownedBy(staffId, certainty)
      case 'followed': return followedBy(staffId, certainty)
      case 'team': return unknown ? null : inDepartments(name, new Departments([own]), certainty)
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

const scopeMisses = new Map<string, Missing>()

function scopeMissing({ kind }: Scope): Missing {
  let missing = scopeMisses.get(kind)
  if (missing === undefined) scopeMisses.set(kind, missing = { kind: 'scope', scope: kind })
  return missing
}

function byOperation<T extends Rule>(rules: readonly T[]): T[][] {
  const lists = operations.map((): T[] => [])
  for (const rule of rules) {
    for (const operation of rule.operations) lists[operationIndex(operation)]?.push(rule)
  }
  return lists
}
