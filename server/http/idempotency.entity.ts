import { defineTable, id, instant, integer, key, longJson, nullable, primary, word } from '../database/columns.ts'

/**
 * `running`: its request works, or its process died before anything was written. `applied`: something is on disk and the answer
 * is not yet. `done`: the answer is kept.
 */
export type KeyState = 'running' | 'applied' | 'done'

/** One POST that its sender may repeat. */
export interface IdempotencyKey {
  staffId: string
  /** SHA-256 of the sender's key, hex. */
  keyHash: string
  /** SHA-256 of route, path, query and body, hex. */
  fingerprint: string
  state: KeyState
  /** The request that works on it. */
  holder: string
  leaseUntil: number
  status: number | null
  /** Sealed: answers hold what people may see. */
  answer: string | null
  /** The rules under which the answer was given. */
  epoch: number | null
  answeredAt: number | null
  createdAt: number
}

export const idempotencyKeys = defineTable<IdempotencyKey>('idempotency_keys', {
  staffId: primary(id()),
  keyHash: primary(key(64)),
  fingerprint: key(64),
  state: word(16),
  holder: key(64),
  leaseUntil: instant(),
  status: nullable(integer()),
  answer: nullable(longJson()),
  epoch: nullable(instant()),
  answeredAt: nullable(instant()),
  createdAt: instant(),
}, [{ name: 'ix_idempotency_keys_created', columns: ['createdAt'] }])
