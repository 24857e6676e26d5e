const limit = 1000

type Level<T> = Map<number, Level<T> | T>

/** Answers that depend only on some words of bits, always equally many; forgotten together when there are too many. */
export class KeptByBits<T extends object> {
  #root: Level<T> = new Map()
  #count = 0

  get(bits: readonly number[]): T | undefined {
    let level: Level<T> | T | undefined = this.#root
    for (let word = 0; level instanceof Map && word < bits.length; word += 1) level = level.get(bits[word] ?? 0)
    return level instanceof Map ? undefined : level
  }

  keep(bits: readonly number[], answer: T): T {
    if (this.#count >= limit) {
      this.#root = new Map()
      this.#count = 0
    }
    let level = this.#root
    for (let word = 0; word + 1 < bits.length; word += 1) {
      const known: Level<T> | T | undefined = level.get(bits[word] ?? 0)
      const next: Level<T> = known instanceof Map ? known : new Map()
      level.set(bits[word] ?? 0, next)
      level = next
    }
    level.set(bits[bits.length - 1] ?? 0, answer)
    this.#count += 1
    return answer
  }
}
