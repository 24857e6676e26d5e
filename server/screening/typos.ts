import type { Hit } from './hits.ts'
import { confusions } from './tables/confusions.ts'
import { foldWord } from './text/fold.ts'
import { createWordMatcher, type WordMatcher } from './words/word-matcher.ts'

interface Confusion {
  readonly wrong: string
  readonly right: string
  /** Longer texts that hold the wrong one and are right. */
  readonly unless: readonly string[]
}

const known: readonly Confusion[] = confusions.trim().split('\n').map((line) => {
  const [wrong = '', right = '', ...unless] = line.trim().split(/\s+/)
  return { wrong, right, unless }
})

let matcher: WordMatcher | null = null

/** Words that are written wrong, only where they stand exactly so and not inside a right one: a false alarm costs more trust than a missed typo. */
export function checkTypos(text: string): Hit[] {
  matcher ??= createWordMatcher(new Map(known.map(({ wrong }, place) => [foldWord(wrong) ?? '', place])))
  return matcher.find(text).flatMap(({ word, start, end }) => {
    const confusion = known[word]
    if (confusion === undefined || text.slice(start, end) !== confusion.wrong || confusion.unless.some((longer) => standsAround(text, start, confusion.wrong, longer))) return []
    return [{ start, end, category: 'typo', severity: 'review', word: confusion.wrong, reason: 'typo', proposal: confusion.right }]
  })
}

function standsAround(text: string, start: number, wrong: string, longer: string): boolean {
  for (let at = longer.indexOf(wrong); at >= 0; at = longer.indexOf(wrong, at + 1)) if (start >= at && text.startsWith(longer, start - at)) return true
  return false
}
