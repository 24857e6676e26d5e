import { defineTable, counter, id, instant, integer, json, key, nullable, primary, text, word } from '../database/columns.ts'

/**
 * A callback as it came, stored before it is answered. Rows are only added at the end and taken away again when they are read:
 * no index but the order of arrival, because the sender waits for this commit.
 */
export interface ArrivalRow {
  /** Order of arrival; rows of two processes may share a number. */
  seq: number
  /** SHA-256 of the whole decrypted text (T12). The same text may be here twice. */
  digest: string
  source: string
  /** Never in clear. */
  payload: string
  receivedAt: number
}

export const arrivals = defineTable<ArrivalRow>('arrivals', {
  seq: primary(counter()),
  digest: primary(key(64)),
  source: key(16),
  payload: text(),
  receivedAt: instant(),
}, [], { clustered: true })

/**
 * `waiting`: due or to be repeated; `running`: claimed until `nextAt`; `unhandled`: stored, no handler yet (T13);
 * `dead`: parked for a person (T14).
 */
export type InboxState = 'waiting' | 'running' | 'done' | 'unhandled' | 'dead'

/** One callback that was read: each text once. */
export interface InboxRow {
  /** SHA-256 of the whole decrypted text (T12). */
  digest: string
  /** Order of arrival; a repeat of a finished row counts as a new arrival. */
  seq: number
  source: string
  /** Never in clear. */
  payload: string
  state: InboxState
  kind: string | null
  /** Rows with the same key are handled in order. */
  orderKey: string | null
  attempts: number
  /** When it is due; while it runs, the end of the claim. */
  nextAt: number
  receivedAt: number
  /** When it was last finished; set on an unfinished row, it makes the next run a re-read. */
  doneAt: number | null
  lastError: string | null
  /** How often the same text arrived again. */
  repeats: number
}

export const inbox = defineTable<InboxRow>('inbox', {
  digest: primary(key(64)),
  seq: counter(),
  source: key(16),
  payload: text(),
  state: key(12),
  kind: nullable(key(96)),
  orderKey: nullable(key(160)),
  attempts: integer(),
  nextAt: instant(),
  receivedAt: instant(),
  doneAt: nullable(instant()),
  lastError: nullable(word(255)),
  repeats: integer(),
}, [
  { name: 'ix_inbox_due', columns: ['state', 'nextAt', 'seq'] },
  { name: 'ix_inbox_order', columns: ['orderKey', 'state', 'seq'] },
])

/** An effect that starts after its transaction is on disk. */
export interface OutboxRow {
  id: string
  seq: number
  kind: string
  orderKey: string | null
  /** The same effect is wanted only once while this is set. */
  uniqueKey: string | null
  /** Ids only, no personal content. */
  payload: unknown
  state: 'new' | 'running' | 'done' | 'dead'
  attempts: number
  nextAt: number
  leaseUntil: number | null
  leaseBy: string | null
  createdAt: number
  doneAt: number | null
  lastError: string | null
}

export const outbox = defineTable<OutboxRow>('outbox', {
  id: primary(id()),
  seq: counter(),
  kind: key(96),
  orderKey: nullable(key(160)),
  uniqueKey: nullable(key(160)),
  payload: json(),
  state: key(12),
  attempts: integer(),
  nextAt: instant(),
  leaseUntil: nullable(instant()),
  leaseBy: nullable(key(64)),
  createdAt: instant(),
  doneAt: nullable(instant()),
  lastError: nullable(word(255)),
}, [
  { name: 'ix_outbox_due', columns: ['state', 'nextAt', 'seq'] },
  { name: 'ix_outbox_order', columns: ['orderKey', 'state', 'seq'] },
  { name: 'ux_outbox_unique', columns: ['uniqueKey'], unique: true },
  { name: 'ix_outbox_done', columns: ['doneAt'] },
])

/** A right that one process holds for a while. */
export interface Lease {
  name: string
  holder: string
  until: number
}

export const leases = defineTable<Lease>('leases', {
  name: primary(key(96)),
  holder: key(64),
  until: instant(),
})
