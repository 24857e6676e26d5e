import type { Effect, EffectOver } from './compare-group.ts'

/** What happens to one subject over all people. */
export interface TotalEffect {
  readonly what: string
  readonly over: EffectOver
  readonly staffGaining: number
  readonly staffLosing: number
  /**
   * Sums of the counts of five and more; for how many people a count under five is left out. So nobody's small count can be
   * worked out from the total and the counts of the others (S17).
   */
  readonly gained: number
  readonly lost: number
  readonly fewGained: number
  readonly fewLost: number
}

interface PersonSum {
  readonly staffId: string
  readonly group: number
  readonly gained: number
  readonly lost: number
}

/** Counts of customers below this are not told to whoever may not see the customers. */
export const fewest = 5

type Sums = { -readonly [Name in keyof TotalEffect]: TotalEffect[Name] }

/** Adds up the effects of all people, in numbers only. */
export class Totals {
  staffGaining = 0
  staffLosing = 0
  readonly #people: PersonSum[] = []
  readonly #sums = new Map<string, Sums>()

  get people(): number {
    return this.#people.length
  }

  add(staffId: string, group: number, effects: readonly Effect[]): void {
    let [gained, lost] = [0, 0]
    for (const effect of effects) {
      gained += effect.gained
      lost += effect.lost
      const sums = this.#sumsOf(effect)
      if (effect.gained > 0) sums.staffGaining += 1
      if (effect.lost > 0) sums.staffLosing += 1
      if (isFew(effect.over, effect.gained)) sums.fewGained += 1
      else sums.gained += effect.gained
      if (isFew(effect.over, effect.lost)) sums.fewLost += 1
      else sums.lost += effect.lost
    }
    if (gained > 0) this.staffGaining += 1
    if (lost > 0) this.staffLosing += 1
    this.#people.push({ staffId, group, gained, lost })
  }

  effects(): TotalEffect[] {
    return [...this.#sums.values()]
  }

  /** Those who gain most, then those who lose most. */
  most(count: number): PersonSum[] {
    return [...this.#people].sort((a, b) => b.gained - a.gained || b.lost - a.lost || (a.staffId < b.staffId ? -1 : 1)).slice(0, count)
  }

  #sumsOf({ what, over }: Effect): Sums {
    const key = `${what} ${over}`
    const known = this.#sums.get(key)
    if (known !== undefined) return known
    const fresh: Sums = { what, over, staffGaining: 0, staffLosing: 0, gained: 0, lost: 0, fewGained: 0, fewLost: 0 }
    this.#sums.set(key, fresh)
    return fresh
  }
}

/** Whether a count may tell about single customers. */
export function isFew(over: EffectOver, count: number): boolean {
  return over === 'customers' && count > 0 && count < fewest
}
