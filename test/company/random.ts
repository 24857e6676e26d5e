/** A small seeded generator (mulberry32): the same seed gives the same company on every machine. */
export interface Random {
  /** A number in [0, 1). */
  next(): number
  /** An integer from `low` to `high`, both included. */
  integer(low: number, high: number): number
  chance(probability: number): boolean
  pick<T>(choices: readonly T[]): T
  /** Up to `count` different choices, in their order. */
  some<T>(choices: readonly T[], count: number): T[]
  /** A string of `length` characters of `alphabet`. */
  text(length: number, alphabet?: string): string
}

const letters = 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz0123456789'

/** Makes a generator; two generators with one seed give one sequence. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
  const integer = (low: number, high: number): number => low + Math.floor(next() * (high - low + 1))
  const pick = <T>(choices: readonly T[]): T => {
    const chosen = choices[integer(0, choices.length - 1)]
    if (chosen === undefined) throw new RangeError('nothing to pick from')
    return chosen
  }
  return {
    next,
    integer,
    chance: (probability) => next() < probability,
    pick,
    some: <T>(choices: readonly T[], count: number): T[] => {
      const taken = new Set<T>()
      for (let tries = 0; tries < count; tries += 1) taken.add(pick(choices))
      return choices.filter((choice) => taken.has(choice))
    },
    text: (length, alphabet = letters) => Array.from({ length }, () => alphabet[integer(0, alphabet.length - 1)] ?? '').join(''),
  }
}
