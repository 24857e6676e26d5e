import { disguises, entryKinds, wordCategories, type Disguise } from '#shared/screening-words'
import type { WordEntry } from './hits.ts'
import { foldedUnits, foldWord, sentenceEnd } from './text/fold.ts'

/** More entries than this are refused: prepared, they take about 100 MB and two seconds. */
export const mostEntries = 200_000
export const longestEntry = 64
const mostProblems = 100

export type EntryProblem = 'too-long' | 'too-short' | 'unsearchable' | 'sentence-end' | 'bad-kind' | 'bad-category' | 'bad-disguise' | 'bad-quotes' | 'too-many-fields'

/** A line that could not be used, by its number from 1. */
export interface LineProblem {
  readonly line: number
  readonly problem: EntryProblem
}

export interface WordFile {
  readonly entries: WordEntry[]
  /** The first hundred; `bad` counts all. */
  readonly problems: LineProblem[]
  readonly bad: number
}

export class TooManyEntries extends Error {
  constructor() {
    super(`a word list may have ${mostEntries} entries at most`)
    this.name = 'TooManyEntries'
  }
}

/** What is wrong with a word itself; null: nothing. Every character that a text may hold is only a character here, also those of regular expressions. */
export function problemOfWord(word: string): EntryProblem | null {
  if (word.length > longestEntry) return 'too-long'
  const folded = foldWord(word)
  if (folded === null) return 'unsearchable'
  if (folded.length < 2) return 'too-short'
  const inner = word.replace(/[!！?？。]+$/, '')
  for (let place = 0; place < inner.length; place += 1) if (foldedUnits[inner.charCodeAt(place)] === sentenceEnd) return 'sentence-end'
  return null
}

/**
 * Reads a list line by line: a word a line, or `word,kind,category,disguises,note` (CSV; what is left out is block, other, all, nothing).
 * Empty lines, lines that begin with # and a header are passed over. Stops with `TooManyEntries` at the first entry too many, so that a
 * list of any length needs bounded memory.
 */
export async function readWordFile(lines: AsyncIterable<string> | Iterable<string>): Promise<WordFile> {
  const entries: WordEntry[] = []
  const problems: LineProblem[] = []
  let bad = 0
  let line = 0
  for await (const raw of lines) {
    line += 1
    const content = line === 1 ? raw.replace(/^\ufeff/, '').trim() : raw.trim()
    if (content === '' || content.startsWith('#') || (line === 1 && /^word(,|$)/.test(content))) continue
    const read = readLine(content)
    if (typeof read === 'string') {
      bad += 1
      if (problems.length < mostProblems) problems.push({ line, problem: read })
      continue
    }
    if (entries.length >= mostEntries) throw new TooManyEntries()
    entries.push(read)
  }
  return { entries, problems, bad }
}

function readLine(content: string): WordEntry | EntryProblem {
  const fields = fieldsOf(content)
  if (fields === null) return 'bad-quotes'
  if (fields.length > 5) return 'too-many-fields'
  const [word = '', kindText = '', categoryText = '', disguiseText, note = ''] = fields
  const kind = entryKinds.find((one) => one === (kindText || 'block'))
  if (kind === undefined) return 'bad-kind'
  const category = wordCategories.find((one) => one === (categoryText || 'other'))
  if (category === undefined) return 'bad-category'
  const wanted = disguiseText === undefined ? [...disguises] : disguiseText.split(/[|\s]+/).filter((one) => one !== '')
  const known = wanted.flatMap((name): Disguise[] => disguises.filter((one) => one === name))
  if (known.length !== wanted.length) return 'bad-disguise'
  return problemOfWord(word) ?? { word, kind, category, disguises: kind === 'allow' ? [] : known, note: note.slice(0, 100) }
}

/** The fields of a CSV line; null for a quote that does not close. */
function fieldsOf(content: string): string[] | null {
  if (!content.includes('"')) return content.split(',').map((field) => field.trim())
  const fields: string[] = []
  let field = ''
  let quoted = false
  for (let place = 0; place < content.length; place += 1) {
    const character = content.charAt(place)
    if (quoted && character === '"' && content.charAt(place + 1) === '"') {
      field += '"'
      place += 1
    } else if (character === '"') quoted = !quoted
    else if (character === ',' && !quoted) {
      fields.push(field.trim())
      field = ''
    } else field += character
  }
  return quoted ? null : [...fields, field.trim()]
}

const header = 'word,kind,category,disguises,note'
const quote = (field: string): string => (/[",#]/.test(field) || field !== field.trim() ? `"${field.replaceAll('"', '""')}"` : field)

/** The list as a CSV file that `readWordFile` reads. */
export function* writeWordFile(entries: Iterable<WordEntry>): Generator<string> {
  yield header
  for (const { word, kind, category, disguises: wanted, note } of entries) yield [word, kind, category, wanted.join('|'), note].map(quote).join(',')
}
