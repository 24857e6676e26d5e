import { describe, expect, it } from 'vitest'
import { KeptByBits } from './kept-by-bits.ts'

interface Answer { readonly name: string }
const named = (bits: readonly number[]): Answer => ({ name: bits.join() })

describe('KeptByBits', () => {
  it('gives the answer that was kept for exactly these words, and for no others', () => {
    const all = [1, 2].flatMap((first) => [1, 2].flatMap((second) => [0, 1].map((third) => [first, second, third])))
    const kept = new KeptByBits<Answer>()
    for (const bits of all) {
      expect(kept.get(bits)).toBeUndefined()
      const answer = named(bits)
      expect(kept.keep(bits, answer)).toBe(answer)
      expect(kept.get(bits)).toBe(answer)
    }
    expect(all.map((bits) => kept.get(bits)?.name)).toEqual(all.map((bits) => bits.join()))
    expect([kept.get([3, 1, 1]), kept.get([1, 3, 1]), kept.get([1, 1, 3])]).toEqual([undefined, undefined, undefined])
  })

  it('keeps a thousand answers and forgets them together, so that it never grows beyond', () => {
    const kept = new KeptByBits<Answer>()
    const known = () => Array.from({ length: 2001 }, (_, place) => kept.get([place])).filter((answer) => answer !== undefined).length
    for (let place = 0; place < 1000; place += 1) kept.keep([place], named([place]))
    expect(known()).toBe(1000)
    kept.keep([1000], named([1000]))
    expect(known()).toBe(1)
    for (let place = 1001; place < 2000; place += 1) kept.keep([place], named([place]))
    expect(known()).toBe(1000)
    kept.keep([2000], named([2000]))
    expect([known(), kept.get([2000])?.name]).toEqual([1, '2000'])
  })
})
