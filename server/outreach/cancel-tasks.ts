import { In, IsNull } from 'typeorm'
import type { UnitOfWork } from '../database/database.ts'
import { wakeAfterCommit, type Core } from './core.ts'
import { outreachTasks } from './outreach.entity.ts'
import { endTask } from './task-ends.ts'

/** How much of it one transaction may end: of a single task everything. */
export interface CancelPiece {
  readonly tasks: number
  readonly customers: number
}

/**
 * Ends what is not in WeCom yet, and wants the rest taken back: a task whose call may be under way is taken back once its outcome is
 * known. What was confirmed is sent; nobody can recall it (WeCom doc path/97611). Ends a piece of the tasks, and tells whether some are left.
 */
export async function cancelTasks(core: Core, work: UnitOfWork, source: string, sourceId: string, reason: string, most: CancelPiece): Promise<boolean> {
  // Takes every row of the source first: whoever is about to write an intent or a task of the morning has committed by now, or waits for us.
  await work.db.update(outreachTasks, { source, sourceId }, { sourceId })
  const planned = await work.db.find(outreachTasks, { where: { source, sourceId, state: 'planned' }, order: { id: 'ASC' }, take: most.tasks + 1 })
  let ended = 0
  let customers = 0
  for (const task of planned) {
    if (ended > 0 && (ended === most.tasks || customers + task.recipients > most.customers)) break
    ended += 1
    customers += task.recipients
    await endTask(core, work, task, { state: 'cancelled', reason, rest: 'unsent' })
  }
  const now = core.clock()
  const wish = { withdrawal: 'cancelled' as const, withdrawalAt: now, reason }
  await work.db.update(outreachTasks, { source, sourceId, state: In(['intended', 'parked']) }, wish)
  await work.db.update(outreachTasks, { source, sourceId, state: 'created', confirmedAt: IsNull() }, { ...wish, nextAt: now })
  wakeAfterCommit(core, work)
  return ended < planned.length
}
