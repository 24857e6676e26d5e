import { differencesOfLists, mendLists } from '../../server/access/index.ts'
import { gramDifferences, refreshNameGrams } from '../../server/customers/index.ts'
import type { Database } from '../../server/database/database.ts'

/** For tests that write customers or follows by themselves: the tables behind lists follow what they wrote. */
export async function relist(database: Database): Promise<void> {
  await mendLists(database, refreshNameGrams)
}

/**
 * Throws unless the tables behind lists say what the facts say. Every test app asks when it stops, so that a writer who forgets
 * them fails the tests of whatever he writes.
 */
export async function expectTrueLists(database: Database): Promise<void> {
  const { different } = await differencesOfLists(database.db)
  if (different.length > 0) throw new Error(`the scope table differs from the facts about ${different.length} or more customers (write through customer-rows.ts; tests: relist): ${different.join(' ')}`)
  const ids = (await database.db.query('SELECT id FROM customers') as { id: string }[]).map((row) => row.id)
  const names = ids.length === 0 ? [] : await gramDifferences(database.db, ids.slice(0, 5_000))
  if (names.length > 0) throw new Error(`the name pairs differ from the names of ${names.length} customers: ${names.slice(0, 20).map((one) => one.customerId).join(' ')}`)
}
