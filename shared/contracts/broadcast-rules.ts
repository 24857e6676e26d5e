import { z } from 'zod'
import { contract, needsOperation } from './contract.ts'
import { Instant } from './ids.ts'

const Cap = z.number().int().min(0).max(1_000_000)

/** One cap on messages. Among the rules for the same messages (category, tier) the first that fits the sender counts. */
export const QuotaRule = z.object({
  /** Only for holders of one of these roles; empty: for everybody. */
  roles: z.array(z.string().min(1).max(64)).max(50),
  /** Whole months since the sender joined; unknown counts as new. */
  monthsFrom: z.number().int().min(0).max(600),
  monthsBelow: z.number().int().min(1).max(600).nullable(),
  levelAtLeast: z.number().int().min(0).max(10),
  /** Counts only messages from templates of this category; null: all. */
  category: z.string().min(1).max(32).nullable(),
  /** Counts only messages to customers below this value tier; who has none counts as below. */
  tierBelow: z.number().int().min(2).max(5).nullable(),
  perMonth: Cap,
  perDay: Cap,
}).strict()
export type QuotaRule = z.infer<typeof QuotaRule>

export const BroadcastRules = z.object({
  quotas: z.array(QuotaRule).min(1).max(100),
  /** No customer gets more than so many messages within so many days. */
  frequency: z.object({ messages: z.number().int().min(1).max(31), days: z.number().int().min(1).max(31) }).strict(),
  approval: z.object({
    /** From so many recipients on the marketing lead decides instead of the manager. */
    leadFrom: z.number().int().min(1).max(1_000_000),
    /** Templates of these categories are decided by both. */
    riskyCategories: z.array(z.string().min(1).max(32)).max(50),
  }).strict(),
}).strict()
export type BroadcastRules = z.infer<typeof BroadcastRules>

const Shown = z.object({ version: z.number().int(), rules: BroadcastRules, updatedAt: Instant.nullable(), updatedBy: z.string().nullable() }).strict()

export const readBroadcastRules = contract({
  method: 'GET',
  path: '/api/broadcast-rules',
  summary: 'Quotas, frequency cap and approval of broadcasts: those in force, and the draft if somebody edits.',
  needs: needsOperation('marketing.strategy.view'),
  returns: z.object({ active: Shown, draft: Shown.nullable() }).strict(),
})

export const editBroadcastRules = contract({
  method: 'PUT',
  path: '/api/broadcast-rules/draft',
  summary: 'Replaces the draft; `version` is the one that was seen (0: there was none).',
  needs: needsOperation('marketing.strategy.edit'),
  body: z.object({ version: z.number().int().min(0), rules: BroadcastRules }).strict(),
  returns: z.object({ version: z.number().int() }).strict(),
  fails: ['request.invalid', 'access.denied', 'broadcast.rules_flawed', 'broadcast.version_conflict'],
})

export const publishBroadcastRules = contract({
  method: 'POST',
  path: '/api/broadcast-rules/publish',
  summary: 'Puts the draft in force, at once where it gives nobody more, else when a second person agrees.',
  needs: needsOperation('marketing.strategy.operate'),
  body: z.object({ version: z.number().int().min(1) }).strict(),
  /** In force with this version, or waiting for a second person. */
  returns: z.object({ version: z.number().int().nullable(), approvalId: z.string().nullable() }).strict(),
  fails: ['approval.asked_otherwise', 'request.invalid', 'access.denied', 'broadcast.version_conflict'],
})

export const broadcastRuleContracts = [readBroadcastRules, editBroadcastRules, publishBroadcastRules]
