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
