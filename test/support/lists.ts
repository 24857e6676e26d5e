import { differencesOfLists, mendLists } from '../../server/access/index.ts'
import type { Database } from '../../server/database/database.ts'

/** For tests that write customers, follows or tags by themselves: the tables behind lists follow what they wrote. */
export async function relist(database: Database): Promise<void> {
  await mendLists(database)
}

/**
 * Throws unless the tables behind lists say what the facts say. Every test app asks when it stops, so that a writer who forgets
 * them fails the tests of whatever he writes.
 */
export async function expectTrueLists(database: Database): Promise<void> {
  const { different } = await differencesOfLists(database.db)
  if (different.length > 0) throw new Error(`the scope table differs from the facts about ${different.length} or more customers (write through customer-rows.ts; tests: relist): ${different.join(' ')}`)
}
