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

/** Writes everything that `takeBatch` returns in one commit, each with an order number of its own. */
export type WriteArrivals = (takeBatch: () => readonly Arrival[]) => Promise<void>

const highestSql = `select coalesce(max(seq), 0) as top from inbox union all select coalesce(max(seq), 0) as top from arrivals`

function topOf(rows: readonly unknown[]): number {
  return Math.max(...rows.map((row) => {
    if (typeof row !== 'object' || row === null || !('top' in row)) throw new Invariant('the highest order number cannot be read')
    return Number(row.top)
  }))
}

interface Prepared {
  readonly begin: Statement
  readonly insert: Statement
  readonly commit: Statement
  readonly rollback: Statement
}

function prepare(connection: SqliteConnection): Prepared {
  return {
    begin: connection.prepare('begin immediate'),
    insert: connection.prepare('insert into arrivals (seq, digest, source, payload, received_at) values (?, ?, ?, ?, ?)'),
    commit: connection.prepare('commit'),
    rollback: connection.prepare('rollback'),
  }
}

/** One synchronous BEGIN…COMMIT on the one connection: no other statement can come between, and nothing is awaited inside. */
export function sqliteArrivalsWriter(database: Database, parts: ProcessParts, clock: Clock): WriteArrivals {
  let prepared: Prepared | null = null
  return (takeBatch) => database.onConnection((connection) => {
    prepared ??= prepare(connection)
    const { begin, insert, commit, rollback } = prepared
    if (!parts.seeded.has('inbox')) {
      parts.sequence.raiseTo(topOf(connection.prepare(highestSql).all()))
      parts.seeded.add('inbox')
    }
    const now = clock()
    begin.run()
    try {
      for (const { digest, source, payload } of takeBatch()) insert.run(parts.sequence.next(now), digest, source, payload, now)
      commit.run()
    } catch (error) {
      // SQLite may have rolled back by itself (disk full, I/O error)
      if (connection.inTransaction) rollback.run()
      throw error
    }
  })
}

const mysqlTries = 4

/** One multi-row statement, which commits by itself. */
export function mysqlArrivalsWriter(database: Database, parts: ProcessParts, clock: Clock): WriteArrivals {
  return async (takeBatch) => {
    if (!parts.seeded.has('inbox')) {
      parts.sequence.raiseTo(topOf(await database.db.query<unknown[]>(highestSql)))
      parts.seeded.add('inbox')
    }
    const now = clock()
    const values = takeBatch().map(({ digest, source, payload }) =>
      `(${parts.sequence.next(now)},${mysqlLiteral(digest)},${mysqlLiteral(source)},${mysqlLiteral(payload)},${now})`)
    if (values.length === 0) return
    await withRepeats(() => database.commitStatement(`insert into arrivals (seq, digest, source, payload, received_at) values ${values.join(',')}`))
  }
}

async function withRepeats(run: () => Promise<unknown>): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      return void await run()
    } catch (error) {
      if (tries >= mysqlTries || !isTransient(error)) throw error
    }
  }
}
