import { z } from 'zod'
import { contract, needsOperation } from './contract.ts'
import { ExternalUserId, Instant } from './ids.ts'

/**
 * The blocks of a customer that one may ask for, whether or not there is data in them: the list and `may`, `closed` follow
 * from the rules alone, so that they say nothing about this customer (S51).
 */
export const Block = z.object({
  unit: z.string(),
  /** `have`: open; `may`: may be asked for; `waiting`: asked; `refused`: not before `until`; `closed`: no approval could open it. */
  state: z.enum(['have', 'may', 'waiting', 'refused', 'closed']),
  /** `have` by a request: its end. `refused`: when it may be asked again. */
  until: Instant.nullable(),
  askedAt: Instant.nullable(),
  /** Not open as a whole, but the records of one's own store are. */
  partly: z.boolean(),
}).strict()
export type Block = z.infer<typeof Block>

const ByExternalUserId = z.object({ externalUserId: ExternalUserId }).strict()

export const listBlocks = contract({
  method: 'GET',
  path: '/api/customers/:externalUserId/blocks',
  summary: 'Every block of a customer that one may ask for, and how the asking stands.',
  needs: needsOperation('customer.profile.view'),
  params: ByExternalUserId,
  returns: z.object({ items: z.array(Block) }).strict(),
  fails: ['customer.not_found', 'cards.limit_reached', 'access.frozen'],
})

export const askForBlock = contract({
  method: 'POST',
  path: '/api/customers/:externalUserId/block-requests',
  summary: 'Asks a superior to see one block of one customer for some days. Refusal or silence opens nothing.',
  needs: needsOperation('customer.profile.view'),
  params: ByExternalUserId,
  body: z.object({ unit: z.string().min(1).max(64), reason: z.string().trim().min(1).max(200), days: z.number().int().min(1).max(30) }).strict(),
  returns: Block,
  fails: ['customer.not_found', 'block.already_open', 'block.already_asked', 'block.refused', 'block.closed', 'request.invalid', 'cards.limit_reached', 'access.frozen'],
})
