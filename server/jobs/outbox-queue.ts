import { In } from 'typeorm'
import type { Database, UnitOfWork } from '../database/database.ts'
import { ClaimLost } from './inbox-queue.ts'
import { outbox, type OutboxRow } from './jobs.entity.ts'
import type { Clock } from './ports.ts'

interface QueueParts {
  readonly database: Database
  readonly clock: Clock
  readonly leaseMs: number
  /** This worker, among all processes. */
  readonly holder: string
}

/**
 * No row of its key in this state is older. One state each, in order: MySQL reads a single entry of the index. Asked for
 * both at once, it reads all that the key ever had. On one line: TypeORM finds its property names only before a blank,
 * a bracket or the end.
 */
const isFirst = (state: 'new' | 'running', hint: string): string =>
  `coalesce((select older.seq from outbox older ${hint} where older.order_key = item.orderKey and older.state = '${state}' order by older.seq limit 1), item.seq) >= item.seq`

/** The tables' side of the outbox worker. Every change is conditional on the claim. */
export function createOutboxQueue({ database, clock, leaseMs, holder }: QueueParts) {
  const { db } = database
  const hint = database.kind === 'sqlite' ? '' : 'force index (ix_outbox_order)'
  const mine = (row: OutboxRow) => ({ id: row.id, state: 'running' as const, leaseBy: holder, attempts: row.attempts })
  const free = { leaseUntil: null, leaseBy: null }

  /** Claims due rows, the oldest of each order key. */
  async function claim(limit: number): Promise<OutboxRow[]> {
    const due = await db.createQueryBuilder(outbox, 'item').select(['item.id', 'item.orderKey'])
      .where(`item.state = 'new' and item.nextAt <= :now`, { now: clock() })
      .andWhere(isFirst('new', hint)).andWhere(isFirst('running', hint))
      .orderBy('item.nextAt').addOrderBy('item.seq').limit(limit).getMany()
    if (due.length === 0) return []
    const ids = due.map((row) => row.id)
    await db.createQueryBuilder().update(outbox)
      .set({ state: 'running', leaseBy: holder, leaseUntil: clock() + leaseMs, attempts: () => 'attempts + 1' })
      .where(`id in (:...ids) and state = 'new'`, { ids }).execute()
    const claimed = await db.find(outbox, { where: { id: In(ids), state: 'running', leaseBy: holder }, order: { nextAt: 'ASC', seq: 'ASC' } })
    return withoutRivals(claimed)
  }

  /** Two rows of one key must not run at once, whoever claimed them: look after the claim is on disk, step back if there is another. */
  async function withoutRivals(claimed: readonly OutboxRow[]): Promise<OutboxRow[]> {
    const keys = claimed.flatMap((row) => (row.orderKey === null ? [] : [row.orderKey]))
    if (database.kind === 'sqlite' || keys.length === 0) return [...claimed]
    const rows = await db.createQueryBuilder(outbox, 'item').select('item.orderKey', 'orderKey')
      .where(`item.state = 'running' and item.orderKey in (:...keys)`, { keys })
      .groupBy('item.orderKey').having('count(*) > 1').getRawMany<{ orderKey: string }>()
    const contended = new Set<string | null>(rows.map((row) => row.orderKey))
    const kept = claimed.filter((row) => row.orderKey === null || !contended.has(row.orderKey))
    await giveBack(claimed.filter((row) => !kept.includes(row)), 50 + Math.floor(Math.random() * 200))
    return kept
  }

  async function giveBack(rows: readonly OutboxRow[], delayMs = 0): Promise<void> {
    for (const row of rows) {
      await db.update(outbox, mine(row), { ...free, state: 'new', attempts: row.attempts - 1, nextAt: delayMs === 0 ? row.nextAt : clock() + delayMs })
    }
  }

  /** Extends the claim; false when it has ended. */
  async function renew(row: OutboxRow): Promise<boolean> {
    return (await db.update(outbox, mine(row), { leaseUntil: clock() + leaseMs })).affected === 1
  }

  async function finish(work: UnitOfWork, row: OutboxRow, lastError: string | null = null): Promise<void> {
    const { affected } = await work.db.update(outbox, mine(row), { ...free, state: 'done', uniqueKey: null, doneAt: clock(), lastError })
    if (affected !== 1) throw new ClaimLost()
  }

  async function putBack(row: OutboxRow, change: Pick<OutboxRow, 'attempts' | 'nextAt' | 'lastError'>): Promise<void> {
    await db.update(outbox, mine(row), { ...free, ...change, state: 'new' })
  }

  async function park(row: OutboxRow, lastError: string): Promise<void> {
    await db.update(outbox, mine(row), { ...free, state: 'dead', lastError })
  }

  /** Rows whose worker died while it ran them, at most `limit`. With `all`, whatever their lease says. */
  async function interrupted(all: boolean, limit = 100): Promise<OutboxRow[]> {
    const query = db.createQueryBuilder(outbox, 'item').where(`item.state = 'running'`).orderBy('item.seq').limit(limit)
    if (!all) query.andWhere('item.leaseUntil <= :now', { now: clock() })
    return query.getMany()
  }

  /** Ends the claim of a dead worker, as long as nobody else has. */
  async function recover(row: OutboxRow, change: Pick<OutboxRow, 'state' | 'lastError'>): Promise<void> {
    const claim = { id: row.id, state: 'running' as const, leaseBy: row.leaseBy ?? '', leaseUntil: row.leaseUntil ?? 0 }
    await db.update(outbox, claim, { ...free, ...change })
  }

  return { claim, giveBack, renew, finish, putBack, park, interrupted, recover }
}
