/** So many bits for a word keep false alarms below one place in thirty. */
const bitsPerWord = 32

/**
 * Which characters, as classes, no word begins with: of words of two characters both count, of longer ones the first three. Two bit sets
 * that stay in the processor's nearest caches answer for almost every place of an ordinary text, and no answer waits for the one before;
 * a step of the automaton does, and touches one of many megabytes. They may say "perhaps" wrongly, "no" never.
 */
export class WordStarts {
  private readonly pairs: Uint32Array
  private readonly openings: Uint32Array
  private readonly triples: Uint32Array
  private readonly pairShift: number
  private readonly tripleShift: number

  /** Of words of at least two characters. */
  constructor(words: readonly string[]) {
    const short = words.filter((word) => word.length === 2)
    const long = words.filter((word) => word.length > 2)
    this.pairShift = shiftFor(short.length)
    this.tripleShift = shiftFor(long.length)
    this.pairs = new Uint32Array(2 ** (27 - this.pairShift))
    this.triples = new Uint32Array(2 ** (27 - this.tripleShift))
    this.openings = new Uint32Array(this.triples.length)
    for (const word of short) set(this.pairs, hashPair(word.charCodeAt(0), word.charCodeAt(1)) >>> this.pairShift)
    for (const word of long) {
      const opening = hashPair(word.charCodeAt(0), word.charCodeAt(1))
      set(this.openings, opening >>> this.tripleShift)
      set(this.triples, hashTriple(opening, word.charCodeAt(2)) >>> this.tripleShift)
    }
  }

  /**
   * The last place up to which no word can be under way that began before it; `first` is the class of the character that ends at `from`.
   * Stops before markers (classes below `firstClass`) and before repeated characters, for which the automaton has rules of its own.
   */
  calmUntil(text: string, from: number, first: number, classOf: Uint16Array, firstClass: number): number {
    const { pairs, openings, triples, pairShift, tripleShift } = this
    let place = from
    let one = first
    let two = classOf[text.charCodeAt(place + 1)] ?? 0
    if (two < firstClass) return place
    for (; place + 2 < text.length; place += 1) {
      const three = classOf[text.charCodeAt(place + 2)] ?? 0
      const pair = hashPair(one, two)
      const pairBit = pair >>> pairShift
      const tripleBit = hashTriple(pair, three) >>> tripleShift
      if (three < firstClass) {
        const openingBit = pair >>> tripleShift
        const perhaps = ((pairs[pairBit >>> 5] ?? 0) >>> (pairBit & 31)) | ((openings[openingBit >>> 5] ?? 0) >>> (openingBit & 31))
        return (perhaps & 1) === 0 ? place + 1 : place
      }
      const perhaps = ((pairs[pairBit >>> 5] ?? 0) >>> (pairBit & 31)) | ((triples[tripleBit >>> 5] ?? 0) >>> (tripleBit & 31))
      if (three === two || (perhaps & 1) !== 0) return place
      one = two
      two = three
    }
    return place
  }
}

const hashPair = (one: number, two: number): number => (Math.imul(one, 0x9e3779b1) + Math.imul(two, 0x85ebca6b)) | 0
const hashTriple = (pair: number, three: number): number => (pair + Math.imul(three, 0xc2b2ae35)) | 0
/** A power of two of bits, from 32 to 4 million: by how much a hash is shifted to be the number of one. */
const shiftFor = (words: number): number => Math.max(10, Math.min(27, 32 - Math.ceil(Math.log2(words * bitsPerWord + 1))))

function set(bits: Uint32Array, bit: number): void {
  bits[bit >>> 5] = (bits[bit >>> 5] ?? 0) | (1 << (bit & 31))
}
