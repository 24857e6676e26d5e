import { IsNull, type EntityManager } from 'typeorm'
import { z } from 'zod'
import type { Database, UnitOfWork } from '../../database/database.ts'
import { selectNamed } from '../sql.ts'
import { listMarks, type ListMark } from './listing.entity.ts'
import { atNode } from './nodes.ts'
import { refreshScopes } from './refresh.ts'

export interface MovedDepartment {
  readonly id: number
  /** Where it stands now. */
  readonly path: string
  /** The tree did not know it before. */
  readonly isNew: boolean
}

const CustomerId = z.object({ id: z.string() })

/**
 * To be called in the transaction that moves departments, or adds some to the tree (`isNew`): from its commit on, lists reach
 * their customers by the department itself, until `workOnMarks` has rewritten the rows of the departments above. True if there
 * is something to rewrite: want the effect that calls `workOnMarks` in the same transaction.
 */
export async function markMoved(work: UnitOfWork, departments: readonly MovedDepartment[]): Promise<boolean> {
  let marked = false
  for (const { id, path, isNew } of departments) {
    if (isNew && !(await hasCustomers(work.db, id))) continue
    // A move during a move begins anew.
    await work.db.getRepository(listMarks).save({ name: departmentMark(id), path, position: '', round: 1, notBefore: 0 })
    marked = true
  }
  return marked
}

/** Follows may name a department before the directory does. */
async function hasCustomers(db: EntityManager, departmentId: number): Promise<boolean> {
  const rows = await selectNamed(db, 'SELECT customer_id AS id FROM customer_scope WHERE node = :node LIMIT 1', { node: atNode(departmentId) })
  return rows.length > 0
}

/** No customer has all his rows yet: lists do without them. */
export const scopesMark = 'scopes'
/** Customers may lack the rows of their tags and names. */
export const termsMark = 'terms'
const departmentMark = (id: number) => `department:${id}`
/** The department of a mark; null for the others. */
export const departmentOfMark = (name: string): number | null => (name.startsWith('department:') ? Number(name.slice('department:'.length)) : null)

const MarkRow = z.object({ name: z.string(), path: z.string().nullable(), position: z.string(), round: z.coerce.number(), notBefore: z.coerce.number() })

/** Parts of the lists that are not written yet. */
export async function openMarks(db: EntityManager): Promise<ListMark[]> {
  return z.array(MarkRow).parse(await selectNamed(db, 'SELECT name, path, position, round, not_before AS notBefore FROM list_marks ORDER BY name', {}))
}

interface MarkStep {
  /** The position after this step, or null when nothing is left. */
  readonly next: string | null
}

/** One bounded step of a mark's work, in a transaction of its own. */
type StepOfMark = (db: EntityManager, mark: ListMark) => Promise<MarkStep>

export interface MarkWork {
  readonly database: Database
  readonly clock: () => number
  readonly signal: AbortSignal
  /** How long transactions that read the old tree may last; SQLite has none beside this one. */
  readonly secondLookMs?: number
  /** How many customers a transaction holds. */
  readonly batch?: number
}

/**
 * Works on all marks in bounded transactions, each of which moves its mark's position: whoever is killed goes on from there.
 * Returns how long to wait until something is left to do, or null when nothing is.
 */
export async function workOnMarks(options: MarkWork): Promise<number | null> {
  for (;;) {
    const marks = await openMarks(options.database.db)
    const now = options.clock()
    const due = marks.find((mark) => mark.notBefore <= now && stepOf(options, mark) !== undefined)
    if (due === undefined) {
      const waits = marks.filter((mark) => stepOf(options, mark) !== undefined).map((mark) => mark.notBefore - now)
      return waits.length === 0 ? null : Math.min(...waits)
    }
    if (options.signal.aborted) return 0
    await options.database.transaction((work) => takeStep(options, work, due))
  }
}

function stepOf({ batch = 100 }: MarkWork, { name }: ListMark): StepOfMark | undefined {
  if (name === scopesMark || name === termsMark) return (db, { position }) => everyCustomer(db, position, batch)
  const departmentId = departmentOfMark(name)
  return departmentId === null ? undefined : (db, { position }) => customersAt(db, departmentId, position, batch)
}

async function takeStep(options: MarkWork, work: UnitOfWork, { name }: ListMark): Promise<void> {
  const table = work.db.getRepository(listMarks)
  const mark = await table.findOneBy({ name })
  const step = mark === null ? undefined : stepOf(options, mark)
  if (mark === null || step === undefined) return
  const { next } = await step(work.db, mark)
  const same = { name, position: mark.position, round: mark.round, path: mark.path ?? IsNull() }
  if (next !== null) await table.update(same, { position: next })
  // Another transaction may have read the tree as it was before the move and commit its rows after ours: look once more.
  else if (mark.round === 1 && departmentOfMark(name) !== null && options.database.kind !== 'sqlite') {
    await table.update(same, { position: '', round: 2, notBefore: options.clock() + (options.secondLookMs ?? 15_000) })
  } else await table.delete(same)
}

async function everyCustomer(db: EntityManager, position: string, batch: number): Promise<MarkStep> {
  const ids = z.array(CustomerId).parse(await selectNamed(db, 'SELECT id FROM customers WHERE id > :position ORDER BY id LIMIT :batch', { position, batch })).map((row) => row.id)
  await refreshScopes(db, ids)
  return { next: ids.length < batch ? null : (ids.at(-1) ?? null) }
}

const Place = z.object({ at: z.coerce.number(), id: z.string() })

/** From the longest silent to the newest: whoever becomes active meanwhile is met again at the end. */
async function customersAt(db: EntityManager, departmentId: number, position: string, batch: number): Promise<MarkStep> {
  const [at, id] = position === '' ? [-1, ''] : [Number(position.split(':')[0]), position.slice(position.indexOf(':') + 1)]
  const rows = z.array(Place).parse(await selectNamed(db, `SELECT last_active_at AS at, customer_id AS id FROM customer_scope
    WHERE node = :node AND last_active_at >= :at AND (last_active_at > :at OR customer_id > :id) ORDER BY last_active_at, customer_id LIMIT :batch`, { node: atNode(departmentId), at, id, batch }))
  await refreshScopes(db, rows.map((row) => row.id))
  const last = rows.at(-1)
  return { next: rows.length < batch || last === undefined ? null : `${last.at}:${last.id}` }
}
