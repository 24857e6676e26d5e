import { defineTable, id, instant, integer, longJson, key, nullable, primary, text, word } from '../database/columns.ts'

/**
 * A long text in pieces, because a text column of MySQL holds 64 KB and a policy may be longer. The owner is the row that the
 * text belongs to.
 */
export interface PolicyText {
  ownerId: string
  part: number
  content: string
}

export const policyTexts = defineTable<PolicyText>('policy_texts', {
  ownerId: primary(id()),
  part: primary(integer()),
  content: text(),
})

export type PolicyVersionKind = 'first' | 'published' | 'rollback' | 'emergency' | 'found'

/** One state of the policy as it was in force from `createdAt` until the next number. Never changed or deleted. */
export interface PolicyVersionRow {
  number: number
  /** Owner of its document in `policy_texts`. */
  id: string
  contentHash: string
  kind: PolicyVersionKind
  /** The earlier version whose content this is again. */
  restores: number | null
  note: string
  createdAt: number
  createdBy: string | null
  approvedBy: string | null
}

export const policyVersions = defineTable<PolicyVersionRow>('policy_versions', {
  number: primary(integer()),
  id: id(),
  contentHash: key(64),
  kind: key(16),
  restores: nullable(integer()),
  note: word(200),
  createdAt: instant(),
  createdBy: nullable(id()),
  approvedBy: nullable(id()),
}, [
  { name: 'ix_policy_versions_hash', columns: ['contentHash'] },
])

export type PolicyDraftState = 'open' | 'waiting' | 'published' | 'discarded'

/** A policy that is being edited; its document lies in `policy_texts`. */
export interface PolicyDraftRow {
  id: string
  name: string
  state: PolicyDraftState
  /** For stale writes: grows with every change. */
  version: number
  baseNumber: number
  contentHash: string
  /** What it is published for; empty until somebody wants to publish it. */
  note: string
  requestId: string | null
  publishedNumber: number | null
  createdAt: number
  createdBy: string
  updatedAt: number
  updatedBy: string
}

export const policyDrafts = defineTable<PolicyDraftRow>('policy_drafts', {
  id: primary(id()),
  name: word(64),
  state: key(16),
  version: integer(),
  baseNumber: integer(),
  contentHash: key(64),
  note: word(200),
  requestId: nullable(id()),
  publishedNumber: nullable(integer()),
  createdAt: instant(),
  createdBy: id(),
  updatedAt: instant(),
  updatedBy: id(),
}, [
  { name: 'ix_policy_drafts_state', columns: ['state', 'updatedAt'] },
])

/** What a draft would change, worked out once for one content on one base; its figures lie in `policy_texts`. */
export interface PolicyPreviewRow {
  id: string
  draftId: string
  contentHash: string
  baseNumber: number
  state: 'running' | 'done' | 'failed'
  /** 0 to 100. */
  progress: number
  /** `{ name, detail }[]` of the stored tests that fail. */
  failedTests: unknown
  startedBy: string
  startedAt: number
  finishedAt: number | null
}

export const policyPreviews = defineTable<PolicyPreviewRow>('policy_previews', {
  id: primary(id()),
  draftId: id(),
  contentHash: key(64),
  baseNumber: integer(),
  state: key(16),
  progress: integer(),
  failedTests: longJson(),
  startedBy: id(),
  startedAt: instant(),
  finishedAt: nullable(instant()),
}, [
  { name: 'ix_policy_previews_draft', columns: ['draftId', 'startedAt'] },
  { name: 'ix_policy_previews_content', columns: ['contentHash', 'baseNumber'] },
])

/** Numbers of the policy that are no grants; a missing one is the product's default. */
export interface PolicySetting {
  name: string
  value: number
}

export const policySettings = defineTable<PolicySetting>('policy_settings', {
  name: primary(key(64)),
  value: integer(),
})

/** A policy file that every policy must pass; its text lies in `policy_texts`. */
export interface PolicyTestRow {
  id: string
  name: string
  createdAt: number
  createdBy: string
}

export const policyTests = defineTable<PolicyTestRow>('policy_tests', {
  id: primary(id()),
  name: word(64),
  createdAt: instant(),
  createdBy: id(),
})
