import { mendLists, workOnMarks } from '../access/index.ts'
import type { Database, UnitOfWork } from '../database/database.ts'
import { addOutbox, type JobLog, type OutboxHandler } from '../jobs/index.ts'

export interface ListKeeping {
  readonly database: Database
  readonly clock: () => number
  /** See `MarkWork`. */
  readonly secondLookMs?: number
  readonly batch?: number
}

/**
 * Writes what is missing in the tables behind lists: everything after the update that brought them, and the customers of
 * departments that were moved (S52). Each step is a transaction of its own that moves a mark, so a killed process goes on where
 * it was.
 */
export function listEffects(options: ListKeeping): [string, OutboxHandler][] {
  return [['lists.keep', {
    repeat: 'safe',
    run: async (_payload, { signal }) => {
      const waitMs = await workOnMarks({ ...options, signal })
      return waitMs === null ? undefined : (work) => wantListsLater(work, waitMs)
    },
  }]]
}

async function wantListsLater(work: UnitOfWork, delayMs: number): Promise<void> {
  await addOutbox(work, { kind: 'lists.keep', payload: {}, uniqueKey: 'lists.keep-later', whileRunning: 'again', reviveParked: true, delayMs })
}

/** The nightly repair. The tables change with what they come from, so whatever it finds is a fault of ours: it is told. */
export async function mendAllLists(database: Database, log: JobLog, signal?: AbortSignal): Promise<number> {
  const mended = await mendLists(database, signal)
  if (mended > 0) log.error({ customers: mended }, 'the tables behind lists said something else than the facts; they are mended')
  return mended
}
