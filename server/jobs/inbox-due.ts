import type { Database, DatabaseKind } from '../database/database.ts'
import { changeRows } from './change-rows.ts'
import { marks, rowColumns, tableByDigest, waitingRowOf, type RawRow, type WaitingRow } from './inbox-rows.ts'
import type { Clock } from './ports.ts'

/**
 * When a row is due that waits behind others of its key and would only be in the way: never by itself (the last instant
 * that a `Date` holds). It comes when its key is free, or when a sweep finds that nothing is before it.
 */
export const heldUntil = 8_640_000_000_000_000

/** The queries. MySQL guesses by the number of rows in each state, which changes faster than its statistics: it is told which index to take. */
function statementsFor(kind: DatabaseKind) {
  const index = (name: string): string => (kind === 'sqlite' ? '' : `force index (${name})`)
  // One state each, in order: MySQL reads a single entry. Asked for both states at once, it reads all that the key ever had.
  const oldest = (state: 'waiting' | 'running'): string => `(select older.seq from inbox older ${index('ix_inbox_order')}
    where older.order_key = item.order_key and older.state = '${state}' order by older.seq limit 1)`
  const blocked = `case when ${oldest('waiting')} < item.seq or ${oldest('running')} < item.seq then 1 else 0 end as blocked`
  // Arrivals are read in their order, so an unread one can only belong before rows that arrived after it.
  const afterUnread = `item.seq >= coalesce((select unread.seq from arrivals unread order by unread.seq limit 1), ${Number.MAX_SAFE_INTEGER})`
  return {
    due: `select ${rowColumns}, ${blocked} from inbox item ${index('ix_inbox_due')}
      where item.state = 'waiting' and item.next_at <= ? and not ${afterUnread} order by item.next_at, item.seq limit ?`,
    firstHeld: `select ${rowColumns}, ${blocked}, case when ${afterUnread} then 1 else 0 end as after_unread from inbox item ${index('ix_inbox_order')}
      where item.order_key = ? and item.state = 'waiting' and item.next_at = ${heldUntil} order by item.seq limit 1`,
    oldestHeld: `select item.digest as digest, item.seq as seq, ${blocked} from inbox item ${index('ix_inbox_due')}
      where item.state = 'waiting' and item.next_at = ${heldUntil} and item.seq > ? order by item.seq limit ?`,
    blocked: (digests: readonly unknown[]): string => `select item.digest as digest, ${blocked} from inbox item where item.digest in (${marks(digests)})`,
  }
}

const widthPerRow = 4
const narrowest = 32
const widest = 1_000
const mostKeys = 64
const heldPerSweep = 500

export interface DueRows {
  /** Rows whose turn it is: due, nothing older unfinished under their key, nothing older still unread. */
  heads(limit: number): Promise<WaitingRow[]>
  /** A row of this key left this process's hands: the next look asks for the one that was held behind it. */
  leave(orderKey: string | null): void
  /** Makes held rows due before which nothing is left: whoever should have looked for them died. */
  releaseOrphans(): Promise<void>
}

/**
 * Finds the heads of the order keys among the oldest due rows. Rows behind a long queue of one key (all events of one
 * customer service account) would have to be passed by each time, so they are held out of the way once they fill the window.
 */
export function createDueRows(database: Database, clock: Clock): DueRows {
  const { db } = database
  const byDigest = tableByDigest(database)
  const statements = statementsFor(database.kind)
  const left = new Set<string>()
  let orphansAfter = 0

  /** The rows that were held behind what this process had in its hands. */
  async function released(): Promise<WaitingRow[]> {
    const keys = [...left].slice(0, mostKeys)
    if (keys.length === 0) return []
    for (const key of keys) left.delete(key)
    try {
      const each = keys.map((_key, place) => `select * from (${statements.firstHeld}) key${place}`)
      const rows: RawRow[] = await db.query(each.join(' union all '), keys)
      // Behind an older row: whoever finishes that one asks again. Behind an unread one: nobody would.
      const free = rows.filter(isFree)
      const isAfterUnread = (row: RawRow): boolean => Number(row['after_unread']) === 1
      remember(free.filter(isAfterUnread).map(waitingRowOf))
      return free.filter((row) => !isAfterUnread(row)).map(waitingRowOf)
    } catch (error) {
      for (const key of keys) left.add(key)
      throw error
    }
  }

  function remember(rows: readonly WaitingRow[]): void {
    for (const row of rows) if (row.orderKey !== null) left.add(row.orderKey)
  }

  /** From the oldest due rows; goes on behind those that only wait for others of their key. */
  async function firstDue(limit: number): Promise<WaitingRow[]> {
    for (let width = Math.max(narrowest, limit * widthPerRow); ; width = Math.min(width * widthPerRow, widest)) {
      const rows: RawRow[] = await db.query(statements.due, [clock(), width])
      const free = rows.filter(isFree).map(waitingRowOf)
      const behind = rows.length - free.length
      const isFull = rows.length === width && free.length < limit
      if (isFull || behind >= narrowest) await hold(rows.filter((row) => !isFree(row)).map((row) => row['digest']))
      if (!isFull || free.length > 0) return free
    }
  }

  async function heads(limit: number): Promise<WaitingRow[]> {
    const [behind, due] = await Promise.all([released(), firstDue(limit)])
    const rows = onePerKey([...behind, ...due])
    remember(rows.slice(limit).filter((row) => row.nextAt === heldUntil))
    return rows.slice(0, limit)
  }

  async function hold(digests: readonly unknown[]): Promise<void> {
    await changeRows(db, `update ${byDigest} set next_at = ${heldUntil} where digest in (${marks(digests)}) and state = 'waiting' and next_at <= ?`, [...digests, clock()])
    // What was before them may have been finished meanwhile, by somebody who looked for held rows too early.
    await release(await db.query(statements.blocked(digests), [...digests]))
  }

  async function release(rows: readonly RawRow[]): Promise<void> {
    const free = rows.filter(isFree).map((row) => row['digest'])
    if (free.length === 0) return
    await changeRows(db, `update ${byDigest} set next_at = ? where digest in (${marks(free)}) and state = 'waiting' and next_at = ${heldUntil}`, [clock(), ...free])
  }

  return {
    heads,
    leave: (orderKey) => {
      if (orderKey !== null) left.add(orderKey)
    },
    releaseOrphans: async () => {
      const rows: RawRow[] = await db.query(statements.oldestHeld, [orphansAfter, heldPerSweep])
      orphansAfter = rows.length < heldPerSweep ? 0 : Number(rows.at(-1)?.['seq'] ?? 0)
      await release(rows)
    },
  }
}

const isFree = (row: RawRow): boolean => Number(row['blocked']) === 0

/** Numbers of two processes may be equal; then both rows look like the first of their key. */
function onePerKey(rows: readonly WaitingRow[]): WaitingRow[] {
  const seen = new Set<string>()
  return rows.filter((row) => {
    if (row.orderKey === null) return true
    if (seen.has(row.orderKey)) return false
    seen.add(row.orderKey)
    return true
  })
}
