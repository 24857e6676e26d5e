import { defineTable, id, instant, key, nullable, primary, text } from '../database/columns.ts'

/** A customer asked not to be contacted (勿扰). A row stays when it was lifted; a new wish is a new row. */
export interface ContactRefusal {
  id: string
  customerId: string
  /** The customer while it is in force: unique, so that there is one such wish at most. */
  liveKey: string | null
  /** `staff`: somebody wrote down what the customer said. `message`: the customer wrote it. */
  source: 'staff' | 'message'
  /** When the customer said it. */
  saidAt: number
  /** Who wrote it down; null when the customer wrote it. */
  setBy: string | null
  setAt: number
  liftedBy: string | null
  liftedAt: number | null
  liftReason: string | null
  /** What the person wrote beside the reason; sealed, because people write names and numbers. */
  liftNoteSealed: string | null
}

export const contactRefusals = defineTable<ContactRefusal>('contact_refusals', {
  id: primary(id()),
  customerId: id(),
  liveKey: nullable(id()),
  source: key(16),
  saidAt: instant(),
  setBy: nullable(id()),
  setAt: instant(),
  liftedBy: nullable(id()),
  liftedAt: nullable(instant()),
  liftReason: nullable(key(32)),
  liftNoteSealed: nullable(text()),
}, [
  { name: 'ux_contact_refusals_live', columns: ['liveKey'], unique: true },
  { name: 'ix_contact_refusals_customer', columns: ['customerId', 'setAt'] },
])
