import type { HitCategory, HitReason, Severity, Verdict } from '#shared/screening-words'
import { defineTable, flag, id, instant, integer, json, key, nullable, primary, text } from '../../database/columns.ts'

/** A kind of finding in a text; the words themselves stay in the text, which is sealed. */
export interface HandFinding {
  readonly category: HitCategory
  readonly severity: Severity
  readonly reason: HitReason
}

/** A broadcast that somebody made in WeCom's client or administration, past our locks. Its recipients are in its parts. */
export interface HandBroadcast {
  id: string
  msgid: string
  creatorUserid: string | null
  /** Made by a member for his own customers; otherwise in the administration, for members who confirm. */
  personal: boolean
  madeAt: number
  textSealed: string
  verdict: Verdict
  findings: readonly HandFinding[]
  foundAt: number
  /** When WeCom is asked again who sent it; null once nothing more is to come. */
  nextAt: number | null
  readings: number
  /** Whoever counts takes the row first: two who count at once do it one after the other. */
  version: number
}

export const handBroadcasts = defineTable<HandBroadcast>('hand_broadcasts', {
  id: primary(id()),
  msgid: key(),
  creatorUserid: nullable(key(64)),
  personal: flag(),
  madeAt: instant(),
  textSealed: text(),
  verdict: key(16),
  findings: json(),
  foundAt: instant(),
  nextAt: nullable(instant()),
  readings: integer(),
  version: integer(),
}, [
  { name: 'ux_hand_broadcasts_msgid', columns: ['msgid'], unique: true },
  { name: 'ix_hand_broadcasts_next', columns: ['nextAt'] },
])

/** What one sender sent of it. Its recipients stand beside all others in `broadcast_recipients`, under this id as their plan. */
export interface HandPart {
  id: string
  handBroadcastId: string
  staffId: string
  /** The sender's department when it was counted: whose scopes reach it. */
  departmentId: number | null
  sentAt: number
  /** It took more than a quota of the sender allows. */
  overQuota: boolean
  /** Every recipient has a final result. */
  isComplete: boolean
}

export const handParts = defineTable<HandPart>('hand_parts', {
  id: primary(id()),
  handBroadcastId: id(),
  staffId: id(),
  departmentId: nullable(integer()),
  sentAt: instant(),
  overQuota: flag(),
  isComplete: flag(),
}, [
  { name: 'ux_hand_parts_sender', columns: ['handBroadcastId', 'staffId'], unique: true },
  { name: 'ix_hand_parts_sent', columns: ['sentAt', 'id'] },
])

/** A customer who got more by this part than the rule of frequency allows (S43). */
export interface HandExcess {
  partId: string
  customerId: string
}

export const handExcesses = defineTable<HandExcess>('hand_excesses', {
  partId: primary(id()),
  customerId: primary(id()),
})
