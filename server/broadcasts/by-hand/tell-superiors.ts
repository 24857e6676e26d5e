import { In } from 'typeorm'
import { z } from 'zod'
import { superiorsOf } from '../../approvals/index.ts'
import type { OutboxHandler } from '../../jobs/index.ts'
import { staff } from '../../organization/index.ts'
import { WecomError } from '../../wecom/index.ts'
import { handBroadcasts } from './hand.entity.ts'
import { findingKind, type HandOptions } from './hand-options.ts'

const Payload = z.object({ id: z.string() })
const nobodyReached = 81013

/**
 * Tells the superiors of whoever made it that the screening would have stopped it; by then nobody can. WeCom drops a text that equals
 * one of the last half hour, so a repeat after a crash reaches nobody twice.
 */
export const findingEffect = (options: HandOptions): [string, OutboxHandler] => [findingKind, { repeat: 'safe', run: (payload) => tell(options, Payload.parse(payload).id) }]

async function tell({ database: { db }, approvals, wecom, zone }: HandOptions, id: string): Promise<void> {
  const row = await db.getRepository(handBroadcasts).findOneBy({ id })
  const maker = row?.creatorUserid == null ? null : await db.getRepository(staff).findOneBy({ userid: row.creatorUserid })
  if (row === null || maker === null) return
  const superiors = await superiorsOf(approvals.core, maker.id)
  const receivers = superiors.length === 0 ? [] : await db.getRepository(staff).findBy({ id: In([...superiors]), status: 'active' })
  if (receivers.length === 0) return
  const at = new Intl.DateTimeFormat('zh-CN', { timeZone: zone, month: 'numeric', day: 'numeric', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(row.madeAt)
  try {
    await wecom.sendMessage({ to: { userids: receivers.map((one) => one.wecomUserid) }, message: { type: 'text', content: findingText({ name: maker.name, at, isBlocked: row.verdict === 'block', findings: row.findings.length }) } })
  } catch (error) {
    // None of them may be written to by the app: the console still shows it.
    if (!(error instanceof WecomError && error.errcode === nobodyReached)) throw error
  }
}

/** What a superior reads: who, when and how bad; no word of the text. */
export function findingText({ name, at, isBlocked, findings }: { readonly name: string, readonly at: string, readonly isBlocked: boolean, readonly findings: number }): string {
  return `【自发群发提醒】${name} ${at} 在企业微信中自行创建的群发有 ${findings} 类质检问题，${isBlocked ? '按规定不应发出' : '本应由人工判断'}。该群发不经本系统，已无法拦截，请核实。详情见管理后台“员工自发群发”。`
}
