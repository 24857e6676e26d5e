import { z } from 'zod'
import { contract, needsOperation } from './contract.ts'
import { Cursor, PageLimit, Userid } from './ids.ts'

export const ChatId = z.string().min(1).max(64)

/** A customer group 客户群, without its members. */
export const CustomerGroup = z.object({
  chatId: ChatId,
  name: z.string(),
  owner: z.object({ userid: Userid, name: z.string() }).strict().nullable(),
  members: z.number().int(),
}).strict()
export type CustomerGroup = z.infer<typeof CustomerGroup>

export const listCustomerGroups = contract({
  method: 'GET',
  path: '/api/customer-groups',
  summary: 'The customer groups to which the caller may have broadcasts sent, by their owners.',
  needs: needsOperation('marketing.broadcasts.edit'),
  query: z.object({ cursor: Cursor.optional(), limit: PageLimit }).strict(),
  returns: z.object({ items: z.array(CustomerGroup), nextCursor: z.string().nullable() }).strict(),
  fails: ['request.invalid', 'cursor.invalid'],
})
