import { z } from 'zod'
import { contract, needsOperation } from './contract.ts'
import { Cursor, Instant, PageLimit } from './ids.ts'

/** Broadcasts on their way to WeCom (docs/outreach.md). */

/** A time of day of the company. */
const TimeOfDay = z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/)

export const QuietHours = z.object({
  /** Over midnight when it is the later one. */
  from: TimeOfDay, until: TimeOfDay,
  /** For stale writes; 0 while they are as shipped. */
  version: z.number().int(),
}).strict()
export type QuietHours = z.infer<typeof QuietHours>

export const readQuietHours = contract({
  method: 'GET',
  path: '/api/outreach/quiet-hours',
  summary: 'When nothing leaves, in company time: no broadcast is made then, and what nobody confirmed is taken back ten minutes before.',
  needs: needsOperation('marketing.strategy.view'),
  returns: QuietHours,
})

export const setQuietHours = contract({
  method: 'PUT',
  path: '/api/outreach/quiet-hours',
  summary: 'Changes the quiet hours, a longer night at once, any other when a second person agrees; an hour of the day at least stays open.',
  needs: needsOperation('marketing.strategy.operate'),
  body: QuietHours,
  /** `approvalId`: it waits for a second person, and what was in force is. */
  returns: QuietHours.extend({ approvalId: z.string().nullable() }).strict(),
  fails: ['request.invalid', 'access.denied', 'outreach.quiet_hours_too_long', 'outreach.version_conflict', 'approval.asked_otherwise'],
})

export const ParkedBroadcast = z.object({
  id: z.string(),
  /** The domain that wants it, and its id there. */
  source: z.string(), sourceId: z.string(),
  /** The sender; null when he is not known any more. */
  sender: z.object({ userid: z.string(), name: z.string() }).strict().nullable(),
  /** How many customers it is for. */
  customers: z.number().int(),
  intentAt: Instant,
  /** Broadcasts in WeCom, one of which may be this one. */
  candidates: z.array(z.string()),
}).strict()

export const listParkedBroadcasts = contract({
  method: 'GET',
  path: '/api/outreach/parked',
  summary: 'Broadcasts of which nobody can tell whether WeCom has them: several there look alike. The oldest first; no text, no customer.',
  needs: needsOperation('system.integration.view'),
  query: z.object({ cursor: Cursor.optional(), limit: PageLimit }).strict(),
  returns: z.object({ items: z.array(ParkedBroadcast), nextCursor: z.string().nullable() }).strict(),
  fails: ['request.invalid', 'access.denied', 'cursor.invalid'],
})

export const resolveParkedBroadcast = contract({
  method: 'POST',
  path: '/api/outreach/parked/:id/resolve',
  summary: 'Somebody looked in WeCom: says which broadcast it is, or gives it up. Given up it is never sent again, and its customers count as reached.',
  needs: needsOperation('system.integration.operate'),
  params: z.object({ id: z.string().min(1).max(36) }).strict(),
  body: z.union([z.object({ msgid: z.string().min(1).max(128) }).strict(), z.object({ giveUp: z.literal(true) }).strict()]),
  returns: z.object({ resolved: z.literal(true) }).strict(),
  fails: ['request.invalid', 'access.denied', 'parked.not_found'],
})

export const outreachContracts = [readQuietHours, setQuietHours, listParkedBroadcasts, resolveParkedBroadcast] as const
