import type { ScenarioDifference, ScenarioResult } from './run.ts'

const columns: readonly (readonly [string, (one: ScenarioDifference) => string])[] = [
  ['line', (one) => String(one.line ?? '')],
  ['question', (one) => one.question],
  ['expected', (one) => one.expected],
  ['decide', (one) => one.decide],
  ['rowFilter', (one) => one.rowFilter],
  ['why', (one) => one.reason],
]

/** Chinese characters take two places in a terminal. */
const widthOf = (text: string) => [...text].reduce((sum, letter) => sum + (/[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6]/u.test(letter) ? 2 : 1), 0)
const padded = (text: string, width: number) => text + ' '.repeat(Math.max(0, width - widthOf(text)))

/** What a person reads: one line when all is as expected, else a table of the differences. */
export function describeResult(result: ScenarioResult): string[] {
  const { questions, differences } = result
  if (differences.length === 0) return [`${questions} questions, all answered as expected by decide and by rowFilter`]
  const rows = [columns.map(([title]) => title), ...differences.map((one) => columns.map(([, of]) => of(one)))]
  const widths = columns.map((_, column) => Math.max(...rows.map((row) => widthOf(row[column] ?? ''))))
  return [
    `${questions} questions, ${differences.length} answered otherwise`,
    ...rows.map((row) => row.map((cell, column) => padded(cell, widths[column] ?? 0)).join('  ').trimEnd()),
  ]
}
