import { In, LessThan } from 'typeorm'
import type { Database } from '../database/database.ts'
import { inbox, outbox } from './jobs.entity.ts'
import type { Clock, QueueDepths } from './ports.ts'

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
