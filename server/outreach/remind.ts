import { z } from 'zod'
import type { UnitOfWork } from '../database/database.ts'
import { addOutbox, type OutboxHandler } from '../jobs/index.ts'
import { staff } from '../organization/index.ts'
import { WecomError } from '../wecom/index.ts'
import type { Core } from './core.ts'
import { outreachTasks, type OutreachTaskRow } from './outreach.entity.ts'
import type { OutreachCalls } from './step.ts'

const kind = 'outreach.remind'
const Reminder = z.object({ taskId: z.string(), number: z.number(), until: z.number() })

/** The sender is to be reminded, in the transaction that counts it; not any more once tasks are taken back for the night. */
export async function wantReminder(work: UnitOfWork, task: OutreachTaskRow, { number, until }: { readonly number: number, readonly until: number }): Promise<void> {
  await addOutbox(work, { kind, payload: { taskId: task.id, number, until }, expiresAt: until })
}

export interface ReminderWorkers {
  readonly core: Core
  readonly wecom: Pick<OutreachCalls, 'remindBroadcast' | 'sendMessage'>
}

/** Tells a sender that a task waits for him, by WeCom's own reminder and by a message of the app. Both go to staff, never to customers. */
export function outreachEffects(workers: ReminderWorkers): [string, OutboxHandler][] {
  return [[kind, { repeat: 'safe', run: async (payload) => remind(workers, Reminder.parse(payload)) }]]
}

/** A reminder that is not possible now is none: the task was cancelled, is still handed out, or WeCom counts three today. */
const notNow: ReadonlySet<number> = new Set([41047, 41063, 41093, 41094])

async function remind({ core, wecom }: ReminderWorkers, { taskId, number, until }: z.infer<typeof Reminder>): Promise<void> {
  const { db } = core.database
  const task = await db.findOneBy(outreachTasks, { id: taskId, state: 'created' })
  if (task === null || task.msgid === null || task.confirmedAt !== null || task.withdrawal !== null) return
  const person = await db.findOneBy(staff, { id: task.staffId, status: 'active' })
  if (person === null) return
  await unless(notNow, () => wecom.remindBroadcast(task.msgid ?? ''))
  const content = reminderText({ recipients: `${task.recipients} ${task.target === 'groups' ? '个客户群' : '位客户'}`, number, until: timeIn(core.zone, until) })
  await unless(new Set([81013]), () => wecom.sendMessage({ to: { userids: [person.wecomUserid] }, message: { type: 'text', content } }))
}

async function unless(errcodes: ReadonlySet<number>, run: () => Promise<unknown>): Promise<void> {
  try {
    await run()
  } catch (error) {
    if (!(error instanceof WecomError && errcodes.has(error.errcode))) throw error
  }
}

/** What the sender reads: how many and until when; nothing of any customer. */
export function reminderText({ recipients, number, until }: { readonly recipients: string, readonly number: number, readonly until: string }): string {
  return `【群发待确认】您有一个群发任务还没有确认，共 ${recipients}（第 ${number} 次提醒）。请在企业微信“客户联系—群发助手”中确认发送；${until} 前未确认的任务会先收回，之后再次下发。`
}

function timeIn(zone: string, at: number): string {
  return new Intl.DateTimeFormat('zh-CN', { timeZone: zone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(at)
}
