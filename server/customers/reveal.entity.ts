import { defineTable, id, instant, key, nullable, primary, text } from '../database/columns.ts'

/** A masked value that somebody was shown in clear: what and why, never the value. The audit holds the same without the note. */
export interface Reveal {
  id: string
  staffId: string
  customerId: string
  /** The field, or `message`. */
  subject: string
  messageId: string | null
  reason: string
  /** What the person wrote beside the reason; sealed, because people write names and numbers. */
  noteSealed: string | null
  at: number
}

export const reveals = defineTable<Reveal>('reveals', {
  id: primary(id()),
  staffId: id(),
  customerId: id(),
  subject: key(64),
  messageId: nullable(id()),
  reason: key(32),
  noteSealed: nullable(text()),
  at: instant(),
}, [
  { name: 'ix_reveals_staff', columns: ['staffId', 'at'] },
  { name: 'ix_reveals_at', columns: ['at'] },
])
