import type { HitReason } from '#shared/screening-words'
import { mostSevere, verdictOf, withoutInner, type Hit, type Screening } from './hits.ts'
import { checkLinks } from './links/check-links.ts'
import { checkNumbers } from './personal/check-numbers.ts'
import type { Screener } from './screener.ts'
import { checkTypos } from './typos.ts'
import { isMeant } from './words/confirm.ts'
import type { Found } from './words/word-matcher.ts'

/** More findings than this are not listed; the verdict counts all, and what stops the text is listed before the rest. */
const mostHits = 200

/**
 * Says whether a text may leave, and where and why not. Pure: the same screener and text give the same answer.
 * A text leaves when the verdict is `pass`; `review` needs a person, `block` needs another text.
 */
export function scan(screener: Screener, text: string): Screening {
  const hits = withoutInner([...checkWords(screener, text), ...checkTypos(text), ...checkLinks(text, screener.links), ...checkNumbers(text)])
  return { verdict: verdictOf(hits), hits: mostSevere(hits, mostHits) }
}

function checkWords(screener: Screener, text: string): Hit[] {
  const { entries, shapes, words, loose } = screener
  const allowed: Found[] = []
  const hits: Hit[] = []
  const add = (found: Found, reason: HitReason) => {
    const entry = entries[found.word]
    if (entry === undefined || entry.kind === 'allow') return
    hits.push({ start: found.start, end: found.end, category: entry.category, severity: entry.kind, word: entry.word, reason, proposal: entry.note === '' ? null : entry.note })
  }
  for (const found of words.find(text)) {
    const shape = shapes[found.word]
    if (shape === undefined || !isMeant(text, found, shape)) continue
    if (entries[found.word]?.kind !== 'allow') add(found, text.slice(found.start, found.end) === entries[found.word]?.word ? 'word' : 'word.disguised')
    else if (found.end - found.start === shape.length) allowed.push(found)
  }
  for (const found of loose.find(text)) add(found, `word.${found.how}`)
  return allowed.length === 0 ? hits : hits.filter((hit) => !allowed.some((one) => one.start <= hit.start && one.end >= hit.end))
}
