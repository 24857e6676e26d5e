import { LessThanOrEqual } from 'typeorm'
import type { Database, UnitOfWork } from '../database/database.ts'
import { Invariant } from '../errors.ts'
import { changeRows } from './change-rows.ts'
import { inbox, type InboxRow } from './jobs.entity.ts'
import type { Clock } from './ports.ts'
import type { ProcessParts } from './process-parts.ts'

/** A row that this process may handle until `leaseUntil`. */
export interface ClaimedRow {
  readonly row: InboxRow
  readonly leaseUntil: number
}

/** The claim ended before the work did: somebody else has the row, and nothing of this run may stay. */
export class ClaimLost extends Invariant {
  constructor() {
    super('the claim on this row has ended')
  }
}

interface QueueParts {
  readonly database: Database
  readonly parts: ProcessParts
  readonly clock: Clock
  readonly leaseMs: number
}

const recoverBatch = 500

// on one line: TypeORM finds its property names only before a blank, a bracket or the end
const olderOfSameKey = `older.order_key = item.orderKey and older.state in ('waiting', 'running') and older.seq < item.seq`

// written by hand: these run for every row, and building them costs more than running them
const claimSql = `update inbox set state = 'running', next_at = ? where digest = ? and state = 'waiting' and next_at = ?`
const finishSql = `update inbox set state = 'done', done_at = ?, next_at = ?, last_error = null
  where digest = ? and state = 'running' and next_at = ? and repeats = ?`

/** The tables' side of the inbox worker: due rows, claims, and how they end. Every change is conditional on the state it expects. */
export function createInboxQueue({ database, parts, clock, leaseMs }: QueueParts) {
  const { db } = database
  const byClaim = (claimed: ClaimedRow) => ({ digest: claimed.row.digest, state: 'running' as const, nextAt: claimed.leaseUntil })

  /** Rows whose turn it is: due, nothing older unfinished under their key, nothing older still unread. */
  async function heads(limit: number): Promise<InboxRow[]> {
    const unread = await db.createQueryBuilder(inbox, 'item').select('item.seq', 'seq')
      .where(`item.state = 'new'`).orderBy('item.nextAt').addOrderBy('item.seq').limit(1).getRawOne<{ seq: unknown }>()
    const query = db.createQueryBuilder(inbox, 'item')
      .where(`item.state = 'waiting' and item.nextAt <= :now`, { now: clock() })
      .andWhere(`not exists (select 1 from inbox older where ${olderOfSameKey})`)
      .orderBy('item.nextAt').addOrderBy('item.seq').limit(limit)
    if (unread !== undefined) query.andWhere('item.seq < :unread', { unread: Number(unread.seq) })
    return onePerKey(await query.getMany())
  }

  async function claim(rows: readonly InboxRow[]): Promise<ClaimedRow[]> {
    if (rows.length === 0) return []
    const leaseUntil = clock() + leaseMs
    return database.transaction(async (work) => {
      const mine: ClaimedRow[] = []
      // one order of keys in all processes, so that they do not wait for each other crosswise
      for (const row of [...rows].sort((one, other) => (one.digest < other.digest ? -1 : 1))) {
        if (await changeRows(work.db, claimSql, [leaseUntil, row.digest, row.nextAt]) === 1) mine.push({ row, leaseUntil })
      }
      return mine.sort((one, other) => one.row.seq - other.row.seq)
    })
  }

  /**
   * Several processes: two may have claimed rows of one key when an older row was committed late. Both look after their
   * claims are on disk, so at least one sees the other; whoever sees another one steps back.
   */
  async function withoutRivals(claimed: readonly ClaimedRow[]): Promise<ClaimedRow[]> {
    const keys = claimed.flatMap((item) => (item.row.orderKey === null ? [] : [item.row.orderKey]))
    if (database.kind === 'sqlite' || keys.length === 0) return [...claimed]
    const rows = await db.createQueryBuilder(inbox, 'item').select('item.orderKey', 'orderKey')
      .where(`item.state = 'running' and item.orderKey in (:...keys)`, { keys })
      .groupBy('item.orderKey').having('count(*) > 1').getRawMany<{ orderKey: string }>()
    const contended = new Set<string | null>(rows.map((row) => row.orderKey))
    const yielded = claimed.filter((item) => item.row.orderKey !== null && contended.has(item.row.orderKey))
    await giveBack(yielded, 50 + Math.floor(Math.random() * 200))
    return claimed.filter((item) => !yielded.includes(item))
  }

  async function giveBack(claimed: readonly ClaimedRow[], delayMs = 0): Promise<void> {
    if (claimed.length === 0) return
    const nextAt = delayMs === 0 ? null : clock() + delayMs
    await database.transaction(async (work) => {
      for (const item of claimed) await work.db.update(inbox, byClaim(item), { state: 'waiting', nextAt: nextAt ?? item.row.nextAt })
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

  return { heads, claim, withoutRivals, giveBack, finish, putBack, recover }
}

/** Numbers of two processes may be equal; then both rows look like the first of their key. */
function onePerKey(rows: readonly InboxRow[]): InboxRow[] {
  const seen = new Set<string>()
  return rows.filter((row) => {
    if (row.orderKey === null) return true
    if (seen.has(row.orderKey)) return false
    seen.add(row.orderKey)
    return true
  })
}
