import type { EntityManager } from 'typeorm'
import { staff } from '../organization/index.ts'
import type { OutboxContext, Settle } from '../jobs/index.ts'
import { WecomError, type ButtonCard, type WecomClient } from '../wecom/index.ts'
import { approvalApprovers, approvalRequests, type ApprovalRow, type ApproverRow } from './approval.entity.ts'
import { approvalCard, consoleUrl, endText } from './card.ts'
import { isOpen } from './close-request.ts'
import type { Core } from './core.ts'
import { readingNow, standingOf } from './standing.ts'

export interface CardOptions {
  readonly core: Core
  readonly wecom: Pick<WecomClient, 'sendMessage' | 'updateTemplateCard'>
  readonly publicUrl: string
}

/** WeCom says that none of the receivers is one it may write to. */
const nobodyReached = 81013
/** This task id was used before: an earlier run had sent the card. */
const taskIdTaken = 42014
/** The longest time within which WeCom drops a request that equals an earlier one. */
const repeatWindowMs = 4 * 3_600_000

/**
 * Brings the card of one approver to the present state: sent when it was not, greyed when there is nothing left to tap. The decision
 * never waits for it: a card that cannot be updated any more stays, and a tap on it is told what happened.
 */
export async function showCard(options: CardOptions, approverId: string, context: OutboxContext): Promise<Settle | void> {
  const { db } = options.core.database
  const approver = await db.getRepository(approvalApprovers).findOneBy({ id: approverId })
  const row = approver === null ? null : await db.getRepository(approvalRequests).findOneBy({ id: approver.requestId })
  const person = approver === null ? null : await db.getRepository(staff).findOneBy({ id: approver.staffId, status: 'active' })
  if (approver === null || row === null || person === null) return
  const undecided = isOpen(row) && approver.verdict === null
  if (approver.cardSentAt === null && approver.cardCode === null) return undecided ? sendCard(options, row, approver, person.wecomUserid, context) : undefined
  if (approver.cardCode === null) return
  const may = undecided && (await standingOf(readingNow(options.core.access, options.core.database), row, approver.staffId)).may
  if (may) return
  const name = undecided ? '您现在不能审批' : endText(row, approver, await otherDecider(db, row, approver))
  return greyCard(options, approver, approver.cardCode, person.wecomUserid, name)
}

async function sendCard(options: CardOptions, row: ApprovalRow, approver: ApproverRow, userid: string, context: OutboxContext): Promise<Settle | void> {
  const { core } = options
  const { db } = core.database
  const kind = core.registry.get(row.kind)
  const requester = await db.getRepository(staff).findOneBy({ id: row.requesterStaffId })
  const card = approvalCard({
    approver, described: await kind.describe(db, row), decideOn: kind.decideOn, url: consoleUrl(options.publicUrl, row.id),
    requester: requester === null ? null : { name: requester.name, userid: requester.wecomUserid },
  })
  const sent = await send(options, card, userid, context)
  if (sent === null) return
  return async (work) => {
    // A tap may have been faster than this line: its newer code stays.
    await work.db.getRepository(approvalApprovers).update({ id: approver.id }, { cardSentAt: core.access.clock.now() })
    if (sent.code !== null) await work.db.getRepository(approvalApprovers).createQueryBuilder().update().set({ cardCode: sent.code }).where('id = :id AND card_code IS NULL', { id: approver.id }).execute()
  }
}

async function send({ wecom, core }: CardOptions, card: ButtonCard, userid: string, context: OutboxContext): Promise<{ readonly code: string | null } | null> {
  try {
    const sent = await wecom.sendMessage({ to: { userids: [userid] }, message: { type: 'template-card', card }, repeatWindowMs })
    return { code: sent.responseCode }
  } catch (error) {
    if (error instanceof WecomError && error.errcode === nobodyReached) {
      core.log.warn({ task: card.taskId }, 'an approver cannot be written to')
      return null
    }
    if (error instanceof WecomError && error.errcode === taskIdTaken && context.mustReadBack) return { code: null }
    throw error
  }
}

async function greyCard({ wecom, core }: CardOptions, approver: ApproverRow, code: string, userid: string, name: string): Promise<Settle> {
  try {
    await wecom.updateTemplateCard({ responseCode: code, to: { userids: [userid] }, button: { replaceName: name } })
  } catch (error) {
    const hopeless = error instanceof WecomError && (error.kind === 'gone' || error.kind === 'refused' || error.kind === 'bug')
    if (!hopeless) throw error
    core.log.warn({ approver: approver.id, errcode: error.errcode }, 'a card could not be updated any more')
  }
  return async (work) => void await work.db.getRepository(approvalApprovers).update({ id: approver.id, cardCode: code }, { cardCode: null })
}

/** The name of whoever decided, when it was not the reader of this card. */
async function otherDecider(db: EntityManager, row: ApprovalRow, approver: ApproverRow): Promise<string | null> {
  if (row.decidedBy === null || row.decidedBy === approver.staffId) return null
  return (await db.getRepository(staff).findOneBy({ id: row.decidedBy }))?.name ?? null
}
