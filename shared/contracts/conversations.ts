import { z } from 'zod'
import { contract, needsOperation } from './contract.ts'
import { Cursor, ExternalUserId, Instant, PageLimit } from './ids.ts'

export const CustomerMessage = z.object({
  id: z.string(),
  channel: z.enum(['kf', 'archive']),
  direction: z.enum(['in', 'out', 'event']),
  kind: z.string(),
  /** What a person reads; money, card and ID numbers masked. */
  text: z.string(),
  /** Something in it was masked; whoever holds `talk.messages.operate` may ask for it in clear. */
  masked: z.boolean(),
  staffName: z.string().nullable(),
  sentAt: Instant,
}).strict()

export const listMessages = contract({
  method: 'GET',
  path: '/api/customers/:externalUserId/messages',
  summary: 'The messages of this customer and no other (T08), newest first.',
  needs: needsOperation('talk.messages.view'),
  params: z.object({ externalUserId: ExternalUserId }).strict(),
  query: z.object({ cursor: Cursor.optional(), limit: PageLimit }).strict(),
  returns: z.object({ items: z.array(CustomerMessage), nextCursor: z.string().nullable() }).strict(),
  fails: ['customer.not_found', 'access.denied', 'cursor.invalid', 'cards.limit_reached', 'access.frozen'],
})
