import type { EntityManager } from 'typeorm'
import { z } from 'zod'
import { selectNamed, SqlBuilder, useIndex, type Dialect } from '../sql.ts'
import type { Branch } from './branches.ts'
import { departmentOfMark } from './marks.ts'
import type { ListMark } from './listing.entity.ts'
import { atNode } from './nodes.ts'
import type { Posting } from './postings.ts'
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
  /** Candidates that one statement asks the filter about. */
  readonly mostAtOnce: number
  /** After so many candidates of whom the filter allows too few, the filter goes on alone. */
  readonly mostCandidates: number
}

export const defaultTuning: ListTuning = { fewCustomers: 2_000, veryFew: 100, mostAtOnce: 3_000, mostCandidates: 20_000 }

const Count = z.object({ n: z.coerce.number() })

/**
 * Chooses where the rows of a list are read: the lightest of its ways, or the customers of a tag or name if these are few
 * enough. Counting stops where the answer is certain.
 */
export async function planBranches(db: EntityManager, dialect: Dialect, ways: readonly Way[], narrowing: Narrowing, marks: readonly ListMark[], tuning: ListTuning): Promise<Branch[]> {
  const [way = []] = [...ways].sort((one, other) => weightOf(one) - weightOf(other))
  const groups = way.flatMap((group) => narrowed(withMoved(group, marks), narrowing.stage) ?? [])
  const counts = new Counts(db, dialect, tuning)
  const few = await counts.fewest(narrowing.postings, groups.flatMap((group) => group.bases))
  if (few !== null) return [{ kind: 'set', of: few }]
  const branches: Branch[] = []
  for (const group of groups) {
    const own = await counts.fewest(group.postings, group.bases)
    branches.push(...(own === null ? scans(group, narrowing.postings) : [{ kind: 'set', of: own } as const]))
  }
  return branches
}

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

function scans(group: Group, checks: readonly Posting[]): Branch[] {
  const { tierAtLeast } = group
  // One scan for each stage: then the index of stages gives every one of them in order.
  const stages = group.stages === null || group.stages.size > mostStages ? [group.stages] : [...group.stages].map((stage) => new Set([stage]))
  return group.bases.flatMap((base): Branch[] => {
    if (base.kind === 'customers') return [{ kind: 'set', of: base.ids }]
    const node = base.kind === 'node' ? base.node : null
    return stages.map((some) => ({ kind: 'scan', node, stages: some, tierAtLeast, checks: [...group.postings, ...checks] }))
  })
}

class Counts {
  readonly #db: EntityManager
  readonly #dialect: Dialect
  readonly #tuning: ListTuning

  constructor(db: EntityManager, dialect: Dialect, tuning: ListTuning) {
    this.#db = db
    this.#dialect = dialect
    this.#tuning = tuning
  }

  /** The statement with the fewest customers, if looking at all of them costs less than scanning the bases; else null. */
  async fewest(postings: readonly Posting[], bases: readonly Base[]): Promise<Posting | null> {
    let best: Posting | null = null
    let fewest = this.#tuning.fewCustomers
    for (const posting of postings) {
      const size = await this.#upTo(fewest + 1, (to) => posting.members(to))
      if (size > fewest) continue
      fewest = size
      best = posting
    }
    if (best === null || fewest <= this.#tuning.veryFew) return best
    return await this.#sizeOf(bases, fewest * 5) > fewest * 5 ? best : null
  }

  async #sizeOf(bases: readonly Base[], most: number): Promise<number> {
    if (bases.some((base) => base.kind === 'everybody')) return Number.POSITIVE_INFINITY
    const named = bases.reduce((sum, base) => sum + (base.kind === 'customers' ? base.ids.size : 0), 0)
    const nodes = new Set(bases.flatMap((base) => (base.kind === 'node' ? [base.node] : [])))
    if (nodes.size === 0) return named
    return named + await this.#upTo(most + 1, (to) => `SELECT customer_id FROM customer_scope ${useIndex(to.dialect, 'PRIMARY')} WHERE ${String(to.isIn('node', nodes))}`)
  }

  async #upTo(most: number, select: (to: SqlBuilder) => string): Promise<number> {
    const to = new SqlBuilder(this.#dialect)
    const sql = `SELECT COUNT(*) AS n FROM (${select(to)} LIMIT ${most}) counted`
    const [row] = z.array(Count).parse(await selectNamed(this.#db, sql, to.parameters))
    return row?.n ?? 0
  }
}
