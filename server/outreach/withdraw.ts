import { IsNull } from 'typeorm'
import type { UnitOfWork } from '../database/database.ts'
import { WecomError } from '../wecom/index.ts'
import { wakeAfterCommit, type Core } from './core.ts'
import { confirm, readTask, type TaskReading } from './follow.ts'
import { outreachRecipients, outreachTasks, type OutreachTaskRow, type Withdrawal } from './outreach.entity.ts'
import { newTask } from './plan-tasks.ts'
import { soonMs } from './reading-times.ts'
import type { Step } from './step.ts'
import { endTask, recordTask } from './task-ends.ts'

export interface Wish {
  readonly withdrawal: Withdrawal
  /** What WeCom said a moment ago. */
  readonly reading: TaskReading
  /** When tasks may be made again. */
  readonly opensAt: number
}

/**
 * Takes back what nobody confirmed. The reading right before the cancelling is stored first: after it WeCom may not show the task any
 * more, and who was not proven unsent counts as sent (S42). Each line may be the last one before a crash; cancelling twice is harmless.
 */
export async function withdrawTask(step: Step, { withdrawal, reading, opensAt }: Wish): Promise<number | null> {
  const { core, queue, claim } = step
  if (reading === 'dispatching') return core.clock() + soonMs
  const wished = await core.database.transaction(async (work) => {
    const task = await queue.hold(work, claim)
    const now = core.clock()
    const wish = { withdrawal: task.withdrawal ?? withdrawal, withdrawalAt: task.withdrawalAt ?? now, ...(reading === 'unsent' ? { unsentAt: now } : {}) }
    await work.db.update(outreachTasks, { id: task.id }, wish)
    return { ...task, ...wish }
  })
  let last: TaskReading = reading
  if (reading !== 'closed') {
    if (await cancel(step, wished) === 'dispatching') return core.clock() + soonMs
    last = await readTask(step, wished)
    if (last === 'confirmed') return confirm(step)
    if (last === 'dispatching') return core.clock() + soonMs
  }
  await core.database.transaction(async (work) => {
    const task = await queue.hold(work, claim)
    const isProven = last === 'unsent' || (task.unsentAt ?? 0) >= (task.withdrawalAt ?? Number.POSITIVE_INFINITY)
    await close(core, work, task, { isProven, opensAt })
  })
  return null
}

async function cancel({ wecom }: Step, task: OutreachTaskRow): Promise<'cancelled' | 'dispatching'> {
  try {
    await wecom.cancelBroadcast(task.msgid ?? '')
  } catch (error) {
    if (!(error instanceof WecomError)) throw error
    if (error.errcode === 41063) return 'dispatching'
    if (error.errcode !== 41093 && error.errcode !== 41047) throw error
  }
  return 'cancelled'
}

async function close(core: Core, work: UnitOfWork, task: OutreachTaskRow, { isProven, opensAt }: { readonly isProven: boolean, readonly opensAt: number }): Promise<void> {
  const { withdrawal } = task
  if (!isProven) return endTask(core, work, task, { state: withdrawal === 'cancelled' ? 'cancelled' : 'withdrawn', reason: 'not-proven-unsent', rest: 'sent' })
  if (withdrawal === 'cancelled') return endTask(core, work, task, { state: 'cancelled', reason: task.reason, rest: 'unsent' })
  if (withdrawal === 'expired' || opensAt >= (task.expiresAt ?? opensAt)) return endTask(core, work, task, { state: 'withdrawn', reason: 'expired', rest: 'unsent' })
  await offerAgain(core, work, task, opensAt)
}

/** The customers move to a task of the morning, which asks all locks again; its 72 hours go on counting. */
async function offerAgain(core: Core, work: UnitOfWork, task: OutreachTaskRow, notBefore: number): Promise<void> {
  const { source, sourceId, staffId, text, attachments, target, expiresAt } = task
  const recipients = await work.db.countBy(outreachRecipients, { taskId: task.id, outcome: IsNull() })
  const next = newTask(core, { source, sourceId, staffId, text, attachments, target, notBefore, recipients, expiresAt })
  await work.db.insert(outreachTasks, next)
  await work.db.update(outreachRecipients, { taskId: task.id, outcome: IsNull() }, { taskId: next.id })
  await work.db.update(outreachTasks, { id: task.id }, { state: 'withdrawn', reason: 'quiet-hours', nextAt: null, endedAt: core.clock() })
  await recordTask(core, work, task, { action: 'outreach.withdrawn', details: { reason: 'quiet-hours', customers: recipients, next: next.id } })
  wakeAfterCommit(core, work)
}
