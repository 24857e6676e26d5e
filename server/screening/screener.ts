import type { Disguise } from '#shared/screening-words'
import type { WordEntry } from './hits.ts'
import { hostOf, type LinkRules } from './links/check-links.ts'
import { foldWord, simplifyWord } from './text/fold.ts'
import { shapeOf, type WordShape } from './words/confirm.ts'
import { LooseMatcher, type LooseWord } from './words/loose-matcher.ts'
import { createWordMatcher, type WordMatcher } from './words/word-matcher.ts'

export interface ScreenerInput {
  readonly entries: readonly WordEntry[]
  /** Hosts that customers may be sent to, with everything below them. */
  readonly hosts: readonly string[]
  readonly blockedHosts: readonly string[]
}

/** Prepared lists; never changed once made, so that a scan sees one list from its first character to its last. */
export interface Screener {
  readonly entries: readonly WordEntry[]
  readonly shapes: readonly WordShape[]
  readonly words: WordMatcher
  readonly loose: LooseMatcher
  readonly links: LinkRules
}

const strength: Readonly<Record<WordEntry['kind'], number>> = { allow: 4, block: 3, review: 2, warn: 1 }

/**
 * Prepares lists for scanning: half a second for 50,000 words. Entries that are the same after normalising are one, the strongest.
 * Throws `TooManyWords`. An entry without any character that could be found is left out; `checkEntry` names such entries beforehand.
 */
export function createScreener({ entries, hosts, blockedHosts }: ScreenerInput): Screener {
  const places = new Map<string, number>()
  for (const [place, entry] of entries.entries()) {
    const folded = foldWord(entry.word)
    if (folded === null || folded === '') continue
    const known = entries[places.get(folded) ?? -1]
    if (known === undefined || strength[entry.kind] > strength[known.kind]) places.set(folded, place)
  }
  const shapes: WordShape[] = []
  const loose: LooseWord[] = []
  for (const [folded, place] of places) {
    const entry = entries[place]
    if (entry === undefined) continue
    shapes[place] = shapeOf(folded, entry.word)
    if (entry.kind !== 'allow' && entry.disguises.length > 0) loose.push({ word: place, characters: simplifyWord(entry.word), disguises: new Set<Disguise>(entry.disguises) })
  }
  const listed = (list: readonly string[]) => new Set(list.flatMap((host) => hostOf(host) ?? []))
  return { entries, shapes, words: createWordMatcher(places), loose: new LooseMatcher(loose), links: { hosts: listed([...ourHosts, ...hosts]), blockedHosts: listed(blockedHosts) } }
}

/** Where WeCom itself sends customers. */
const ourHosts = ['work.weixin.qq.com', 'mp.weixin.qq.com', 'open.weixin.qq.com', 'wework.qpic.cn']
