import { v7 as uuid } from 'uuid'
import type { UnitOfWork } from '../database/database.ts'
import { Invariant } from '../errors.ts'
import { broadcastLimits } from '../wecom/index.ts'
import { wakeAfterCommit, type Core } from './core.ts'
import { outreachRecipients, outreachTasks, type OutreachTaskRow } from './outreach.entity.ts'
import { pieces, sourceOf } from './recipients.ts'
import type { OutreachPart } from './source.ts'

export interface PlanInput {
  readonly source: string
  readonly sourceId: string
  /** Nothing is made before; quiet hours may make it later. */
  readonly notBefore: number
  readonly parts: readonly OutreachPart[]
}

/** A task that nobody has touched yet. */
export function newTask(core: Core, task: Pick<OutreachTaskRow, 'source' | 'sourceId' | 'staffId' | 'text' | 'attachments' | 'target' | 'notBefore' | 'recipients' | 'expiresAt'>): OutreachTaskRow {
  return {
    ...task, id: uuid(), state: 'planned', createdAt: core.clock(), nextAt: task.notBefore, intentKey: null, intentAt: null, intents: 0, senderUserid: null,
    msgid: null, sentToWecomAt: null, confirmedAt: null, unsentAt: null, polls: 0, withdrawal: null, withdrawalAt: null, reminders: 0,
    reason: null, candidates: null, endedAt: null, leaseBy: null, leaseUntil: null,
  }
}

/** Writes the tasks and their customers in the caller's transaction; the dispatcher finds them once that is on disk. */
export async function planTasks(core: Core, work: UnitOfWork, { source, sourceId, notBefore, parts }: PlanInput): Promise<void> {
  sourceOf(core, source)
  const known = new Set<string>()
  for (const part of parts) {
    checkContent(part)
    for (const customerId of part.customerIds) {
      if (known.has(customerId)) throw new Invariant('a customer stands twice in what is planned')
      known.add(customerId)
    }
    const { staffId, text, attachments, target = null } = part
    const most = target === 'groups' ? broadcastLimits.groups : broadcastLimits.customers
    for (let from = 0; from < part.customerIds.length; from += most) {
      const customerIds = part.customerIds.slice(from, from + most)
      const task = newTask(core, { source, sourceId, staffId, text, attachments: [...attachments], target, notBefore, recipients: customerIds.length, expiresAt: null })
      await work.db.insert(outreachTasks, task)
      for (const piece of pieces(customerIds)) {
        await work.db.insert(outreachRecipients, piece.map((customerId) => ({ taskId: task.id, customerId, outcome: null, outcomeAt: null })))
      }
    }
  }
  wakeAfterCommit(core, work)
}

/** What WeCom would refuse is refused where it was written, not hours later. */
function checkContent({ text, attachments }: OutreachPart): void {
  if (text === '' && attachments.length === 0) throw new Invariant('a broadcast needs content')
  if (Buffer.byteLength(text) > broadcastLimits.textBytes) throw new Invariant('the text of a broadcast takes at most 4000 bytes')
  if (attachments.length > broadcastLimits.attachments) throw new Invariant('a broadcast takes at most 9 attachments')
}
