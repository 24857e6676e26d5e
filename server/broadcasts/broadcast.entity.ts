import type { TemplateAttachment } from '#shared/contracts/templates'
import { defineTable, flag, id, instant, integer, json, key, longJson, nullable, primary, text, word } from '../database/columns.ts'
import type { AudienceFilter, BroadcastStatus, ExclusionReason, SenderMode, ApprovalStep } from '#shared/broadcast-words'

/**
 * One text to many customers. A draft names a template and an audience; its submission freezes text and recipients under a new
 * `planId`, reserves quota and asks for approval. An edit takes the plan back and begins anew (T19).
 */
export interface Broadcast {
  id: string
  name: string
  creatorStaffId: string
  /** The creator's department: whose scopes reach it. */
  departmentId: number | null
  status: BroadcastStatus
  version: number
  templateId: string
  senders: SenderMode
  /** What the author wrote for the template's variables. */
  sentValues: Readonly<Record<string, string>>
  audience: AudienceFilter
  plannedAt: number
  /** The latest submission; the source's id towards outreach. */
  planId: string | null
  templateVersionId: string | null
  category: string | null
  attachments: readonly TemplateAttachment[]
  /** Over text and audience: what the approval is bound to. */
  contentHash: string | null
  recipients: number
  /** Those of the recipients whom the author cannot view. */
  hiddenRecipients: number
  /** How many were left out for which reason, and how many of them the author cannot view. */
  excluded: Readonly<Partial<Record<ExclusionReason, { readonly count: number, readonly hidden: number }>>>
  /** How many findings of the screening a person has to judge. */
  reviewHits: number
  neededSteps: readonly ApprovalStep[]
  agreedSteps: readonly ApprovalStep[]
  createdAt: number
  updatedAt: number
  submittedAt: number | null
  endedAt: number | null
}

export const broadcasts = defineTable<Broadcast>('broadcasts', {
  id: primary(id()),
  name: word(100),
  creatorStaffId: id(),
  departmentId: nullable(integer()),
  status: key(16),
  version: integer(),
  templateId: id(),
  senders: key(16),
  sentValues: json(),
  audience: longJson(),
  plannedAt: instant(),
  planId: nullable(id()),
  templateVersionId: nullable(id()),
  category: nullable(key(64)),
  attachments: longJson(),
  contentHash: nullable(key(64)),
  recipients: integer(),
  hiddenRecipients: integer(),
  excluded: json(),
  reviewHits: integer(),
  neededSteps: json(),
  agreedSteps: json(),
  createdAt: instant(),
  updatedAt: instant(),
  submittedAt: nullable(instant()),
  endedAt: nullable(instant()),
}, [
  { name: 'ux_broadcasts_plan', columns: ['planId'], unique: true },
  { name: 'ix_broadcasts_creator', columns: ['creatorStaffId', 'createdAt', 'id'] },
  { name: 'ix_broadcasts_planned', columns: ['status', 'plannedAt'] },
])

/** The frozen text of one sender. */
export interface BroadcastPart {
  planId: string
  staffId: string
  content: string
  recipients: number
}

export const broadcastParts = defineTable<BroadcastPart>('broadcast_parts', {
  planId: primary(id()),
  staffId: primary(id()),
  content: text(),
  recipients: integer(),
})

/** `planned`: reserved; `leaving`: the task was handed to WeCom; all others are final. Only the first two and `sent` count against caps. */
export type RecipientOutcome = 'planned' | 'leaving' | 'sent' | 'not-friend' | 'over-limit' | 'unsent' | 'left-out' | 'withdrawn'

/**
 * One frozen recipient, with the sender who sends to him: a customer, or in a broadcast to groups a group, whose id stands in his
 * place. What staff sent by hand stands here as well, with the id of the part as its plan (by-hand/).
 */
export interface BroadcastRecipient {
  planId: string
  customerId: string
  staffId: string
  /** As it was at the submission: quotas by the customer's tier are settled with it. */
  valueTier: number | null
  /** The author could not view him. */
  isHidden: boolean
  /** The day of the company for which it is planned; when it was sent, the day on which that happened. */
  day: string
  outcome: RecipientOutcome
}

export const broadcastRecipients = defineTable<BroadcastRecipient>('broadcast_recipients', {
  planId: primary(id()),
  customerId: primary(id()),
  staffId: id(),
  valueTier: nullable(integer()),
  isHidden: flag(),
  day: key(10),
  outcome: key(16),
}, [
  { name: 'ix_broadcast_recipients_customer', columns: ['customerId', 'day'] },
  { name: 'ix_broadcast_recipients_staff', columns: ['planId', 'staffId', 'outcome'] },
])

/** Whoever decides how often a customer is written to holds his row until the commit: two broadcasts at once are decided one after the other. */
export interface ContactLock {
  customerId: string
  touched: number
}

export const contactLocks = defineTable<ContactLock>('contact_locks', {
  customerId: primary(id()),
  touched: integer(),
})
