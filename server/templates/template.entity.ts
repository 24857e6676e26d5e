import type { TemplateAttachment, TemplateUse } from '#shared/contracts/templates'
import type { Verdict } from '#shared/screening-words'
import type { TemplateCategory, VersionState } from '#shared/template-words'
import { defineTable, id, instant, integer, json, key, money, nullable, primary, text, word } from '../database/columns.ts'

/** A template: what is in force of it and what is being written. Its content stands in its versions. */
export interface TemplateRow {
  id: string
  /** What people call it by. */
  number: number
  departmentId: number | null
  creatorStaffId: string
  /** The version that may be used. */
  liveVersionId: string | null
  /** The version that is being written or waits. */
  openVersionId: string | null
  /** What its editors see: the open version, else the newest that was in force. */
  currentVersionId: string
  /** For stale writes: grows with every change. */
  version: number
  createdAt: number
  updatedAt: number
  retiredAt: number | null
}

export const templates = defineTable<TemplateRow>('templates', {
  id: primary(id()),
  number: integer(),
  departmentId: nullable(integer()),
  creatorStaffId: id(),
  liveVersionId: nullable(id()),
  openVersionId: nullable(id()),
  currentVersionId: id(),
  version: integer(),
  createdAt: instant(),
  updatedAt: instant(),
  retiredAt: nullable(instant()),
}, [
  { name: 'ux_templates_number', columns: ['number'], unique: true },
  { name: 'ix_templates_created', columns: ['createdAt', 'id'] },
])

/** One content of a template. It changes only while it is written; what was published stays as it was. */
export interface TemplateVersionRow {
  id: string
  templateId: string
  ordinal: number
  state: VersionState
  name: string
  category: TemplateCategory
  text: string
  attachments: readonly TemplateAttachment[]
  uses: readonly TemplateUse[]
  /** The whitelist: holders of one of these roles may use it (S38). */
  roles: readonly string[]
  levelAtLeast: number
  spendAtLeastFen: number | null
  valueTierAtLeast: number | null
  validFrom: number | null
  validUntil: number | null
  /** What an approval is bound to. */
  contentHash: string
  /** Of the last scan that was kept: when it was saved, submitted or approved. */
  verdict: Verdict
  /** Words that need a person's look and got it, by the approval. */
  confirmedWords: readonly string[]
  approvalId: string | null
  /** Everybody who wrote on this version: none of them decides about it (S37). */
  authors: readonly string[]
  createdAt: number
  updatedAt: number
  submittedAt: number | null
  publishedAt: number | null
  endedAt: number | null
}

export const templateVersions = defineTable<TemplateVersionRow>('template_versions', {
  id: primary(id()),
  templateId: id(),
  ordinal: integer(),
  state: key(16),
  name: word(60),
  category: key(32),
  text: text(),
  attachments: json(),
  uses: json(),
  roles: json(),
  levelAtLeast: integer(),
  spendAtLeastFen: nullable(money()),
  valueTierAtLeast: nullable(integer()),
  validFrom: nullable(instant()),
  validUntil: nullable(instant()),
  contentHash: key(64),
  verdict: key(16),
  confirmedWords: json(),
  approvalId: nullable(id()),
  authors: json(),
  createdAt: instant(),
  updatedAt: instant(),
  submittedAt: nullable(instant()),
  publishedAt: nullable(instant()),
  endedAt: nullable(instant()),
}, [
  { name: 'ux_template_versions_ordinal', columns: ['templateId', 'ordinal'], unique: true },
])

/** One message to one customer that was made from a template, and what followed it. */
export interface TemplateUseRow {
  id: string
  /** The same message counts once. */
  useKey: string
  templateId: string
  versionId: string
  staffId: string
  customerId: string
  kind: TemplateUse
  usedAt: number
  /** What it was a part of: of a broadcast, its plan. */
  sourceId: string | null
  /** The first of each kind within the days that count; later ones change nothing. */
  repliedAt: number | null
  visitedAt: number | null
  orderedAt: number | null
  contractedAt: number | null
}

export const templateUses = defineTable<TemplateUseRow>('template_uses', {
  id: primary(id()),
  useKey: key(160),
  templateId: id(),
  versionId: id(),
  staffId: id(),
  customerId: id(),
  kind: key(16),
  usedAt: instant(),
  sourceId: nullable(id()),
  repliedAt: nullable(instant()),
  visitedAt: nullable(instant()),
  orderedAt: nullable(instant()),
  contractedAt: nullable(instant()),
}, [
  { name: 'ux_template_uses_key', columns: ['useKey'], unique: true },
  { name: 'ix_template_uses_used', columns: ['usedAt', 'templateId'] },
  { name: 'ix_template_uses_customer', columns: ['customerId', 'usedAt'] },
  { name: 'ix_template_uses_source', columns: ['sourceId', 'staffId'] },
])
