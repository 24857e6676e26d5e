import { foldedUnits, foldPair, invisible, lead, other, separator } from '../text/fold.ts'
import { buildAutomaton, type Automaton } from './automaton.ts'
import { WordStarts } from './word-starts.ts'

/** Between two characters of a word may stand so many separators. */
export const mostSeparators = 5
/** More findings in one text than this are not listed, unless the caller asks for more. */
const mostFound = 1000
/** Classes of markers come first, then those of the characters. */
const firstClass = lead + 1

/** A word that begins at a UTF-16 unit of the original text and ends before another. */
export interface Found {
  readonly word: number
  readonly start: number
  readonly end: number
}

/** Finds all words of a list in a text; never changes once made. */
export interface WordMatcher {
  find(text: string, most?: number): Found[]
  /** How many distinct words it knows. */
  readonly size: number
}

/** Where it stands is compared as the characters of `foldWord`; `words` gives for each distinct folded word its number. */
export function createWordMatcher(words: ReadonlyMap<string, number>): WordMatcher {
  const { classOf, count } = classesOf(words.keys())
  const encoded = [...words].map(([folded, number]) => ({ classes: encode(folded, classOf), number })).sort((one, other) => (one.classes < other.classes ? -1 : 1))
  const automaton = buildAutomaton(encoded.map((one) => one.classes), count)
  return new Scanner(automaton, classOf, encoded.map((one) => one.classes), Int32Array.from(encoded, (one) => one.number))
}

/** By code unit the class of its character. The most used get the lowest numbers, so that states lie close together. */
function classesOf(words: Iterable<string>): { readonly classOf: Uint16Array, readonly count: number } {
  const used = new Uint32Array(0x10000)
  for (const word of words) for (let place = 0; place < word.length; place += 1) used[word.charCodeAt(place)] = (used[word.charCodeAt(place)] ?? 0) + 1
  const units = [...used.keys()].filter((unit) => (used[unit] ?? 0) > 0).sort((one, other) => (used[other] ?? 0) - (used[one] ?? 0))
  const byFolded = new Uint16Array(0x10000)
  for (let marker = 0; marker <= lead; marker += 1) byFolded[marker] = marker
  for (const [place, unit] of units.entries()) byFolded[unit] = firstClass + place
  return { classOf: foldedUnits.map((folded) => byFolded[folded] ?? other), count: firstClass + units.length }
}

/** A character of a word is its own folded form, so its class stands at its own unit. */
function encode(folded: string, classOf: Uint16Array): string {
  let classes = ''
  for (let place = 0; place < folded.length; place += 1) classes += String.fromCharCode(classOf[folded.charCodeAt(place)] ?? other)
  return classes
}

class Scanner implements WordMatcher {
  readonly size: number
  private readonly longest: number
  private readonly automaton: Automaton
  private readonly classOf: Uint16Array
  private readonly words: readonly string[]
  private readonly numbers: Int32Array
  /** Null where a single character is a word: then every place matters. */
  private readonly starts: WordStarts | null

  constructor(automaton: Automaton, classOf: Uint16Array, words: readonly string[], numbers: Int32Array) {
    this.automaton = automaton
    this.classOf = classOf
    this.words = words
    this.numbers = numbers
    this.size = words.length
    this.longest = words.reduce((longest, word) => Math.max(longest, word.length), 0)
    this.starts = words.some((word) => word.length < 2) ? null : new WordStarts(words)
  }

  find(text: string, most = mostFound): Found[] {
    const found: Found[] = []
    if (this.size === 0) return found
    const unsure = this.scan(text, true, found, most)
    return unsure === null ? found : this.withDoubled(text, unsure, found, most)
  }

  /** A repeated character could be one of a word that has it twice: around it, the text is read again with every character as it stands. */
  private withDoubled(text: string, places: readonly number[], found: Found[], most: number): Found[] {
    const reach = this.longest * (mostSeparators + 1)
    const more: Found[] = []
    for (const place of places) {
      const from = Math.max(0, place - reach)
      const strict: Found[] = []
      this.scan(text.slice(from, place + reach), false, strict, most)
      for (const { word, start, end } of strict) {
        const one = { word, start: start + from, end: end + from }
        if (one.start >= place || one.end <= place || isAmong(found, one) || more.some((known) => known.word === one.word && known.end === one.end)) continue
        if (found.length + more.length < most) more.push(one)
      }
    }
    return more.length === 0 ? found : [...found, ...more].sort((one, other) => one.end - other.end)
  }

  /** With `joining`, a repeated character counts once; the answer are the places where this may have passed over a word. */
  private scan(text: string, joining: boolean, found: Found[], most: number): number[] | null {
    const { cells, first } = this.automaton
    const { classOf, starts } = this
    let state = 0
    let last = 0
    let gap = 0
    let unsure: number[] | null = null
    for (let place = 0; place < text.length; place += 1) {
      let one = classOf[text.charCodeAt(place)] ?? 0
      if (one < firstClass) {
        if (state === 0 && one !== lead) continue
        if (one === lead) {
          one = classOf[foldPair(text.charCodeAt(place), text.charCodeAt(place + 1))] ?? 0
          place += 1
        }
        if (one === invisible) continue
        if (one === separator || (one < lead && one !== other && isSpacedOut(text, place))) {
          gap += 1
          if (gap <= mostSeparators) continue
        }
        if (one < firstClass) {
          state = 0
          last = 0
          continue
        }
      }
      if (state === 0) {
        state = first[one] ?? 0
      } else {
        let next = (cells[state] ?? 0) + (one << 2)
        if (cells[next + 1] !== state) {
          if (one === last && joining) {
            if (this.goesOn(state, one)) (unsure ??= []).push(place)
            gap = 0
            continue
          }
          do {
            state = cells[state + 2] ?? 0
            if (state === 0) {
              next = first[one] ?? 0
              break
            }
            next = (cells[state] ?? 0) + (one << 2)
          } while (cells[next + 1] !== state)
        }
        state = next
      }
      last = one
      gap = 0
      if (cells[state + 3] !== 0) this.collect(text, state, place + 1, found, most)
      // At the beginning of a word at most: the automaton is not needed until there is one that goes on.
      if (starts !== null && state === first[one]) {
        const calm = starts.calmUntil(text, place, one, classOf, firstClass)
        if (calm === place) continue
        place = calm
        last = classOf[text.charCodeAt(place)] ?? 0
        state = first[last] ?? 0
      }
    }
    return unsure
  }

  /** Whether a word that began later than the one being read goes on with this class. */
  private goesOn(state: number, one: number): boolean {
    const { cells } = this.automaton
    for (let at = cells[state + 2] ?? 0; at !== 0; at = cells[at + 2] ?? 0) if (cells[(cells[at] ?? 0) + one * 4 + 1] === at) return true
    return false
  }

  private collect(text: string, state: number, end: number, found: Found[], most: number): void {
    const { cells, wordAt } = this.automaton
    for (let at = cells[state + 3] ?? 0; at !== 0; at = cells[(cells[at + 2] ?? 0) + 3] ?? 0) {
      if (found.length >= most) return
      const word = (wordAt[at >> 2] ?? 0) - 1
      found.push({ word: this.numbers[word] ?? 0, start: this.startOf(text, this.words[word] ?? '', end), end })
    }
  }

  /** Walks back over the word's characters and whatever was passed over between them. */
  private startOf(text: string, word: string, end: number): number {
    let place = end
    for (let left = word.length - 1; left >= 0 && place > 0;) {
      const low = text.charCodeAt(place - 1)
      const isPair = low >= 0xdc00 && low < 0xe000 && place > 1
      const one = isPair ? this.classOf[foldPair(text.charCodeAt(place - 2), low)] ?? 0 : this.classOf[low] ?? 0
      place -= isPair ? 2 : 1
      if (one === word.charCodeAt(left)) left -= 1
    }
    return place
  }
}

/** Whether the same word was found at the same end; findings are in the order of their ends. */
function isAmong(found: readonly Found[], { word, end }: Found): boolean {
  let low = 0
  let high = found.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((found[middle]?.end ?? 0) < end) low = middle + 1
    else high = middle
  }
  for (let place = low; found[place]?.end === end; place += 1) if (found[place]?.word === word) return true
  return false
}

/** Whether a space, mark or sentence end stands there. */
function isMark(text: string, place: number): boolean {
  const folded = foldedUnits[text.charCodeAt(place)] ?? other
  return folded > other && folded < lead
}

/** A sentence end that stands among single characters, each between two marks (加。微。信), separates characters, not sentences. */
function isSpacedOut(text: string, place: number): boolean {
  return (place >= 3 && isMark(text, place - 2) && !isMark(text, place - 1))
    || (place + 2 < text.length && isMark(text, place + 2) && !isMark(text, place + 1) && place > 0 && !isMark(text, place - 1))
}
