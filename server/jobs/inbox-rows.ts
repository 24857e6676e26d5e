import type { Database } from '../database/database.ts'
import { Invariant } from '../errors.ts'
import type { InboxRow } from './jobs.entity.ts'

/** What a worker needs of a waiting row. Queries of the hot path are written by hand: building them costs more than running them. */
export const rowColumns = ['digest', 'seq', 'source', 'payload', 'kind', 'order_key', 'attempts', 'next_at', 'received_at', 'done_at', 'last_error', 'repeats']
  .map((name) => `item.${name} as ${name}`).join(', ')

export type WaitingRow = Omit<InboxRow, 'state'>

export type RawRow = Readonly<Record<string, unknown>>

function wordOf(value: unknown): string {
  if (typeof value !== 'string') throw new Invariant('a column of the inbox holds no text')
  return value
}

const wordOrNull = (value: unknown): string | null => (value === null ? null : wordOf(value))
// MySQL's driver gives numbers beyond 2^53 as text; ours end below
const numberOrNull = (value: unknown): number | null => (value === null ? null : Number(value))

/** A row of a query that selects `rowColumns`. */
export function waitingRowOf(raw: RawRow): WaitingRow {
  return {
    digest: wordOf(raw['digest']),
    seq: Number(raw['seq']),
    source: wordOf(raw['source']),
    payload: wordOf(raw['payload']),
    kind: wordOrNull(raw['kind']),
    orderKey: wordOrNull(raw['order_key']),
    attempts: Number(raw['attempts']),
    nextAt: Number(raw['next_at']),
    receivedAt: Number(raw['received_at']),
    doneAt: numberOrNull(raw['done_at']),
    lastError: wordOrNull(raw['last_error']),
    repeats: Number(raw['repeats']),
  }
}

/** `?, ?, ?` for a list of values. */
export const marks = (values: readonly unknown[]): string => values.map(() => '?').join(', ')

/**
 * The inbox in an UPDATE that names its rows by digest. Left to itself MySQL may walk the index of due rows instead, and then
 * locks rows on its way that other workers have in their hands.
 */
export const tableByDigest = ({ kind }: Pick<Database, 'kind'>): string => (kind === 'sqlite' ? 'inbox' : 'inbox force index (primary)')
