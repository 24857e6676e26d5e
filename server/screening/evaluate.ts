import { z } from 'zod'
import { scan } from './scan.ts'
import type { Screener } from './screener.ts'

export const LabelledLine = z.object({ text: z.string(), label: z.enum(['risky', 'clean']), technique: z.string().default('') })
export type LabelledLine = z.infer<typeof LabelledLine>

export interface Quality {
  readonly risky: number
  readonly recall: number
  readonly clean: number
  /** Clean lines that would be stopped, and those that would wait for a person. */
  readonly blocked: number
  readonly reviewed: number
  readonly microsPerMessage: number
  readonly techniques: readonly { readonly technique: string, readonly lines: number, readonly found: number }[]
  readonly missed: readonly LabelledLine[]
  readonly falseAlarms: readonly LabelledLine[]
}

/** How a screener does on labelled lines. A risky line is found when it does not pass; a clean one is a false positive when it is blocked. */
export function evaluate(screener: Screener, lines: readonly LabelledLine[]): Quality {
  for (const line of lines.slice(0, 200)) scan(screener, line.text)
  const began = process.hrtime.bigint()
  const verdicts = lines.map((line) => scan(screener, line.text).verdict)
  const micros = Number(process.hrtime.bigint() - began) / 1000
  const techniques = new Map<string, { lines: number, found: number }>()
  const missed: LabelledLine[] = []
  const falseAlarms: LabelledLine[] = []
  let reviewed = 0
  for (const [place, line] of lines.entries()) {
    const verdict = verdicts[place]
    if (line.label === 'clean') {
      if (verdict === 'block') falseAlarms.push(line)
      if (verdict === 'review') reviewed += 1
      continue
    }
    const known = techniques.get(line.technique) ?? { lines: 0, found: 0 }
    techniques.set(line.technique, { lines: known.lines + 1, found: known.found + (verdict === 'pass' ? 0 : 1) })
    if (verdict === 'pass') missed.push(line)
  }
  const risky = lines.filter((line) => line.label === 'risky').length
  return {
    risky, recall: risky === 0 ? 1 : (risky - missed.length) / risky, clean: lines.length - risky, blocked: falseAlarms.length, reviewed,
    microsPerMessage: lines.length === 0 ? 0 : micros / lines.length,
    techniques: [...techniques].map(([technique, counts]) => ({ technique, ...counts })), missed, falseAlarms,
  }
}
