import type { Disguise, EntryKind, HitCategory, HitReason, Severity, Verdict, WordCategory } from '#shared/screening-words'

/** One line of a word list. */
export interface WordEntry {
  readonly word: string
  readonly kind: EntryKind
  readonly category: WordCategory
  /** What is looked for beside what is looked for always. */
  readonly disguises: readonly Disguise[]
  /** What could be written instead; empty: nothing. */
  readonly note: string
}

/** Something in a text that must or should not leave; the span counts UTF-16 units of the text as it was given. */
export interface Hit {
  readonly start: number
  readonly end: number
  readonly category: HitCategory
  readonly severity: Severity
  /** The word of the list, the host of a link, the kind of a number: never the number itself. */
  readonly word: string
  readonly reason: HitReason
  readonly proposal: string | null
}

export interface Screening {
  readonly verdict: Verdict
  readonly hits: readonly Hit[]
}

export function verdictOf(hits: readonly Hit[]): Verdict {
  if (hits.some((hit) => hit.severity === 'block')) return 'block'
  return hits.some((hit) => hit.severity === 'review') ? 'review' : 'pass'
}

const weight: Readonly<Record<Severity, number>> = { block: 3, review: 2, warn: 1 }

/** In the order of the text, without those that lie inside a finding that is at least as severe. */
export function withoutInner(hits: readonly Hit[]): Hit[] {
  const sorted = [...hits].sort((one, other) => one.start - other.start || other.end - one.end || weight[other.severity] - weight[one.severity])
  const kept: Hit[] = []
  for (const hit of sorted) {
    const isInner = kept.some((one) => one.start <= hit.start && one.end >= hit.end && weight[one.severity] >= weight[hit.severity])
    if (!isInner) kept.push(hit)
  }
  return kept
}

/** At most so many: the most severe, in the order of the text. */
export function mostSevere(hits: readonly Hit[], most: number): readonly Hit[] {
  if (hits.length <= most) return hits
  const kept = new Set([...hits].sort((one, other) => weight[other.severity] - weight[one.severity]).slice(0, most))
  return hits.filter((hit) => kept.has(hit))
}
