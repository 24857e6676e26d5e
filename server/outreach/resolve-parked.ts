import type { UnitOfWork } from '../database/database.ts'
import { isUniqueViolation } from '../database/violations.ts'
import { ProjectError } from '../errors.ts'
import { wakeAfterCommit, type Core } from './core.ts'
import { outreachTasks, type OutreachTaskRow } from './outreach.entity.ts'
import { endTask } from './task-ends.ts'
import { markCreated } from './task-moves.ts'

export interface Resolution {
  readonly taskId: string
  /** Which of the candidates it is; null gives it up. */
  readonly msgid: string | null
  readonly staffId: string
  readonly requestId: string
}

/**
 * A person decides about a task that nobody could tell from others. Given up it is never sent again; a sender may have confirmed it, so
 * its customers count as reached. Throws `parked.not_found` for a task that is not parked, or a broadcast that cannot be it.
 */
export async function resolveParked(core: Core, work: UnitOfWork, { taskId, msgid, staffId, requestId }: Resolution): Promise<void> {
  // Of two at once one finds it parked: the other waits for this row and then finds another state.
  const { affected } = await work.db.update(outreachTasks, { id: taskId, state: 'parked' }, { state: 'parked' })
  if (affected !== 1) throw new ProjectError('parked.not_found', 404)
  const task = await work.db.findOneByOrFail(outreachTasks, { id: taskId })
  if (msgid === null) await giveUp(core, work, task)
  else await match(core, work, task, msgid)
  await core.audit.record(work.db, {
    actorKind: 'staff', actorId: staffId, operation: 'system.integration.operate', subjectKind: 'outreach-task', subjectId: task.id, outcome: 'done', requestId,
    ...(msgid === null
      ? { action: 'outreach.given-up', details: { candidates: task.candidates?.length ?? 0 } }
      : { action: 'outreach.matched', details: { msgid } }),
  })
  wakeAfterCommit(core, work)
}

async function match(core: Core, work: UnitOfWork, task: OutreachTaskRow, msgid: string): Promise<void> {
  if (task.candidates?.includes(msgid) !== true) throw new ProjectError('parked.not_found', 404)
  try {
    await markCreated(core, work, task, { msgid, unreachable: [] })
  } catch (error) {
    // It was found to be another task meanwhile.
    throw isUniqueViolation(error) ? new ProjectError('parked.not_found', 404) : error
  }
}

async function giveUp(core: Core, work: UnitOfWork, task: OutreachTaskRow): Promise<void> {
  await endTask(core, work, task, { state: 'failed', reason: 'given-up', rest: 'sent' })
}
