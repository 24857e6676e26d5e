import { z } from 'zod'
import { contract, needsOperation, needsSession } from './contract.ts'
import { Cursor, Instant, PageLimit, Userid } from './ids.ts'

export const ApprovalState = z.enum(['pending', 'waiting', 'approved', 'refused', 'expired', 'withdrawn', 'outdated'])
export type ApprovalState = z.infer<typeof ApprovalState>

const Somebody = z.object({ userid: Userid, name: z.string() }).strict()

export const ApprovalItem = z.object({
  id: z.string(),
  kind: z.string(),
  title: z.string(),
  /** `waiting`: nobody could decide; takes effect at `nextAt` unless somebody refuses. */
  status: ApprovalState,
  requester: Somebody.nullable(),
  departmentName: z.string().nullable(),
  /** `console`: deciding needs a sign-in that is no older than ten minutes. */
  decideOn: z.enum(['card', 'console']),
  /** `all`: everybody who was asked must agree. */
  mode: z.enum(['first', 'all']),
  createdAt: Instant,
  /** When the next level is asked, the request ends, or it takes effect by itself; null when closed. */
  nextAt: Instant.nullable(),
  expiresAt: Instant,
  closedAt: Instant.nullable(),
  /** Null while open, and when the clock decided. */
  decidedBy: Somebody.nullable(),
  note: z.string().nullable(),
  /** The caller asked for it himself. */
  mine: z.boolean(),
}).strict()
export type ApprovalItem = z.infer<typeof ApprovalItem>

export const ApprovalDetail = z.object({
  ...ApprovalItem.shape,
  lines: z.array(z.object({ label: z.string(), value: z.string() }).strict()),
  beneficiaries: z.array(Somebody),
  /** Who was asked or decided, in order. */
  approvers: z.array(z.object({
    person: Somebody, askedAt: Instant.nullable(), verdict: z.enum(['approve', 'refuse']).nullable(), via: z.enum(['card', 'console']).nullable(), decidedAt: Instant.nullable(),
  }).strict()),
  /** What the caller may do with it at this moment; the server asks again. */
  abilities: z.object({ approve: z.boolean(), refuse: z.boolean(), withdraw: z.boolean() }).strict(),
}).strict()
export type ApprovalDetail = z.infer<typeof ApprovalDetail>

const Page = z.object({ items: z.array(ApprovalItem), nextCursor: z.string().nullable() }).strict()
const page = { cursor: Cursor.optional(), limit: PageLimit }
const ById = z.object({ id: z.uuid() }).strict()

export const listWaitingApprovals = contract({
  method: 'GET',
  path: '/api/approvals/waiting',
  summary: 'Requests that the caller was asked about and may decide at this moment, newest first.',
  needs: needsSession('what one was asked oneself; whoever may not decide any more finds nothing'),
  query: z.object(page).strict(),
  returns: Page,
  fails: ['session.required', 'cursor.invalid'],
})

export const listMyApprovals = contract({
  method: 'GET',
  path: '/api/approvals/mine',
  summary: 'Requests of the caller, open and closed, newest first.',
  needs: needsSession('one\'s own requests'),
  query: z.object(page).strict(),
  returns: Page,
  fails: ['session.required', 'cursor.invalid'],
})

export const listApprovals = contract({
  method: 'GET',
  path: '/api/approvals',
  summary: 'The requests of others within the caller\'s scope, newest first.',
  needs: needsOperation('marketing.approvals.view'),
  query: z.object({ ...page, state: z.enum(['open', 'closed']).optional(), kind: z.string().min(1).max(64).optional() }).strict(),
  returns: Page,
  fails: ['access.denied', 'cursor.invalid'],
})

export const listMutualApprovals = contract({
  method: 'GET',
  path: '/api/approvals/mutual',
  summary: 'Pairs of people who kept approving each other\'s requests within thirty days, newest first.',
  needs: needsOperation('system.audit.view'),
  returns: z.object({
    items: z.array(z.object({ first: Somebody, second: Somebody, firstApproved: z.number().int(), secondApproved: z.number().int(), reportedAt: Instant }).strict()),
  }).strict(),
  fails: ['access.denied'],
})

export const readApproval = contract({
  method: 'GET',
  path: '/api/approvals/:id',
  summary: 'One request: the caller\'s own, one that he may decide now, or one within his scope. Anything else is not found.',
  needs: needsSession('one\'s own requests and those that wait for the caller; others\' need marketing.approvals.view, checked in the handler'),
  params: ById,
  returns: ApprovalDetail,
  fails: ['session.required', 'approval.not_found'],
})

export const decideApproval = contract({
  method: 'POST',
  path: '/api/approvals/:id/decision',
  summary: 'Agrees to a request or refuses it. What needs the console also needs a sign-in that is no older than ten minutes.',
  needs: needsSession('who may decide depends on the request and is checked in the transaction of the decision'),
  params: ById,
  body: z.object({ verdict: z.enum(['approve', 'refuse']), note: z.string().trim().max(500).optional() }).strict(),
  returns: z.object({ outcome: z.enum(['approved', 'refused', 'recorded']), approval: ApprovalItem }).strict(),
  fails: ['session.required', 'session.fresh_required', 'approval.not_found', 'approval.not_eligible', 'approval.closed', 'approval.outdated'],
})

export const withdrawApproval = contract({
  method: 'POST',
  path: '/api/approvals/:id/withdrawal',
  summary: 'Takes back an own request that is not decided yet.',
  needs: needsSession('one\'s own requests'),
  params: ById,
  returns: ApprovalItem,
  fails: ['session.required', 'approval.not_found', 'approval.closed'],
})
