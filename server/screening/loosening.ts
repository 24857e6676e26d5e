import type { EntryKind } from '#shared/screening-words'
import type { WordEntry } from './hits.ts'
import type { WordDocument } from './word-document.ts'

const weight: Readonly<Record<EntryKind, number>> = { block: 3, review: 2, warn: 1, allow: 0 }

/** What one list lets through that another stopped. */
export interface Loosening {
  /** Words that are gone, weaker, or looked for in fewer disguises. */
  readonly weaker: readonly string[]
  /** Phrases that are allowed, or allowed in more ways. */
  readonly allowed: readonly string[]
  /** Hosts of links that are allowed, or blocked no more. */
  readonly hosts: readonly string[]
}

/** Compares entry by entry: what a text may hold under `after` and not under `before` comes from one of these. */
export function looseningOf(before: WordDocument, after: WordDocument): Loosening {
  const is = new Map(after.entries.map((entry) => [entry.word, entry]))
  const was = new Map(before.entries.map((entry) => [entry.word, entry]))
  return {
    weaker: before.entries.filter((entry) => entry.kind !== 'allow' && isWeaker(entry, is.get(entry.word))).map((entry) => entry.word),
    allowed: after.entries.filter((entry) => entry.kind === 'allow' && !isSameAllowed(was.get(entry.word), entry)).map((entry) => entry.word),
    hosts: [...after.hosts.filter((host) => !before.hosts.includes(host)), ...before.blockedHosts.filter((host) => !after.blockedHosts.includes(host))],
  }
}

export const isLoosening = ({ weaker, allowed, hosts }: Loosening): boolean => weaker.length + allowed.length + hosts.length > 0

const isWeaker = (before: WordEntry, after: WordEntry | undefined): boolean =>
  after === undefined || weight[after.kind] < weight[before.kind] || before.disguises.some((one) => !after.disguises.includes(one))

const isSameAllowed = (before: WordEntry | undefined, after: WordEntry): boolean =>
  before?.kind === 'allow' && after.disguises.every((one) => before.disguises.includes(one))
