import type { TemplateAttachment, TemplateHit } from '#shared/contracts/templates'
import type { Verdict } from '#shared/screening-words'
import { scan, type Screener } from '../screening/index.ts'
import { coverVariables } from './variables.ts'

export interface Screened {
  readonly verdict: Verdict
  readonly hits: readonly TemplateHit[]
}

/** Everything of a content that a customer reads or follows, by the name of its part. */
function partsOf(text: string, attachments: readonly TemplateAttachment[]): [string, string][] {
  return [
    ['text', text],
    ...attachments.flatMap((one, place): [string, string][] => {
      const at = (field: string) => `attachments.${place}.${field}`
      switch (one.type) {
        case 'link': return [[at('title'), one.title], [at('desc'), one.desc], [at('url'), one.url]]
        case 'miniprogram': return [[at('title'), one.title]]
        case 'image':
        case 'file':
        case 'video': return []
      }
    }),
  ]
}

const weight: Readonly<Record<Verdict, number>> = { pass: 0, review: 1, block: 2 }

/** Scans a content as it will be sent (S39). */
export function screenParts(screener: Screener, text: string, attachments: readonly TemplateAttachment[]): Screened {
  let verdict: Verdict = 'pass'
  const hits: TemplateHit[] = []
  for (const [part, words] of partsOf(text, attachments)) {
    const found = scan(screener, words)
    if (weight[found.verdict] > weight[verdict]) verdict = found.verdict
    hits.push(...found.hits.map((hit) => ({ part, ...hit })))
  }
  return { verdict, hits }
}

/** Scans a content as it is written: its variables have no values yet. */
export const screenContent = (screener: Screener, { text, attachments }: { readonly text: string, readonly attachments: readonly TemplateAttachment[] }): Screened =>
  screenParts(screener, coverVariables(text), attachments)

/** The words in a content that need a person's look; by an approval they have got it. */
export const wordsToConfirm = ({ hits }: Screened): string[] =>
  [...new Set(hits.filter((hit) => hit.severity === 'review').map((hit) => hit.word))]

/** What keeps a filled text from leaving: whatever blocks, and what a person would have to look at and nobody did. */
export const stopping = ({ hits }: Screened, confirmed: readonly string[]): TemplateHit[] =>
  hits.filter((hit) => hit.severity === 'block' || (hit.severity === 'review' && !confirmed.includes(hit.word)))
