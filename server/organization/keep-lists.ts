import { markMoved, type MovedDepartment } from '../access/index.ts'
import type { UnitOfWork } from '../database/database.ts'
import { addOutbox } from '../jobs/index.ts'

/** Wants whatever is missing in the tables behind lists to be written. The domain of customers does it. */
export async function wantLists(work: UnitOfWork): Promise<void> {
  await addOutbox(work, { kind: 'lists.keep', payload: {}, uniqueKey: 'lists.keep', whileRunning: 'again', reviveParked: true })
}

/** In the transaction that moves departments: the customers of each are written into the regions above it afterwards (S52). */
export async function moveInLists(work: UnitOfWork, moved: readonly MovedDepartment[]): Promise<void> {
  if (await markMoved(work, moved)) await wantLists(work)
}
