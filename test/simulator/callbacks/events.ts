import { seconds } from '../core.ts'
import type { Core } from '../core.ts'
import { messageId } from '../ids.ts'
import type { Delivery } from './sender.ts'
import { toXml } from './xml.ts'
import type { XmlFields } from './xml.ts'

/** The fields that every event begins with (WeCom doc path/90240). */
function event(core: Core, from: string | null, name: string, fields: XmlFields): string {
  return toXml([
    ['ToUserName', core.options.corpId],
    ...(from === null ? [] : [['FromUserName', from] as const]),
    ['CreateTime', seconds(core.now())],
    ['MsgType', 'event'],
    ['Event', name],
    ...fields,
  ])
}

type CustomerChange = 'add_external_contact' | 'add_half_external_contact' | 'edit_external_contact' | 'del_external_contact' | 'del_follow_user' | 'msg_audit_approved'

/** `change_external_contact` (path/92130). Empty optional parts are left out. */
export function customerEvent(
  core: Core, change: CustomerChange, userid: string, externalUserId: string,
  extra: { readonly state?: string, readonly welcomeCode?: string, readonly source?: string } = {},
): Delivery {
  return core.callbacks.send('app', event(core, 'sys', 'change_external_contact', [
    ['ChangeType', change],
    ['UserID', userid],
    ['ExternalUserID', externalUserId],
    ...optional('State', extra.state),
    ...optional('WelcomeCode', extra.welcomeCode),
    ...optional('Source', extra.source),
  ]))
}

export function transferFailEvent(core: Core, takeoverUserid: string, externalUserId: string, reason: 'customer_refused' | 'customer_limit_exceed'): Delivery {
  return core.callbacks.send('app', event(core, 'sys', 'change_external_contact', [
    ['ChangeType', 'transfer_fail'], ['FailReason', reason], ['UserID', takeoverUserid], ['ExternalUserID', externalUserId],
  ]))
}

/** `change_external_chat` (path/92130). */
export function groupEvent(core: Core, chatId: string, change: 'create' | 'update' | 'dismiss', detail: XmlFields = []): Delivery {
  return core.callbacks.send('app', event(core, 'sys', 'change_external_chat', [['ChatId', chatId], ['ChangeType', change], ...detail]))
}

export function tagEvent(core: Core, change: 'create' | 'update' | 'delete' | 'shuffle', id: string, tagType?: 'tag' | 'tag_group'): Delivery {
  return core.callbacks.send('app', event(core, 'sys', 'change_external_tag', [['Id', id], ...optional('TagType', tagType), ['ChangeType', change]]))
}

/** The member entered or left the app's visible range. */
export function subscriptionEvent(core: Core, name: 'subscribe' | 'unsubscribe' | 'enter_agent', userid: string): Delivery {
  return core.callbacks.send('app', event(core, userid, name, [['EventKey', ''], ['AgentID', core.options.agentId]]))
}

export interface CardTap {
  readonly userid: string
  readonly key: string
  readonly taskId: string
  readonly cardType: string
  readonly responseCode: string
  readonly menu: boolean
  readonly selected: readonly { readonly questionKey: string, readonly optionIds: readonly string[] }[]
}

export function cardEvent(core: Core, tap: CardTap): Delivery {
  const selected: XmlFields = tap.selected.map((item) => ['SelectedItem', [
    ['QuestionKey', item.questionKey],
    ['OptionIds', item.optionIds.map((id) => ['OptionId', id] as const)],
  ]] as const)
  return core.callbacks.send('app', event(core, tap.userid, tap.menu ? 'template_card_menu_event' : 'template_card_event', [
    ['EventKey', tap.key], ['TaskId', tap.taskId], ['CardType', tap.cardType], ['ResponseCode', tap.responseCode], ['AgentID', core.options.agentId],
    ...(selected.length > 0 ? [['SelectedItems', selected] as const] : []),
  ]))
}

/** A member's text to the app (path/90239). */
export function memberTextMessage(core: Core, userid: string, text: string): Delivery {
  return core.callbacks.send('app', toXml([
    ['ToUserName', core.options.corpId], ['FromUserName', userid], ['CreateTime', seconds(core.now())], ['MsgType', 'text'],
    ['Content', text], ['MsgId', { plain: messageId() }], ['AgentID', core.options.agentId],
  ]))
}

export function kfEvent(core: Core, openKfId: string, token: string): Delivery {
  return core.callbacks.send('app', event(core, null, 'kf_msg_or_event', [['Token', token], ['OpenKfId', openKfId]]))
}

type DirectoryChange = 'create_user' | 'update_user' | 'delete_user' | 'create_party' | 'update_party' | 'delete_party'

/** Ids only, as callback addresses of today get them; nothing is sent without a contact callback. */
export function directoryEvent(core: Core, change: DirectoryChange, fields: XmlFields): Delivery | null {
  if (core.options.contactCallback === undefined) return null
  return core.callbacks.send('contact', event(core, 'sys', 'change_contact', [['ChangeType', { plain: change }], ...fields]))
}

function optional(name: string, value: string | undefined): XmlFields {
  return value === undefined || value === '' ? [] : [[name, value]]
}
