import { staff, type Staff } from '../organization/index.ts'
import type { UnitOfWork } from '../database/database.ts'
import { isUniqueViolation } from '../database/violations.ts'
import { MediaMissing } from '../templates/index.ts'
import { WecomError, WecomLimited, WecomUnreachable, type MessageAttachment } from '../wecom/index.ts'
import { taskView, type Core } from './core.ts'
import { outreachTasks, type OutreachTaskRow } from './outreach.entity.ts'
import { quietHours, readQuietMinutes } from './quiet-hours.ts'
import { withFreshMedia } from './fresh-media.ts'
import { lifetimeMs } from './reading-times.ts'
import { openRecipients, settle, sourceOf, type OpenRecipient } from './recipients.ts'
import type { Step } from './step.ts'
import { endTask } from './task-ends.ts'
import { backToPlanned, markCreated } from './task-moves.ts'

/** The pause after a call that was certainly not executed, unless WeCom says how long. */
const pauseMs = 30_000
/** Wrong rights of the app are repaired by a person. */
const authPauseMs = 10 * 60_000
/** Nobody of the customers can be reached by this sender. */
const nobodyErrcode = 41048

interface Intent {
  readonly task: OutreachTaskRow
  readonly intentAt: number
  readonly sender: Staff
  readonly recipients: readonly OpenRecipient[]
}

/** Another call of this sender is open. One at a time: what is found in WeCom's lists then belongs to one of them. */
class SenderBusy extends Error {}

/**
 * The way of a planned task into WeCom. The intent is on disk before the call is made: whoever finds it later knows that there may
 * have been a call, and asks WeCom before another one.
 */
export async function dispatchTask(step: Step): Promise<number | null> {
  const { core, queue, claim } = step
  const opensAt = quietHours(await readQuietMinutes(core.database.db), core.zone).opensAt(core.clock())
  if (opensAt > core.clock()) return opensAt
  // Before the intent: an upload may take long, and makes nothing that a customer sees.
  const attachments = await mediaFor(step)
  if (attachments === null) return null
  let intent: Intent | null
  try {
    intent = await core.database.transaction(async (work) => writeIntent(core, work, await queue.hold(work, claim)))
  } catch (error) {
    if (error instanceof SenderBusy) return core.clock() + core.timing.settleMs
    throw error
  }
  return intent === null ? null : makeCall(step, intent, attachments)
}

/** Null: a file is not there or WeCom does not take it, and the task has ended; what is only out of reach is tried again. */
async function mediaFor({ core, queue, claim, media }: Step): Promise<MessageAttachment[] | null> {
  try {
    return await withFreshMedia(media, claim.task.attachments)
  } catch (error) {
    const isRefused = error instanceof MediaMissing || (error instanceof WecomError && (error.kind === 'refused' || error.kind === 'gone'))
    if (!isRefused) throw error
    await core.database.transaction(async (work) => {
      const row = await queue.hold(work, claim)
      if (row.state === 'planned') await endTask(core, work, row, { state: 'failed', reason: error instanceof WecomError ? `media-${error.errcode}` : 'media-missing', rest: 'unsent' })
    })
    return null
  }
}

/** Asks everything once more in the transaction that writes the intent; null when there is nothing to call for. */
async function writeIntent(core: Core, work: UnitOfWork, task: OutreachTaskRow): Promise<Intent | null> {
  const fail = async (reason: string): Promise<null> => {
    await endTask(core, work, task, { state: 'failed', reason, rest: 'unsent' })
    return null
  }
  if (task.state !== 'planned') return null
  const now = core.clock()
  if (now >= (task.expiresAt ?? task.notBefore + lifetimeMs)) return fail('too-late')
  const sender = await work.db.findOneBy(staff, { id: task.staffId, status: 'active' })
  if (sender === null) return fail('sender-inactive')
  await takeSender(work, task, {
    state: 'intended', intentKey: task.staffId, intentAt: now, intents: task.intents + 1, senderUserid: sender.userid, nextAt: now + core.timing.settleMs,
  })
  const recipients = await openRecipients(work.db, task)
  const { refused, leftOut } = await sourceOf(core, task.source).check(work, { ...taskView(task), customerIds: recipients.map((one) => one.customerId) })
  if (refused !== null) return fail(refused.slice(0, 64))
  await settle(core, work, task, recipients.filter((one) => leftOut.has(one.customerId)).map(({ customerId }) => ({ customerId, outcome: 'left-out', at: now })))
  const kept = recipients.filter((one) => !leftOut.has(one.customerId))
  return kept.length === 0 ? fail('nobody-left') : { task, intentAt: now, sender, recipients: kept }
}

async function takeSender(work: UnitOfWork, task: OutreachTaskRow, intent: Partial<Omit<OutreachTaskRow, 'attachments' | 'candidates'>>): Promise<void> {
  try {
    await work.db.update(outreachTasks, { id: task.id }, intent)
  } catch (error) {
    throw isUniqueViolation(error) ? new SenderBusy() : error
  }
}

async function makeCall(step: Step, { task, intentAt, sender, recipients }: Intent, attachments: readonly MessageAttachment[]): Promise<number | null> {
  const { core, queue, wecom, claim, isLost } = step
  // Whoever was held up for too long leaves the task to the reading back, which has begun or is about to.
  const latest = intentAt + core.timing.settleMs / 4
  const draft = { sender: sender.wecomUserid, ...(task.target === null ? {} : { target: task.target }), externalUserIds: recipients.map((one) => one.externalUserId), text: task.text, attachments }
  let made: { readonly msgid: string, readonly unreachable: readonly string[] }
  try {
    made = await wecom.addBroadcast(draft, () => !isLost() && core.clock() < latest)
  } catch (error) {
    const verdict = verdictOf(error)
    if (verdict.kind === 'unclear') {
      core.log.warn({ task: task.id, error: verdict.reason }, 'what became of a broadcast is read back')
      return intentAt + core.timing.settleMs
    }
    await core.database.transaction(async (work) => {
      const row = await queue.hold(work, claim)
      if (verdict.kind === 'not-executed') await backToPlanned(core, work, row, core.clock() + verdict.pauseMs)
      else await endTask(core, work, row, { state: 'failed', reason: verdict.reason, rest: verdict.rest })
    })
    return null
  }
  const unreachable = new Set(made.unreachable)
  const leftOut = recipients.filter((one) => unreachable.has(one.externalUserId)).map((one) => one.customerId)
  await core.database.transaction(async (work) => markCreated(core, work, await queue.hold(work, claim), { msgid: made.msgid, unreachable: leftOut }))
  return null
}

type CallVerdict =
  | { readonly kind: 'unclear', readonly reason: string }
  | { readonly kind: 'not-executed', readonly pauseMs: number }
  | { readonly kind: 'refused', readonly reason: string, readonly rest: 'unsent' | 'not-friend' }

/** What a failed call says about whether there is a task in WeCom now. A busy answer (-1) does not prove that there is none. */
function verdictOf(error: unknown): CallVerdict {
  if (error instanceof WecomUnreachable) return error.mayHaveReached ? { kind: 'unclear', reason: error.reason } : { kind: 'not-executed', pauseMs }
  if (error instanceof WecomLimited) return { kind: 'not-executed', pauseMs: error.retryAfterMs }
  if (!(error instanceof WecomError)) throw error
  if (error.kind === 'auth') return { kind: 'not-executed', pauseMs: authPauseMs }
  if (error.errcode === 0 || error.kind === 'transient') return { kind: 'unclear', reason: `errcode ${error.errcode}` }
  return { kind: 'refused', reason: `wecom-${error.errcode}`, rest: error.errcode === nobodyErrcode ? 'not-friend' : 'unsent' }
}
