import { foldedLookAlikes } from '../tables/look-alikes.ts'
import { traditionalPairs } from '../tables/traditional.ts'

/** What a code unit is that stands for no character of a word. Folded characters are all greater. */
export const other = 0
/** Not seen by a reader: zero-width and combining characters, variation selectors. */
export const invisible = 1
/** Spaces, punctuation, symbols, emoji. */
export const separator = 2
export const sentenceEnd = 3
/** First half of a character outside the basic plane: look at `foldPair`. */
export const lead = 4

const sentenceEnds = new Set('。｡！!？?\n\r\u2028\u2029')
const invisibles = /^[\p{M}\p{Cf}\u115f\u1160\u3164\uffa0]$/u
const separators = /^[\p{Z}\p{P}\p{S}\p{Cc}]$/u
const letters = /^[\p{L}\p{N}]$/u

const numerals: Readonly<Record<string, string>> = {
  '〇': '0', 零: '0', 一: '1', 壹: '1', 弌: '1', 二: '2', 贰: '2', 弍: '2', 三: '3', 叁: '3', 弎: '3', 四: '4', 肆: '4', 五: '5', 伍: '5', 六: '6', 陆: '6', 七: '7', 柒: '7', 八: '8', 捌: '8', 九: '9', 玖: '9',
}

const lookAlikes = new Map(Object.entries(foldedLookAlikes).flatMap(([plain, odd]) => [...odd].map((one): [string, string] => [one, plain])))
const simplified = new Map(Array.from({ length: traditionalPairs.length / 2 }, (_, pair): [string, string] => [traditionalPairs.charAt(pair * 2), traditionalPairs.charAt(pair * 2 + 1)]))

/** Width, case, compatibility forms, accents and traditional characters, one character for one; numerals stay as they are. */
function plainOf(character: string): string {
  const wide = character.normalize('NFKC')
  // ⑴ and ⒈ become "(1)" and "1.": what counts is the digit.
  const core = [...wide].length === 1 ? wide : [...wide].filter((part) => letters.test(part)).join('')
  const bare = ([...core].length === 1 ? core : character).normalize('NFD').replace(/\p{M}+/gu, '')
  const lower = ([...bare].length === 1 ? bare : character).toLowerCase()
  const known = lookAlikes.get(lower) ?? lower
  return simplified.get(known) ?? known
}

function markerOf(character: string): number {
  if (sentenceEnds.has(character)) return sentenceEnd
  if (invisibles.test(character)) return invisible
  const plain = plainOf(character)
  if (plain.length === 1 && letters.test(plain)) return plain.charCodeAt(0)
  return separators.test(character) ? separator : other
}

/** Chinese characters and Hangul syllables: no width, case or accent; asking Unicode about each would take most of a start. */
const isIdeograph = (unit: number): boolean => (unit >= 0x3400 && unit < 0xa000) || (unit >= 0xac00 && unit < 0xd7a4)

function makeTable(): Uint16Array {
  const table = new Uint16Array(0x10000)
  for (let unit = 0; unit < 0xe000; unit += 1) {
    table[unit] = isIdeograph(unit) ? unit : unit >= 0xd800 ? (unit < 0xdc00 ? lead : other) : markerOf(String.fromCharCode(unit))
  }
  for (let unit = 0xf900; unit < table.length; unit += 1) table[unit] = markerOf(String.fromCharCode(unit))
  for (const [from, to] of simplified) table[from.charCodeAt(0)] = to.charCodeAt(0)
  return table
}

function withNumerals(table: Uint16Array): Uint16Array {
  return table.map((folded) => (folded > lead ? numerals[String.fromCharCode(folded)]?.charCodeAt(0) ?? folded : folded))
}

/** By code unit: the character it stands for (as a code unit), or one of the markers. */
export const simplifiedUnits: Uint16Array = makeTable()
/** The same with Chinese numerals as digits. */
export const foldedUnits: Uint16Array = withNumerals(simplifiedUnits)

const pairs = new Map<number, Uint16Array>()

function markerOfPair(point: number): number {
  if (point >= 0x1f150 && point <= 0x1f169) return 0x61 + point - 0x1f150
  if (point >= 0x1f170 && point <= 0x1f189) return 0x61 + point - 0x1f170
  const character = String.fromCodePoint(point)
  if (invisibles.test(character)) return invisible
  const plain = character.normalize('NFKC')
  if (plain.length === 1) return foldedUnits[plain.charCodeAt(0)] ?? other
  return separators.test(character) ? separator : other
}

/** The same for a character of two units. */
export function foldPair(high: number, low: number): number {
  if (low < 0xdc00 || low > 0xdfff) return other
  let block = pairs.get(high)
  if (block === undefined) {
    block = new Uint16Array(0x400)
    for (let place = 0; place < block.length; place += 1) block[place] = markerOfPair(0x10000 + ((high - 0xd800) << 10) + place)
    pairs.set(high, block)
  }
  return block[low - 0xdc00] ?? other
}

/** A word's characters as they are compared; separators and invisible characters are left out. Null: it holds a character that no text is searched for. */
export function foldWord(word: string): string | null {
  let folded = ''
  for (let place = 0; place < word.length; place += 1) {
    const unit = word.charCodeAt(place)
    const marker = (foldedUnits[unit] ?? other) === lead ? foldPair(unit, word.charCodeAt(++place)) : foldedUnits[unit] ?? other
    if (marker === other) return null
    if (marker > lead) folded += String.fromCharCode(marker)
  }
  return folded
}

const at = (text: string, place: number): number => (place >= 0 && place < text.length ? simplifiedUnits[text.charCodeAt(place)] ?? other : other)

/** Whether a Latin letter stands there. */
export const isLetter = (text: string, place: number): boolean => at(text, place) >= 0x61 && at(text, place) <= 0x7a
/** Whether a digit stands there, in any of its widths. */
export const isDigit = (text: string, place: number): boolean => at(text, place) >= 0x30 && at(text, place) <= 0x39

/** A word for comparison by sound and shape: simplified, numerals as they stand. */
export function simplifyWord(word: string): string {
  return [...word].map((character) => {
    const unit = at(character, 0)
    return unit > lead ? String.fromCharCode(unit) : ''
  }).join('')
}
