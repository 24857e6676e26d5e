import { z } from 'zod'
import { approvalSteps, broadcastStatuses, exclusionReasons, senderModes } from '../broadcast-words.ts'
import { hitCategories, hitReasons, severities, verdicts } from '../screening-words.ts'
import { contract, needsOperation } from './contract.ts'
import { ChatId } from './customer-groups.ts'
import { Cursor, ExternalUserId, Instant, PageLimit, Userid } from './ids.ts'
import { Figure } from './reports.ts'

/** Broadcasts: drafts, preflight, submission, progress (docs/broadcasts.md). */

const most = { named: 1000, tags: 50, stages: 50 } as const

export const Audience = z.object({
  externalUserIds: z.array(ExternalUserId).min(1).max(most.named).optional(),
  chatIds: z.array(ChatId).min(1).max(most.named).optional(),
  tags: z.array(z.string().min(1).max(64)).min(1).max(most.tags).optional(),
  stages: z.array(z.string().min(1).max(32)).min(1).max(most.stages).optional(),
  valueTierAtLeast: z.number().int().min(1).max(5).optional(),
  departmentId: z.number().int().positive().optional(),
  lastContactFrom: Instant.optional(),
  lastContactBefore: Instant.optional(),
}).strict()

const content = {
  name: z.string().trim().min(1).max(100),
  templateId: z.uuid(),
  senders: z.enum(senderModes),
  values: z.record(z.string().min(1).max(64), z.string().max(500)).default({}),
  audience: Audience,
  /** When it may leave; quotas and caps are charged to this day and its month. Nobody plans beyond this century. */
  plannedAt: Instant.min(0).max(4_102_444_800_000),
}

const Version = z.object({ version: z.number().int().min(1) }).strict()
const Id = z.object({ id: z.uuid() }).strict()

const Outcomes = z.object({
  planned: Figure, leaving: Figure, sent: Figure, notFriend: Figure, overLimit: Figure, unsent: Figure, leftOut: Figure, withdrawn: Figure,
}).strict()

export const Broadcast = z.object({
  id: z.uuid(),
  version: z.number().int(),
  name: z.string(),
  status: z.enum(broadcastStatuses),
  mine: z.boolean(),
  creator: z.object({ userid: Userid, name: z.string() }).strict().nullable(),
  plannedAt: Instant,
  senders: z.enum(senderModes),
  category: z.string().nullable(),
  /** Frozen at the submission; customers that the author cannot view are counted, small groups of them suppressed. */
  recipients: Figure.nullable(),
  progress: Outcomes.nullable(),
  steps: z.array(z.object({ step: z.enum(approvalSteps), agreed: z.boolean() }).strict()),
  createdAt: Instant,
  submittedAt: Instant.nullable(),
}).strict()
export type Broadcast = z.infer<typeof Broadcast>

const Hit = z.object({
  start: z.number().int(), end: z.number().int(), category: z.enum(hitCategories), severity: z.enum(severities), word: z.string(), reason: z.enum(hitReasons), proposal: z.string().nullable(),
}).strict()

const Text = z.object({ userid: Userid, text: z.string(), verdict: z.enum(verdicts), hits: z.array(Hit) }).strict()

/** What its author wrote; shown to nobody else, because it may name customers. */
const OwnContent = z.object({ templateId: z.uuid(), values: z.record(z.string(), z.string()), audience: Audience }).strict()

export const Preflight = z.object({
  kept: Figure,
  dropped: z.array(z.object({ reason: z.enum(exclusionReasons), count: Figure }).strict()),
  senders: z.array(z.object({
    userid: Userid, name: z.string(), kept: Figure,
    /** What is left of the tightest cap of this sender for the planned day, and whether it is enough. */
    left: z.number().int(), enough: z.boolean(),
  }).strict()),
  /** Senders beyond those that are listed. */
  moreSenders: z.number().int(),
  verdict: z.enum(verdicts),
  /** Texts with findings, as they would be sent. */
  texts: z.array(Text),
  /** Calls to WeCom, and about how long they take. */
  tasks: z.number().int(),
  seconds: z.number().int(),
  steps: z.array(z.enum(approvalSteps)),
  /** A few of those who would be written to, of customers whom the author may view. */
  examples: z.array(z.object({ externalUserId: ExternalUserId, name: z.string().nullable() }).strict()),
}).strict()
export type Preflight = z.infer<typeof Preflight>

const refusals = ['request.invalid', 'access.denied', 'access.frozen', 'access.filter_refused', 'broadcast.template_unusable', 'broadcast.customer_variables'] as const

export const createBroadcast = contract({
  method: 'POST',
  path: '/api/broadcasts',
  summary: 'Begins a draft.',
  needs: needsOperation('marketing.broadcasts.edit'),
  body: z.object(content).strict(),
  returns: Broadcast,
  fails: [...refusals],
})

export const editBroadcast = contract({
  method: 'PUT',
  path: '/api/broadcasts/:id',
  summary: 'Replaces the content of an own broadcast that has not begun to leave. One that was submitted or approved becomes a draft: its quota returns, its approval ends, everything runs again.',
  needs: needsOperation('marketing.broadcasts.edit'),
  params: Id,
  body: z.object({ ...content, version: z.number().int().min(1) }).strict(),
  returns: Broadcast,
  fails: [...refusals, 'broadcast.not_found', 'broadcast.version_conflict', 'broadcast.not_editable', 'broadcast.preparing'],
})

export const preflightBroadcast = contract({
  method: 'POST',
  path: '/api/broadcasts/:id/preflight',
  summary: 'What a submission would come to now: kept and dropped with reasons, quota, findings of the screening. Of customers that the author cannot view only numbers, groups under five suppressed.',
  needs: needsOperation('marketing.broadcasts.edit'),
  params: Id,
  body: z.object({}).strict(),
  returns: Preflight,
  fails: [...refusals, 'broadcast.not_found', 'broadcast.text_incomplete', 'broadcast.text_too_long', 'cards.limit_reached'],
})

export const submitBroadcast = contract({
  method: 'POST',
  path: '/api/broadcasts/:id/submit',
  summary: 'Freezes text and recipients, reserves the quota of every sender and asks for approval, all or nothing. Meanwhile it can be neither changed nor submitted again.',
  needs: needsOperation('marketing.broadcasts.operate'),
  params: Id,
  body: Version,
  returns: Broadcast,
  fails: [
    ...refusals, 'broadcast.not_found', 'broadcast.version_conflict', 'broadcast.not_submittable', 'broadcast.preparing', 'broadcast.too_late', 'broadcast.nobody_left', 'broadcast.too_many',
    'broadcast.text_incomplete', 'broadcast.text_too_long', 'broadcast.text_blocked', 'broadcast.quota_exceeded',
  ],
})

export const cancelBroadcast = contract({
  method: 'POST',
  path: '/api/broadcasts/:id/cancel',
  summary: 'Ends a broadcast: what has not left returns its quota, what is created and unconfirmed is withdrawn.',
  needs: needsOperation('marketing.broadcasts.operate'),
  params: Id,
  body: Version,
  returns: Broadcast,
  fails: ['request.invalid', 'access.denied', 'broadcast.not_found', 'broadcast.version_conflict', 'broadcast.not_editable', 'broadcast.preparing'],
})

export const listBroadcasts = contract({
  method: 'GET',
  path: '/api/broadcasts',
  summary: 'The caller\'s own broadcasts with their progress, the newest first.',
  needs: needsOperation('marketing.broadcasts.view'),
  query: z.object({ cursor: Cursor.optional(), limit: PageLimit }).strict(),
  returns: z.object({ items: z.array(Broadcast), nextCursor: z.string().nullable() }).strict(),
  fails: ['request.invalid', 'cursor.invalid'],
})

export const readBroadcast = contract({
  method: 'GET',
  path: '/api/broadcasts/:id',
  summary: 'One broadcast in the caller\'s scope; its author also reads what he wrote.',
  needs: needsOperation('marketing.broadcasts.view'),
  params: Id,
  returns: Broadcast.extend({
    content: OwnContent.nullable(),
    excluded: z.array(z.object({ reason: z.enum(exclusionReasons), count: Figure }).strict()),
    texts: z.array(z.object({ userid: Userid, text: z.string() }).strict()),
  }).strict(),
  fails: ['request.invalid', 'broadcast.not_found'],
})

export const readQuota = contract({
  method: 'GET',
  path: '/api/broadcast-quota',
  summary: 'What is left of the caller\'s own quota today and this month.',
  needs: needsOperation('marketing.broadcasts.view'),
  returns: z.object({
    items: z.array(z.object({ category: z.string().nullable(), tierBelow: z.number().int().nullable(), period: z.enum(['month', 'day']), at: z.string(), limit: z.number().int(), left: z.number().int() }).strict()),
  }).strict(),
})

export const readCalendar = contract({
  method: 'GET',
  path: '/api/broadcast-calendar',
  summary: 'Broadcasts that wait or are scheduled in the caller\'s scope, by their planned time; 62 days at most.',
  needs: needsOperation('marketing.broadcasts.view'),
  query: z.object({ from: z.coerce.number().int().min(0), until: z.coerce.number().int().min(0) }).strict(),
  returns: z.object({ items: z.array(Broadcast) }).strict(),
  fails: ['request.invalid'],
})

export const broadcastContracts = [createBroadcast, editBroadcast, preflightBroadcast, submitBroadcast, cancelBroadcast, listBroadcasts, readBroadcast, readQuota, readCalendar]
