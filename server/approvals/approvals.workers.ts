import { z } from 'zod'
import { savepoint, type UnitOfWork } from '../database/database.ts'
import { ProjectError } from '../errors.ts'
import type { InboxHandler, OutboxHandler } from '../jobs/index.ts'
import { staff } from '../organization/index.ts'
import type { WecomEvent } from '../wecom/index.ts'
import { approvalApprovers } from './approval.entity.ts'
import { approverOfTask } from './card.ts'
import type { Core } from './core.ts'
import { decideRequest } from './decide-request.ts'
import { askNextLevel } from './proceed.ts'
import { showCard, type CardOptions } from './show-card.ts'
import { sendMutual, sendResult, sendTold, sendWaiting, type TellOptions } from './tell.ts'
import { wantCard, wantTold } from './wanted.ts'

export type ApprovalWorkers = CardOptions & TellOptions

const OfRequest = z.object({ requestId: z.string() })
const OfApprover = z.object({ approverId: z.string() })

/**
 * The effects of approvals. All are safe to repeat: levels and cards show a present state, and WeCom drops a text that equals
 * one of the last half hour.
 */
export function approvalEffects(options: ApprovalWorkers): [string, OutboxHandler][] {
  const safe = (run: OutboxHandler['run']): OutboxHandler => ({ repeat: 'safe', run })
  return [
    ['approval.proceed', safe((payload) => askNextLevel(options.core, OfRequest.parse(payload).requestId))],
    ['approval.card', safe((payload, context) => showCard(options, OfApprover.parse(payload).approverId, context))],
    ['approval.result', safe((payload) => sendResult(options, payload))],
    ['approval.told', safe((payload) => sendTold(options, payload))],
    ['approval.waiting', safe((payload) => sendWaiting(options, payload))],
    ['approval.mutual', safe((payload) => sendMutual(options, payload))],
  ]
}

/** Taps on our cards (WeCom doc path/90240): decided in the transaction that marks the callback as handled. */
export function approvalHandlers({ core }: ApprovalWorkers): [string, InboxHandler<WecomEvent>][] {
  const handler: InboxHandler<WecomEvent, null> = {
    prepare: async () => null,
    apply: async (work, { content, reread }) => {
      // The same text again is the same tap: each tap has a response code of its own.
      if (content.kind === 'card.tapped' && !reread) await applyTap(core, work, content)
    },
  }
  return [['card.tapped', handler]]
}

type Tap = Extract<WecomEvent, { kind: 'card.tapped' }>

async function applyTap(core: Core, work: UnitOfWork, tap: Tap): Promise<void> {
  const approverId = approverOfTask(tap.taskId)
  const approver = approverId === null ? null : await work.db.getRepository(approvalApprovers).findOneBy({ id: approverId })
  if (approver === null || (tap.key !== 'approve' && tap.key !== 'refuse')) return
  const person = await work.db.getRepository(staff).findOneBy({ userid: tap.userid })
  if (person?.id !== approver.staffId) return core.log.warn({ approver: approver.id }, 'a card was tapped by somebody to whom it was not sent')
  if (tap.responseCode !== null) await work.db.getRepository(approvalApprovers).update({ id: approver.id }, { cardCode: tap.responseCode })
  const reason = await whyNothing(core, work, { requestId: approver.requestId, byStaffId: person.id, verdict: tap.key })
  if (reason !== null) await wantTold(work, { requestId: approver.requestId, staffId: person.id, reason, at: tap.at })
  await wantCard(work, approver.id)
}

/** Decides; null when the tap counted, else why not. An error of the kind undoes the decision and not the handling of the tap. */
async function whyNothing(core: Core, work: UnitOfWork, tap: { readonly requestId: string, readonly byStaffId: string, readonly verdict: 'approve' | 'refuse' }): Promise<string | null> {
  try {
    const decided = await savepoint(work, (inner) => decideRequest(core, inner, { ...tap, via: 'card' }))
    if (decided.outcome === 'late') return 'late'
    return decided.outcome === 'not-eligible' ? decided.reason : null
  } catch (error) {
    if (error instanceof ProjectError && error.status < 500) return error.code
    throw error
  }
}
