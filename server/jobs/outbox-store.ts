import { v7 as uuid } from 'uuid'
import type { EntityManager } from 'typeorm'
import type { UnitOfWork } from '../database/database.ts'
import { isUniqueViolation } from '../database/violations.ts'
import { Invariant } from '../errors.ts'
import { outbox, type OutboxRow } from './jobs.entity.ts'
import { urgentHeadStartMs } from './ports.ts'
import { processParts, type ProcessParts } from './process-parts.ts'

/** An effect that is wanted once the transaction is on disk. */
export interface OutboxEntry {
  readonly kind: string
  /** Ids only, no personal content. `expiresAt` is a reserved name. */
  readonly payload: Readonly<Record<string, unknown>>
  /** Rows with the same key run in order. */
  readonly orderKey?: string
  /** While a row with this key is unfinished or parked, the effect is not wanted a second time. */
  readonly uniqueKey?: string
  /**
   * What to do when the row with this key is running already and may have read the state before this transaction:
   * `skip` (default) wants nothing more; `again` runs it once more afterwards, for effects that carry the present state over.
   */
  readonly whileRunning?: 'skip' | 'again'
  /**
   * A row with this key that was parked for a person starts anew: for work that is wanted again and again and safe to repeat.
   * Without it a reading that failed for a day would never be wanted again.
   */
  readonly reviveParked?: boolean
  readonly delayMs?: number
  /** After this instant the effect makes no sense any more and is dropped; until then it goes before effects that can wait. */
  readonly expiresAt?: number
}

export type Added = 'added' | 'present' | 'revived'

/** Adds an effect in the caller's transaction; workers look as soon as it is committed. */
export async function addOutbox(work: UnitOfWork, entry: OutboxEntry): Promise<Added> {
  const parts = await readyParts(work)
  if (entry.uniqueKey === undefined) {
    await work.db.insert(outbox, rowOf(parts, entry, null))
    return 'added'
  }
  if (await insertUnique(work.db, rowOf(parts, entry, entry.uniqueKey))) return 'added'
  if (entry.reviveParked === true && await revive(work.db, parts, [entry.uniqueKey, `${entry.uniqueKey}+`])) return 'revived'
  if (entry.whileRunning !== 'again' || await holdWaiting(work.db, entry.uniqueKey)) return 'present'
  return addAfterRunning(work.db, parts, entry, entry.uniqueKey)
}

/** Holds a waiting row until we commit, so that its worker starts afterwards and sees what we wrote. */
async function holdWaiting(db: EntityManager, uniqueKey: string): Promise<boolean> {
  return (await db.update(outbox, { uniqueKey, state: 'new' }, { state: 'new' })).affected === 1
}

/** More than the lanes of any number of processes that make sense. */
const mostRunning = 64

/** One run after all that run by now: they may have read what was before us. The row behind one that runs has a key of its own. */
async function addAfterRunning(db: EntityManager, parts: ProcessParts, entry: OutboxEntry, uniqueKey: string): Promise<Added> {
  let key = `${uniqueKey}+`
  for (let tries = 0; tries < mostRunning; tries += 1) {
    if (await insertUnique(db, rowOf(parts, entry, key))) return 'added'
    if (await holdWaiting(db, key)) return 'present'
    const row = await db.findOne(outbox, { select: { id: true, state: true }, where: { uniqueKey: key } })
    if (row?.state === 'dead') return 'present'
    if (row?.state === 'running') key += '+'
  }
  throw new Invariant(`too many effects run under one key: ${entry.kind}`)
}

const rowsPerStatement = 200

/** Adds many effects without unique keys, some hundred per statement. */
export async function addManyOutbox(work: UnitOfWork, entries: readonly Omit<OutboxEntry, 'uniqueKey' | 'whileRunning'>[]): Promise<void> {
  const parts = await readyParts(work)
  for (let from = 0; from < entries.length; from += rowsPerStatement) {
    await work.db.insert(outbox, entries.slice(from, from + rowsPerStatement).map((entry) => rowOf(parts, entry, null)))
  }
}

type NewRow = Omit<OutboxRow, 'payload'> & { readonly payload: object }

async function readyParts(work: UnitOfWork): Promise<ProcessParts> {
  const parts = processParts(work.db.dataSource)
  if (!parts.seeded.has('outbox')) {
    parts.sequence.raiseTo(Number(await work.db.maximum(outbox, 'seq') ?? 0))
    parts.seeded.add('outbox')
  }
  work.afterCommit(() => parts.wakeup.wake('outbox'))
  return parts
}

function rowOf(parts: ProcessParts, entry: OutboxEntry, uniqueKey: string | null): NewRow {
  const now = parts.clock()
  return {
    id: uuid(),
    seq: parts.sequence.next(now),
    kind: entry.kind,
    orderKey: entry.orderKey ?? null,
    uniqueKey,
    payload: entry.expiresAt === undefined ? entry.payload : { ...entry.payload, expiresAt: entry.expiresAt },
    state: 'new',
    attempts: 0,
    nextAt: now + (entry.delayMs ?? (entry.expiresAt === undefined ? 0 : -urgentHeadStartMs)),
    leaseUntil: null,
    leaseBy: null,
    createdAt: now,
    doneAt: null,
    lastError: null,
  }
}

async function revive(db: EntityManager, parts: ProcessParts, uniqueKeys: readonly string[]): Promise<boolean> {
  const now = parts.clock()
  let revived = false
  for (const uniqueKey of uniqueKeys) {
    const { affected } = await db.update(outbox, { uniqueKey, state: 'dead' }, { state: 'new', attempts: 0, nextAt: now, seq: parts.sequence.next(now) })
    revived ||= affected === 1
  }
  return revived
}

async function insertUnique(db: EntityManager, row: NewRow): Promise<boolean> {
  try {
    await db.insert(outbox, row)
    return true
  } catch (error) {
    if (isUniqueViolation(error)) return false
    throw error
  }
}
