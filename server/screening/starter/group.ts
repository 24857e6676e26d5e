import { disguises, type EntryKind, type WordCategory } from '#shared/screening-words'
import type { WordEntry } from '../hits.ts'

const han = /^[\u4e00-\u9fff]{2,}$/

/** Entries of one kind, separated by spaces; `word=better` proposes something else. Chinese words are looked for in every disguise. */
export function group(kind: EntryKind, category: WordCategory, words: string): WordEntry[] {
  return words.trim().split(/\s+/).map((item) => {
    const [word = '', note = ''] = item.split('=')
    return { word, kind, category, disguises: kind !== 'allow' && kind !== 'warn' && han.test(word) ? [...disguises] : [], note }
  })
}

/** Every one of the first with every one of the second. */
export function crossed(kind: EntryKind, category: WordCategory, firsts: string, seconds: string): WordEntry[] {
  return firsts.trim().split(/\s+/).flatMap((first) => seconds.trim().split(/\s+/).flatMap((second) => group(kind, category, first + second)))
}
