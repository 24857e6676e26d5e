import type { Disguise } from '#shared/screening-words'
import { foldPair, invisible, lead, other, separator, simplifiedUnits } from '../text/fold.ts'
import { alikesOf, keyCount, keysOf, longestSyllable, syllableOf, wholesOf, widelyReadKeysOf } from '../text/syllables.ts'
import { buildAutomaton, type Automaton } from './automaton.ts'
import { believe } from './believe.ts'
import { mostSeparators, type Found } from './word-matcher.ts'

/** What one character of a word was recognised by in a text. */
export interface Piece {
  readonly start: number
  readonly end: number
  readonly how: 'same' | Disguise
}

export interface LooseWord {
  readonly word: number
  /** Simplified, lower case, without separators. */
  readonly characters: string
  readonly disguises: ReadonlySet<Disguise>
}

export interface LooseFound extends Found {
  readonly how: Disguise
}

/** Words with more ways to be read than this are known by the first ones. */
const mostReadings = 16
const longestWord = 16

/** What stands at a place of a text: one character, the Latin letters of a syllable, or two parts of a character. */
interface Step {
  readonly start: number
  readonly end: number
  readonly kind: 'character' | 'letters' | 'parts'
  readonly unit: number
}

/**
 * Finds words whose characters are written by sound, in Latin letters, by similar shape or in parts. A trie over syllables is walked from
 * every place of the text, because a place may be read in several ways; what it finds is looked at character by character.
 */
export class LooseMatcher {
  private readonly automaton: Automaton
  private readonly byKeys: readonly (readonly LooseWord[])[]

  constructor(words: readonly LooseWord[]) {
    const byKeys = new Map<string, LooseWord[]>()
    for (const word of words) {
      if (word.characters.length < 2 || word.characters.length > longestWord) continue
      for (const keys of readingsOf(word.characters)) byKeys.set(keys, [...(byKeys.get(keys) ?? []), word])
    }
    const sorted = [...byKeys.keys()].sort()
    this.automaton = buildAutomaton(sorted, keyCount)
    this.byKeys = sorted.map((keys) => byKeys.get(keys) ?? [])
  }

  find(text: string, most = 200): LooseFound[] {
    const found: LooseFound[] = []
    if (this.byKeys.length === 0) return found
    const page = new Page(text)
    for (let place = 0; place < text.length; place += 1) this.walk(page, 0, place, [], found, most)
    return found
  }

  private walk(page: Page, state: number, place: number, steps: Step[], found: LooseFound[], most: number): void {
    if (found.length >= most || steps.length >= longestWord) return
    const unit = page.units[place] ?? other
    if (unit <= lead) return
    for (const key of page.keysAt(place)) {
      const next = this.next(state, key)
      if (next !== 0) this.go(page, next, { start: place, end: place + 1, kind: 'character', unit }, steps, found, most)
    }
    for (const { key, step } of page.moreAt(place)) {
      const next = this.next(state, key)
      if (next !== 0) this.go(page, next, step, steps, found, most)
    }
  }

  private go(page: Page, state: number, step: Step, steps: Step[], found: LooseFound[], most: number): void {
    const { cells, wordAt } = this.automaton
    const known = wordAt[state >> 2] ?? 0
    const after = page.after(step.end)
    // Most ways end here: nothing follows, or nothing that the trie knows.
    if (known === 0 && (after < 0 || cells[state] === 0)) return
    steps.push(step)
    if (known > 0) for (const word of this.byKeys[known - 1] ?? []) this.judge(page.text, word, steps, found)
    if (after >= 0) this.walk(page, state, after, steps, found, most)
    steps.pop()
  }

  private next(state: number, key: number): number {
    const { cells, first } = this.automaton
    if (state === 0) return first[key] ?? 0
    const next = (cells[state] ?? 0) + key * 4
    return cells[next + 1] === state ? next : 0
  }

  private judge(text: string, word: LooseWord, steps: readonly Step[], found: LooseFound[]): void {
    const pieces: Piece[] = []
    for (const [place, step] of steps.entries()) {
      const how = recognise(step, word.characters.charCodeAt(place))
      if (how === null || (how !== 'same' && !word.disguises.has(how))) return
      pieces.push({ start: step.start, end: step.end, how })
    }
    const how = believe(text, pieces)
    const [first] = pieces
    const last = pieces.at(-1)
    if (how !== null && first !== undefined && last !== undefined) found.push({ word: word.word, start: first.start, end: last.end, how })
  }
}

/** The keys of a word, for each way to read it; none when a character of it cannot be read. */
function readingsOf(characters: string): string[] {
  let all = ['']
  for (let place = 0; place < characters.length; place += 1) {
    const unit = characters.charCodeAt(place)
    const keys = unit < 0x80 ? [unit] : keysOf(unit)
    all = all.flatMap((before) => keys.map((key) => before + String.fromCharCode(key))).slice(0, mostReadings)
  }
  return all
}

interface Way {
  readonly key: number
  readonly step: Step
}

const noWays: readonly Way[] = []

/** A text and what its places may mean, worked out once for all walks that come by. */
class Page {
  readonly text: string
  readonly units: Uint16Array
  private readonly more: (readonly Way[] | undefined)[] = []

  constructor(text: string) {
    this.text = text
    this.units = new Uint16Array(text.length + 1)
    for (let place = 0; place < text.length; place += 1) this.units[place] = simplifiedUnits[text.charCodeAt(place)] ?? other
  }

  /** The keys of the character itself and of those that it looks like. */
  keysAt(place: number): readonly number[] {
    return widelyReadKeysOf(this.units[place] ?? other)
  }

  /** What begins here and is longer than a character: the letters of a syllable, two parts of a character. */
  moreAt(place: number): readonly Way[] {
    return (this.more[place] ??= this.findMore(place))
  }

  private findMore(place: number): readonly Way[] {
    const unit = this.units[place] ?? other
    if (unit >= 0x61 && unit <= 0x7a) return this.syllablesAt(place)
    const after = this.skipInvisible(place + 1)
    const second = this.units[after] ?? other
    if (unit < 0x80 || second < 0x80) return noWays
    const wholes = wholesOf(unit, second)
    if (wholes.length === 0) return noWays
    return wholes.flatMap((whole) => keysOf(whole).map((key): Way => ({ key, step: { start: place, end: after + 1, kind: 'parts', unit: whole } })))
  }

  private syllablesAt(place: number): Way[] {
    const ways: Way[] = []
    let letters = ''
    for (let at = place; letters.length < longestSyllable && at < this.text.length;) {
      const letter = this.units[at] ?? other
      if (letter < 0x61 || letter > 0x7a) break
      letters += String.fromCharCode(letter)
      const syllable = syllableOf(letters)
      if (syllable !== undefined) ways.push({ key: syllable, step: { start: place, end: at + 1, kind: 'letters', unit: 0 } })
      at = this.skipInvisible(at + 1)
    }
    return ways
  }

  private skipInvisible(from: number): number {
    let place = from
    while (this.units[place] === invisible) place += 1
    return place
  }

  /** The next character of a word, after separators; -1 when none may follow. */
  after(from: number): number {
    let gap = 0
    for (let place = from; place < this.text.length; place += 1) {
      let unit = this.units[place] ?? other
      if (unit > lead) return place
      if (unit === lead) unit = foldPair(this.text.charCodeAt(place), this.text.charCodeAt(++place))
      if (unit === invisible) continue
      gap += 1
      if (unit !== separator || gap > mostSeparators) return -1
    }
    return -1
  }
}

function recognise({ kind, unit }: Step, wanted: number): Piece['how'] | null {
  if (kind === 'letters') return 'pinyin'
  if (kind === 'parts') return unit === wanted ? 'split' : null
  if (unit === wanted) return 'same'
  if (unit < 0x80 || wanted < 0x80) return null
  if (alikesOf(unit)?.has(wanted) === true) return 'shape'
  const keys = keysOf(unit)
  return keysOf(wanted).some((key) => keys.includes(key)) ? 'sound' : null
}
