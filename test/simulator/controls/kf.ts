import type { Core } from '../core.ts'
import { kfAppend, kfCode, kfSay, kfSession, kfState } from '../kf.ts'
import type { KfAccountRecord } from '../records.ts'
import { resolveWho } from './customers.ts'
import type { Who } from './customers.ts'

/** Both sides of WeChat customer service (微信客服). */
export function kfControls(core: Core) {
  function accountOf(openKfId: string): KfAccountRecord {
    const account = core.state.kf.get(openKfId)
    if (account === undefined) throw new Error(`no customer service account ${openKfId}`)
    return account
  }

  function append(account: KfAccountRecord, event: Record<string, unknown>): void {
    kfAppend(core, account, { origin: 4, msgtype: 'event', event })
  }

  return {
    /** A customer writes; the first time, and after an end, he enters the session first. Returns his id. */
    customerSendsKf(openKfId: string, who: Who, text: string): string {
      const account = accountOf(openKfId)
      const externalUserId = resolveWho(core, who)
      const session = kfSession(core, account, externalUserId)
      if (session.lastCustomerAt === 0 || session.state === kfState.ended) {
        session.state = kfState.fresh
        append(account, {
          event_type: 'enter_session', open_kfid: openKfId, external_userid: externalUserId, scene: 'simulator', scene_param: '', welcome_code: kfCode(core, openKfId, externalUserId),
        })
      }
      session.lastCustomerAt = core.now()
      session.sentSince = 0
      kfSay(core, session, 'customer', text)
      kfAppend(core, account, { open_kfid: openKfId, external_userid: externalUserId, origin: 3, msgtype: 'text', text: { content: text } })
      return externalUserId
    },

    /** A member takes the session; from now on the API may not write (95018). */
    memberTakesKf(openKfId: string, externalUserId: string, userid: string): void {
      const account = accountOf(openKfId)
      const session = kfSession(core, account, externalUserId)
      const old = session.servicerUserid
      session.state = kfState.member
      session.servicerUserid = userid
      append(account, {
        event_type: 'session_status_change', open_kfid: openKfId, external_userid: externalUserId, change_type: old === null ? 1 : 2,
        ...(old === null ? {} : { old_servicer_userid: old }), new_servicer_userid: userid, msg_code: kfCode(core, openKfId, externalUserId),
      })
    },

    memberSendsKf(openKfId: string, externalUserId: string, text: string): void {
      const account = accountOf(openKfId)
      const session = kfSession(core, account, externalUserId)
      kfSay(core, session, 'staff', text)
      kfAppend(core, account, {
        open_kfid: openKfId, external_userid: externalUserId, origin: 5, servicer_userid: session.servicerUserid ?? account.servicerUserids[0] ?? '', msgtype: 'text', text: { content: text },
      })
    },

    endKf(openKfId: string, externalUserId: string): void {
      const account = accountOf(openKfId)
      const session = kfSession(core, account, externalUserId)
      append(account, {
        event_type: 'session_status_change', open_kfid: openKfId, external_userid: externalUserId, change_type: 3,
        ...(session.servicerUserid === null ? {} : { old_servicer_userid: session.servicerUserid }), msg_code: kfCode(core, openKfId, externalUserId),
      })
      session.state = kfState.ended
      session.servicerUserid = null
    },

    /** The window of one customer, with what the API wrote. */
    kfChat: (openKfId: string, externalUserId: string) => [...accountOf(openKfId).sessions.get(externalUserId)?.lines ?? []],
  }
}
