/** A set of small whole numbers, 32 to a word. */
export type Bits = Int32Array

export const wordsFor = (count: number): number => (count + 31) >>> 5

export function addBit(bits: Bits, place: number): void {
  bits[place >>> 5] = (bits[place >>> 5] ?? 0) | (1 << (place & 31))
}
