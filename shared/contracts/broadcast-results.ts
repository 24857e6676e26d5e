import { z } from 'zod'
import { broadcastStatuses, resultGroupings } from '../broadcast-words.ts'
import { contract, needsOperation } from './contract.ts'
import { Instant } from './ids.ts'
import { Figure } from './reports.ts'

/** What came of broadcasts (docs/broadcasts.md, "Results"). */

const Cells = z.object({
  sent: Figure, leaving: Figure, unsent: Figure, notFriend: Figure, overLimit: Figure, leftOut: Figure,
  replied: Figure, visited: Figure, ordered: Figure, contracted: Figure,
}).strict()
export type ResultCells = z.infer<typeof Cells>

/** `2026-11`. */
const Month = z.string().regex(/^\d{4}-(?:0[1-9]|1[0-2])$/)

const ResultRow = z.object({
  /** The userid, or the id of the department, template or broadcast. */
  id: z.string(),
  /** Null for what is no longer known. */
  name: z.string().nullable(),
  /** What it is a part of: a person's store, a broadcast's template. */
  of: z.string().nullable(),
  figures: Cells,
}).strict()
export type ResultRow = z.infer<typeof ResultRow>

export const readBroadcastResults = contract({
  method: 'GET',
  path: '/api/broadcast-results',
  summary: 'Messages planned for one month of the company, what became of them and what customers did within seven days, told apart in one way. Own broadcasts and those in the caller\'s scope, and what the people in it sent; small groups of customers whom he cannot view have no figure.',
  needs: needsOperation('marketing.broadcasts.view'),
  query: z.object({ month: Month.optional(), by: z.enum(resultGroupings) }).strict(),
  returns: z.object({
    month: z.string(),
    by: z.enum(resultGroupings),
    /** Days within which an answer counts as a result. */
    days: z.number().int(),
    total: Cells,
    /** Those with the most that were sent first; two hundred at most. */
    items: z.array(ResultRow),
    /** Further ones that are not listed. */
    more: z.number().int(),
  }).strict(),
  fails: ['request.invalid'],
})

export const listMySendings = contract({
  method: 'GET',
  path: '/api/my-broadcasts',
  summary: 'What waits for the caller\'s own confirmation in WeCom, what he planned, and what came of what he sent in this and the last month.',
  needs: needsOperation('marketing.broadcasts.view'),
  returns: z.object({
    /** Offered to the caller in WeCom and not confirmed. */
    waiting: z.array(z.object({
      id: z.uuid(), name: z.string(), customers: z.number().int(), since: Instant,
      /** After this it is taken back for good. */
      until: Instant.nullable(),
    }).strict()),
    planned: z.array(z.object({ id: z.uuid(), name: z.string(), status: z.enum(broadcastStatuses), plannedAt: Instant }).strict()),
    items: z.array(z.object({ id: z.uuid(), name: z.string(), plannedAt: Instant, figures: Cells }).strict()),
  }).strict(),
})
export type MySendings = z.infer<typeof listMySendings.returns>

export const broadcastResultContracts = [readBroadcastResults, listMySendings] as const
