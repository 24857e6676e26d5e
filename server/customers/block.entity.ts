import { defineTable, id, instant, integer, key, nullable, primary, word } from '../database/columns.ts'

export type BlockRequestState = 'waiting' | 'granted' | 'refused'

/** Somebody asked to see one block of one customer (S51). What opens it is a temporary grant; this says how far the asking is. */
export interface BlockRequest {
  id: string
  staffId: string
  customerId: string
  unit: string
  days: number
  reason: string
  state: BlockRequestState
  /** Person, customer and block while it waits: the same wish waits only once. */
  waitingKey: string | null
  /** The request in `approvals`. */
  requestId: string | null
  grantId: string | null
  createdAt: number
  decidedAt: number | null
  /** After a refusal, when the same may be asked again. */
  askAgainAt: number | null
}

export const blockRequests = defineTable<BlockRequest>('block_requests', {
  id: primary(id()),
  staffId: id(),
  customerId: id(),
  unit: key(64),
  days: integer(),
  reason: word(200),
  state: key(16),
  waitingKey: nullable(key(160)),
  requestId: nullable(id()),
  grantId: nullable(id()),
  createdAt: instant(),
  decidedAt: nullable(instant()),
  askAgainAt: nullable(instant()),
}, [
  { name: 'ux_block_requests_waiting', columns: ['waitingKey'], unique: true },
  { name: 'ix_block_requests_staff', columns: ['staffId', 'customerId'] },
])
