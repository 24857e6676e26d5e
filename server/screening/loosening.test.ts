import { describe, expect, it } from 'vitest'
import type { WordEntry } from './hits.ts'
import { isLoosening, looseningOf } from './loosening.ts'
import type { WordDocument } from './word-document.ts'

const entry = (word: string, more: Partial<WordEntry> = {}): WordEntry => ({ word, kind: 'block', category: 'gambling', disguises: ['sound'], note: '', ...more })
const list = (entries: WordEntry[], more: Partial<WordDocument> = {}): WordDocument => ({ entries, hosts: ['a.com'], blockedHosts: ['b.com'], ...more })
const before = list([entry('赌博'), entry('最好', { kind: 'warn' }), entry('拒绝赌博', { kind: 'allow', disguises: [] })])
const changed = (entries: WordEntry[], more: Partial<WordDocument> = {}) => looseningOf(before, list([...before.entries.filter((one) => !entries.some((other) => other.word === one.word)), ...entries], more))

describe('what a list lets through that another stopped', () => {
  it('is nothing when words are added, made stronger, found in more disguises, and phrases or hosts are taken away', () => {
    expect(isLoosening(looseningOf(before, before))).toBe(false)
    expect(isLoosening(changed([entry('博彩'), entry('最好', { kind: 'review' }), entry('赌博', { disguises: ['sound', 'split'] })], { hosts: [], blockedHosts: ['b.com', 'c.com'] }))).toBe(false)
    expect(isLoosening(looseningOf(before, list(before.entries.filter((one) => one.kind !== 'allow'))))).toBe(false)
    expect(isLoosening(changed([entry('赌博', { note: '换个说法', category: 'fraud' })]))).toBe(false)
  })

  it.each([
    ['a word that is gone', looseningOf(before, list(before.entries.slice(1))), ['赌博']],
    ['a word that is weaker', changed([entry('赌博', { kind: 'review' })]), ['赌博']],
    ['a word in fewer disguises', changed([entry('赌博', { disguises: ['split'] })]), ['赌博']],
    ['a word that is allowed', changed([entry('赌博', { kind: 'allow' })]), ['赌博']],
    ['a warning that is gone', looseningOf(before, list(before.entries.filter((one) => one.word !== '最好'))), ['最好']],
  ])('is %s', (_, { weaker }, words) => { expect(weaker).toEqual(words) })

  it('is an allowed phrase, an allowed host, and a host that is blocked no more', () => {
    expect(changed([entry('远离赌博', { kind: 'allow' })]).allowed).toEqual(['远离赌博'])
    expect(changed([entry('拒绝赌博', { kind: 'allow', disguises: ['sound'] })]).allowed).toEqual(['拒绝赌博'])
    expect(changed([], { hosts: ['a.com', 'x.com'], blockedHosts: [] }).hosts).toEqual(['x.com', 'b.com'])
  })
})
