import type { Database } from '../database/database.ts'
import { isRefusedValue } from '../database/violations.ts'
import { mysqlReadingWriter, sqliteReadingWriter, type Fate, type Reading, type WriteReadings } from './inbox-reading-writer.ts'
import type { RawRow } from './inbox-rows.ts'
import type { ArrivalRow } from './jobs.entity.ts'
import { urgentHeadStartMs, type Clock, type JobLog, type OnHandled } from './ports.ts'
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
  /** Somebody waits for what comes of it: it is handled before others that came earlier, though never before those of its key. */
  readonly isUrgent?: boolean
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

/** What one look at the arrivals found, and how many of those this process was the first to read. */
export interface ReadRows {
  readonly found: number
  readonly read: number
}

/** Rows per commit: enough to be cheap, few enough that opening them holds up requests for some milliseconds only. */
export const rowsPerReading = 100
const arrivalsSql = `select seq, digest, source, payload, received_at from arrivals order by seq, digest limit ${rowsPerReading}`

/**
 * Reads arrivals in their order: finds kind and order key, and seals the text under our own key. Each text has one row in the inbox.
 * What nobody handles is acknowledged and kept (T13); what cannot be read is parked (T14).
 */
export function createReading(parts: ReadingParts): () => Promise<ReadRows> {
  const { database, onHandled } = parts
  const write = (database.kind === 'sqlite' ? sqliteReadingWriter : mysqlReadingWriter)(database)
  return async () => {
    const rows: RawRow[] = await database.db.query(arrivalsSql)
    if (rows.length === 0) return { found: 0, read: 0 }
    const readings = rows.map((row) => read(parts, arrivalOf(row)))
    const fates = await write(readings).catch(async (error: unknown) => writeEach(parts, readings, write, error))
    if (fates === null) return { found: rows.length, read: 0 }
    readings.forEach(({ state, kind }, place) => {
      if (fates[place] !== 'stored') return
      if (state === 'unhandled') onHandled(kind ?? 'unknown', 'unhandled', 0)
      if (state === 'dead') onHandled('unread', 'dead', 0)
    })
    return { found: rows.length, read: rows.length }
  }
}

/**
 * The database refused a batch for one of its rows: each is written alone, and the one that it refuses is parked as it came,
 * or it would hold up all that arrive after it for ever (T14).
 */
async function writeEach({ log }: ReadingParts, readings: readonly Reading[], write: WriteReadings, why: unknown): Promise<readonly Fate[] | null> {
  if (!isRefusedValue(why)) throw why
  const fates: Fate[] = []
  for (const reading of readings) {
    const parked: Reading = { ...reading, payload: reading.received, state: 'dead', kind: null, orderKey: null, lastError: 'unreadable: it cannot be stored' }
    const fate = await write([reading]).catch((error: unknown) => {
      if (!isRefusedValue(error)) throw error
      log.error({ digest: reading.digest, error: describeError(error) }, 'a callback that was read cannot be stored and is parked')
      return write([parked])
    })
    if (fate === null) return null
    fates.push(...fate)
  }
  return fates
}

function arrivalOf(raw: RawRow): ArrivalRow {
  return { seq: Number(raw['seq']), digest: String(raw['digest']), source: String(raw['source']), payload: String(raw['payload']), receivedAt: Number(raw['received_at']) }
}

function read(parts: ReadingParts, row: ArrivalRow): Reading {
  const now = parts.clock()
  try {
    const { kind, orderKey, content, isUrgent } = parts.classify(row.payload, row.source)
    return {
      ...row,
      received: row.payload,
      state: parts.handles(kind) ? 'waiting' : 'unhandled',
      kind: kind.slice(0, 96),
      orderKey: orderKey === null ? null : orderKey.slice(0, 160),
      payload: sealedMark + parts.sealer.seal(content, sealContext),
      lastError: null,
      nextAt: isUrgent === true ? now - urgentHeadStartMs : now,
    }
  } catch (error) {
    const reason = describeError(error)
    parts.log.error({ digest: row.digest, source: row.source, error: reason }, 'a callback cannot be read and is parked')
    return { ...row, received: row.payload, state: 'dead', kind: null, orderKey: null, lastError: `unreadable: ${reason}`.slice(0, 255), nextAt: now }
  }
}
