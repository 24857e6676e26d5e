import type { Atom } from '../atoms.ts'
import type { CompiledGrant, Policy } from '../policy.ts'
import type { DepartmentTree } from '../tree.ts'
import { atNode, belowNode, followedNode, ownNode, poolNode } from './nodes.ts'
import { postingOf, type Posting } from './postings.ts'

/** Where customers can be read in the order of lists. */
export type Base =
  /** Rows of the scope table; `below` names the department when it is its node of everything below. */
  | { readonly kind: 'node'; readonly node: number; readonly weight: number; readonly below?: number }
  | { readonly kind: 'customers'; readonly ids: ReadonlySet<string> }
  | { readonly kind: 'everybody' }

/** Bases and what is known about those who count among their customers. */
export interface Group {
  readonly bases: readonly Base[]
  /** Null: any. */
  readonly stages: ReadonlySet<string> | null
  readonly tierAtLeast: number | null
  readonly postings: readonly Posting[]
}

/**
 * One way to find the customers of a filter: every one of them is in one of the groups. Others may be as well, so the filter
 * is asked about whoever is found.
 */
export type Way = readonly Group[]

const everybody: Group = { bases: [{ kind: 'everybody' }], stages: null, tierAtLeast: null, postings: [] }
/** For filters that nobody's rules made. */
export const anyway: Way = [everybody]

/** Guesses of how many customers a base holds, only to choose between ways. */
const weights = { person: 200, pool: 1_000, department: 2_000, below: 100_000, everybody: 10_000_000 } as const

export function weightOf(way: Way): number {
  return way.flatMap((group) => group.bases).reduce((sum, base) => sum + weightOfBase(base), 0)
}

function weightOfBase(base: Base): number {
  switch (base.kind) {
    case 'node': return base.weight
    case 'customers': return base.ids.size
    case 'everybody': return weights.everybody
  }
}

/** The customers of one owner. */
export const wayOfOwner = (staffId: string): Way => [{ ...everybody, bases: [{ kind: 'node', node: ownNode(staffId), weight: weights.person }] }]

/** The customers whom at least one of these grants reaches. */
export function wayOfGrants(policy: Policy, grants: readonly CompiledGrant[]): Way {
  const groups = grants.map((grant) => groupOf(policy, grant))
  const plain = groups.filter((group) => group.stages === null && group.tierAtLeast === null && group.postings.length === 0)
  if (plain.some((group) => group.bases.some((base) => base.kind === 'everybody'))) return anyway
  const bases = new Map(plain.flatMap((group) => group.bases).map((base) => [keyOf(base), base]))
  const narrowed = groups.filter((group) => !plain.includes(group) && group.bases.some((base) => !bases.has(keyOf(base))))
  return [...(bases.size === 0 ? [] : [{ ...everybody, bases: [...bases.values()] }]), ...narrowed]
}

function keyOf(base: Base): string {
  return base.kind === 'node' ? `node ${base.node}` : base.kind === 'everybody' ? base.kind : `customers ${[...base.ids].join()}`
}

/** All atoms of a grant hold for its customers, so any of them may be the base; the others narrow it. */
function groupOf(policy: Policy, grant: CompiledGrant): Group {
  const atoms = grant.atoms.flatMap((place) => policy.atoms[place] ?? [])
  let bases = everybody.bases
  let stages: ReadonlySet<string> | null = null
  let tierAtLeast: number | null = null
  for (const atom of atoms) {
    const { meaning } = atom
    const offered = basesOf(policy, atom)
    if (offered !== null && weightOf([{ ...everybody, bases: offered }]) < weightOf([{ ...everybody, bases }])) bases = offered
    if (meaning.about === 'stages') stages = stages === null ? meaning.ids : new Set([...meaning.ids].filter((stage) => stages?.has(stage)))
    if (meaning.about === 'tier') tierAtLeast = Math.max(tierAtLeast ?? 0, meaning.atLeast)
  }
  return { bases, stages, tierAtLeast, postings: atoms.flatMap((atom) => postingOf(atom.meaning) ?? []) }
}

const kept = new WeakMap<Policy, Map<Atom, readonly Base[] | null>>()

/** Where the customers of one statement stand; null when nothing leads to them. Worked out once for each policy. */
function basesOf(policy: Policy, atom: Atom): readonly Base[] | null {
  let answers = kept.get(policy)
  if (answers === undefined) kept.set(policy, answers = new Map())
  let bases = answers.get(atom)
  if (bases === undefined) answers.set(atom, bases = findBases(policy, atom))
  return bases
}

function findBases({ staffId, tree }: Policy, { meaning }: Atom): readonly Base[] | null {
  const node = (number: number, weight: number): Base => ({ kind: 'node', node: number, weight })
  switch (meaning.about) {
    case 'owner': return [node(ownNode(staffId), weights.person)]
    case 'follower': return [node(ownNode(staffId), weights.person), node(followedNode(staffId), weights.person)]
    case 'customers': return [{ kind: 'customers', ids: meaning.ids }]
    case 'pools': return meaning.ids.size > mostBases ? null : [...meaning.ids].map((id) => node(poolNode(id), weights.pool))
    case 'departments': return departmentBases(tree, meaning.ids)
    default: return null
  }
}

/** More scans than this cost more than reading some customers too many. */
const mostBases = 60

interface Place {
  readonly id: number
  /** With everything below. */
  readonly whole: boolean
}

/** Nodes that hold the customers of these departments, at most about `most` places of the tree; null for everybody. */
export function departmentBases(tree: DepartmentTree, ids: ReadonlySet<number>, most = mostBases): readonly Base[] | null {
  let places = coverOf(tree, ids)
  while (places.length > most) {
    const above = placesAbove(tree, places)
    if (above === null) return null
    places = above
  }
  return places.flatMap(({ id, whole }): Base[] => [
    { kind: 'node', node: atNode(id), weight: weights.department },
    ...(whole ? [{ kind: 'node', node: belowNode(id), weight: weights.below, below: id } as const] : []),
  ])
}

const depthOf = (tree: DepartmentTree, id: number) => tree.above([id], true).size

/** As few places as possible that hold these departments and no others. */
function coverOf(tree: DepartmentTree, ids: ReadonlySet<number>): Place[] {
  const chosen = new Map<number, Place>()
  for (const id of [...ids].sort((one, other) => depthOf(tree, one) - depthOf(tree, other))) {
    if (isCovered(tree, chosen, id)) continue
    const below = tree.below([id], true).ids
    chosen.set(id, { id, whole: below.size > 1 && [...tree.live(below)].every((one) => ids.has(one)) })
  }
  return [...chosen.values()]
}

function isCovered(tree: DepartmentTree, chosen: ReadonlyMap<number, Place>, id: number): boolean {
  return [...tree.above([id], true)].some((step) => step !== id && chosen.get(step)?.whole === true)
}

/** The departments above the deepest of these, whole; null when that is everybody. */
function placesAbove(tree: DepartmentTree, places: readonly Place[]): Place[] | null {
  const deepest = Math.max(...places.map(({ id }) => depthOf(tree, id)))
  if (deepest <= 1) return null
  const lifted = places.map((place): Place => {
    const path = [...tree.above([place.id], true)]
    return path.length < deepest ? place : { id: path.at(-2) ?? place.id, whole: true }
  })
  const chosen = new Map<number, Place>()
  for (const place of [...lifted].sort((one, other) => depthOf(tree, one.id) - depthOf(tree, other.id) || Number(other.whole) - Number(one.whole))) {
    if (!chosen.has(place.id) && !isCovered(tree, chosen, place.id)) chosen.set(place.id, place)
  }
  return [...chosen.values()]
}
