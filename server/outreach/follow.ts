import { WecomError } from '../wecom/index.ts'
import { staff } from '../organization/index.ts'
import { outreachTasks, type OutreachTaskRow, type Withdrawal } from './outreach.entity.ts'
import { quietHours, readQuietMinutes, type QuietHours } from './quiet-hours.ts'
import { nextReadingAt, remindAfterMs, soonMs } from './reading-times.ts'
import { wantReminder } from './remind.ts'
import { readResults } from './results.ts'
import type { Step } from './step.ts'
import { withdrawTask } from './withdraw.ts'

/** How the sender's part stands. `absent`: WeCom shows the task without him, or with a status that proves nothing; `closed`: cancelled, or not shown any more. */
export type TaskReading = 'confirmed' | 'unsent' | 'absent' | 'closed' | 'dispatching'

/** Asks WeCom (doc path/93338). Only a status 0 says that the sender has not confirmed (S42). */
export async function readTask({ core, wecom }: Step, task: OutreachTaskRow): Promise<TaskReading> {
  const person = await core.database.db.findOneBy(staff, { id: task.staffId })
  try {
    for await (const page of wecom.listBroadcastTasks(task.msgid ?? '')) {
      const own = page.find((one) => one.userid === task.senderUserid || one.userid === person?.userid)
      if (own !== undefined && (own.confirmed || own.provenUnsent)) return own.confirmed ? 'confirmed' : 'unsent'
    }
    return 'absent'
  } catch (error) {
    if (error instanceof WecomError && error.errcode === 41063) return 'dispatching'
    if (error instanceof WecomError && (error.errcode === 41093 || error.errcode === 41047)) return 'closed'
    throw error
  }
}

/** A task that WeCom has: reads it, takes it back before the night or when it is too old, reminds its sender, reads its results. */
export async function followTask(step: Step): Promise<number | null> {
  const { core, claim } = step
  const { task } = claim
  if (task.confirmedAt !== null) return readResults(step)
  const quiet = quietHours(await readQuietMinutes(core.database.db), core.zone)
  // A wish that was written down is carried out, also in the morning after a crash: WeCom may have cancelled the task already.
  const withdrawal = task.withdrawal ?? dueWithdrawal(task, quiet, core.clock())
  const reading = await readTask(step, task)
  if (reading === 'confirmed') return confirm(step)
  if (withdrawal !== null) return withdrawTask(step, { withdrawal, reading, opensAt: quiet.opensAt(core.clock()) })
  // Somebody cancelled it in WeCom's administration; nobody can read any more who had confirmed before.
  if (reading === 'closed') return withdrawTask(step, { withdrawal: 'expired', reading, opensAt: core.clock() })
  return keepWaiting(step, reading, quiet)
}

function dueWithdrawal(task: OutreachTaskRow, quiet: QuietHours, now: number): Withdrawal | null {
  if (now >= (task.expiresAt ?? now)) return 'expired'
  return quiet.isClosed(now) ? 'quiet-hours' : null
}

/** The sender tapped: what was sent cannot be taken back, whatever was wished. */
export async function confirm(step: Step): Promise<number | null> {
  const { core, queue, claim } = step
  await core.database.transaction(async (work) => {
    await queue.hold(work, claim)
    const now = core.clock()
    await work.db.update(outreachTasks, { id: claim.task.id }, { confirmedAt: now, polls: 0, withdrawal: null, withdrawalAt: null, nextAt: now })
  })
  return null
}

async function keepWaiting({ core, queue, claim }: Step, reading: TaskReading, quiet: QuietHours): Promise<number | null> {
  if (reading === 'dispatching') return core.clock() + soonMs
  await core.database.transaction(async (work) => {
    const task = await queue.hold(work, claim)
    const now = core.clock()
    const madeAt = task.sentToWecomAt ?? now
    const reminder = madeAt + (remindAfterMs[task.reminders] ?? Number.POSITIVE_INFINITY)
    const isReminded = reading === 'unsent' && reminder <= now
    const reminders = task.reminders + (isReminded ? 1 : 0)
    if (isReminded) await wantReminder(work, task, { number: reminders, until: quiet.closesAt(now) })
    const times = [nextReadingAt(now, task.polls + 1), quiet.closesAt(now), task.expiresAt ?? now, madeAt + (remindAfterMs[reminders] ?? Number.POSITIVE_INFINITY)]
    await work.db.update(outreachTasks, { id: task.id }, {
      polls: task.polls + 1, reminders, ...(reading === 'unsent' ? { unsentAt: now } : {}),
      nextAt: task.withdrawal === null ? Math.max(now + 1_000, Math.min(...times)) : now,
    })
  })
  return null
}
