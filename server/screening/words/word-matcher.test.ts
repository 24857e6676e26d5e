import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { foldWord } from '../text/fold.ts'
import { createWordMatcher } from './word-matcher.ts'

const matcherOf = (...words: string[]) => createWordMatcher(new Map(words.map((word, place) => [foldWord(word) ?? '', place])))
const spans = (words: string[], text: string) => matcherOf(...words).find(text).map(({ word, start, end }) => [words[word], text.slice(start, end)])

describe('S39 words are found however they are written', () => {
  it.each([
    ['width', '加ｖｘ', '加vx'], ['case', '加VX', '加vx'], ['mathematical letters', '加𝓥𝓧', '加vx'], ['circled letters', '加ⓥⓧ', '加vx'], ['Cyrillic letters', '加ѵх', '加vx'],
    ['traditional', '賭博', '赌博'], ['zero-width', '赌\u200b\u200d博', '赌博'], ['combining', '赌\u0336博', '赌博'], ['separators', '赌 * ★博', '赌博'], ['emoji', '赌💰博', '赌博'],
    ['repeats', '赌赌博', '赌博'], ['circled digits', '⑥合彩', '六合彩'], ['Chinese digits', '日赚伍百', '日赚5百'], ['keycaps', '6️⃣合彩', '六合彩'], ['sentence ends between single characters', '加。微。信', '加微信'],
  ])('%s', (_, text, word) => {
    const [found] = matcherOf(word).find(`前文${text}后文`)
    expect(found).toBeDefined()
    expect(`前文${text}后文`.slice(found?.start, found?.end)).toContain(text.slice(-1))
    expect(found?.end).toBe(2 + text.length)
  })

  it('spans count UTF-16 units of the original', () => {
    expect(matcherOf('加vx').find('😀加𝓥\u200b𝓧。')).toEqual([{ word: 0, start: 2, end: 8 }])
  })

  it('a sentence end, another character or too many separators part a word', () => {
    expect(spans(['好友'], '真好。友情提示')).toEqual([])
    expect(spans(['赌博'], '赌了博')).toEqual([])
    expect(spans(['赌博'], '赌……………博')).toEqual([['赌博', '赌……………博']])
    expect(spans(['赌博'], '赌………………………博')).toEqual([])
  })

  it('finds words inside and across others, and those that have a character twice', () => {
    expect(spans(['天天', '天天棋牌', '棋牌', '牌九'], '天天棋牌九')).toEqual([['天天', '天天'], ['天天棋牌', '天天棋牌'], ['棋牌', '棋牌'], ['牌九', '牌九']])
    expect(spans(['ab', 'bbd'], 'abbd').map(([word]) => word)).toContain('bbd')
  })

  it('whatever stands undisguised is found, for any words and texts', () => {
    const letter = fc.constantFrom('赌', '博', '天', '微', 'a', 'b', '7')
    fc.assert(fc.property(fc.uniqueArray(fc.string({ unit: letter, minLength: 2, maxLength: 5 }), { minLength: 1, maxLength: 12 }), fc.string({ unit: fc.constantFrom('赌', '博', '天', '微', 'a', 'b', '7', '了', '。', ' '), maxLength: 60 }), (words, text) => {
      const found = new Set(matcherOf(...words).find(text).map((one) => `${one.word} ${one.end}`))
      for (const [place, word] of words.entries()) for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) expect(found).toContain(`${place} ${at + word.length}`)
    }), { numRuns: 500 })
  })

  // A word of a single character makes every place count; this one stands in no text.
  it('passing over places where no word begins changes nothing, for any words and texts', () => {
    const inWords = ['赌', '博', '天', '微', '信', 'a', 'b', '7', 'v']
    const between = [...inWords, '了', '。', ' ', '、', '\u200b', '𝓥', '😀', '賭', 'Ａ', '']
    const words = fc.uniqueArray(fc.string({ unit: fc.constantFrom(...inWords), minLength: 2, maxLength: 6 }), { minLength: 1, maxLength: 20 })
    const pieces = fc.array(fc.tuple(fc.nat(), fc.nat(6), fc.constantFrom(...between)), { maxLength: 60 })
    let found = 0
    fc.assert(fc.property(words, pieces, (list, parts) => {
      const text = parts.map(([word, length, after]) => (list[word % list.length] ?? '').slice(0, length) + after).join('')
      const here = matcherOf(...list).find(text)
      found += here.length
      expect(here).toEqual(matcherOf(...list, '龘').find(text))
    }), { numRuns: 250 })
    expect(found).toBeGreaterThan(500)
  })

  it('characters that mean something in a regular expression are characters', () => {
    expect(spans(['(a+)+$b'], `${'a'.repeat(5000)}!`)).toEqual([])
    expect(spans(['c.*d'], 'c.*d')).toEqual([['c.*d', 'c.*d']])
  })
})
