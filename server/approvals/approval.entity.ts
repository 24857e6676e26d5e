import { defineTable, flag, id, instant, integer, longJson, key, nullable, primary, word } from '../database/columns.ts'

/**
 * `pending`: waits for a person; `waiting`: nobody could decide, takes effect after the waiting period unless somebody refuses.
 * All others are closed: `outdated` means that what was asked for had changed when somebody agreed.
 */
export type ApprovalStatus = 'pending' | 'waiting' | 'approved' | 'refused' | 'expired' | 'withdrawn' | 'outdated'
/**
 * `line`: superiors of the requester; `company`: the other holders of `system.policy.operate`; `marketing`: the marketing leads, who
 * hold `marketing.templates.operate` and `marketing.approvals.operate` over the department, whoever stands above whom; `strategy`:
 * the others who hold `marketing.strategy.operate`.
 */
export type ApprovalReach = 'line' | 'marketing' | 'strategy' | 'company'
export type ApprovalMode = 'first' | 'all'
export type Verdict = 'approve' | 'refuse'
export type DecidedVia = 'card' | 'console'

/** One request that waits, or waited, for a second person. */
export interface ApprovalRow {
  id: string
  kind: string
  /** Ids and rule definitions only. */
  payload: unknown
  /** What the decision is bound to. */
  contentHash: string
  /** The same wish waits only once; empty when closed. */
  uniqueKey: string | null
  requesterStaffId: string
  beneficiaryStaffIds: readonly string[]
  /** Whose superiors decide; null for somebody without any department. */
  departmentId: number | null
  /** The requester was a member of that department when he asked. */
  departmentIsOwn: boolean
  reach: ApprovalReach
  mode: ApprovalMode
  status: ApprovalStatus
  /** Who was asked last: steps above the department, then `companyLevel`, then `administratorLevel`; -1 before anybody was. */
  level: number
  /** When the clock moves it on: the next level, the end, or the effect; empty when closed. */
  dueAt: number | null
  expiresAt: number
  createdAt: number
  closedAt: number | null
  decidedBy: string | null
  note: string | null
  /** Grows with every change: the claim of whoever decides. */
  version: number
}

export const approvalRequests = defineTable<ApprovalRow>('approval_requests', {
  id: primary(id()),
  kind: key(64),
  payload: longJson(),
  contentHash: key(64),
  uniqueKey: nullable(key(160)),
  requesterStaffId: id(),
  beneficiaryStaffIds: longJson(),
  departmentId: nullable(integer()),
  departmentIsOwn: flag(),
  reach: word(16),
  mode: word(8),
  status: word(16),
  level: integer(),
  dueAt: nullable(instant()),
  expiresAt: instant(),
  createdAt: instant(),
  closedAt: nullable(instant()),
  decidedBy: nullable(id()),
  note: nullable(word(500)),
  version: integer(),
}, [
  { name: 'ux_approval_requests_unique', columns: ['uniqueKey'], unique: true },
  { name: 'ix_approval_requests_due', columns: ['dueAt'] },
  { name: 'ix_approval_requests_created', columns: ['createdAt', 'id'] },
  { name: 'ix_approval_requests_requester', columns: ['requesterStaffId', 'createdAt'] },
])

/** One person who was asked, or who decided without having been asked. */
export interface ApproverRow {
  id: string
  requestId: string
  staffId: string
  level: number
  /** Empty for somebody who decided in the console by himself. */
  askedAt: number | null
  cardSentAt: number | null
  /** The newest code that updates the card, once; every tap brings another. */
  cardCode: string | null
  verdict: Verdict | null
  via: DecidedVia | null
  decidedAt: number | null
}

export const approvalApprovers = defineTable<ApproverRow>('approval_approvers', {
  id: primary(id()),
  requestId: id(),
  staffId: id(),
  level: integer(),
  askedAt: nullable(instant()),
  cardSentAt: nullable(instant()),
  cardCode: nullable(key(255)),
  verdict: nullable(word(8)),
  via: nullable(word(8)),
  decidedAt: nullable(instant()),
}, [
  { name: 'ux_approval_approvers_person', columns: ['requestId', 'staffId'], unique: true },
  { name: 'ix_approval_approvers_staff', columns: ['staffId', 'decidedAt'] },
])

/** Two people who kept approving each other. */
export interface ApprovalPair {
  /** Both ids in order. */
  pairKey: string
  firstStaffId: string
  secondStaffId: string
  /** How many of the second's requests the first approved within the window, and the other way round. */
  firstApproved: number
  secondApproved: number
  reportedAt: number
}

export const approvalPairs = defineTable<ApprovalPair>('approval_pairs', {
  pairKey: primary(key(80)),
  firstStaffId: id(),
  secondStaffId: id(),
  firstApproved: integer(),
  secondApproved: integer(),
  reportedAt: instant(),
}, [
  { name: 'ix_approval_pairs_reported', columns: ['reportedAt'] },
])
