import { z } from 'zod'
import { contract, needsOperation } from './contract.ts'
import { Cursor, Instant, PageLimit } from './ids.ts'

/** Callbacks from WeCom, and what is to be done there. */
const Queue = z.enum(['inbox', 'outbox'])
const Which = z.object({ id: z.string().min(1).max(64) }).strict()

export const ParkedItem = z.object({
  id: z.string(),
  /** Null for a callback that could not be read. */
  kind: z.string().nullable(),
  attempts: z.number().int(),
  /** Class and code, never a text from outside. */
  lastError: z.string().nullable(),
  arrivedAt: Instant,
  parkedAt: Instant,
}).strict()
export type ParkedItem = z.infer<typeof ParkedItem>

export const listParked = contract({
  method: 'GET',
  path: '/api/parked',
  summary: 'Callbacks and effects that failed too often (`dead`) and callbacks that nobody handles yet (`unhandled`); the last parked first. No content.',
  needs: needsOperation('system.integration.view'),
  query: z.object({ queue: Queue.default('inbox'), state: z.enum(['dead', 'unhandled']).default('dead'), cursor: Cursor.optional(), limit: PageLimit }).strict(),
  returns: z.object({ items: z.array(ParkedItem), nextCursor: z.string().nullable() }).strict(),
  fails: ['request.invalid', 'access.denied', 'cursor.invalid'],
})

export const replayParked = contract({
  method: 'POST',
  path: '/api/parked/:id/replay',
  summary: 'Makes a parked callback or effect due again. An effect looks first whether WeCom has it already.',
  needs: needsOperation('system.integration.operate'),
  params: Which,
  body: z.object({ queue: Queue }).strict(),
  returns: z.object({ due: z.literal(true) }).strict(),
  fails: ['request.invalid', 'access.denied', 'parked.not_found'],
})

export const discardParked = contract({
  method: 'POST',
  path: '/api/parked/:id/discard',
  summary: 'A parked effect is not wanted any more. Callbacks are never thrown away.',
  needs: needsOperation('system.integration.operate'),
  params: Which,
  /** No longer needed, or somebody did in WeCom by hand what it should have done. */
  body: z.object({ reason: z.enum(['obsolete', 'done-by-hand']) }).strict(),
  returns: z.object({ discarded: z.literal(true) }).strict(),
  fails: ['request.invalid', 'access.denied', 'parked.not_found'],
})
