/** The public face of approvals. */
export { createApprovals, type Approvals } from './approvals.ts'
export {
  ApprovalNotFound, ApprovalOutdated, type ApprovalKind, type ApprovalRequest, type AskInput, type Decided, type DecideInput, type Described, type NotEligible,
} from './approval-kind.ts'
export { approvalApprovers, approvalPairs, approvalRequests, type ApprovalRow, type ApprovalStatus, type ApproverRow, type Verdict } from './approval.entity.ts'
export { waitingPeriodMs } from './waiting-period.ts'
export { approvalEffects, approvalHandlers, type ApprovalWorkers } from './approvals.workers.ts'
export { askForDirectoryChanges, directoryChangeEffects, directoryChangeKind } from './directory-change.ts'
export { approvalRoutes, type ApprovalRoutes } from './approvals.routes.ts'
export { isSuperiorOf, superiorsOf } from './superiors.ts'
export { readingNow, readingWithin, type Reading } from './standing.ts'
