import type { Database } from '../database/database.ts'
import { isTransient } from '../database/violations.ts'
import { changeRows } from './change-rows.ts'
import { inbox, type InboxRow } from './jobs.entity.ts'
import type { Clock, JobLog, OnHandled } from './ports.ts'
import { describeError } from './retry.ts'

/** Encrypts at rest; `server/sealing.ts` fits. */
export interface PayloadSealer {
  seal(plain: string, context: string): string
  open(sealed: string, context: string): string
}

/** What a payload is, as the source's classifier read it. */
export interface Classified {
  readonly kind: string
  /** Rows with the same key are handled in order; null: order does not matter. */
  readonly orderKey: string | null
  /** The text in clear; it is sealed before it is written. */
  readonly content: string
}

/** Opens a payload as it arrived; throws when it cannot be read, and the row is parked. */
export type Classify = (payload: string, source: string) => Classified

const sealContext = 'inbox.payload'
const sealedMark = 's1:'

/** The clear text of a row that was read before. */
export function openPayload(sealer: PayloadSealer, payload: string): string {
  if (!payload.startsWith(sealedMark)) throw new Error('the payload was not read yet')
  return sealer.open(payload.slice(sealedMark.length), sealContext)
}

export interface ReadingParts {
  readonly database: Database
  readonly clock: Clock
  readonly log: JobLog
  readonly sealer: PayloadSealer
  readonly classify: Classify
  readonly handles: (kind: string) => boolean
  readonly onHandled: OnHandled
}

type Reading = Pick<InboxRow, 'state' | 'kind' | 'orderKey' | 'payload' | 'lastError' | 'nextAt'>

const batchSize = 200
const readSql = `update inbox set state = ?, kind = ?, order_key = ?, payload = ?, last_error = ?, next_at = ? where digest = ? and state = 'new'`

/**
 * Reads new rows in order of arrival: finds kind and order key, and seals the text under our own key.
 * What nobody handles is acknowledged and kept (T13); what cannot be read is parked (T14). Returns how many rows it read.
 */
export async function readNewRows(parts: ReadingParts): Promise<number> {
  const { database } = parts
  const rows = await database.db.createQueryBuilder(inbox, 'item')
    .where(`item.state = 'new'`).orderBy('item.nextAt').addOrderBy('item.seq').limit(batchSize).getMany()
  if (rows.length === 0) return 0
  const read = rows.map((row) => ({ row, reading: readRow(parts, row) }))
  try {
    await database.transaction(async (work) => {
      for (const { row, reading } of read) {
        const { state, kind, orderKey, payload, lastError, nextAt } = reading
        await changeRows(work.db, readSql, [state, kind, orderKey, payload, lastError, nextAt, row.digest])
      }
    })
  } catch (error) {
    // two processes read the same rows: the other one's work stands
    if (isTransient(error)) return 0
    throw error
  }
  for (const { reading } of read) {
    if (reading.state === 'unhandled') parts.onHandled(reading.kind ?? 'unknown', 'unhandled', 0)
    if (reading.state === 'dead') parts.onHandled('unread', 'dead', 0)
  }
  return rows.length
}

function readRow(parts: ReadingParts, row: InboxRow): Reading {
  const now = parts.clock()
  try {
    const { kind, orderKey, content } = parts.classify(row.payload, row.source)
    return {
      state: parts.handles(kind) ? 'waiting' : 'unhandled',
      kind: kind.slice(0, 96),
      orderKey: orderKey === null ? null : orderKey.slice(0, 160),
      payload: sealedMark + parts.sealer.seal(content, sealContext),
      lastError: null,
      nextAt: now,
    }
  } catch (error) {
    const reason = describeError(error)
    parts.log.error({ digest: row.digest, source: row.source, error: reason }, 'a callback cannot be read and is parked')
    return { state: 'dead', kind: null, orderKey: null, payload: row.payload, lastError: `unreadable: ${reason}`.slice(0, 255), nextAt: now }
  }
}
