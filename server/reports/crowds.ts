import type { GroupTree } from './group-tree.ts'

/** Fewer customers than this are a small group. */
export const smallest = 5

/** One customer had something to do with one leaf on one day; days are counted from 0. */
export interface Presence {
  readonly leaf: number
  readonly day: number
  readonly customer: number
}

const nobody: ReadonlySet<number> = new Set()

/** Adds to a crowd, no more than can matter: five are as good as a million. */
export function join(crowd: Set<number>, others: Iterable<number>): void {
  for (const customer of others) {
    if (crowd.size >= smallest) return
    crowd.add(customer)
  }
}

/**
 * The different customers in each group and period, each up to five. Periods are the days 0 … `days` − 1 and the month as a
 * whole, `days`.
 */
export class Crowds {
  readonly days: number
  readonly month: number
  readonly #crowds: Map<number, Set<number>>[]
  readonly #rows: Map<number, number>[]

  constructor(tree: GroupTree, presences: Iterable<Presence>, days: number) {
    this.days = days
    this.month = days
    this.#crowds = Array.from({ length: days + 1 }, () => new Map())
    this.#rows = Array.from({ length: days + 1 }, () => new Map())
    for (const { leaf, day, customer } of presences) {
      for (let place = leaf; place >= 0; place = tree.groups[place]?.parent ?? -1) {
        this.#count(day, place, customer)
        this.#count(this.month, place, customer)
      }
    }
  }

  of(place: number, period: number): ReadonlySet<number> {
    return this.#crowds[period]?.get(place) ?? nobody
  }

  /** At most five. */
  size(place: number, period: number): number {
    return this.of(place, period).size
  }

  /** How much there is of the group, for choosing the smaller of two. */
  rows(place: number, period: number): number {
    return this.#rows[period]?.get(place) ?? 0
  }

  /** The groups with anybody in the period. */
  present(period: number): Iterable<number> {
    return this.#crowds[period]?.keys() ?? []
  }

  isSmall(place: number, period: number): boolean {
    const size = this.size(place, period)
    return size > 0 && size < smallest
  }

  #count(period: number, place: number, customer: number): void {
    const crowds = this.#crowds[period]
    const rows = this.#rows[period]
    if (crowds === undefined || rows === undefined) return
    const crowd = crowds.get(place) ?? new Set()
    join(crowd, [customer])
    crowds.set(place, crowd)
    rows.set(place, (rows.get(place) ?? 0) + 1)
  }
}
