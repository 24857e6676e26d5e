import { defineTable, counter, id, instant, json, key, nullable, primary } from '../database/columns.ts'
import type { Damage } from './verify-chain.ts'

/** Who did, saw or was refused what. Ids and field names, never values. Rows are never changed. */
export interface AuditEntry {
  id: string
  at: number
  actorKind: 'staff' | 'system' | 'operator' | 'anonymous'
  actorId: string | null
  action: string
  operation: string | null
  subjectKind: string | null
  subjectId: string | null
  outcome: 'allowed' | 'refused' | 'done' | 'failed'
  details: Readonly<Record<string, unknown>>
  requestId: string | null
}

export const auditEntries = defineTable<AuditEntry>('audit_entries', {
  id: primary(id()),
  at: instant(),
  actorKind: key(16),
  actorId: nullable(key(64)),
  action: key(64),
  operation: nullable(key(64)),
  subjectKind: nullable(key(32)),
  subjectId: nullable(key(128)),
  outcome: key(16),
  details: json(),
  requestId: nullable(key(64)),
}, [
  { name: 'ix_audit_entries_at', columns: ['at'] },
  { name: 'ix_audit_entries_subject', columns: ['subjectId', 'at'] },
  { name: 'ix_audit_entries_actor', columns: ['actorId', 'at'] },
  { name: 'ix_audit_entries_action', columns: ['action', 'at'] },
  { name: 'ix_audit_entries_request', columns: ['requestId'] },
])

/** One link of the hash chain over the entries. */
export interface AuditLink {
  seq: number
  entryId: string
  previousHash: string
  hash: string
  sealedAt: number
}

export const auditChain = defineTable<AuditLink>('audit_chain', {
  seq: primary(counter()),
  entryId: id(),
  previousHash: key(64),
  hash: key(64),
  sealedAt: instant(),
}, [
  { name: 'ux_audit_chain_entry', columns: ['entryId'], unique: true },
])

/** An entry that is not in the chain yet. */
export interface AuditPending {
  entryId: string
}

export const auditPending = defineTable<AuditPending>('audit_pending', {
  entryId: primary(id()),
})

/** The newest link of the chain at the turn of a day, as it was sent outside. Rows are never changed. */
export interface AuditAnchor {
  /** `YYYY-MM-DD` in the company's zone. */
  day: string
  seq: number
  hash: string
  takenAt: number
}

export const auditAnchors = defineTable<AuditAnchor>('audit_anchors', {
  day: primary(key(10)),
  seq: counter(),
  hash: key(64),
  takenAt: instant(),
})

/** What one complete verification of the chain found. */
export interface AuditVerification {
  id: string
  startedAt: number
  finishedAt: number
  checked: number
  unsealed: number
  headSeq: number | null
  headHash: string | null
  /** Place of the first broken link; empty for an entry outside the chain. */
  brokenSeq: number | null
  brokenEntryId: string | null
  /** Empty when the chain holds. */
  brokenWhy: Damage | 'anchor_mismatch' | null
}

export const auditVerifications = defineTable<AuditVerification>('audit_verifications', {
  id: primary(id()),
  startedAt: instant(),
  finishedAt: instant(),
  checked: counter(),
  unsealed: counter(),
  headSeq: nullable(counter()),
  headHash: nullable(key(64)),
  brokenSeq: nullable(counter()),
  brokenEntryId: nullable(id()),
  brokenWhy: nullable(key(32)),
}, [
  { name: 'ix_audit_verifications_finished', columns: ['finishedAt'] },
])
