import type { Timing } from './measure.ts'
import { pageSize } from './measure.ts'

/** Milliseconds at the quantile. */
const at = (samples: readonly number[], quantile: number): number => [...samples].sort((a, b) => a - b)[Math.min(samples.length - 1, Math.floor(samples.length * quantile))] ?? Number.NaN

/** One page of one list, over all people who were measured. */
interface Line {
  readonly list: string
  readonly page: string
  readonly isSearch: boolean
  readonly isFull: boolean
  readonly p50: number
  readonly p95: number
  readonly wholeP50: number
  readonly handP50: number
  readonly handP95: number
  readonly by: string
}

export interface Figures {
  readonly size: number
  readonly lines: readonly Line[]
}

export function figuresOf(size: number, timings: readonly Timing[]): Figures {
  const groups = new Map<string, Timing[]>()
  for (const timing of timings) {
    const key = `${timing.scope} ${timing.narrowed.name}|${timing.page === 1 ? 'first' : 'far'}`
    groups.set(key, [...groups.get(key) ?? [], timing])
  }
  return {
    size,
    lines: [...groups].map(([key, some]): Line => {
      const [list = '', page = ''] = key.split('|')
      const all = (of: (timing: Timing) => readonly number[]) => some.flatMap(of)
      return {
        list, page, isSearch: some.some((one) => one.narrowed.isSearch), isFull: some.every((one) => one.rows > pageSize),
        p50: at(all((one) => one.product), 0.5), p95: at(all((one) => one.product), 0.95), wholeP50: at(all((one) => one.whole), 0.5),
        handP50: at(all((one) => one.hand), 0.5), handP95: at(all((one) => one.hand), 0.95), by: [...new Set(some.map((one) => one.by))].join('; '),
      }
    }),
  }
}

const ms = (value: number) => Math.round(value * 100) / 100
/** Of pages that come within a tenth of a millisecond only the clock and the driver would be compared. */
const tooShort = (line: Line) => line.p50 < 0.1 && line.handP50 < 0.1
const ratioOf = (line: Line) => line.p50 / line.handP50

export function printed({ lines }: Figures): string {
  return lines.map((line) => `  ${`${line.list}, ${line.page} page`.padEnd(36)} ${`p50 ${ms(line.p50)}`.padEnd(11)} ${`p95 ${ms(line.p95)}`.padEnd(11)} whole ${String(ms(line.wholeP50)).padEnd(6)} by hand p50 ${String(ms(line.handP50)).padEnd(6)} p95 ${String(ms(line.handP95)).padEnd(6)} ratio ${ms(ratioOf(line))}  (${line.by}${line.isFull ? '' : '; the list ends here'})`).join('\n')
}

/** The worse of a list's two pages. */
function byList(lines: readonly Line[], of: (line: Line) => number): Record<string, number> {
  const worst: Record<string, number> = {}
  for (const line of lines) worst[line.list] = Math.max(worst[line.list] ?? 0, ms(of(line)))
  return worst
}

/** How much slower the largest company is, where both have a full page. */
function growthOf(sizes: readonly Figures[]): Record<string, number> {
  const [smallest] = sizes
  const largest = sizes.at(-1)
  if (smallest === undefined || largest === undefined) return {}
  const growth: Record<string, number> = {}
  for (const line of largest.lines) {
    const before = smallest.lines.find((one) => one.list === line.list && one.page === line.page)
    if (before?.isFull === true && line.isFull && !line.isSearch) growth[line.list] = Math.max(growth[line.list] ?? 0, ms(line.p50 / before.p50))
  }
  return growth
}

/** By database, of the largest company that was measured; `growth` from the smallest to it. */
export function metricsOf(found: Readonly<Record<string, readonly Figures[]>>): Record<string, unknown> {
  const databases = Object.entries(found).map(([kind, sizes]) => ({ kind, sizes, lines: sizes.at(-1)?.lines ?? [] }))
  const each = (of: (one: (typeof databases)[number]) => Record<string, number>) => Object.fromEntries(databases.map((one) => [one.kind, of(one)]))
  const lists = databases.flatMap(({ lines }) => lines.filter((line) => !line.isSearch))
  const searches = databases.flatMap(({ lines }) => lines.filter((line) => line.isSearch))
  const growths = each(({ sizes }) => growthOf(sizes))
  return {
    customers: databases[0]?.sizes.at(-1)?.size ?? 0,
    worstP95Ms: ms(Math.max(...lists.map((line) => line.p95))),
    worstSearchP95Ms: ms(Math.max(...searches.map((line) => line.p95))),
    worstRatioToSql: ms(Math.max(...lists.filter((line) => !tooShort(line)).map(ratioOf))),
    worstSearchRatioToSql: ms(Math.max(...searches.filter((line) => !tooShort(line)).map(ratioOf))),
    growth: Math.max(...Object.values(growths).flatMap((one) => Object.values(one))),
    p95Ms: each(({ lines }) => byList(lines, (line) => line.p95)),
    ratioToSql: each(({ lines }) => byList(lines.filter((line) => !tooShort(line)), ratioOf)),
    growthOf: growths,
  }
}
