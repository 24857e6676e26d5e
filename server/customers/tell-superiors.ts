import { In, type EntityManager } from 'typeorm'
import { z } from 'zod'
import type { OutboxHandler } from '../jobs/index.ts'
import { departments, staff } from '../organization/index.ts'
import { WecomError, type WecomClient } from '../wecom/index.ts'

export interface AlertOptions {
  readonly db: EntityManager
  readonly wecom: Pick<WecomClient, 'sendMessage'>
  /** Ids of the nearest superiors of a person; the administrators where there is none. */
  readonly superiorsOf: (staffId: string) => Promise<readonly string[]>
}

const Alert = z.object({ staffId: z.string(), window: z.enum(['hour', 'day']), limit: z.number(), frozen: z.boolean() })

/**
 * Tells the superiors that somebody looks at more customers than his work explains (S55). WeCom drops a text that equals one of
 * the last half hour, so a repeat after a crash reaches nobody twice.
 */
export function alertEffects(options: AlertOptions): [string, OutboxHandler][] {
  return [['cards.alert', { repeat: 'safe', run: async (payload) => tell(options, Alert.parse(payload)) }]]
}

async function tell({ db, wecom, superiorsOf }: AlertOptions, alert: z.infer<typeof Alert>): Promise<void> {
  const person = await db.getRepository(staff).findOneBy({ id: alert.staffId })
  const superiors = await superiorsOf(alert.staffId)
  if (person === null || superiors.length === 0) return
  const place = person.mainDepartmentId === null ? null : await db.getRepository(departments).findOneBy({ id: person.mainDepartmentId })
  const receivers = await db.getRepository(staff).findBy({ id: In([...superiors]), status: 'active' })
  if (receivers.length === 0) return
  const content = alertText({ ...alert, name: person.name, place: place?.name ?? '' })
  try {
    await wecom.sendMessage({ to: { userids: receivers.map((one) => one.wecomUserid) }, message: { type: 'text', content } })
  } catch (error) {
    // None of them may be written to by the app: the audit and the console still tell.
    if (!(error instanceof WecomError && error.errcode === 81013)) throw error
  }
}

/** What a superior reads: who, how much and what to do; nothing of any customer. */
export function alertText(alert: { readonly name: string, readonly place: string, readonly window: 'hour' | 'day', readonly limit: number, readonly frozen: boolean }): string {
  const who = alert.place === '' ? alert.name : `${alert.name}（${alert.place}）`
  const what = `${who}${alert.window === 'day' ? '今天' : '一小时内'}查看的客户数已达上限 ${alert.limit} 位`
  return alert.frozen
    ? `【查看已冻结】${what}，一周内第二次。其查看客户的权限已冻结，请核实情况；确认正常后，可在管理后台的“异常”中解除。`
    : `【查看超限提醒】${what}，系统已暂停其查看更多客户。请核实是否正常工作需要；离职交接期间请格外留意。`
}
