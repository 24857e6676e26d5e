import type { Operation } from './operations.ts'

/** What no grant with an end may ever give: exports, decisions about others' requests, and whatever belongs to the system. */
export function isNeverTemporary(operation: Operation): boolean {
  return operation === 'marketing.reports.operate' || operation.startsWith('marketing.approvals.') || operation.startsWith('marketing.strategy.') || operation.startsWith('system.')
}
