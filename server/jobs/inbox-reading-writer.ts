import type { Statement } from 'better-sqlite3'
import type { Database } from '../database/database.ts'
import { isTransient } from '../database/violations.ts'
import { changeRows } from './change-rows.ts'
import { mysqlLiteral } from './mysql-literal.ts'
import type { InboxRow } from './jobs.entity.ts'

/** What reading a new row brings into it. */
export type Reading = Pick<InboxRow, 'digest' | 'state' | 'kind' | 'orderKey' | 'payload' | 'lastError' | 'nextAt'>

/** Writes readings into rows that are still new, in one commit, and returns how many those were: another process may have been faster. */
export type WriteReadings = (readings: readonly Reading[]) => Promise<number>

const readSql = `update inbox set state = ?, kind = ?, order_key = ?, payload = ?, last_error = ?, next_at = ? where digest = ? and state = 'new'`

/** One synchronous BEGIN…COMMIT on the one connection, like the writer of arrivals. */
export function sqliteReadingWriter(database: Database): WriteReadings {
  let prepared: Statement | null = null
  return (readings) => database.onConnection((connection) => {
    const statement = prepared ??= connection.prepare(readSql)
    const write = connection.transaction(() => readings.reduce((total, { state, kind, orderKey, payload, lastError, nextAt, digest }) =>
      total + statement.run(state, kind, orderKey, payload, lastError, nextAt, digest).changes, 0))
    return write.immediate()
  })
}

/** Keeps one statement far below the smallest packet size that servers are run with (4 MB). */
const mostCharacters = 1_000_000

/**
 * One statement for many rows: sent one by one, they cost a round trip each, and while callbacks arrive fast nothing else
 * would come to its turn.
 */
export function mysqlReadingWriter(database: Database): WriteReadings {
  return async (readings) => {
    try {
      let written = 0
      for (const part of inParts(readings)) written += await changeRows(database.db, mysqlStatement(part))
      return written
    } catch (error) {
      // the other process's work stands
      if (isTransient(error)) return 0
      throw error
    }
  }
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

function mysqlStatement(readings: readonly Reading[]): string {
  // one order of keys in all processes, so that they do not wait for each other crosswise
  const sorted = [...readings].sort((one, other) => (one.digest < other.digest ? -1 : 1))
  const rows = sorted.map(({ digest, state, kind, orderKey, payload, lastError, nextAt }) =>
    `select ${[digest, state, kind, orderKey, payload, lastError].map(mysqlLiteral).join(', ')}, ${nextAt}`)
  return `update inbox join (select '' as digest, '' as state, '' as kind, '' as order_key, '' as payload, '' as last_error, 0 as next_at
    union all ${rows.join(' union all ')}) reading on reading.digest = inbox.digest
    set inbox.kind = reading.kind, inbox.order_key = reading.order_key, inbox.payload = reading.payload,
      inbox.last_error = reading.last_error, inbox.next_at = reading.next_at, inbox.state = reading.state
    where inbox.state = 'new'`
}
