import { In } from 'typeorm'
import { z } from 'zod'
import { staff } from '../organization/index.ts'
import { WecomError, type WecomClient } from '../wecom/index.ts'
import { approvalRequests, type ApprovalRow } from './approval.entity.ts'
import { consoleUrl } from './card.ts'
import type { Core } from './core.ts'
import { mutualText, resultText, toldText, waitingText } from './messages.ts'

export interface TellOptions {
  readonly core: Core
  readonly wecom: Pick<WecomClient, 'sendMessage'>
  readonly publicUrl: string
  /** The company's time zone. */
  readonly zone: string
}

const ToOne = z.object({ requestId: z.string(), staffId: z.string() })

/** Tells one person what became of a request. */
export async function sendResult(options: TellOptions, payload: unknown): Promise<void> {
  const { requestId, staffId } = ToOne.parse(payload)
  const row = await rowOf(options, requestId)
  if (row === null) return
  const title = await titleOf(options, row)
  await tell(options, staffId, resultText(row, { title, deciderName: await deciderOf(options, row), own: staffId === row.requesterStaffId }))
}

/** Tells whoever tapped why nothing happened. */
export async function sendTold(options: TellOptions, payload: unknown): Promise<void> {
  const { requestId, staffId, reason, at } = ToOne.extend({ reason: z.string(), at: z.number() }).parse(payload)
  const row = await rowOf(options, requestId)
  if (row !== null) await tell(options, staffId, toldText(row, reason, await deciderOf(options, row), timeIn(options.zone, at, true)))
}

/** Tells that a request takes effect by itself unless somebody refuses. */
export async function sendWaiting(options: TellOptions, payload: unknown): Promise<void> {
  const { requestId, staffId } = ToOne.parse(payload)
  const row = await rowOf(options, requestId)
  if (row === null || row.status !== 'waiting' || row.dueAt === null) return
  const until = timeIn(options.zone, row.dueAt, false)
  await tell(options, staffId, waitingText(row, await titleOf(options, row), until, consoleUrl(options.publicUrl, row.id), staffId === row.requesterStaffId))
}

/** Tells a reader of the audit that two people keep approving each other. */
export async function sendMutual(options: TellOptions, payload: unknown): Promise<void> {
  const { staffId, first, second, at } = z.object({ staffId: z.string(), first: z.string(), second: z.string(), at: z.number() }).parse(payload)
  const names = new Map((await options.core.database.db.getRepository(staff).findBy({ id: In([first, second]) })).map((row) => [row.id, row.name]))
  await tell(options, staffId, mutualText(names.get(first) ?? first, names.get(second) ?? second, timeIn(options.zone, at, false)))
}

const rowOf = ({ core }: TellOptions, id: string): Promise<ApprovalRow | null> => core.database.db.getRepository(approvalRequests).findOneBy({ id })

async function titleOf({ core }: TellOptions, row: ApprovalRow): Promise<string> {
  const described = await core.registry.find(row.kind)?.describe(core.database.db, row)
  return described?.title ?? row.kind
}

async function deciderOf({ core }: TellOptions, row: ApprovalRow): Promise<string | null> {
  if (row.decidedBy === null) return null
  return (await core.database.db.getRepository(staff).findOneBy({ id: row.decidedBy }))?.name ?? null
}

/** Only active people are written to; somebody whom WeCom does not let us reach is left out. */
async function tell({ core, wecom }: TellOptions, staffId: string, content: string): Promise<void> {
  const person = await core.database.db.getRepository(staff).findOneBy({ id: staffId, status: 'active' })
  if (person === null) return
  try {
    await wecom.sendMessage({ to: { userids: [person.wecomUserid] }, message: { type: 'text', content } })
  } catch (error) {
    if (!(error instanceof WecomError && error.errcode === 81013)) throw error
    core.log.warn({ staff: staffId }, 'a member cannot be written to')
  }
}

function timeIn(zone: string, at: number, seconds: boolean): string {
  const form = new Intl.DateTimeFormat('zh-CN', {
    timeZone: zone, month: 'numeric', day: 'numeric', hour: '2-digit', minute: '2-digit', hourCycle: 'h23', ...(seconds ? { second: '2-digit' } : {}),
  })
  return form.format(at)
}
