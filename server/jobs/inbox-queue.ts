import { LessThanOrEqual } from 'typeorm'
import type { Database, UnitOfWork } from '../database/database.ts'
import { Invariant } from '../errors.ts'
import { changeRows } from './change-rows.ts'
import { marks, tableByDigest, type WaitingRow } from './inbox-rows.ts'
import { inbox, type InboxRow } from './jobs.entity.ts'
import type { Clock } from './ports.ts'
import type { ProcessParts } from './process-parts.ts'

/** A row that this process may handle until `leaseUntil`. */
export interface ClaimedRow {
  readonly row: WaitingRow
  readonly leaseUntil: number
}

/** The claim ended before the work did: somebody else has the row, and nothing of this run may stay. */
export class ClaimLost extends Invariant {
  constructor() {
    super('the claim on this row has ended')
  }
}

/** Somebody else claimed a row of the same batch first. */
class SomeTaken extends Error {}

interface QueueParts {
  readonly database: Database
  readonly parts: ProcessParts
  readonly clock: Clock
  readonly leaseMs: number
}

const recoverBatch = 500

// written by hand: these run for every row, and building them costs more than running them
const claimSql = `update inbox set state = 'running', next_at = ? where digest = ? and state = 'waiting' and next_at = ?`
const finishSql = `update inbox set state = 'done', done_at = ?, next_at = ?, last_error = null
  where digest = ? and state = 'running' and next_at = ? and repeats = ?`

/** The tables' side of the inbox worker: claims, and how they end. Every change is conditional on the state it expects. */
export function createInboxQueue({ database, parts, clock, leaseMs }: QueueParts) {
  const { db } = database
  const byDigest = tableByDigest(database)
  const byClaim = (claimed: ClaimedRow) => ({ digest: claimed.row.digest, state: 'running' as const, nextAt: claimed.leaseUntil })

  /** All of them or, when another process was faster with one, none: then they are looked for again. */
  async function claim(rows: readonly WaitingRow[]): Promise<ClaimedRow[]> {
    if (rows.length === 0) return []
    const leaseUntil = clock() + leaseMs
    const each = rows.map(() => '(digest = ? and next_at = ?)').join(' or ')
    const sql = `update ${byDigest} set state = 'running', next_at = ? where state = 'waiting' and (${each})`
    try {
      await database.transaction(async (work) => {
        const claimed = await changeRows(work.db, sql, [leaseUntil, ...rows.flatMap((row) => [row.digest, row.nextAt])])
        // Which of them are ours could not be told afterwards: two processes may have asked for the same lease.
        if (claimed !== rows.length) throw new SomeTaken()
      })
    } catch (error) {
      if (error instanceof SomeTaken) return []
      throw error
    }
    return rows.map((row) => ({ row, leaseUntil }))
  }

  /** One after the other: some of them, whatever other processes do meanwhile. */
  async function claimEach(rows: readonly WaitingRow[]): Promise<ClaimedRow[]> {
    const leaseUntil = clock() + leaseMs
    return database.transaction(async (work) => {
      const mine = new Set<WaitingRow>()
      // one order of keys in all processes, so that they do not wait for each other crosswise
      for (const row of [...rows].sort((one, other) => (one.digest < other.digest ? -1 : 1))) {
        if (await changeRows(work.db, claimSql, [leaseUntil, row.digest, row.nextAt]) === 1) mine.add(row)
      }
      return rows.filter((row) => mine.has(row)).map((row) => ({ row, leaseUntil }))
    })
  }

  /**
   * Several processes: two may have claimed rows of one key when an older row was committed late. Both look after their
   * claims are on disk, so at least one sees the other; whoever sees another one steps back.
   */
  async function withoutRivals(claimed: readonly ClaimedRow[]): Promise<ClaimedRow[]> {
    const keys = claimed.flatMap((item) => (item.row.orderKey === null ? [] : [item.row.orderKey]))
    if (database.kind === 'sqlite' || keys.length === 0) return [...claimed]
    const rows: { order_key: string }[] = await db.query(
      `select order_key from inbox where state = 'running' and order_key in (${marks(keys)}) group by order_key having count(*) > 1`, keys,
    )
    const contended = new Set<string | null>(rows.map((row) => row.order_key))
    const yielded = claimed.filter((item) => item.row.orderKey !== null && contended.has(item.row.orderKey))
    await giveBack(yielded, 50 + Math.floor(Math.random() * 200))
    return claimed.filter((item) => !yielded.includes(item))
  }

  async function giveBack(claimed: readonly ClaimedRow[], delayMs = 0): Promise<void> {
    if (claimed.length === 0) return
    const now = clock()
    await database.transaction(async (work) => {
      for (const item of claimed) {
        const nextAt = delayMs === 0 ? Math.min(item.row.nextAt, now) : now + delayMs
        await work.db.update(inbox, byClaim(item), { state: 'waiting', nextAt })
      }
    })
  }

  /** Inside the handler's transaction: finished, or due once more when the same text arrived meanwhile. Throws `ClaimLost`. */
  async function finish(work: UnitOfWork, claimed: ClaimedRow): Promise<void> {
    const now = clock()
    const claim = byClaim(claimed)
    if (await changeRows(work.db, finishSql, [now, now, claimed.row.digest, claimed.leaseUntil, claimed.row.repeats]) === 1) return
    const again = await work.db.update(inbox, claim, { state: 'waiting', doneAt: now, nextAt: now, seq: parts.sequence.next(now), attempts: 0, lastError: null })
    if (again.affected !== 1) throw new ClaimLost()
  }

  /** Back to its place in the row, due at `nextAt`, or parked. False when the claim had ended. */
  async function putBack(claimed: ClaimedRow, change: Pick<InboxRow, 'state' | 'attempts' | 'nextAt' | 'lastError'>): Promise<boolean> {
    return (await db.update(inbox, byClaim(claimed), change)).affected === 1
  }

  /** Rows whose worker died are due again; that counts as a failure, or a text that kills the process would do so for ever. */
  async function recover(all: boolean, maxAttempts: number): Promise<void> {
    const now = clock()
    // read first and change by key: a search that locks what it passes would meet the workers' commits
    const rows = await db.find(inbox, { where: { state: 'running', ...(all ? {} : { nextAt: LessThanOrEqual(now) }) }, take: recoverBatch })
    for (const row of rows) {
      const attempts = row.attempts + 1
      const dead = attempts >= maxAttempts
      await putBack({ row, leaseUntil: row.nextAt }, { state: dead ? 'dead' : 'waiting', attempts, nextAt: now, lastError: 'its worker died' })
    }
  }

  return { claim, claimEach, withoutRivals, giveBack, finish, putBack, recover }
}
