import type { EntityManager } from 'typeorm'
import { z } from 'zod'
import { beforeCommitOf, transactionOf, type UnitOfWork } from '../database/database.ts'
import { isUniqueViolation, Outdated } from '../database/violations.ts'
import { accessStates } from './access.entity.ts'

const StateRows = z.array(z.object({ name: z.string(), value: z.coerce.number() }))

export interface AccessMarks {
  /** Raised with every change of policy, staff or tree. */
  readonly epoch: number
  /** The highest clock any process has stored, Unix ms. */
  readonly clock: number
}

/** Both numbers in one query on the primary. A missing row is zero. */
export async function readMarks(db: EntityManager): Promise<AccessMarks> {
  const rows: unknown = await db.query('SELECT name, value FROM access_state')
  const values = new Map(StateRows.parse(rows).map((row) => [row.name, row.value]))
  return { epoch: values.get('epoch') ?? 0, clock: values.get('clock') ?? 0 }
}

/**
 * Raises the epoch in the caller's transaction: whatever changes policy, staff or tree calls this before it commits,
 * so that the next request of anybody compiles the new state.
 */
export async function raiseEpoch(work: UnitOfWork): Promise<void> {
  count(work.db, 1)
  work.onUndo(() => count(work.db, -1))
  const table = work.db.getRepository(accessStates)
  const raise = () => table.update({ name: 'epoch' }, { value: () => 'value + 1' })
  if ((await raise()).affected === 1) return
  try {
    await table.insert({ name: 'epoch', value: 1 })
  } catch (error) {
    if (!isUniqueViolation(error)) throw error
    await raise()
  }
}

const raised = new WeakMap<object, number>()

/** How often a transaction has raised the epoch itself, without what was undone of it. */
export const raisedBy = (db: EntityManager): number => raised.get(transactionOf(db)) ?? 0
const count = (db: EntityManager, more: 1 | -1): void => void raised.set(transactionOf(db), raisedBy(db) + more)

/**
 * The transaction commits only under the rules by which it decided: if others changed them since, it is rolled back and decides
 * anew. Two changes cannot pass each other, because this takes the epoch's row until the commit, and so does whoever raises it.
 * SQLite has one transaction at a time and needs no such look.
 */
export function commitUnderRules(db: EntityManager, epoch: number): void {
  const before = raisedBy(db)
  beforeCommitOf(db)?.('access.rules', async () => {
    const expected = epoch + raisedBy(db) - before
    const { affected } = await db.getRepository(accessStates).update({ name: 'epoch', value: expected }, { value: expected })
    if (affected !== 1 && (await readMarks(db)).epoch !== expected) throw new Outdated('the rules changed meanwhile')
  })
}

/** Stores a clock reading unless a later one is stored already. */
export async function storeClock(db: EntityManager, now: number): Promise<void> {
  const table = db.getRepository(accessStates)
  const stored = await table.createQueryBuilder().update().set({ value: now }).where('name = :name AND value < :now', { name: 'clock', now }).execute()
  if (stored.affected !== 0 || await table.existsBy({ name: 'clock' })) return
  try {
    await table.insert({ name: 'clock', value: now })
  } catch (error) {
    if (!isUniqueViolation(error)) throw error
  }
}
