/** Exact row reduction modulo a prime. The rows are sums of cells of one hierarchy over time, whose minors are 0, 1 or -1. */
export class LinearSpan {
  readonly #prime = 1_000_003
  readonly #width: number
  readonly #rows = new Map<number, Float64Array>()

  constructor(width: number) {
    this.#width = width
  }

  add(places: readonly number[]): void {
    const rest = this.#reduce(places)
    const lead = rest.findIndex((value) => value !== 0)
    if (lead < 0) return
    const factor = this.#inverse(rest[lead] ?? 1)
    this.#rows.set(lead, rest.map((value) => (value * factor) % this.#prime))
  }

  /** Whether the sum over these places follows from the sums that were added. */
  holds(places: readonly number[]): boolean {
    return this.#reduce(places).every((value) => value === 0)
  }

  #reduce(places: readonly number[]): Float64Array {
    const rest = new Float64Array(this.#width)
    for (const place of places) rest[place] = 1
    for (let lead = 0; lead < rest.length; lead += 1) {
      const pivot = this.#rows.get(lead)
      const factor = rest[lead] ?? 0
      if (pivot === undefined || factor === 0) continue
      const back = this.#prime - factor
      for (let place = lead; place < rest.length; place += 1) rest[place] = ((rest[place] ?? 0) + back * (pivot[place] ?? 0)) % this.#prime
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
