import { isDigit, isLetter, simplifiedUnits } from '../text/fold.ts'
import { isOrdinaryPair } from '../text/syllables.ts'
import type { Found } from './word-matcher.ts'

/** Marks that stand between ordinary words as well; any other mark between two characters of a word is put there on purpose. */
const clauseMarks = new Set('，,、：:/／ \u3000\t（(）)“”"\'《》【】')

/** What is known about a word beforehand, so that a finding is judged quickly. */
export interface WordShape {
  readonly length: number
  readonly beginsWithLetter: boolean
  readonly endsWithLetter: boolean
  readonly beginsWithDigit: boolean
  readonly endsWithDigit: boolean
  readonly hasDigit: boolean
}

export function shapeOf(folded: string, word: string): WordShape {
  const last = folded.length - 1
  return {
    length: folded.length,
    beginsWithLetter: isLetter(folded, 0), endsWithLetter: isLetter(folded, last),
    beginsWithDigit: /^[0-9]/.test(word), endsWithDigit: /[0-9]$/.test(word), hasDigit: /[0-9]/.test(word),
  }
}

/** Whether the text means the word: letters and digits are not cut out of longer ones, and a clause mark in between is no accident. */
export function isMeant(text: string, { start, end }: Found, shape: WordShape): boolean {
  if (shape.beginsWithLetter && isLetter(text, start - 1)) return false
  if (shape.endsWithLetter && isLetter(text, end)) return false
  if (shape.beginsWithDigit && isDigit(text, start - 1)) return false
  if (shape.endsWithDigit && isDigit(text, end)) return false
  // 角色情感 holds no 色情: the word lies across two ordinary ones.
  if (end - start === 2 && shape.length === 2 && isOrdinaryPair(text, start - 1) && isOrdinaryPair(text, start + 1)) return false
  return end - start === shape.length || isJoinedOnPurpose(text, start, end, shape)
}

function isJoinedOnPurpose(text: string, start: number, end: number, shape: WordShape): boolean {
  let marks = 0
  let otherMarks = 0
  for (let place = start + 1; place < end - 1; place += 1) {
    const character = text.charAt(place)
    if (clauseMarks.has(character)) marks += 1
    else if ((simplifiedUnits[text.charCodeAt(place)] ?? 0) <= 2) otherMarks += 1
  }
  if (marks === 0 || otherMarks > 0) return true
  // Where every character stands apart, it is on purpose; where one mark divides the word, its halves may belong to their neighbours.
  if (shape.length > 2 && marks >= shape.length - 1) return true
  return !isOrdinaryPair(text, start - 1) && !isOrdinaryPair(text, end - 1) && (shape.length > 2 || !isClauseBreak(text, start, end))
}

/** 「…毒，品…」: a comma between two characters that both go on with other characters is a comma. */
function isClauseBreak(text: string, start: number, end: number): boolean {
  const isWord = (place: number) => (simplifiedUnits[text.charCodeAt(place)] ?? 0) >= 0x80
  return end - start === 3 && '，、：'.includes(text.charAt(start + 1)) && start > 0 && end < text.length && isWord(start - 1) && isWord(end) && isOrdinaryNear(text, start, end)
}

const isOrdinaryNear = (text: string, start: number, end: number): boolean => isOrdinaryPair(text, start - 2) || isOrdinaryPair(text, end)
