import { defineTable, id, instant, integer, json, key, nullable, primary, text } from '../database/columns.ts'
import type { BroadcastTarget, MessageAttachment } from '../wecom/index.ts'

/**
 * `planned`: nothing is in WeCom. `intended`: the call is about to be made, or its outcome is not known. `created`: WeCom has it.
 * `parked`: nobody can tell which of several is ours. The others are ends.
 */
export type OutreachState = 'planned' | 'intended' | 'created' | 'parked' | 'done' | 'withdrawn' | 'cancelled' | 'failed'

/** Why a task is taken back: the night, 72 hours without confirmation, its source. */
export type Withdrawal = 'quiet-hours' | 'expired' | 'cancelled'

/** One sender, at most 10,000 customers or 2000 groups of his, one text: one call to WeCom. */
export interface OutreachTaskRow {
  id: string
  /** Which domain wants it, and its id there. */
  source: string
  sourceId: string
  staffId: string
  text: string
  attachments: readonly MessageAttachment[]
  /** Null: customers. Otherwise the recipients are groups, under the ids of their rows. */
  target: BroadcastTarget | null
  state: OutreachState
  /** How many customers were planned or offered again; what became of each is in `outreach_recipients`. */
  recipients: number
  notBefore: number
  createdAt: number
  /** When to look at it again; null when there is nothing to do. */
  nextAt: number | null
  /** The sender while the outcome of his call is not known: unique, so that there is one such call at most. */
  intentKey: string | null
  intentAt: number | null
  /** How many calls were intended. */
  intents: number
  /** The sender's userid in the call; a userid may change. */
  senderUserid: string | null
  msgid: string | null
  sentToWecomAt: number | null
  /** 72 hours after the customers' first task was made: nothing of it may be confirmed later. */
  expiresAt: number | null
  confirmedAt: number | null
  /** The last reading that showed the sender as not having confirmed. */
  unsentAt: number | null
  /** Readings since it was made or confirmed, for their intervals. */
  polls: number
  withdrawal: Withdrawal | null
  withdrawalAt: number | null
  reminders: number
  reason: string | null
  /** While parked: the msgids that may be ours. */
  candidates: readonly string[] | null
  endedAt: number | null
  leaseBy: string | null
  leaseUntil: number | null
}

export const outreachTasks = defineTable<OutreachTaskRow>('outreach_tasks', {
  id: primary(id()),
  source: key(32),
  sourceId: key(64),
  staffId: id(),
  text: text(),
  attachments: json(),
  target: nullable(key(16)),
  state: key(16),
  recipients: integer(),
  notBefore: instant(),
  createdAt: instant(),
  nextAt: nullable(instant()),
  intentKey: nullable(id()),
  intentAt: nullable(instant()),
  intents: integer(),
  senderUserid: nullable(key(64)),
  msgid: nullable(key()),
  sentToWecomAt: nullable(instant()),
  expiresAt: nullable(instant()),
  confirmedAt: nullable(instant()),
  unsentAt: nullable(instant()),
  polls: integer(),
  withdrawal: nullable(key(16)),
  withdrawalAt: nullable(instant()),
  reminders: integer(),
  reason: nullable(key(64)),
  candidates: nullable(json()),
  endedAt: nullable(instant()),
  leaseBy: nullable(id()),
  leaseUntil: nullable(instant()),
}, [
  { name: 'ux_outreach_tasks_intent', columns: ['intentKey'], unique: true },
  { name: 'ux_outreach_tasks_msgid', columns: ['msgid'], unique: true },
  { name: 'ix_outreach_tasks_next', columns: ['nextAt'] },
  { name: 'ix_outreach_tasks_source', columns: ['source', 'sourceId'] },
  { name: 'ix_outreach_tasks_state', columns: ['state', 'intentAt'] },
])

/** What became of one customer; `left-out`: a lock did not hold any more right before the call. */
export type RecipientOutcome = 'sent' | 'not-friend' | 'over-limit' | 'unsent' | 'left-out'

/** One customer, or one group, of one task. What was withdrawn for the night moves to the task of the morning. */
export interface OutreachRecipientRow {
  taskId: string
  customerId: string
  /** Null until it is final; written once. */
  outcome: RecipientOutcome | null
  /** When we learned it. */
  outcomeAt: number | null
}

export const outreachRecipients = defineTable<OutreachRecipientRow>('outreach_recipients', {
  taskId: primary(id()),
  customerId: primary(id()),
  outcome: nullable(key(16)),
  outcomeAt: nullable(instant()),
}, [], { clustered: true })

/** The one row of what the company decided about its broadcasts; none while everything is as shipped. */
export interface OutreachSettingsRow {
  id: string
  /** Minutes since midnight of the company. */
  quietFrom: number
  quietUntil: number
  /** For stale writes: grows with every change. */
  version: number
  updatedAt: number
  updatedBy: string
}

export const outreachSettings = defineTable<OutreachSettingsRow>('outreach_settings', {
  id: primary(key(16)),
  quietFrom: integer(),
  quietUntil: integer(),
  version: integer(),
  updatedAt: instant(),
  updatedBy: id(),
})
