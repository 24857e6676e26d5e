import type { EntityManager } from 'typeorm'
import type { Database } from '../../../server/database/database.ts'

class Undone extends Error {}

/** Runs `use` in a transaction that never commits: nothing to delete afterwards, and no wait for the disk. */
export async function rolledBack(database: Database, use: (db: EntityManager) => Promise<void>): Promise<void> {
  try {
    await database.transaction(async (work) => {
      await use(work.db)
      throw new Undone()
    })
  } catch (error) {
    if (!(error instanceof Undone)) throw error
  }
}
