import type { QuotaRule } from '../rules/rules.ts'

/** Which messages a counter counts: those of one category, or to customers below a tier; `*` says all. */
export type Bucket = string

type Counted = Pick<QuotaRule, 'category' | 'tierBelow'>

/** `*|*` counts every message. The tier comes first: a category may hold any sign. */
export const bucketOf = ({ category, tierBelow }: Counted): Bucket => `${tierBelow ?? '*'}|${category ?? '*'}`

/** The opposite of `bucketOf`. */
export function countedBy(bucket: Bucket): Counted {
  const at = bucket.indexOf('|')
  const [tier, category] = [bucket.slice(0, at), bucket.slice(at + 1)]
  return { tierBelow: tier === '*' ? null : Number(tier), category: category === '*' ? null : category }
}

/** Whether a message of this category to a customer of this tier is counted there. A tier that nobody computed is below each. */
export function isCounted(bucket: Bucket, message: { readonly category: string, readonly valueTier: number | null }): boolean {
  const { category, tierBelow } = countedBy(bucket)
  return (category === null || category === message.category) && (tierBelow === null || message.valueTier === null || message.valueTier < tierBelow)
}
