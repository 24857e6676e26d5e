import { z } from 'zod'
import { contract, needsOperation, needsSession } from './contract.ts'
import { Cursor, ExternalUserId, Instant, PageLimit, Userid } from './ids.ts'

/*
 * Why somebody may or may not, as data that the screens put into words. Rules are named; a fact's value stands in `has` only
 * where the caller may see it.
 */

const OptionalInstant = Instant.nullable()

/** A rule that gave or took. `id` is the stable id that stands in the audit. */
export const Reason = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('role'), id: z.string(), roleKey: z.string(), label: z.string(), scope: z.string(), onlyOwnRecords: z.boolean() }).strict(),
  z.object({ kind: z.literal('temporary'), id: z.string(), reason: z.string(), until: OptionalInstant, campaign: z.string().nullable() }).strict(),
  z.object({ kind: z.literal('node'), id: z.string(), nodeKey: z.string() }).strict(),
  z.object({ kind: z.literal('share'), id: z.string(), sharedBy: z.string(), reason: z.string(), until: OptionalInstant }).strict(),
  z.object({ kind: z.literal('restriction'), id: z.string() }).strict(),
  z.object({ kind: z.literal('freeze'), id: z.string() }).strict(),
])
export type Reason = z.infer<typeof Reason>

/** What a grant lacked. */
export const MissingPart = z.discriminatedUnion('kind', [
  /** The customer is not within the scope; `departments` are the named ones. */
  z.object({ kind: z.literal('scope'), scope: z.string(), departments: z.array(z.string()) }).strict(),
  z.object({ kind: z.literal('condition'), condition: z.string(), wants: z.array(z.string()), has: z.array(z.string()).nullable() }).strict(),
  /** A condition about something of the customer that the caller may not see. */
  z.object({ kind: z.literal('withheld') }).strict(),
  z.object({ kind: z.literal('operation'), operation: z.string() }).strict(),
  z.object({ kind: z.literal('time'), from: OptionalInstant, until: OptionalInstant }).strict(),
])
export type MissingPart = z.infer<typeof MissingPart>

/** One change after which the answer would be yes, the smallest first. */
export const Change = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('share') }).strict(),
  z.object({ kind: z.literal('temporary') }).strict(),
  z.object({ kind: z.literal('role'), roleKey: z.string(), label: z.string() }).strict(),
  z.object({ kind: z.literal('lift'), restrictions: z.array(z.string()) }).strict(),
  z.object({ kind: z.literal('unfreeze') }).strict(),
])
export type Change = z.infer<typeof Change>

const Shown = z.enum(['clear', 'masked', 'hidden'])

export const Explanation = z.object({
  operation: z.string(),
  /** How the field is shown, for a question about a field. */
  presentation: Shown.nullable(),
  allowed: z.boolean(),
  because: z.array(Reason),
  /** Grants that would have given it, the smallest change first. */
  nearMisses: z.array(z.object({ grant: Reason, missing: z.array(MissingPart) }).strict()),
  /** For questions about others: what would let them. */
  changes: z.array(Change),
}).strict()
export type Explanation = z.infer<typeof Explanation>

const ByExternalUserId = z.object({ externalUserId: ExternalUserId }).strict()
const OperationName = z.string().min(1).max(64)
const FieldName = z.string().min(1).max(64)

export const explainCustomer = contract({
  method: 'GET',
  path: '/api/customers/:externalUserId/explain',
  summary: 'Why a staff member may or may not do an operation to this customer, or how a field is shown to him; operation or field. About others only with system.policy.view.',
  needs: needsSession('about oneself only for customers one sees; about others the handler requires system.policy.view'),
  params: ByExternalUserId,
  query: z.object({ staff: Userid.optional(), operation: OperationName.optional(), field: FieldName.optional() }).strict(),
  returns: Explanation,
  fails: ['customer.not_found', 'staff.not_found', 'access.denied', 'access.unknown_operation', 'access.unknown_field', 'request.invalid', 'cards.limit_reached', 'access.frozen'],
})

export const whoMay = contract({
  method: 'GET',
  path: '/api/customers/:externalUserId/who-may',
  summary: 'Everybody who may do an operation to this customer, or to whom a field is shown, with the reasons; operation or field.',
  needs: needsOperation('system.policy.view'),
  params: ByExternalUserId,
  query: z.object({ operation: OperationName.optional(), field: FieldName.optional(), cursor: Cursor.optional(), limit: PageLimit }).strict(),
  returns: z.object({
    items: z.array(z.object({
      userid: z.string(), name: z.string(), departments: z.array(z.string()), presentation: Shown.nullable(), because: z.array(Reason),
    }).strict()),
    nextCursor: z.string().nullable(),
  }).strict(),
  fails: ['customer.not_found', 'access.denied', 'access.unknown_operation', 'access.unknown_field', 'request.invalid', 'cursor.invalid'],
})
