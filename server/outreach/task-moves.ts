import type { UnitOfWork } from '../database/database.ts'
import type { Core } from './core.ts'
import { outreachTasks, type OutreachTaskRow } from './outreach.entity.ts'
import { lifetimeMs, nextReadingAt } from './reading-times.ts'
import { hasOpenRecipients, settle } from './recipients.ts'
import { endTask, recordTask } from './task-ends.ts'

/** WeCom has the task. `unreachable` are customers that WeCom left out of it. The caller holds the row. */
export async function markCreated(core: Core, work: UnitOfWork, task: OutreachTaskRow, made: { readonly msgid: string, readonly unreachable: readonly string[] }): Promise<void> {
  const now = core.clock()
  const expiresAt = task.expiresAt ?? now + lifetimeMs
  await work.db.update(outreachTasks, { id: task.id }, {
    state: 'created', msgid: made.msgid, sentToWecomAt: now, expiresAt, intentKey: null, candidates: null, polls: 0,
    nextAt: task.withdrawal === null ? nextReadingAt(now, 0) : now,
  })
  await settle(core, work, task, made.unreachable.map((customerId) => ({ customerId, outcome: 'not-friend', at: now })))
  await recordTask(core, work, task, { action: 'outreach.created', details: { msgid: made.msgid, customers: task.recipients, unreachable: made.unreachable.length } })
  if (!(await hasOpenRecipients(work.db, task.id))) await endTask(core, work, task, { state: 'done', reason: null, rest: 'unsent' })
}

/** The call was certainly not executed: it may be made again, unless the task is not wanted any more. The caller holds the row. */
export async function backToPlanned(core: Core, work: UnitOfWork, task: OutreachTaskRow, nextAt: number): Promise<void> {
  if (task.withdrawal !== null) return endTask(core, work, task, { state: 'cancelled', reason: task.reason, rest: 'unsent' })
  await work.db.update(outreachTasks, { id: task.id }, { state: 'planned', intentKey: null, intentAt: null, nextAt })
}
