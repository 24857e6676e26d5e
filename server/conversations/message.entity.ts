import { defineTable, id, instant, key, nullable, primary, text } from '../database/columns.ts'

/** A message between a customer and the company. The content is sealed. */
export interface Message {
  id: string
  customerId: string
  channel: 'kf' | 'archive'
  messageKey: string
  direction: 'in' | 'out' | 'event'
  staffId: string | null
  /** The customer-service account. */
  account: string | null
  sentAt: number
  kind: string
  contentSealed: string
  createdAt: number
}

export const messages = defineTable<Message>('messages', {
  id: primary(id()),
  customerId: id(),
  channel: key(16),
  messageKey: key(160),
  direction: key(8),
  staffId: nullable(id()),
  account: nullable(key(64)),
  sentAt: instant(),
  kind: key(32),
  contentSealed: text(),
  createdAt: instant(),
}, [
  { name: 'ux_messages_key', columns: ['messageKey'], unique: true },
  { name: 'ix_messages_customer', columns: ['customerId', 'sentAt'] },
])

/** How far `kf/sync_msg` was read, per customer-service account. */
export interface KfCursor {
  openKfId: string
  cursor: string
  updatedAt: number
}

export const kfCursors = defineTable<KfCursor>('kf_cursors', {
  openKfId: primary(key(64)),
  cursor: key(128),
  updatedAt: instant(),
})

/** A message that a staff member sent to the app. The content is sealed. */
export interface StaffMessage {
  id: string
  messageKey: string
  userid: string
  receivedAt: number
  kind: string
  contentSealed: string
}

export const staffMessages = defineTable<StaffMessage>('staff_messages', {
  id: primary(id()),
  messageKey: key(160),
  userid: key(64),
  receivedAt: instant(),
  kind: key(32),
  contentSealed: text(),
}, [
  { name: 'ux_staff_messages_key', columns: ['messageKey'], unique: true },
])
