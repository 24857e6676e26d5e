import { splitCharacters } from '../tables/split-characters.ts'
import { lookAlikeGroups } from '../tables/look-alikes.ts'
import { ordinaryPairs } from '../tables/ordinary-pairs.ts'
import { readings } from '../tables/readings.ts'
import { simplifiedUnits } from './fold.ts'

/** Syllables have the numbers from here on; below lie the codes of Latin letters and digits. */
const firstSyllable = 0x80

const syllableNumbers = new Map<string, number>()
const byCharacter = new Map<number, number[]>()
for (const piece of readings.split(' ')) {
  const syllable = /^[a-z]+/.exec(piece)?.[0] ?? ''
  const number = firstSyllable + syllableNumbers.size
  syllableNumbers.set(syllable, number)
  for (const character of piece.slice(syllable.length)) {
    const unit = character.charCodeAt(0)
    const known = byCharacter.get(unit)
    if (known === undefined) byCharacter.set(unit, [number])
    else known.push(number)
  }
}

/** One more than the greatest key. */
export const keyCount = firstSyllable + syllableNumbers.size

/** The longest syllable of Latin letters. */
export const longestSyllable = 6

export const syllableOf = (letters: string): number | undefined => syllableNumbers.get(letters)
const none: readonly number[] = []

/** The syllables of a (simplified) character. */
export function keysOf(unit: number): readonly number[] {
  return byCharacter.get(unit) ?? none
}

const alikes = new Map<number, Set<number>>()
for (const group of lookAlikeGroups) {
  for (const one of group) {
    const known = alikes.get(one.charCodeAt(0)) ?? new Set<number>()
    for (const another of group) if (another !== one) known.add(another.charCodeAt(0))
    alikes.set(one.charCodeAt(0), known)
  }
}

/** The characters for which this one may be taken at a glance. */
export const alikesOf = (unit: number): ReadonlySet<number> | undefined => alikes.get(unit)

const widely: (readonly number[] | undefined)[] = Array.from({ length: 0x10000 })
for (let unit = 0x30; unit < 0x80; unit += 1) widely[unit] = [unit]
for (const unit of byCharacter.keys()) {
  const alike = [...alikes.get(unit) ?? []].flatMap((one) => byCharacter.get(one) ?? none)
  widely[unit] = alike.length === 0 ? byCharacter.get(unit) : [...new Set([...byCharacter.get(unit) ?? none, ...alike])]
}

/** The keys under which a character of a text is looked up: its own and those of the characters that it looks like; a letter's or digit's is itself. */
export const widelyReadKeysOf = (unit: number): readonly number[] => widely[unit] ?? none

const wholes = new Map<number, number[]>()
for (const [whole = '', one = '', another = ''] of splitCharacters) {
  const parts = one.charCodeAt(0) * 0x10000 + another.charCodeAt(0)
  wholes.set(parts, [...(wholes.get(parts) ?? []), whole.charCodeAt(0)])
}

/** The characters that these two are the parts of. */
export const wholesOf = (one: number, another: number): readonly number[] => wholes.get(one * 0x10000 + another) ?? none

const pairs = new Set<number>()
for (const group of ordinaryPairs.split(' ')) for (let place = 1; place < group.length; place += 1) pairs.add(group.charCodeAt(0) * 0x10000 + group.charCodeAt(place))

/** Whether the two characters, as they stand in a text, are an ordinary word. */
export function isOrdinaryPair(text: string, place: number): boolean {
  if (place < 0 || place + 1 >= text.length) return false
  return pairs.has((simplifiedUnits[text.charCodeAt(place)] ?? 0) * 0x10000 + (simplifiedUnits[text.charCodeAt(place + 1)] ?? 0))
}
