import type { EntityManager } from 'typeorm'
import { z } from 'zod'
import type { Database } from '../../database/database.ts'
import { selectNamed } from '../sql.ts'
import { differenceOf, listedRows, listingsOf, refreshScopes, type ListedRow } from './refresh.ts'

export interface ListDifferences {
  readonly customers: number
  /** Ids of some customers about whom the scope table says something else than the facts. */
  readonly different: readonly string[]
}

const CustomerId = z.object({ id: z.string() })
const batch = 200
const mostNamed = 20

async function nextIds(db: EntityManager, after: string): Promise<string[]> {
  return z.array(CustomerId).parse(await selectNamed(db, 'SELECT id FROM customers WHERE id > :after ORDER BY id LIMIT :batch', { after, batch })).map((row) => row.id)
}

/** Compares the scope table with the facts, customer by customer, and changes nothing. Stops after `most` customers. */
export async function differencesOfLists(db: EntityManager, most = Number.POSITIVE_INFINITY): Promise<ListDifferences> {
  const different: string[] = []
  let customers = 0
  for (let ids = await nextIds(db, ''); ids.length > 0 && customers < most; ids = await nextIds(db, ids.at(-1) ?? '')) {
    const wanted = await listingsOf(db, ids, false)
    const rows = new Map<string, ListedRow[]>(ids.map((id) => [id, []]))
    for (const row of await listedRows(db, ids)) rows.get(row.customer)?.push(row)
    different.push(...ids.filter((id) => differenceOf(wanted.get(id), rows.get(id) ?? []) !== null))
    customers += ids.length
  }
  return { customers, different: different.slice(0, mostNamed) }
}

/**
 * Brings the whole scope table to the facts, in bounded transactions. Lists go on meanwhile. Returns about how many customers
 * it said something else: without a fault of ours nobody.
 */
export async function mendLists(database: Database, signal?: AbortSignal): Promise<number> {
  let mended = 0
  for (let ids = await nextIds(database.db, ''); ids.length > 0 && signal?.aborted !== true; ids = await nextIds(database.db, ids.at(-1) ?? '')) {
    mended += await database.transaction(({ db }) => refreshScopes(db, ids))
  }
  return mended
}
