import { ordinaryPairs } from '../../../server/screening/tables/ordinary-pairs.ts'
import { Random } from '../access/random.ts'

const pairs = ordinaryPairs.split(' ').flatMap((group) => [...group.slice(1)].map((second) => group.charAt(0) + second))

const characters = [...new Set(pairs.join(''))]
const known = new Set(pairs)

/**
 * Distinct words of two to six characters that share beginnings as a real list does. Those of two are no ordinary words: a list that
 * holds these would stop every message.
 */
export function benchWords(count: number): string[] {
  const random = new Random(5)
  const words = new Set<string>()
  while (words.size < count) {
    const length = random.one([2, 3, 3, 4, 4, 4, 5, 6])
    const word = length === 2 ? random.one(characters) + random.one(characters) : (random.one(pairs) + random.one(pairs) + random.one(pairs)).slice(0, length)
    if (!known.has(word)) words.add(word)
  }
  return [...words]
}

/** So many bytes of UTF-8: ordinary words, punctuation, and now and then a word of the list. */
export function benchText(words: readonly string[], bytes: number): string {
  const random = new Random(7)
  const parts: string[] = []
  for (let size = 0; size < bytes;) {
    const part = random.one(Array.from({ length: 8 }, () => random.one(pairs))) + (random.below(6) === 0 ? random.one(['，', '。', '、', '！', '\n']) : '') + (random.below(200) === 0 ? random.one(words) : '')
    parts.push(part)
    size += Buffer.byteLength(part)
  }
  return parts.join('')
}
