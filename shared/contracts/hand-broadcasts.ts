import { z } from 'zod'
import { hitCategories, hitReasons, severities, verdicts } from '../screening-words.ts'
import { contract, needsOperation } from './contract.ts'
import { Cursor, Instant, PageLimit, Userid } from './ids.ts'
import { Figure } from './reports.ts'

/** Broadcasts that staff sent by hand in WeCom's client, past the locks (docs/broadcasts.md). */

/** What one person sent. Small numbers about customers whom the caller cannot view are withheld. */
export const HandBroadcast = z.object({
  id: z.uuid(),
  sender: z.object({ userid: Userid, name: z.string() }).strict().nullable(),
  department: z.string().nullable(),
  sentAt: Instant,
  /** Made by the sender himself; otherwise in WeCom's administration, and he confirmed it. */
  personal: z.boolean(),
  /** Customers who got it. */
  reached: Figure,
  /** Those of them who got more than the rule of frequency allows. */
  overFrequency: Figure,
  /** The sender has sent more than a cap of his quota allows. */
  overQuota: z.boolean(),
  verdict: z.enum(verdicts),
}).strict()
export type HandBroadcast = z.infer<typeof HandBroadcast>

export const listHandBroadcasts = contract({
  method: 'GET',
  path: '/api/hand-broadcasts',
  summary: 'What people in the caller\'s scope sent by hand in WeCom\'s client, the latest first.',
  needs: needsOperation('marketing.broadcasts.view'),
  query: z.object({ cursor: Cursor.optional(), limit: PageLimit }).strict(),
  returns: z.object({ items: z.array(HandBroadcast), nextCursor: z.string().nullable() }).strict(),
  fails: ['request.invalid', 'cursor.invalid'],
})

export const readHandBroadcast = contract({
  method: 'GET',
  path: '/api/hand-broadcasts/:id',
  summary: 'The text of one of them, amounts and numbers masked, with what the screening finds in it.',
  needs: needsOperation('marketing.broadcasts.view'),
  params: z.object({ id: z.uuid() }).strict(),
  returns: HandBroadcast.extend({
    text: z.string(),
    findings: z.array(z.object({ category: z.enum(hitCategories), severity: z.enum(severities), reason: z.enum(hitReasons) }).strict()),
  }).strict(),
  fails: ['request.invalid', 'broadcast.not_found'],
})

export const handBroadcastContracts = [listHandBroadcasts, readHandBroadcast]
