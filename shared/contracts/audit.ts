import { z } from 'zod'
import { contract, needsOperation } from './contract.ts'
import { Cursor, ExternalUserId, Instant, PageLimit, Userid } from './ids.ts'

/** How the action of an entry begins: lower-case words, as docs/architecture.md lists them. */
const ActionPrefix = z.string().regex(/^[a-z][a-z.-]{0,63}$/)
/** An id as entries hold it: of a request, a role, a grant, a policy version … */
const SubjectId = z.string().regex(/^[\w.:#-]{1,128}$/)
/** Unix ms between 2001 and 2100: thirteen digits, so that no telephone number passes for a time. */
const Time = z.coerce.number().int().min(1_000_000_000_000).max(4_102_444_800_000)
const ActorKind = z.enum(['staff', 'system', 'operator', 'anonymous'])
const Outcome = z.enum(['allowed', 'refused', 'done', 'failed'])
const OneDetail = z.union([z.string(), z.number(), z.boolean()])
/** Ids, counts and names of fields; never a value. */
export const AuditDetail = z.union([OneDetail, z.array(OneDetail)])

export const AuditItem = z.object({
  id: z.string(),
  at: Instant,
  /** Place in the chain; null until it is sealed, within a second. */
  place: z.number().int().nullable(),
  action: z.string(),
  operation: z.string().nullable(),
  outcome: Outcome,
  requestId: z.string().nullable(),
  /** `userid` and `name` for staff whom we know. */
  actor: z.object({ kind: ActorKind, id: z.string().nullable(), userid: z.string().nullable(), name: z.string().nullable() }).strict(),
  subject: z.object({ kind: z.string().nullable(), id: z.string().nullable(), userid: z.string().nullable(), name: z.string().nullable() }).strict().nullable(),
  details: z.record(z.string(), AuditDetail),
}).strict()
export type AuditItem = z.infer<typeof AuditItem>

export const searchAudit = contract({
  method: 'GET',
  path: '/api/audit',
  summary: 'Entries of the audit, the newest first. A page may be shorter than its limit and still have a next one. Each search is itself on the audit.',
  needs: needsOperation('system.audit.view'),
  query: z.object({
    cursor: Cursor.optional(),
    limit: PageLimit,
    from: Time.optional(),
    /** Exclusive. */
    until: Time.optional(),
    /** Who did it. */
    actor: Userid.optional(),
    actorKind: ActorKind.optional(),
    action: ActionPrefix.optional(),
    operation: z.string().min(1).max(64).regex(/^[a-z.]+$/).optional(),
    outcome: Outcome.optional(),
    /** With whom or what it was done; one of the three. */
    customer: ExternalUserId.optional(),
    staff: Userid.optional(),
    subject: SubjectId.optional(),
    /** The request id of an answer. */
    request: z.uuid().optional(),
  }).strict().refine((query) => [query.customer, query.staff, query.subject].filter((one) => one !== undefined).length <= 1, { error: 'one subject at most', path: ['subject'] }),
  returns: z.object({ items: z.array(AuditItem), nextCursor: z.string().nullable() }).strict(),
  fails: ['request.invalid', 'access.denied', 'cursor.invalid', 'staff.not_found'],
})

export const readAuditState = contract({
  method: 'GET',
  path: '/api/audit/chain',
  summary: 'Where the audit chain stands, what its last nightly verification found, and what was last sent outside.',
  needs: needsOperation('system.audit.view'),
  returns: z.object({
    head: z.object({ place: z.number().int(), hash: z.string(), sealedAt: Instant }).strict().nullable(),
    /** Entries that wait to be chained. */
    unsealed: z.number().int(),
    verification: z.object({
      finishedAt: Instant,
      checked: z.number().int(),
      broken: z.object({
        place: z.number().int().nullable(), entryId: z.string().nullable(),
        why: z.enum(['missing_link', 'wrong_predecessor', 'missing_entry', 'changed_entry', 'unchained_entry', 'anchor_mismatch']),
      }).strict().nullable(),
    }).strict().nullable(),
    anchor: z.object({ day: z.string(), place: z.number().int(), hash: z.string() }).strict().nullable(),
  }).strict(),
})
