import { kfEvent } from './callbacks/events.ts'
import type { Core } from './core.ts'
import { randomText } from './ids.ts'
import type { KfAccountRecord, KfSession } from './records.ts'

/** Session states of WeChat customer service (WeCom doc path/94670). */
export const kfState = { fresh: 0, bot: 1, pool: 2, member: 3, ended: 4 } as const

export function kfSession(core: Core, account: KfAccountRecord, externalUserId: string): KfSession {
  const known = account.sessions.get(externalUserId)
  if (known !== undefined) return known
  const session: KfSession = { externalUserId, state: kfState.fresh, servicerUserid: null, lastCustomerAt: 0, sentSince: 0, lines: [] }
  account.sessions.set(externalUserId, session)
  return session
}

/** Appends to the account's log and announces it with a token that is good for ten minutes. */
export function kfAppend(core: Core, account: KfAccountRecord, message: Record<string, unknown>): void {
  const last = account.log.at(-1)
  const at = core.now()
  account.log.push({ seq: (last?.seq ?? 0) + 1, at, message: { msgid: `kfmsg${randomText(24)}`, send_time: Math.floor(at / 1000), ...message } })
  const token = `ENC${randomText(40)}`
  core.state.kfTokens.set(token, { openKfId: account.openKfId, issuedAt: at })
  kfEvent(core, account.openKfId, token)
}

export function kfCode(core: Core, openKfId: string, externalUserId: string): string {
  const code = `KF${randomText(30)}`
  core.state.kfCodes.set(code, { openKfId, externalUserId, issuedAt: core.now(), used: false })
  return code
}

export function kfSay(core: Core, session: KfSession, from: 'staff' | 'customer' | 'system', text: string): void {
  session.lines.push({ id: core.state.nextLine, at: core.now(), from, msgtype: 'text', text })
  core.state.nextLine += 1
}
