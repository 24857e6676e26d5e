import type { Statement } from 'better-sqlite3'
import type { EntityManager } from 'typeorm'
import type { Database } from '../database/database.ts'
import { isTransient } from '../database/violations.ts'
import { changeRows } from './change-rows.ts'
import { marks } from './inbox-rows.ts'
import type { InboxRow } from './jobs.entity.ts'
import { mysqlLiteral } from './mysql-literal.ts'

/** An arrival that was read, as its row in the inbox will be. */
export interface Reading extends Pick<InboxRow, 'digest' | 'seq' | 'source' | 'payload' | 'state' | 'kind' | 'orderKey' | 'lastError' | 'nextAt' | 'receivedAt'> {
  /** The payload as it arrived. */
  readonly received: string
}

/** A text that is known already raises `repeats`; if its row was finished, it becomes due again as a new arrival. */
export type Fate = 'stored' | 'repeated'

/**
 * Moves what was read from the arrivals into the inbox, in one commit, and gives each one's fate. Null when another process
 * was faster with one of them: then nothing was changed.
 */
export type WriteReadings = (readings: readonly Reading[]) => Promise<readonly Fate[] | null>

const columns = '(digest, seq, source, payload, state, kind, order_key, attempts, next_at, received_at, done_at, last_error, repeats)'
const insertSql = `insert into inbox ${columns} values (?, ?, ?, ?, ?, ?, ?, 0, ?, ?, null, ?, 0) on conflict (digest) do nothing`
const repeatSql = `update inbox set repeats = repeats + 1,
  seq = case when state = 'done' then ? else seq end,
  next_at = case when state = 'done' then ? else next_at end,
  attempts = case when state = 'done' then 0 else attempts end,
  state = case when state = 'done' then 'waiting' else state end
  where digest = ?`
const takeSql = 'delete from arrivals where seq = ? and digest = ?'

interface Prepared {
  readonly insert: Statement
  readonly repeat: Statement
  readonly take: Statement
}

/** One synchronous BEGIN…COMMIT on the one connection, like the writer of arrivals. One process owns the file: nobody else reads. */
export function sqliteReadingWriter(database: Database): WriteReadings {
  let prepared: Prepared | null = null
  return (readings) => database.onConnection((connection) => {
    const { insert, repeat, take } = prepared ??= { insert: connection.prepare(insertSql), repeat: connection.prepare(repeatSql), take: connection.prepare(takeSql) }
    const write = connection.transaction(() => readings.map((reading): Fate => {
      const { digest, seq, source, payload, state, kind, orderKey, lastError, nextAt, receivedAt } = reading
      take.run(seq, digest)
      if (insert.run(digest, seq, source, payload, state, kind, orderKey, nextAt, receivedAt, lastError).changes === 1) return 'stored'
      repeat.run(seq, nextAt, digest)
      return 'repeated'
    }))
    return write.immediate()
  })
}

/** Somebody else reads the same arrivals. */
class TakenByOthers extends Error {}

/** Keeps one statement far below the smallest packet size that servers are run with (4 MB). */
const mostCharacters = 1_000_000

/**
 * One statement for many rows: sent one by one, they cost a round trip each, and while callbacks arrive fast nothing else
 * would come to its turn.
 */
export function mysqlReadingWriter(database: Database): WriteReadings {
  return async (readings) => {
    try {
      return await database.transaction(async ({ db }) => {
        await take(db, readings)
        const fates: Fate[] = []
        for (const part of inParts(readings)) fates.push(...await insert(db, part))
        return fates
      })
    } catch (error) {
      // the other process's work stands
      if (error instanceof TakenByOthers || isTransient(error)) return null
      throw error
    }
  }
}

/** All of them or none. The numbers lead through the key; two processes may have given the same one. */
async function take(db: EntityManager, readings: readonly Reading[]): Promise<void> {
  const sql = `delete from arrivals where seq in (${marks(readings)}) and (seq, digest) in (${readings.map(() => '(?, ?)').join(', ')})`
  const taken = await changeRows(db, sql, [...readings.map(({ seq }) => seq), ...readings.flatMap(({ seq, digest }) => [seq, digest])])
  if (taken !== readings.length) throw new TakenByOthers()
}

function inParts(readings: readonly Reading[]): Reading[][] {
  const parts: Reading[][] = [[]]
  let characters = 0
  for (const reading of readings) {
    if (characters > 0 && characters + reading.payload.length > mostCharacters) {
      parts.push([])
      characters = 0
    }
    parts.at(-1)?.push(reading)
    characters += reading.payload.length
  }
  return parts
}

// assignments run from left to right: the state, on which the others depend, comes last
const mysqlTail = ` on duplicate key update repeats = repeats + 1,
  seq = if(state = 'done', values(seq), seq), next_at = if(state = 'done', values(next_at), next_at),
  attempts = if(state = 'done', 0, attempts), state = if(state = 'done', 'waiting', state)`

const mysqlRow = ({ digest, seq, source, payload, state, kind, orderKey, lastError, nextAt, receivedAt }: Reading): string =>
  `(${mysqlLiteral(digest)},${seq},${[source, payload, state, kind, orderKey].map(mysqlLiteral).join(',')},0,${nextAt},${receivedAt},null,${mysqlLiteral(lastError)},0)`

async function insert(db: EntityManager, readings: readonly Reading[]): Promise<Fate[]> {
  // one order of keys in all processes, so that they do not wait for each other crosswise
  const sorted = [...readings].sort((one, other) => (one.digest < other.digest ? -1 : one.digest > other.digest ? 1 : one.seq - other.seq))
  const affected = await changeRows(db, `insert into inbox ${columns} values ${sorted.map(mysqlRow).join(',')}${mysqlTail}`)
  // an insert counts 1, an update 2
  if (affected === readings.length) return readings.map(() => 'stored')
  const rows: { seq: unknown }[] = await db.query(`select seq from inbox where done_at is null and digest in (${marks(readings)})`, readings.map(({ digest }) => digest))
  // a row that was opened again took a new number too, but it was finished once
  const inserted = new Set(rows.map((row) => Number(row.seq)))
  return readings.map(({ seq }) => (inserted.has(seq) ? 'stored' : 'repeated'))
}
