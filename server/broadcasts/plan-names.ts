import { approvalSteps, type ApprovalStep } from '#shared/broadcast-words'

/** The name of broadcasts towards outreach, and of their approvals. */
export const outreachName = 'broadcast'
export const approvalName = 'broadcast'

export const approvalKey = (planId: string, step: ApprovalStep): string => `broadcast:${planId}:${step}`
export const approvalKeys = (planId: string): string[] => approvalSteps.map((step) => approvalKey(planId, step))
