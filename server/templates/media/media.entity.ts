import type { MediaKind } from '#shared/media-words'
import { defineTable, id, instant, integer, key, nullable, primary, text, word } from '../../database/columns.ts'

/** A file that templates can name. Its bytes never change once it is ready. */
export interface TemplateMediaRow {
  id: string
  kind: MediaKind
  name: string
  bytes: number
  /** `uploading`: parts come in. `checking`: nothing comes in any more, and nobody may name it yet. */
  state: 'uploading' | 'checking' | 'ready'
  /** What the bytes are; null until they were looked at. */
  contentType: string | null
  contentHash: string | null
  creatorStaffId: string
  createdAt: number
  readyAt: number | null
  /** The newest id that WeCom gave for it, and when it ends: three days (doc path/90253). */
  wecomMediaId: string | null
  wecomUntil: number | null
}

export const templateMedia = defineTable<TemplateMediaRow>('template_media', {
  id: primary(id()),
  kind: key(16),
  name: word(120),
  bytes: integer(),
  state: key(16),
  contentType: nullable(key(80)),
  contentHash: nullable(key(64)),
  creatorStaffId: id(),
  createdAt: instant(),
  readyAt: nullable(instant()),
  wecomMediaId: nullable(key(256)),
  wecomUntil: nullable(instant()),
}, [
  { name: 'ix_template_media_creator', columns: ['creatorStaffId', 'createdAt'] },
  { name: 'ix_template_media_state', columns: ['state', 'createdAt'] },
])

/** The bytes in Base64, in pieces that fit into a text column of MySQL (64 KB). */
export interface MediaPieceRow {
  mediaId: string
  piece: number
  content: string
}

export const mediaPieces = defineTable<MediaPieceRow>('media_pieces', {
  mediaId: primary(id()),
  piece: primary(integer()),
  content: text(),
})
