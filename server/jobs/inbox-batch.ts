import type { Database as SqliteConnection, Statement } from 'better-sqlite3'
import type { Database } from '../database/database.ts'
import { isTransient } from '../database/violations.ts'
import { Invariant } from '../errors.ts'
import { mysqlLiteral } from './mysql-literal.ts'
import type { Clock } from './ports.ts'
import type { ProcessParts } from './process-parts.ts'

/** A callback whose digest is its identity. */
export interface Arrival {
  /** SHA-256 of the decrypted text, lower-case hex (T12). */
  readonly digest: string
  readonly source: string
  /** Never in clear. */
  readonly payload: string
}

export type Stored = 'stored' | 'repeated'

/**
 * Writes everything that `takeBatch` returns in one transaction and gives each member's fate, in the same order.
 * A digest that is known raises `repeats`; if that row was finished, it becomes due again as a new arrival.
 */
export type WriteBatch = (takeBatch: () => readonly Arrival[]) => Promise<readonly Stored[]>

const insertSql = `insert into inbox
  (digest, seq, source, payload, state, kind, order_key, attempts, next_at, received_at, done_at, last_error, repeats)
  values (?, ?, ?, ?, 'new', null, null, 0, ?, ?, null, null, 0) on conflict (digest) do nothing`
const repeatSql = `update inbox set repeats = repeats + 1,
  seq = case when state = 'done' then ? else seq end,
  next_at = case when state = 'done' then ? else next_at end,
  attempts = case when state = 'done' then 0 else attempts end,
  state = case when state = 'done' then 'waiting' else state end
  where digest = ?`

interface Prepared {
  readonly begin: Statement
  readonly insert: Statement
  readonly repeat: Statement
  readonly commit: Statement
  readonly rollback: Statement
}

function prepare(connection: SqliteConnection): Prepared {
  return {
    begin: connection.prepare('begin immediate'),
    insert: connection.prepare(insertSql),
    repeat: connection.prepare(repeatSql),
    commit: connection.prepare('commit'),
    rollback: connection.prepare('rollback'),
  }
}

function topSeq(row: unknown): number {
  if (typeof row !== 'object' || row === null || !('top' in row)) throw new Invariant('the highest order number cannot be read')
  return Number(row.top ?? 0)
}

/** One synchronous BEGIN…COMMIT on the one connection: no other statement can come between, and nothing is awaited inside. */
export function sqliteBatchWriter(database: Database, parts: ProcessParts, clock: Clock): WriteBatch {
  let prepared: Prepared | null = null
  return (takeBatch) => database.onConnection((connection) => {
    prepared ??= prepare(connection)
    const { begin, insert, repeat, commit, rollback } = prepared
    if (!parts.seeded.has('inbox')) {
      parts.sequence.raiseTo(topSeq(connection.prepare('select max(seq) as top from inbox').get()))
      parts.seeded.add('inbox')
    }
    const now = clock()
    begin.run()
    try {
      const fates = takeBatch().map((item): Stored => {
        const seq = parts.sequence.next(now)
        if (insert.run(item.digest, seq, item.source, item.payload, now, now).changes === 1) return 'stored'
        repeat.run(seq, now, item.digest)
        return 'repeated'
      })
      commit.run()
      return fates
    } catch (error) {
      // SQLite may have rolled back by itself (disk full, I/O error)
      if (connection.inTransaction) rollback.run()
      throw error
    }
  })
}

const mysqlHead = `insert into inbox
  (digest, seq, source, payload, state, kind, order_key, attempts, next_at, received_at, done_at, last_error, repeats) values `
const mysqlRow = (item: Arrival & { readonly seq: number }, now: number): string =>
  `(${mysqlLiteral(item.digest)},${item.seq},${mysqlLiteral(item.source)},${mysqlLiteral(item.payload)},'new',null,null,0,${now},${now},null,null,0)`
// assignments run from left to right: the state, on which the others depend, comes last
const mysqlTail = ` on duplicate key update repeats = repeats + 1,
  seq = if(state = 'done', values(seq), seq), next_at = if(state = 'done', values(next_at), next_at),
  attempts = if(state = 'done', 0, attempts), state = if(state = 'done', 'waiting', state)`

const mysqlTries = 4

function affectedRows(result: unknown): number {
  if (typeof result === 'object' && result !== null && 'affectedRows' in result) return Number(result.affectedRows)
  throw new Invariant('an insert reported no number of rows')
}

/** One multi-row statement, which commits by itself. */
export function mysqlBatchWriter(database: Database, parts: ProcessParts, clock: Clock): WriteBatch {
  return async (takeBatch) => {
    if (!parts.seeded.has('inbox')) {
      const rows: unknown[] = await database.db.query('select max(seq) as top from inbox')
      parts.sequence.raiseTo(topSeq(rows[0]))
      parts.seeded.add('inbox')
    }
    const now = clock()
    const batch = takeBatch().map((item) => ({ ...item, seq: parts.sequence.next(now) }))
    if (batch.length === 0) return []
    // one order of keys in all processes, so that two batches do not wait for each other crosswise
    const sorted = [...batch].sort((one, other) => (one.digest < other.digest ? -1 : one.digest > other.digest ? 1 : one.seq - other.seq))
    const sql = mysqlHead + sorted.map((item) => mysqlRow(item, now)).join(',') + mysqlTail
    const affected = affectedRows(await withRepeats(() => database.db.query<unknown>(sql)))
    // an insert counts 1, an update 2
    if (affected === batch.length) return batch.map(() => 'stored')
    const inserted = await insertedSeqs(database, batch.map((item) => item.digest))
    return batch.map((item) => (inserted.has(item.seq) ? 'stored' : 'repeated'))
  }
}

async function withRepeats<T>(run: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await run()
    } catch (error) {
      if (tries >= mysqlTries || !isTransient(error)) throw error
    }
  }
}

/** The numbers of rows that were never finished: a row that was opened again took a new number too. */
async function insertedSeqs(database: Database, digests: readonly string[]): Promise<ReadonlySet<number>> {
  const rows: { seq: unknown }[] = await database.db.query(
    `select seq from inbox where done_at is null and digest in (${digests.map(() => '?').join(',')})`, [...digests],
  )
  return new Set(rows.map((row) => Number(row.seq)))
}
