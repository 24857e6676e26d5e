/** A set of places 0 … size-1, one bit each, in words of 32. Sets that meet have the same number of words. */
export type Bits = Int32Array

export const wordsFor = (size: number): number => (size + 31) >>> 5

export const noBits = (words: number): Bits => new Int32Array(words)

/** Every place below `size`, and none of the spare bits of the last word. */
export function allBits(size: number): Bits {
  const bits = new Int32Array(wordsFor(size)).fill(-1)
  const spare = size & 31
  if (spare !== 0) bits[bits.length - 1] = (1 << spare) - 1
  return bits
}

export function setAll(bits: Bits, places: Iterable<number>): void {
  for (const place of places) bits[place >>> 5] = (bits[place >>> 5] ?? 0) | (1 << (place & 31))
}

export const hasBit = (bits: Bits, place: number): boolean => ((bits[place >>> 5] ?? 0) & (1 << (place & 31))) !== 0

/** Adds to `into` what the other holds. */
export function addBits(into: Bits, other: Bits): void {
  for (let at = 0; at < into.length; at += 1) into[at] = (into[at] ?? 0) | (other[at] ?? 0)
}

/** Leaves in `into` only what the other holds as well. */
export function keepBits(into: Bits, other: Bits): void {
  for (let at = 0; at < into.length; at += 1) into[at] = (into[at] ?? 0) & (other[at] ?? 0)
}

/** Takes from `into` what the other holds. */
export function takeBits(into: Bits, other: Bits): void {
  for (let at = 0; at < into.length; at += 1) into[at] = (into[at] ?? 0) & ~(other[at] ?? 0)
}

export function countBits(bits: Bits): number {
  let count = 0
  for (let at = 0; at < bits.length; at += 1) {
    let word = bits[at] ?? 0
    if (word === 0) continue
    word -= (word >>> 1) & 0x55555555
    word = (word & 0x33333333) + ((word >>> 2) & 0x33333333)
    count += Math.imul((word + (word >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24
  }
  return count
}

/** The first places that the set holds, `most` of them. */
export function firstPlaces(bits: Bits, most: number): number[] {
  const found: number[] = []
  for (let at = 0; at < bits.length && found.length < most; at += 1) {
    const word = bits[at] ?? 0
    for (let bit = 0; word !== 0 && bit < 32 && found.length < most; bit += 1) {
      if ((word & (1 << bit)) !== 0) found.push(at * 32 + bit)
    }
  }
  return found
}
