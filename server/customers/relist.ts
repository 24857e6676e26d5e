import type { EntityManager } from 'typeorm'
import { differencesOfLists, mendLists, openMarks } from '../access/index.ts'
import type { Audit } from '../audit/index.ts'
import type { Database } from '../database/database.ts'

export interface ListFaults {
  readonly customers: number
  /** Customers about whom the tables behind lists say something else than the facts, as far as they are named. */
  readonly different: readonly string[]
  /** Parts that are still being written: differences there are no fault. */
  readonly open: readonly string[]
}

/** Compares the tables behind lists with the facts and changes nothing. Stops after about `most` customers. */
export async function listFaults(db: EntityManager, most = Number.POSITIVE_INFINITY): Promise<ListFaults> {
  const { customers, different } = await differencesOfLists(db, most)
  return { customers, different, open: (await openMarks(db)).map((mark) => mark.name) }
}

/**
 * Brings the tables behind lists to the facts, all of them, and says on the audit that somebody did (`npm run admin -- relist`).
 * Bounded transactions, so lists go on meanwhile, and whoever is killed begins anew. Returns about how many customers they said
 * something else.
 */
export async function relist({ database, audit }: { readonly database: Database, readonly audit: Audit }): Promise<number> {
  const mended = await mendLists(database)
  await audit.recordAlone({ actorKind: 'operator', action: 'lists.rebuilt', outcome: 'done', details: { customers: mended } })
  return mended
}
