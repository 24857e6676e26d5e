import type { ApprovalStep } from '#shared/broadcast-words'
import type { BroadcastRules } from './rules/rules.ts'

/**
 * Who decides: a manager about few recipients, the marketing lead about many, both where the screening asks for a person or the
 * category is risky.
 */
export function neededSteps({ approval }: Pick<BroadcastRules, 'approval'>, about: { readonly recipients: number, readonly reviewHits: number, readonly category: string }): ApprovalStep[] {
  if (about.reviewHits > 0 || approval.riskyCategories.includes(about.category)) return ['manager', 'lead']
  return about.recipients >= approval.leadFrom ? ['lead'] : ['manager']
}

/** Whether what was agreed is enough under these rules: the lead stands for a manager where one of them decides. */
export const isEnough = (agreed: readonly ApprovalStep[], needed: readonly ApprovalStep[]): boolean =>
  needed.every((step) => agreed.includes(step)) || (needed.length === 1 && agreed.includes('lead'))
