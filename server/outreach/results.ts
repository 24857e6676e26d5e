import { staff } from '../organization/index.ts'
import { WecomError, type BroadcastResult } from '../wecom/index.ts'
import { outreachTasks } from './outreach.entity.ts'
import { nextReadingAt, resultsMs, soonMs } from './reading-times.ts'
import { hasOpenRecipients, openRecipients, settle } from './recipients.ts'
import type { SettledOutcome } from './source.ts'
import type { Step } from './step.ts'
import { endTask } from './task-ends.ts'

/**
 * What became of each customer after the sender confirmed. Some arrive late; after a day what WeCom still shows as unsent was not
 * sent, and whom it does not show, or with a status that nobody knows, counts as sent (S42). Of groups WeCom shows only those that got
 * it, so the others did not, as long as it shows the task at all.
 */
export async function readResults(step: Step): Promise<number | null> {
  const { core, queue, claim } = step
  const { task } = claim
  const isLast = core.clock() >= (task.confirmedAt ?? 0) + resultsMs
  const found = await listResults(step)
  if (found === 'dispatching') return core.clock() + soonMs
  const { results, isShown } = found
  const rest = task.target === 'groups' && isShown ? 'unsent' : 'sent'
  await core.database.transaction(async (work) => {
    const row = await queue.hold(work, claim)
    const now = core.clock()
    const customerOf = new Map((await openRecipients(work.db, task)).map((one) => [one.externalUserId, one.customerId]))
    const outcomes = results.flatMap(({ externalUserId, outcome, sentAt }): SettledOutcome[] => {
      const customerId = customerOf.get(externalUserId)
      return customerId === undefined || outcome === 'unknown' || (outcome === 'unsent' && !isLast) ? [] : [{ customerId, outcome, at: sentAt ?? now }]
    })
    await settle(core, work, row, outcomes)
    if (isLast || !(await hasOpenRecipients(work.db, task.id))) return endTask(core, work, row, { state: 'done', reason: null, rest })
    await work.db.update(outreachTasks, { id: task.id }, { polls: row.polls + 1, nextAt: nextReadingAt(now, row.polls) })
  })
  return null
}

/** `isShown` is false when WeCom does not show the task any more: then nobody can be proven unsent. */
async function listResults({ core, wecom, claim: { task } }: Step): Promise<{ readonly results: BroadcastResult[], readonly isShown: boolean } | 'dispatching'> {
  const person = await core.database.db.findOneBy(staff, { id: task.staffId })
  const results: BroadcastResult[] = []
  try {
    for await (const page of wecom.listBroadcastResults(task.msgid ?? '', person?.wecomUserid ?? task.senderUserid ?? '')) results.push(...page)
  } catch (error) {
    if (!(error instanceof WecomError)) throw error
    if (error.errcode === 41063) return 'dispatching'
    if (error.errcode !== 41093 && error.errcode !== 41047) throw error
    return { results, isShown: false }
  }
  return { results, isShown: true }
}
