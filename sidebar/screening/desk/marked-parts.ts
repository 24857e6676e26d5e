import type { Severity } from '#shared/screening-words'

export interface Mark {
  /** UTF-16 units. */
  readonly start: number
  readonly end: number
  readonly severity: Severity
}

export interface Part {
  readonly text: string
  readonly severity: Severity | null
}

const weight: Readonly<Record<Severity, number>> = { block: 3, review: 2, warn: 1 }

/** The text cut where findings begin and end; where several lie over each other, the gravest counts. */
export function markedParts(text: string, marks: readonly Mark[]): Part[] {
  const cuts = [...new Set([0, text.length, ...marks.flatMap(({ start, end }) => [start, end])])].filter((at) => at >= 0 && at <= text.length).sort((a, b) => a - b)
  return cuts.slice(0, -1).map((from, place): Part => {
    const to = cuts[place + 1] ?? text.length
    const over = marks.filter(({ start, end }) => start <= from && end >= to).map(({ severity }) => severity).sort((a, b) => weight[b] - weight[a])
    return { text: text.slice(from, to), severity: over[0] ?? null }
  })
}
