import { In, LessThan, type EntityManager } from 'typeorm'
import type { UnitOfWork } from '../database/database.ts'
import { arrivals, inbox, outbox } from './jobs.entity.ts'
import { processParts } from './process-parts.ts'

export type Queue = 'inbox' | 'outbox'

/** A row that waits for a person: `dead` failed too often (T14), `unhandled` is a callback that nobody handles yet (T13). */
export interface ParkedRow {
  /** The digest of a callback, the id of an effect. */
  readonly id: string
  readonly kind: string | null
  readonly attempts: number
  /** Class and code of the last error; never a text from outside. */
  readonly lastError: string | null
  readonly arrivedAt: number
  readonly parkedAt: number
}

/** Parked rows of one queue, the last parked first, after the given one. */
export async function listParked(
  db: EntityManager, queue: Queue, state: 'dead' | 'unhandled', after: { readonly at: number; readonly id: string } | null, limit: number,
): Promise<ParkedRow[]> {
  if (queue === 'inbox') {
    const from = after === null ? [{ state }] : [{ state, nextAt: LessThan(after.at) }, { state, nextAt: after.at, digest: LessThan(after.id) }]
    const rows = await db.find(inbox, { where: from, order: { nextAt: 'DESC', digest: 'DESC' }, take: limit })
    return rows.map((row) => ({ id: row.digest, kind: row.kind, attempts: row.attempts, lastError: row.lastError, arrivedAt: row.receivedAt, parkedAt: row.nextAt }))
  }
  if (state === 'unhandled') return []
  const from = after === null ? [{ state }] : [{ state, nextAt: LessThan(after.at) }, { state, nextAt: after.at, id: LessThan(after.id) }]
  const rows = await db.find(outbox, { where: from, order: { nextAt: 'DESC', id: 'DESC' }, take: limit })
  return rows.map((row) => ({ id: row.id, kind: row.kind, attempts: row.attempts, lastError: row.lastError, arrivedAt: row.createdAt, parkedAt: row.nextAt }))
}

/**
 * Makes a parked or unhandled callback due again, as a new arrival with all its attempts. False when there is none such.
 * The caller audits it in the same transaction.
 */
export async function replayInbox(work: UnitOfWork, digest: string): Promise<boolean> {
  const parts = processParts(work.db.dataSource)
  const now = parts.clock()
  const row = await work.db.findOne(inbox, { where: { digest, state: In(['dead', 'unhandled']) } })
  if (row === null) return false
  const seq = parts.sequence.next(now)
  // what could not be read is read anew, like an arrival
  const { affected } = row.kind === null
    ? await work.db.delete(inbox, { digest, state: row.state })
    : await work.db.update(inbox, { digest, state: row.state }, { state: 'waiting', attempts: 0, nextAt: now, seq })
  if (row.kind === null && affected === 1) await work.db.insert(arrivals, { seq, digest, source: row.source, payload: row.payload, receivedAt: row.receivedAt })
  work.afterCommit(() => parts.wakeup.wake('inbox'))
  return affected === 1
}

/** Makes a parked effect due again; its handler is told to read back. False when there is none such. */
export async function replayOutbox(work: UnitOfWork, id: string): Promise<boolean> {
  const parts = processParts(work.db.dataSource)
  const now = parts.clock()
  const { affected } = await work.db.update(outbox, { id, state: 'dead' }, { state: 'new', attempts: 0, nextAt: now, seq: parts.sequence.next(now) })
  work.afterCommit(() => parts.wakeup.wake('outbox'))
  return affected === 1
}

/** A person decided that a parked effect is not wanted any more; frees its unique key. */
export async function discardOutbox(work: UnitOfWork, id: string): Promise<boolean> {
  const now = processParts(work.db.dataSource).clock()
  const { affected } = await work.db.update(outbox, { id, state: 'dead' }, { state: 'done', doneAt: now, uniqueKey: null })
  return affected === 1
}
