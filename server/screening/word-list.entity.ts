import { defineTable, id, instant, integer, key, nullable, primary, text, word } from '../database/columns.ts'

/** One published list; in force from `createdAt` until the next number. Never changed or deleted. */
export interface WordVersionRow {
  number: number
  /** Owner of its content in `word_texts`. */
  id: string
  contentHash: string
  kind: 'published' | 'rollback'
  /** The earlier version whose content this is again; 0 is the starter list. */
  restores: number | null
  note: string
  entries: number
  createdAt: number
  createdBy: string
}

export const wordVersions = defineTable<WordVersionRow>('word_versions', {
  number: primary(integer()),
  id: id(),
  contentHash: key(64),
  kind: key(16),
  restores: nullable(integer()),
  note: word(200),
  entries: integer(),
  createdAt: instant(),
  createdBy: id(),
})

/** The one list that is being edited; there is no row while nobody edits. */
export interface WordDraftRow {
  id: string
  /** For stale writes: grows with every change. */
  version: number
  baseNumber: number
  updatedAt: number
  updatedBy: string
}

export const wordDrafts = defineTable<WordDraftRow>('word_drafts', {
  id: primary(id()),
  version: integer(),
  baseNumber: integer(),
  updatedAt: instant(),
  updatedBy: id(),
})

/** A content in pieces, because a text column of MySQL holds 64 KB. */
export interface WordTextRow {
  ownerId: string
  part: number
  content: string
}

export const wordTexts = defineTable<WordTextRow>('word_texts', {
  ownerId: primary(id()),
  part: primary(integer()),
  content: text(),
})
