import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Presence } from './crowds.ts'
import { GroupTree } from './group-tree.ts'
import { decideShown, type Shown } from './withhold.ts'

interface World {
  readonly tree: GroupTree
  readonly presences: readonly Presence[]
  readonly days: number
}

/** Departments 1 … n, each below an earlier one, some with people; facts lie wherever chance puts them. */
const worlds = (most: { readonly departments: number, readonly people: number, readonly days: number, readonly facts: number }): fc.Arbitrary<World> => fc.record({
  parents: fc.array(fc.nat(), { minLength: 1, maxLength: most.departments, size: 'max' }),
  people: fc.array(fc.nat({ max: most.people }), { minLength: most.departments, maxLength: most.departments }),
  withPeople: fc.boolean(),
  offered: fc.array(fc.boolean(), { minLength: most.departments, maxLength: most.departments }),
  everything: fc.boolean(),
  days: fc.integer({ min: 1, max: most.days }),
  facts: fc.array(fc.tuple(fc.nat(), fc.nat(), fc.nat({ max: 12 }), fc.integer({ min: 1, max: 9 })), { maxLength: most.facts, size: 'max' }),
}).map(({ parents, people, withPeople, offered, everything, days, facts }) => {
  const departments: { id: number, path: string }[] = []
  for (const [place, choice] of parents.entries()) departments.push({ id: place + 1, path: `${departments[choice % (place + 1)]?.path ?? '/'}${place + 1}/` })
  const tree = new GroupTree({
    departments, everywhere: true,
    offered: new Set(departments.filter((_, place) => everything || offered[place] === true).map((one) => one.id)),
    members: withPeople ? new Map(departments.map((one, place) => [one.id, Array.from({ length: people[place] ?? 0 }, (_, person) => `p${person}`)])) : null,
  })
  const leaves = tree.groups.filter((group) => group.children.length === 0).map((group) => group.place)
  let stranger = 100
  // Some customers come again and again, each of the others once: `times` new ones at the same place and day.
  const presences = facts.flatMap(([leaf, day, customer, times]): Presence[] => {
    const at = { leaf: leaves[leaf % leaves.length] ?? 0, day: day % days }
    return customer < 6 ? [{ ...at, customer }] : Array.from({ length: times }, () => ({ ...at, customer: stranger++ }))
  })
  return { tree, presences, days }
})

const small = (customers: ReadonlySet<number>) => customers.size > 0 && customers.size < 5

class Attacker {
  readonly #world: World
  readonly #shown: Shown
  /** The atoms: what lies in one leaf on one day. */
  readonly #atoms: readonly string[]
  readonly #leaves = new Map<number, readonly number[]>()

  constructor(world: World, shown: Shown) {
    this.#world = world
    this.#shown = shown
    const { tree, presences, days } = world
    for (const group of tree.groups) this.#leaves.set(group.place, tree.below(group.place).filter((place) => tree.groups[place]?.children.length === 0))
    const present = new Set(presences.map((presence) => presence.leaf))
    this.#atoms = [...present].flatMap((leaf) => Array.from({ length: days }, (_, day) => `${leaf} ${day}`))
  }

  /** Every figure there is; the last period is the month. */
  figures() {
    return this.#world.tree.groups.flatMap(({ place }) => Array.from({ length: this.#world.days + 1 }, (_, period) => ({ place, period })))
  }

  isShown(place: number, period: number): boolean {
    return period === this.#world.days ? this.#shown.inMonth(place) : this.#shown.onDay(period, place)
  }

  customers(places: readonly number[], periods: readonly number[]): Set<number> {
    const leaves = new Set(places.flatMap((place) => this.#leaves.get(place) ?? []))
    const days = new Set(periods.flatMap((period) => (period === this.#world.days ? Array.from({ length: this.#world.days }, (_, day) => day) : [period])))
    return new Set(this.#world.presences.filter((presence) => leaves.has(presence.leaf) && days.has(presence.day)).map((presence) => presence.customer))
  }

  /** The figure as a sum of atoms. */
  #row(place: number, period: number): number[] {
    const leaves = new Set(this.#leaves.get(place))
    return this.#atoms.map((atom) => {
      const [leaf, day] = atom.split(' ').map(Number)
      return leaves.has(leaf ?? -1) && (period === this.#world.days || period === day) ? 1 : 0
    })
  }

  /** Small groups whose figure follows from the shown ones by adding and subtracting, with any factors. */
  solved(): string[] {
    const base = new LinearSpan()
    for (const { place, period } of this.figures()) if (this.isShown(place, period)) base.add(this.#row(place, period))
    // He may even know who was not there.
    const present = new Set(this.#world.presences.map(({ leaf, day }) => `${leaf} ${day}`))
    for (const [place, atom] of this.#atoms.entries()) if (!present.has(atom)) base.add(this.#atoms.map((_, other) => (other === place ? 1 : 0)))
    return this.figures()
      .filter(({ place, period }) => small(this.customers([place], [period])) && base.holds(this.#row(place, period)))
      .map(({ place, period }) => `${place} in ${period}`)
  }

  /** Small groups that remain of a shown one beside some shown parts: of a group its parts, of a month its days. */
  remainders(): string[] {
    const { tree, days } = this.#world
    return this.figures().filter(({ place, period }) => this.isShown(place, period)).flatMap(({ place, period }) => {
      const parts = tree.groups[place]?.children ?? []
      const withheldParts = parts.filter((part) => !this.isShown(part, period))
      const withheldDays = period === days ? Array.from({ length: days }, (_, day) => day).filter((day) => !this.isShown(place, day)) : []
      const found = small(this.customers(withheldParts, [period])) ? [`parts of ${place} in ${period}`] : []
      return small(this.customers([place], withheldDays)) ? [...found, `days of ${place}`] : found
    })
  }
}

/** Exact row reduction, modulo a prime: the rows are those of a network, whose minors are 0, 1 or -1. */
class LinearSpan {
  readonly #prime = 1_000_003
  readonly #rows = new Map<number, number[]>()

  add(row: readonly number[]): void {
    const rest = this.#reduce(row)
    const lead = rest.findIndex((value) => value !== 0)
    if (lead < 0) return
    const factor = this.#inverse(rest[lead] ?? 1)
    this.#rows.set(lead, rest.map((value) => (value * factor) % this.#prime))
  }

  holds(row: readonly number[]): boolean {
    return this.#reduce(row).every((value) => value === 0)
  }

  #reduce(row: readonly number[]): number[] {
    const rest = row.map((value) => ((value % this.#prime) + this.#prime) % this.#prime)
    for (let lead = 0; lead < rest.length; lead += 1) {
      const pivot = this.#rows.get(lead)
      const factor = rest[lead] ?? 0
      if (pivot === undefined || factor === 0) continue
      for (let place = lead; place < rest.length; place += 1) rest[place] = ((rest[place] ?? 0) + (this.#prime - factor) * (pivot[place] ?? 0)) % this.#prime
    }
    return rest
  }

  #inverse(value: number): number {
    let [result, base, power] = [1, value, this.#prime - 2]
    for (; power > 0; power = Math.floor(power / 2)) {
      if (power % 2 === 1) result = (result * base) % this.#prime
      base = (base * base) % this.#prime
    }
    return result
  }
}

const decide = ({ tree, presences, days }: World, until = days) => decideShown(tree, presences.filter((presence) => presence.day < until), until, until === days)

describe('what reports withhold', () => {
  it('S17 no small group can be worked out from all figures that are shown, by whatever sums and differences', () => {
    fc.assert(fc.property(worlds({ departments: 5, people: 2, days: 5, facts: 40 }), (world) => {
      const attacker = new Attacker(world, decide(world))
      expect(attacker.solved()).toEqual([])
      expect(attacker.remainders()).toEqual([])
    }), { numRuns: 3_000 })
  })

  it('S17 nor where groups are large enough that most figures are shown', () => {
    let [shown, all] = [0, 0]
    fc.assert(fc.property(worlds({ departments: 4, people: 3, days: 6, facts: 220 }), (world) => {
      const attacker = new Attacker(world, decide(world))
      expect(attacker.solved()).toEqual([])
      expect(attacker.remainders()).toEqual([])
      const figures = attacker.figures().filter(({ place, period }) => attacker.customers([place], [period]).size >= 5)
      all += figures.length
      shown += figures.filter(({ place, period }) => attacker.isShown(place, period)).length
    }), { numRuns: 600 })
    // Nothing would be safe as well: most of what may be shown must be shown.
    expect(shown / all).toBeGreaterThan(0.6)
  })

  it('a small group is never shown, and a group below one that is withheld is withheld', () => {
    fc.assert(fc.property(worlds({ departments: 6, people: 2, days: 4, facts: 60 }), (world) => {
      const attacker = new Attacker(world, decide(world))
      for (const { place, period } of attacker.figures().filter((figure) => attacker.isShown(figure.place, figure.period))) {
        expect(attacker.customers([place], [period]).size).toBeGreaterThanOrEqual(5)
        const parent = world.tree.groups[place]?.parent ?? -1
        if (parent > 0 || (parent === 0 && world.tree.showsScope)) expect(attacker.isShown(parent, period)).toBe(true)
      }
    }), { numRuns: 500 })
  })

  it('what was shown of a day stays shown: later days change nothing, and before its end the month has no figure', () => {
    fc.assert(fc.property(worlds({ departments: 5, people: 2, days: 6, facts: 80 }), fc.nat(), (world, choice) => {
      const whole = new Attacker(world, decide(world))
      const until = choice % world.days
      const early = decide(world, until)
      for (const { place } of world.tree.groups) {
        for (let day = 0; day < until; day += 1) expect(early.onDay(day, place)).toBe(whole.isShown(place, day))
        if (until < world.days) expect(early.inMonth(place)).toBe(false)
      }
    }), { numRuns: 500 })
  })
})
