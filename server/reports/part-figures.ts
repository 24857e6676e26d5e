import { setImmediate as nextTurn } from 'node:timers/promises'
import type { EntityManager } from 'typeorm'
import type { Figure, MeasureName } from '#shared/contracts/reports'
import type { RowFilter } from '../access/index.ts'
import { smallest, type Presence } from './crowds.ts'
import type { GroupTree } from './group-tree.ts'
import { countStanding, readHappenings, type Happenings } from './populations.ts'
import type { Computation, ReportPart } from './report-definitions.ts'
import type { ReportPeriod } from './report-period.ts'
import { decideShown } from './withhold.ts'

/** What one leaf holds of the period that is asked for. */
interface LeafTotals {
  readonly customers: Set<number>
  readonly sums: number[]
}

/** Facts sorted into the leaves of the tree: who, when, and what is added up. */
class Ledger {
  readonly presences: Presence[] = []
  readonly #customers = new Map<string, number>()
  readonly #leaves = new Map<number, LeafTotals>()
  readonly #isWanted: (day: number) => boolean

  /** `isWanted`: the days that make up the period. The others only help to decide what is withheld. */
  constructor(isWanted: (day: number) => boolean) {
    this.#isWanted = isWanted
  }

  add(leaf: number, day: number, customerId: string, sums: readonly number[]): void {
    if (leaf < 0) return
    const customer = this.#customers.get(customerId) ?? this.#customers.size
    this.#customers.set(customerId, customer)
    this.presences.push({ leaf, day, customer })
    if (!this.#isWanted(day)) return
    const totals = this.#leaves.get(leaf) ?? { customers: new Set(), sums: [] }
    totals.customers.add(customer)
    for (const [place, sum] of sums.entries()) totals.sums[place] = (totals.sums[place] ?? 0) + sum
    this.#leaves.set(leaf, totals)
  }

  compute(computation: Computation, places: readonly number[]): number {
    const leaves = places.flatMap((place) => this.#leaves.get(place) ?? [])
    if (computation.kind === 'sum') return leaves.reduce((sum, leaf) => sum + (leaf.sums[computation.place] ?? 0), 0)
    const customers = new Set<number>()
    for (const leaf of leaves) for (const customer of leaf.customers) customers.add(customer)
    return customers.size
  }
}

export interface PartQuestion {
  readonly db: EntityManager
  readonly filter: RowFilter
  readonly tree: GroupTree
  readonly period: ReportPeriod
  /** Customers who came before this instant are counted as standing somewhere. */
  readonly standingBefore: number
  /** The groups whose figures are asked for, by place. */
  readonly places: readonly number[]
}

export type PlaceFigures = ReadonlyMap<number, readonly (readonly [MeasureName, Figure])[]>

/** The figures of one part of a report for some groups. What is withheld is decided over all groups, whichever are asked for. */
export async function partFigures(part: ReportPart, question: PartQuestion): Promise<PlaceFigures> {
  const { tree, places, period } = question
  const days = period.starts.length - 1
  const { ledger, isShown } = part.population.kind === 'standing' ? await standingFigures(question) : await happeningFigures(part.population, question, days)
  return new Map(places.map((place) => [place, part.measures.map(([name, computation]): [MeasureName, Figure] =>
    [name, isShown(place) ? { value: ledger.compute(computation, tree.below(place)) } : { suppressed: true }])]))
}

interface Decided {
  readonly ledger: Ledger
  readonly isShown: (place: number) => boolean
}

async function happeningFigures(population: Happenings, { db, filter, tree, period }: PartQuestion, days: number): Promise<Decided> {
  const whole = period.kind === 'month'
  const ledger = new Ledger((day) => whole || day === days - 1)
  const [from = 0] = period.starts
  let day = 0
  for await (const facts of readHappenings(db, population, filter, from, period.starts.at(-1) ?? from)) {
    for (const fact of facts) {
      while (fact.at >= (period.starts[day + 1] ?? Infinity)) day += 1
      ledger.add(tree.leafOf(fact.departmentId, fact.staffId), day, fact.customerId, fact.sums)
    }
    await nextTurn()
  }
  const shown = decideShown(tree, ledger.presences, days, whole)
  return { ledger, isShown: (place) => (whole ? shown.inMonth(place) : shown.onDay(days - 1, place)) }
}

/** Everybody stands in one leaf only, so five of each are enough to decide, and the first carries the number. */
async function standingFigures({ db, filter, tree, standingBefore }: PartQuestion): Promise<Decided> {
  const inLeaf = new Map<number, number>()
  for await (const counts of countStanding(db, filter, standingBefore)) {
    for (const { departmentId, staffId, count } of counts) {
      const leaf = tree.leafOf(departmentId, staffId)
      inLeaf.set(leaf, (inLeaf.get(leaf) ?? 0) + count)
    }
    await nextTurn()
  }
  const ledger = new Ledger(() => true)
  for (const [leaf, count] of inLeaf) {
    for (let one = 0; one < Math.min(count, smallest); one += 1) ledger.add(leaf, 0, `${leaf} ${one}`, [one === 0 ? count : 0])
  }
  const shown = decideShown(tree, ledger.presences, 1, false)
  return { ledger, isShown: (place) => shown.onDay(0, place) }
}
