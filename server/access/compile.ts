import { operations, type Missing, type Restriction, type Scope } from '#shared/access/index'
import { followedBy, inDepartments, inPools, isOneOf, ownedBy, type Atom, type Certainty } from './atoms.ts'
import { addBit, wordsFor, type Bits } from './bits.ts'
import type { FieldSet } from './fields.ts'
import { Frames } from './frame.ts'
import { KeptByBits } from './kept-by-bits.ts'
import type { CompiledGrant, CompiledRestriction, GrantInput, Policy, PolicyInput, RestrictionInput, Rule } from './policy.ts'
import { named, wordsOfGrant, wordsOfRestriction } from './rule-words.ts'
import { Departments, type DepartmentTree } from './tree.ts'

/** Turns what is known about one person into the structure that decides. Order of grants and restrictions never matters. */
export function compilePolicy(input: PolicyInput): Policy {
  const compiler = new Compiler(input)
  if (input.active) for (const grant of [...input.grants].sort(byId)) compiler.grant(grant)
  for (const restriction of [...input.restrictions].sort(byId)) compiler.restriction(restriction)
  return compiler.policy()
}

/** Reasons come out in one order, whatever order the rules came in. */
const byId = (a: { readonly id: string }, b: { readonly id: string }) => Number(a.id > b.id) - Number(a.id < b.id)

class Compiler {
  readonly #input: PolicyInput
  readonly #mine: ReadonlySet<number>
  readonly #atoms: Atom[] = []
  readonly #grants: CompiledGrant[] = []
  readonly #restrictions: CompiledRestriction[] = []
  readonly #places = new Map<string, number>()
  readonly #scopes = { certain: new Map<string, Atom | null>(), possible: new Map<string, Atom | null>() }
  readonly #ofTree: Map<string, Atom>

  constructor(input: PolicyInput) {
    this.#input = input
    this.#mine = input.tree.live(input.departmentIds)
    this.#ofTree = atomsOf(input.tree)
  }

  grant({ id, source, grant, from, until }: GrantInput): void {
    const words = wordsOfGrant(grant)
    if (words.indexes.length === 0 || (words.ownStoreOnly && this.#mine.size === 0)) return
    const scope = this.#scope(grant.scope, words.scopeName, 'certain')
    this.#grants.push({
      id, source, place: this.#grants.length,
      operations: words.operations,
      indexes: words.indexes,
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
      this.#add({ id, ...named(operations), atoms: [], context: null, fields: null, from: Number.NEGATIVE_INFINITY, until: ended })
      return
    }
    if (!this.#meets(restriction)) return
    const { context, fields, atoms, scopeName, ofCustomers, beside } = wordsOfRestriction(restriction)
    const rest = { id, context, fields, from: restriction.from ?? Number.NEGATIVE_INFINITY, until: Math.min(restriction.until ?? Number.POSITIVE_INFINITY, ended) }
    if (fields !== null || ofCustomers.indexes.length > 0) this.#add({ ...rest, ...ofCustomers, atoms: this.#placesOf(this.#scope(restriction.scope, scopeName, 'possible'), atoms) })
    if (beside.indexes.length > 0) this.#add({ ...rest, ...beside, atoms: [] })
  }

  policy(): Policy {
    const { staffId, active, roleKeys } = this.#input
    return new CompiledPolicy({ staffId, roleKeys: active ? [...roleKeys] : [], departmentIds: this.#mine, tree: this.#input.tree }, this.#atoms, this.#grants, this.#restrictions)
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

  /** `null` reaches everybody. Each scope is resolved once per policy. */
  #scope(scope: Scope, name: string, certainty: Certainty): Atom | null {
    const known = this.#scopes[certainty].get(name)
    if (known !== undefined) return known
    const atom = this.#resolve(scope, name, certainty)
    this.#scopes[certainty].set(name, atom)
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
      case 'team': return unknown ? null : this.#shared(name, own, certainty, () => inDepartments(name, new Departments([own]), certainty))
      case 'subtree': return unknown ? null : this.#shared(name, own, certainty, () => inDepartments(name, tree.below(own, deny), certainty))
      case 'pool': return unknown ? null : this.#shared(name, own, certainty, () => inPools(name, tree.above(own, deny), certainty))
      case 'departments': return this.#shared(name, [], certainty, () => inDepartments(name, tree.below(scope.departmentIds, deny), certainty))
      case 'customers': return isOneOf(new Set(scope.customerIds), certainty)
    }
  }

  /** People of the same departments share what is said about these. */
  #shared(name: string, own: Iterable<number>, certainty: Certainty, make: () => Atom): Atom {
    const key = `${name}:${[...own].join()}:${certainty}`
    const known = this.#ofTree.get(key)
    if (known !== undefined) return known
    const atom = make()
    this.#ofTree.set(key, atom)
    return atom
  }
}

const atomsOfTrees = new WeakMap<DepartmentTree, Map<string, Atom>>()

function atomsOf(tree: DepartmentTree): Map<string, Atom> {
  let atoms = atomsOfTrees.get(tree)
  if (atoms === undefined) atomsOfTrees.set(tree, atoms = new Map())
  return atoms
}

const scopeMisses = new Map<string, Missing>()

function scopeMissing({ kind }: Scope): Missing {
  let missing = scopeMisses.get(kind)
  if (missing === undefined) scopeMisses.set(kind, missing = { kind: 'scope', scope: kind })
  return missing
}

/** The lists by operation are for questions about many customers and about reasons; single decisions do without them. */
class CompiledPolicy implements Policy {
  readonly staffId: string
  readonly roleKeys: readonly string[]
  readonly departmentIds: ReadonlySet<number>
  readonly tree: DepartmentTree
  readonly atoms: readonly Atom[]
  readonly rules: readonly Rule[]
  readonly narrowed: Bits
  readonly frames: Frames
  readonly grants: readonly CompiledGrant[]
  readonly tightenings: readonly CompiledRestriction[]
  readonly fieldSets = new KeptByBits<FieldSet>()
  readonly #restrictions: readonly CompiledRestriction[]
  #grantsOf: readonly (readonly CompiledGrant[])[] | null = null
  #restrictionsOf: readonly (readonly CompiledRestriction[])[] | null = null

  constructor(person: Pick<Policy, 'staffId' | 'roleKeys' | 'departmentIds' | 'tree'>, atoms: readonly Atom[], grants: readonly CompiledGrant[], restrictions: readonly CompiledRestriction[]) {
    this.staffId = person.staffId
    this.roleKeys = person.roleKeys
    this.departmentIds = person.departmentIds
    this.tree = person.tree
    this.atoms = atoms
    this.grants = grants
    this.rules = [...grants, ...restrictions]
    this.narrowed = new Int32Array(wordsFor(this.rules.length))
    for (const grant of grants) if (grant.ownStoreOnly) addBit(this.narrowed, grant.place)
    this.frames = new Frames(this.rules, grants.length)
    this.tightenings = restrictions.filter((restriction) => restriction.fields !== null)
    this.#restrictions = restrictions
  }

  get grantsOf(): readonly (readonly CompiledGrant[])[] {
    return this.#grantsOf ??= byOperation(this.grants)
  }

  get restrictionsOf(): readonly (readonly CompiledRestriction[])[] {
    return this.#restrictionsOf ??= byOperation(this.#restrictions)
  }
}

function byOperation<T extends Rule>(rules: readonly T[]): T[][] {
  const lists = operations.map((): T[] => [])
  for (const rule of rules) {
    for (const index of rule.indexes) lists[index]?.push(rule)
  }
  return lists
}
