import { Invariant } from '../errors.ts'
import { Graph } from './bridges.ts'
import { Crowds, join, smallest, type Presence } from './crowds.ts'
import type { GroupTree } from './group-tree.ts'

/** Which figures are shown: for each period the groups, by place. */
export interface Shown {
  onDay(day: number, place: number): boolean
  inMonth(place: number): boolean
}

type Groups = Uint8Array

/**
 * Decides which figures of one month are shown; docs/access.md, "Reports", has the argument. A day is decided from itself and
 * the days before it, so that what was shown once is shown for ever; the month comes last and gives way. Without `closed` the
 * month is not over and has no figure.
 */
export function decideShown(tree: GroupTree, presences: Iterable<Presence>, days: number, closed: boolean): Shown {
  const crowds = new Crowds(tree, presences, days)
  const withholder = new Withholder(tree, crowds)
  const shown: Groups[] = []
  for (let day = 0; day < days; day += 1) shown.push(withholder.decideDay(day))
  const month = closed ? withholder.decideMonth(shown) : new Uint8Array(tree.groups.length)
  return { onDay: (day, place) => shown[day]?.[place] === 1, inMonth: (place) => month[place] === 1 }
}

class Withholder {
  readonly #tree: GroupTree
  readonly #crowds: Crowds
  /** Of each group the customers on the days of this month that were withheld, up to five, and how many such days there were. */
  readonly #pending: Set<number>[]
  readonly #withheldDays: number[]

  constructor(tree: GroupTree, crowds: Crowds) {
    this.#tree = tree
    this.#crowds = crowds
    this.#pending = tree.groups.map(() => new Set())
    this.#withheldDays = tree.groups.map(() => 0)
  }

  decideDay(day: number): Groups {
    const shown = this.#decide(day, (place) => this.#owes(place))
    for (const place of this.#crowds.present(day)) {
      if (shown[place] === 1) continue
      this.#withheldDays[place] = (this.#withheldDays[place] ?? 0) + 1
      join(this.#pending[place] ?? new Set(), this.#crowds.of(place, day))
    }
    return shown
  }

  /** Withholds months until no small figure, of a day or of the month, can be worked out from what is shown. */
  decideMonth(days: readonly Groups[]): Groups {
    const withheld = new Set<number>()
    for (;;) {
      const month = this.#decide(this.#crowds.month, (place) => withheld.has(place) || this.#owes(place))
      const periods = [...days, month]
      const known = workedOut(this.#tree, this.#crowds, periods)
      if (known.length === 0) return month
      const before = withheld.size
      for (const figure of known) for (const place of this.#remedy(figure, periods, month)) withheld.add(place)
      if (withheld.size === before) throw new Invariant('a small figure can be worked out whatever is withheld')
    }
  }

  /** The month less the days that are shown must be nobody, or five customers on two days. */
  #owes(place: number): boolean {
    const days = this.#withheldDays[place] ?? 0
    return days === 1 || (days > 1 && (this.#pending[place]?.size ?? 0) < smallest)
  }

  /** From the top down: a group below one that is withheld is withheld. */
  #decide(period: number, owes: (place: number) => boolean): Groups {
    const shown = new Uint8Array(this.#tree.groups.length)
    const may = (place: number) => this.#crowds.size(place, period) >= smallest && !owes(place)
    const open = (this.#tree.showsScope ? [0] : [...this.#tree.tops]).filter(may)
    for (const place of open) {
      shown[place] = 1
      const children = this.#tree.groups[place]?.children ?? []
      const covered = this.#cover(children.filter((child) => !may(child)), children.filter(may), period)
      open.push(...covered)
    }
    return shown
  }

  /**
   * What remains of a shown group beside its shown parts must be nobody, or five customers in two parts: otherwise further
   * parts are withheld. Returns those that are shown.
   */
  #cover(withheld: readonly number[], others: readonly number[], period: number): readonly number[] {
    const rest = [...others].sort((one, other) => this.#compare(one, other, period))
    const crowd = new Set<number>()
    let parts = 0
    const withhold = (place: number) => {
      join(crowd, this.#crowds.of(place, period))
      if (this.#crowds.size(place, period) > 0) parts += 1
    }
    for (const place of withheld) withhold(place)
    while (crowd.size > 0 && (crowd.size < smallest || parts < 2)) {
      const next = rest.shift()
      if (next === undefined) break
      withhold(next)
    }
    return rest
  }

  /** Whoever was withheld most often goes first, so that the same parts cover each other day after day; then the smaller one. */
  #compare(one: number, other: number, period: number): number {
    const often = period === this.#crowds.month ? 0 : (this.#withheldDays[other] ?? 0) - (this.#withheldDays[one] ?? 0)
    return often || this.#crowds.rows(one, period) - this.#crowds.rows(other, period) || one - other
  }

  /** Months that are to be withheld so that this figure cannot be worked out: of the parts that were withheld with it, else of what holds them. */
  #remedy({ place, period }: Figure, periods: readonly Groups[], month: Groups): readonly number[] {
    let parent = this.#tree.groups[place]?.parent ?? -1
    while (parent >= 0 && periods[period]?.[parent] !== 1) parent = this.#tree.groups[parent]?.parent ?? -1
    const beside = parent < 0 ? [] : (this.#tree.groups[parent]?.children ?? []).filter((child) => periods[period]?.[child] !== 1)
    const shownBeside = beside.filter((child) => month[child] === 1)
    if (shownBeside.length > 0) return shownBeside
    for (let above = parent; above >= 0; above = this.#tree.groups[above]?.parent ?? -1) if (month[above] === 1) return [above]
    return (this.#tree.showsScope ? [0] : this.#tree.tops).filter((one) => month[one] === 1)
  }
}

interface Figure {
  readonly place: number
  readonly period: number
}

/**
 * The small figures that can be worked out from all that are shown. Figures add up in two ways: a group is the sum of its
 * parts, a leaf's month the sum of its days. So they are a flow through a graph whose edges are the figures, and a figure is
 * determined by the shown ones exactly if no cycle of withheld figures leads through it. Empty groups count as known: along a
 * cycle of others one customer more here and one less there is always possible.
 */
function workedOut(tree: GroupTree, crowds: Crowds, periods: readonly Groups[]): Figure[] {
  const graph = new Graph()
  const source = graph.vertex('source')
  const figures: Figure[] = []
  for (const place of crowds.present(crowds.month)) {
    const { parent = -1, children = [] } = tree.groups[place] ?? {}
    for (const [period, shown] of periods.entries()) {
      if (shown[place] === 1 || crowds.size(place, period) === 0) continue
      const upper = parent < 0 ? source : graph.vertex(`${parent} ${period}`)
      const lower = children.length === 0 ? graph.vertex(`${place}`) : graph.vertex(`${place} ${period}`)
      graph.join(upper, lower)
      figures.push({ place, period })
    }
  }
  const determined = graph.bridges()
  return figures.filter(({ place, period }, edge) => determined.has(edge) && crowds.isSmall(place, period))
}
