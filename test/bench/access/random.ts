/** A small generator with a seed, so that every run measures the same company. */
export class Random {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** From 0 up to, and not, `below`. */
  below(below: number): number {
    this.#state = (Math.imul(this.#state, 1664525) + 1013904223) >>> 0
    return Math.floor(this.#state / 4294967296 * below)
  }

  chance(part: number): boolean {
    return this.below(1000) < part * 1000
  }

  one<T>(values: readonly T[]): T {
    const value = values[this.below(values.length)]
    if (value === undefined) throw new Error('nothing to choose from')
    return value
  }

  some<T>(values: readonly T[], count: number): T[] {
    return [...new Set(Array.from({ length: count }, () => this.one(values)))]
  }
}
