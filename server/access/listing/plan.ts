import type { EntityManager } from 'typeorm'
import { useIndex, type Dialect } from '../sql.ts'
import { tables } from '../tables.ts'
import type { Branch } from './branches.ts'
import { departmentOfMark } from './marks.ts'
import type { ListMark } from './listing.entity.ts'
import { atNode } from './nodes.ts'
import type { Posting } from './postings.ts'
import { Sizes } from './sizes.ts'
import { weightOf, type Base, type Group, type Way } from './ways.ts'

/** What a list is narrowed by, as far as it helps to find its rows. */
export interface Narrowing {
  readonly stage: string | null
  readonly postings: readonly Posting[]
}

/** Where one plan costs as much as the other. Whatever they say, the page is the same. */
export interface ListTuning {
  /** Up to so many customers are looked at one by one, sorted afterwards. */
  readonly fewCustomers: number
  /** So few cost less than asking what the other way would cost. */
  readonly veryFew: number
  /** Customers of a node that are counted; of two nodes with more either is as good. */
  readonly mostCounted: number
  /** Candidates that one statement asks the filter about. */
  readonly mostAtOnce: number
  /** After so many candidates of whom the filter allows too few, the filter goes on alone. */
  readonly mostCandidates: number
  /** How long the size of a tag, of a pair of letters, of a node is believed. */
  readonly keepSizesMs: number
}

export const defaultTuning: ListTuning = { fewCustomers: 4_000, veryFew: 100, mostCounted: 10_000, mostAtOnce: 3_000, mostCandidates: 20_000, keepSizesMs: 60_000 }

/**
 * Chooses where the rows of a list are read: the lightest of its ways. Tags and pairs of letters have nodes of their own, so of a
 * way's node and theirs the smallest is read and the others are asked; the customers of other statements are read if these are
 * few enough. Counting stops where the answer is certain.
 */
export async function planBranches(db: EntityManager, dialect: Dialect, ways: readonly Way[], narrowing: Narrowing, marks: readonly ListMark[], tuning: ListTuning): Promise<Branch[]> {
  const [way = []] = [...ways].sort((one, other) => weightOf(one) - weightOf(other))
  const groups = way.flatMap((group) => narrowed(withMoved(group, marks), narrowing.stage) ?? [])
  if (groups.length === 0) return []
  const isWhole = (posting: Posting) => !marks.some((mark) => mark.name === posting.mark)
  const plan = new Plan(new Sizes(db, dialect, tuning.keepSizesMs), tuning)
  const postings = narrowing.postings.filter(isWhole)
  const bases = groups.flatMap((group) => group.bases)
  const fewest = await plan.fewest(postings, bases)
  if (fewest !== null) return [{ kind: 'set', of: fewest, nodes: nodesOnly(bases), stages: narrowing.stage === null ? null : new Set([narrowing.stage]), checks: without(postings, fewest) }]
  const branches: Branch[] = []
  for (const group of groups) {
    const own = group.postings.filter(isWhole)
    const few = await plan.fewest(own, group.bases)
    branches.push(...(few === null ? await plan.scans(group, [...own, ...postings]) : [{ kind: 'set', of: few, nodes: nodesOnly(group.bases), stages: group.stages, checks: without([...own, ...postings], few) } as const]))
  }
  return branches
}

const without = (postings: readonly Posting[], one: Posting) => postings.filter((posting) => posting !== one)

/** Null where something else than nodes leads to customers. */
function nodesOnly(bases: readonly Base[]): ReadonlySet<number> | null {
  return bases.every((base) => base.kind === 'node') ? nodesAmong(bases) : null
}

const nodesAmong = (bases: readonly Base[]) => new Set(bases.flatMap((base) => (base.kind === 'node' ? [base.node] : [])))

/** Null when no customer of the group can be in this stage. */
function narrowed(group: Group, stage: string | null): Group | null {
  const stages = stage === null ? group.stages : new Set([stage].filter((one) => group.stages === null || group.stages.has(one)))
  return stages?.size === 0 ? null : { ...group, stages }
}

/** Departments that were moved: the rows above them are not written yet, their own are. */
function withMoved(group: Group, marks: readonly ListMark[]): Group {
  const moved = group.bases.flatMap((base) => (base.kind === 'node' && base.below !== undefined ? marks.flatMap((mark) => movedBelow(mark, base.below)) : []))
  return moved.length === 0 ? group : { ...group, bases: [...group.bases, ...moved] }
}

function movedBelow({ name, path }: ListMark, departmentId: number | undefined): Base[] {
  const moved = departmentOfMark(name)
  return moved !== null && path?.includes(`/${String(departmentId)}/`) === true ? [{ kind: 'node', node: atNode(moved), weight: 0 }] : []
}

const mostStages = 4
/** Of more nodes one is not read after the other. */
const mostJoined = 3

/** Whatever one in so many has is met soon enough on the way. */
const rarity = 25

/** Finds out what few customers have. */
class Plan {
  readonly #sizes: Sizes
  readonly #tuning: ListTuning

  constructor(sizes: Sizes, tuning: ListTuning) {
    this.#sizes = sizes
    this.#tuning = tuning
  }

  /** The customers of a group, each base read in order, or what fewer customers have. */
  async scans(group: Group, postings: readonly Posting[]): Promise<Branch[]> {
    const { tierAtLeast } = group
    const terms = await this.#bySize(new Set(postings.flatMap((posting) => posting.node ?? [])))
    const checks = postings.filter((posting) => posting.node === undefined)
    // One scan for each stage: then the index of stages gives every one of them in order.
    const stages = group.stages === null || group.stages.size > mostStages ? [group.stages] : [...group.stages].map((stage) => new Set([stage]))
    const scan = (node: number | null, also: readonly number[], within: ReadonlySet<number> | null): Branch[] => stages.map((some) => ({ kind: 'scan', node, also, within, stages: some, tierAtLeast, checks }))
    const named = group.bases.flatMap((base): Branch[] => (base.kind === 'customers' ? [{ kind: 'customers', ids: base.ids }] : []))
    const [fewest, ...others] = terms
    if (group.bases.some((base) => base.kind === 'everybody')) return scan(fewest?.node ?? null, others.map((one) => one.node), null)
    const larger: number[] = []
    const found: Branch[] = []
    for (const node of nodesAmong(group.bases)) {
      if (fewest === undefined || !(await this.#isLarger(node, fewest.size))) found.push(...scan(node, terms.map((one) => one.node), null))
      else larger.push(node)
    }
    if (fewest !== undefined && larger.length > 0) {
      const rest = others.map((one) => one.node)
      found.push(...(larger.length > mostJoined ? scan(fewest.node, rest, new Set(larger)) : larger.flatMap((node) => scan(fewest.node, [node, ...rest], null))))
    }
    return [...named, ...found]
  }

  /** The smallest first, as far as it is counted. */
  async #bySize(nodes: ReadonlySet<number>): Promise<{ readonly node: number, readonly size: number }[]> {
    const sized: { readonly node: number, readonly size: number }[] = []
    for (const node of nodes) sized.push({ node, size: await this.#sizeOf(node) })
    return sized.sort((one, other) => one.size - other.size)
  }

  /** Whether a node has more customers than that; not where both have more than are counted. */
  async #isLarger(node: number, than: number): Promise<boolean> {
    return than <= this.#tuning.veryFew || await this.#sizeOf(node) > than
  }

  /** One bound for all nodes, so that a later page, another tag asks nothing. */
  #sizeOf(node: number): Promise<number> {
    return this.#sizes.upTo(this.#tuning.mostCounted, `node ${node}`, (to) => `SELECT customer_id FROM customer_scope ${useIndex(to.dialect, 'PRIMARY')} WHERE node = ${to.value(node)}`)
  }

  /**
   * Of the statements without a node the one with the fewest customers, if looking at all of them costs less than scanning the
   * bases; else null.
   */
  async fewest(postings: readonly Posting[], bases: readonly Base[]): Promise<Posting | null> {
    const { fewCustomers, veryFew } = this.#tuning
    let best: Posting | null = null
    let fewest = fewCustomers + 1
    for (const posting of postings) {
      if (posting.node !== undefined) continue
      const size = await this.#sizes.upTo(fewCustomers + 1, posting.key, (to) => posting.members(to))
      if (size >= fewest) continue
      fewest = size
      best = posting
    }
    if (best === null || fewest <= veryFew) return best
    return await this.#isRare(fewest) && await this.#isMore(bases, fewest * 2) ? best : null
  }

  /** Whether a page takes longer to walk to than all who have it take to sort. */
  async #isRare(size: number): Promise<boolean> {
    const bound = this.#tuning.fewCustomers * rarity + 1
    return await this.#sizes.upTo(bound, 'everybody', (to) => `SELECT id FROM ${tables.customers} ${useIndex(to.dialect, 'ix_customers_activity')}`) > Math.min(size * rarity, bound - 1)
  }

  /** Whether the bases have more customers than that. */
  async #isMore(bases: readonly Base[], than: number): Promise<boolean> {
    if (bases.some((base) => base.kind === 'everybody')) return true
    let size = bases.reduce((sum, base) => sum + (base.kind === 'customers' ? base.ids.size : 0), 0)
    for (const node of nodesAmong(bases)) {
      if (size > than) break
      size += await this.#sizeOf(node)
    }
    return size > than
  }
}
