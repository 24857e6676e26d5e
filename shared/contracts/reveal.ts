import { z } from 'zod'
import { contract, needsOperation, needsSession } from './contract.ts'
import { Cursor, ExternalUserId, Fen, Instant, PageLimit, Userid } from './ids.ts'

/** Why somebody looks at a masked value; `other` needs a note. */
export const revealReasons = {
  call: { zh: '电话联系客户', en: 'Calling the customer' },
  delivery: { zh: '寄送或上门', en: 'Delivery or visit' },
  verify: { zh: '核对身份', en: 'Checking who it is' },
  complaint: { zh: '处理投诉', en: 'Handling a complaint' },
  other: { zh: '其他', en: 'Other' },
} as const
export const RevealReason = z.enum(['call', 'delivery', 'verify', 'complaint', 'other'])
export type RevealReason = z.infer<typeof RevealReason>

/** How long a screen may show a revealed value. */
export const revealShownMs = 30_000
/** More customers at once need an approval. */
export const revealsAtOnce = 5

const Why = { reason: RevealReason, note: z.string().trim().min(1).max(200).optional() }
const FieldName = z.string().min(1).max(64)
const ByExternalUserId = z.object({ externalUserId: ExternalUserId }).strict()
const denied = ['customer.not_found', 'access.denied', 'reveal.limit_reached', 'reveal.note_required', 'request.invalid', 'cards.limit_reached', 'access.frozen'] as const

export const revealField = contract({
  method: 'POST',
  path: '/api/customers/:externalUserId/reveal',
  summary: 'One masked field in clear, with a reason, within the daily limit; audited before it leaves.',
  needs: needsOperation('customer.profile.view'),
  params: ByExternalUserId,
  body: z.object({ field: FieldName, ...Why }).strict(),
  returns: z.object({ field: z.string(), value: z.union([z.string(), Fen]).nullable(), left: z.number().int() }).strict(),
  fails: denied,
  showsOnce: true,
})

export const revealMessage = contract({
  method: 'POST',
  path: '/api/customers/:externalUserId/messages/:messageId/reveal',
  summary: 'One message of this customer without masks, like a field.',
  needs: needsOperation('talk.messages.operate'),
  params: z.object({ externalUserId: ExternalUserId, messageId: z.string().min(1).max(36) }).strict(),
  body: z.object(Why).strict(),
  returns: z.object({ id: z.string(), text: z.string(), left: z.number().int() }).strict(),
  fails: [...denied, 'message.not_found'],
  showsOnce: true,
})

export const revealMany = contract({
  method: 'POST',
  path: '/api/reveals',
  summary: 'One masked field of several customers in clear, all or none; more than five at once only for customers named in an approved request.',
  needs: needsOperation('customer.profile.view'),
  body: z.object({ externalUserIds: z.array(ExternalUserId).min(1).max(50), field: FieldName, ...Why }).strict(),
  returns: z.object({ items: z.array(z.object({ externalUserId: z.string(), value: z.union([z.string(), Fen]).nullable() }).strict()), left: z.number().int() }).strict(),
  fails: [...denied, 'reveal.needs_approval'],
  showsOnce: true,
})

export const askRevealMany = contract({
  method: 'POST',
  path: '/api/reveal-requests',
  summary: 'Asks a superior for reveals of named customers beyond the daily limit, for some hours.',
  needs: needsOperation('customer.profile.view'),
  body: z.object({ externalUserIds: z.array(ExternalUserId).min(1).max(200), hours: z.number().int().min(1).max(24), reason: z.string().trim().min(1).max(200) }).strict(),
  returns: z.object({ requestId: z.string() }).strict(),
  fails: ['customer.not_found', 'access.denied', 'request.invalid', 'cards.limit_reached', 'access.frozen'],
})

export const listReveals = contract({
  method: 'GET',
  path: '/api/reveals',
  summary: 'Who looked at which masked values, when and why, newest first; never the values.',
  needs: needsOperation('system.audit.view'),
  query: z.object({ staff: Userid.optional(), cursor: Cursor.optional(), limit: PageLimit }).strict(),
  returns: z.object({
    items: z.array(z.object({
      id: z.string(), userid: z.string(), name: z.string(), externalUserId: z.string(), subject: z.string(), reason: RevealReason, note: z.string().nullable(), at: Instant,
    }).strict()),
    nextCursor: z.string().nullable(),
  }).strict(),
  fails: ['access.denied', 'cursor.invalid', 'staff.not_found'],
})

export const listFreezes = contract({
  method: 'GET',
  path: '/api/freezes',
  summary: 'People whose access to customers is frozen, as far as the caller may let them in again.',
  needs: needsSession('shows a superior his own people, an administrator all; everybody else nobody'),
  returns: z.object({
    items: z.array(z.object({ id: z.string(), userid: z.string(), name: z.string(), reason: z.string(), frozenAt: Instant }).strict()),
  }).strict(),
})

/** Why somebody is let in again; a word and no sentence, because it goes into the audit. */
export const LiftReason = z.enum(['checked', 'busy-day', 'mistake', 'instructed'])
export type LiftReason = z.infer<typeof LiftReason>

export const liftFreeze = contract({
  method: 'POST',
  path: '/api/freezes/:id/lift',
  summary: 'Lets a frozen person look at customers again, with a reason. A superior in his line or an administrator, never he himself.',
  needs: needsSession('the handler requires a superior of the frozen person or system.policy.operate'),
  params: z.object({ id: z.string().min(1).max(36) }).strict(),
  body: z.object({ reason: LiftReason }).strict(),
  returns: z.object({ lifted: z.literal(true) }).strict(),
  fails: ['access.not_frozen'],
})
