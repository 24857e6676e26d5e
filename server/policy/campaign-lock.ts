import { campaigns, type Campaign } from '../access/index.ts'
import type { UnitOfWork } from '../database/database.ts'

/**
 * Takes the campaign for this transaction: who belongs to it and what it gives are changed one after the other, so that nobody
 * joins between an approval's look at its people and its commit. Null for one that does not exist.
 */
export async function lockCampaign(work: UnitOfWork, id: string): Promise<Campaign | null> {
  const table = work.db.getRepository(campaigns)
  await table.update({ id }, { version: () => 'version + 1' })
  return table.findOneBy({ id })
}
