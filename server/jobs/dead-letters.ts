import { In, LessThan } from 'typeorm'
import type { Database, UnitOfWork } from '../database/database.ts'
import { arrivals, inbox, outbox } from './jobs.entity.ts'
import type { Clock, QueueDepths } from './ports.ts'
import { processParts } from './process-parts.ts'

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

const monthMs = 30 * 24 * 3_600_000
const purgeBatch = 500

/** Deletes finished rows that are older than 30 days (or `olderThanMs`), a bounded batch per transaction. Returns how many. */
export async function purgeJobs(database: Database, clock: Clock, olderThanMs = monthMs): Promise<number> {
  const before = clock() - olderThanMs
  let purged = 0
  for (;;) {
    // A row was due before it was done: `nextAt` leads through the index that every arrival needs anyway, `doneAt` decides.
    const callbacks = await database.db.find(inbox, { select: { digest: true }, where: { state: 'done', nextAt: LessThan(before), doneAt: LessThan(before) }, take: purgeBatch })
    const effects = await database.db.find(outbox, { select: { id: true }, where: { state: 'done', doneAt: LessThan(before) }, take: purgeBatch })
    if (callbacks.length + effects.length === 0) return purged
    // the state is asked again: a repeat may have opened a row since
    if (callbacks.length > 0) await database.db.delete(inbox, { digest: In(callbacks.map((row) => row.digest)), state: 'done', doneAt: LessThan(before) })
    if (effects.length > 0) await database.db.delete(outbox, { id: In(effects.map((row) => row.id)), state: 'done' })
    purged += callbacks.length + effects.length
  }
}

/** What lies in a queue right now, for metrics and readiness; finished rows are not counted. */
export async function queueDepths(database: Database, queue: 'inbox' | 'outbox', clock: Clock): Promise<QueueDepths> {
  const now = clock()
  const open = queue === 'inbox' ? ['waiting', 'running', 'unhandled', 'dead'] : ['new', 'running', 'dead']
  const waiting = queue === 'inbox' ? 'waiting' : 'new'
  const since = queue === 'inbox' ? 'received_at' : 'created_at'
  const rows: StateRow[] = await database.db.query(
    `select state, count(*) as total, min(${since}) as oldest from ${queue} where state in (${open.map(() => '?').join(', ')}) group by state`, open,
  )
  if (queue === 'inbox') rows.push(...await database.db.query<StateRow[]>(`select 'new' as state, count(*) as total, min(received_at) as oldest from arrivals`))
  const later: { total: unknown }[] = await database.db.query(
    `select count(*) as total from ${queue} where state = ? and next_at > ? and last_error is not null`, [waiting, now],
  )
  const unfinished = rows.filter((row) => ['new', 'waiting', 'running'].includes(row.state) && Number(row.total) > 0).map((row) => Number(row.oldest))
  return {
    states: Object.fromEntries(['new', ...open].map((state) => [state, Number(rows.find((row) => row.state === state)?.total ?? 0)])),
    backingOff: Number(later[0]?.total ?? 0),
    oldestMs: unfinished.length === 0 ? 0 : Math.max(0, now - Math.min(...unfinished)),
  }
}

interface StateRow {
  readonly state: string
  readonly total: unknown
  readonly oldest: unknown
}
