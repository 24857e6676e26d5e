import { In } from 'typeorm'
import { foundForm, broadcastLimits, WecomError, type FoundAttachment, type FoundBroadcast } from '../wecom/index.ts'
import { staff } from '../organization/index.ts'
import { outreachTasks, type OutreachTaskRow } from './outreach.entity.ts'
import { soonMs } from './reading-times.ts'
import { openRecipients, pieces } from './recipients.ts'
import type { Step } from './step.ts'
import { recordTask } from './task-ends.ts'
import { backToPlanned, markCreated } from './task-moves.ts'

/** How far WeCom's clock and ours may differ. Recipients and sender are compared as well, so a wide window takes nothing foreign. */
const skewMs = 10 * 60_000

type Match = 'ours' | 'perhaps' | 'not-ours' | 'not-settled'

/**
 * An intent whose call has no known outcome: what WeCom's lists show decides. One broadcast that can only be this task: it was made.
 * None: it was not, and is made again with all locks asked once more. Anything else waits for a person.
 */
export async function readBack(step: Step): Promise<number | null> {
  const { core, queue, claim } = step
  const { task } = claim
  const settledAt = (task.intentAt ?? 0) + core.timing.settleMs
  if (core.clock() < settledAt) return settledAt
  const found: { readonly msgid: string, readonly match: Match }[] = []
  for (const msgid of await likeliest(step, task)) {
    const match = await compare(step, task, msgid)
    if (match === 'not-settled') return core.clock() + soonMs
    if (match !== 'not-ours') found.push({ msgid, match })
  }
  await core.database.transaction(async (work) => {
    const row = await queue.hold(work, claim)
    if (row.state !== 'intended') return
    const [first] = found
    if (first === undefined) return backToPlanned(core, work, row, core.clock())
    if (found.length === 1 && first.match === 'ours') return markCreated(core, work, row, { msgid: first.msgid, unreachable: [] })
    const candidates = found.map((one) => one.msgid).slice(0, 100)
    await work.db.update(outreachTasks, { id: row.id }, { state: 'parked', candidates, nextAt: null })
    await recordTask(core, work, row, { action: 'outreach.parked', details: { candidates: candidates.length } })
  })
  return null
}

/** Broadcasts since the intent with the same content that nobody else's task is known to be. */
async function likeliest({ core, wecom }: Step, task: OutreachTaskRow): Promise<string[]> {
  const from = (task.intentAt ?? 0) - skewMs
  const until = Math.min(core.clock() + skewMs, from + broadcastLimits.listMs)
  const wanted = contentOf(task.text, task.attachments.map(foundForm))
  const alike: string[] = []
  for await (const page of wecom.listBroadcasts({ from, to: until, ...(task.target === null ? {} : { target: task.target }) })) {
    alike.push(...page.filter((one) => isAlike(one, wanted)).map((one) => one.msgid))
  }
  const known = new Set<string | null>()
  for (const piece of pieces(alike)) {
    for (const row of await core.database.db.find(outreachTasks, { select: { msgid: true }, where: { msgid: In([...piece]) } })) known.add(row.msgid)
  }
  return alike.filter((msgid) => !known.has(msgid))
}

/** What an application made has no creator (WeCom doc path/93338). */
const isAlike = (found: FoundBroadcast, wanted: string): boolean => found.creator === null && contentOf(found.text, found.attachments) === wanted

function contentOf(text: string, attachments: readonly FoundAttachment[]): string {
  return JSON.stringify([text.replaceAll('\r\n', '\n').trim(), attachments.map(({ type, target }) => [type, target])])
}

/** Whether the broadcast goes from this sender to customers, or groups, of this task and to nobody else. WeCom shows groups only once they got it. */
async function compare({ core, wecom }: Step, task: OutreachTaskRow, msgid: string): Promise<Match> {
  const person = await core.database.db.findOneBy(staff, { id: task.staffId })
  // A userid may have changed since the call.
  const names = new Set([task.senderUserid, person?.userid ?? null].filter((name) => name !== null))
  try {
    const senders: string[] = []
    for await (const page of wecom.listBroadcastTasks(msgid)) senders.push(...page.map((one) => one.userid))
    const sender = senders.find((name) => names.has(name))
    if (sender === undefined || senders.length > 1) return 'not-ours'
    const ours = new Set((await openRecipients(core.database.db, task)).map((one) => one.externalUserId))
    for await (const page of wecom.listBroadcastResults(msgid, sender)) {
      if (page.some((one) => !ours.has(one.externalUserId))) return 'not-ours'
    }
    return 'ours'
  } catch (error) {
    if (!(error instanceof WecomError)) throw error
    if (error.errcode === 41063) return 'not-settled'
    // Cancelled or not shown any more: it may have been ours, and a sender may have confirmed it before.
    if (error.errcode === 41093 || error.errcode === 41047) return 'perhaps'
    throw error
  }
}
