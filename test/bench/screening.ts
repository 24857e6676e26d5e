import { AhoCorasick as Monyone } from '@monyone/aho-corasick/fast'
import { Mint } from 'mint-filter'
import Modern from 'modern-ahocorasick'
import { createWordMatcher } from '../../server/screening/words/word-matcher.ts'
import { foldWord } from '../../server/screening/text/fold.ts'
import { createScreener, scan } from '../../server/screening/index.ts'
import { benchText, benchWords } from './screening/material.ts'

const words = benchWords(50_000)
const text = benchText(words, 1_000_000)
const megabytes = Buffer.byteLength(text) / 1e6
const pieces = Array.from({ length: Math.ceil(text.length / 1000) }, (_, piece) => text.slice(piece * 1000, (piece + 1) * 1000))
const messages = Array.from({ length: 200 }, (_, piece) => text.slice(piece * 300, (piece + 1) * 300))
const rounds = 9
/** A run of the fast ones is shorter than what the machine takes away at once: the best of many counts. */
const fastRounds = 60

/** Milliseconds of the fastest run; the runs of all contenders alternate, so that other work on the machine meets all alike. */
function fastest<Name extends string>(contenders: Readonly<Record<Name, () => unknown>>, times = rounds): Record<Name, number> {
  const names = Object.keys(contenders) as Name[]
  const best = Object.fromEntries(names.map((name) => [name, Number.POSITIVE_INFINITY])) as Record<Name, number>
  for (let round = 0; round < times; round += 1) {
    for (const name of names) {
      const began = performance.now()
      contenders[name]()
      best[name] = Math.min(best[name], performance.now() - began)
    }
  }
  return best
}

function built<T>(make: () => T): [T, number] {
  const began = performance.now()
  const made = make()
  return [made, performance.now() - began]
}

/**
 * 50,000 words on 1 MB of Chinese text. Ours normalises while it reads (width, case, traditional, separators, repeats); the others
 * compare characters as they are. Every word that they find must be found by ours as well before anything counts.
 */
export async function bench(): Promise<Record<string, number>> {
  const [ours, buildMs] = built(() => createWordMatcher(new Map(words.flatMap((word, place) => {
    const folded = foldWord(word)
    return folded === null || folded === '' ? [] : [[folded, place] as const]
  }))))
  const [mint, mintBuildMs] = built(() => new Mint([...words]))
  const [monyone, monyoneBuildMs] = built(() => new Monyone([...words]))
  const [modern, modernBuildMs] = built(() => new Modern([...words]))
  const ends = new Set(ours.find(text, Number.POSITIVE_INFINITY).map((one) => one.end))
  const theirs = monyone.matchInText(text)
  const missed = theirs.filter((one) => !ends.has(one.end))
  console.log(`${theirs.length} occurrences, ${missed.length} missed by ours`)
  if (missed.length > 0) throw new Error('ours misses words that stand undisguised in the text')
  const millis = {
    ...fastest({ ours: () => ours.find(text, Number.POSITIVE_INFINITY), monyone: () => monyone.matchInText(text) }, fastRounds),
    ...fastest({
      mint: () => mint.filter(text, { replace: false }),
      modern: () => pieces.map((piece) => modern.search(piece)),
    }),
  }
  const screener = createScreener({ entries: words.map((word) => ({ word, kind: 'block', category: 'other', disguises: [], note: '' })), hosts: [], blockedHosts: [] })
  const small = fastest({ words: () => messages.map((message) => ours.find(message)), whole: () => messages.map((message) => scan(screener, message)) }, fastRounds)
  const rounded = (value: number) => Math.round(value * 10) / 10
  return {
    mbPerSecond: rounded(megabytes / millis.ours * 1000),
    ratioToMint: rounded(millis.mint / millis.ours),
    ratioToMonyone: rounded(millis.monyone / millis.ours),
    ratioToModern: rounded(millis.modern / millis.ours),
    buildMs: rounded(buildMs),
    microsPer300Chars: rounded(small.words / messages.length * 1000),
    wholeMicrosPer300Chars: rounded(small.whole / messages.length * 1000),
    mintMbPerSecond: rounded(megabytes / millis.mint * 1000), monyoneMbPerSecond: rounded(megabytes / millis.monyone * 1000), modernMbPerSecond: rounded(megabytes / millis.modern * 1000),
    mintBuildMs: rounded(mintBuildMs), monyoneBuildMs: rounded(monyoneBuildMs), modernBuildMs: rounded(modernBuildMs),
  }
}
