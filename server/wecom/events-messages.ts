import { decimalOrNull, type EventBase, optional, orNull, repeated, required, requiredUserid } from './event-fields.ts'
import type { XmlElement } from './xml.ts'

export type StaffMessageContent =
  | { readonly type: 'text', readonly text: string }
  | { readonly type: 'image', readonly mediaId: string, readonly pictureUrl: string | null }
  | { readonly type: 'voice', readonly mediaId: string, readonly format: string }
  | { readonly type: 'video', readonly mediaId: string, readonly coverMediaId: string | null }
  | { readonly type: 'location', readonly latitude: number | null, readonly longitude: number | null, readonly label: string }
  | { readonly type: 'link', readonly title: string, readonly description: string, readonly url: string, readonly pictureUrl: string | null }
  | { readonly type: 'other', readonly wireType: string }

/** A message of a member to the app (WeCom doc path/90239); what customers write never comes this way. */
export interface StaffMessageEvent extends EventBase {
  readonly kind: 'staff.message'
  readonly userid: string
  /** A 64-bit number, so a string. */
  readonly messageId: string
  readonly content: StaffMessageContent
}

/** Customer service and chat archive: they say only that there is something to fetch (WeCom doc path/94670, 97712, 95039). */
export type FetchEvent =
  | EventBase & { readonly kind: 'kf.messages', readonly openKfId: string, readonly token: string | null }
  | EventBase & { readonly kind: 'kf.accounts-changed', readonly added: readonly string[], readonly removed: readonly string[] }
  | EventBase & { readonly kind: 'archive.ready' }

function contentOf(xml: XmlElement, type: string): StaffMessageContent {
  switch (type) {
    case 'text': return { type, text: optional(xml, 'Content') }
    case 'image': return { type, mediaId: required(xml, 'MediaId'), pictureUrl: orNull(xml, 'PicUrl') }
    case 'voice': return { type, mediaId: required(xml, 'MediaId'), format: optional(xml, 'Format') }
    case 'video': return { type, mediaId: required(xml, 'MediaId'), coverMediaId: orNull(xml, 'ThumbMediaId') }
    case 'location': return {
      type, latitude: decimalOrNull(xml, 'Location_X'), longitude: decimalOrNull(xml, 'Location_Y'), label: optional(xml, 'Label'),
    }
    case 'link': return {
      type, title: optional(xml, 'Title'), description: optional(xml, 'Description'), url: optional(xml, 'Url'), pictureUrl: orNull(xml, 'PicUrl'),
    }
    default: return { type: 'other', wireType: type }
  }
}

/** A message, told from an event by its MsgType. */
export function readStaffMessage(xml: XmlElement, base: EventBase, type: string): StaffMessageEvent {
  return {
    ...base, kind: 'staff.message', userid: requiredUserid(xml, 'FromUserName'), messageId: required(xml, 'MsgId'), content: contentOf(xml, type),
  }
}

/** By event name, because none of them has a ChangeType. */
export function readFetchEvent(xml: XmlElement, base: EventBase): FetchEvent | null {
  switch (optional(xml, 'Event')) {
    case 'kf_msg_or_event': return { ...base, kind: 'kf.messages', openKfId: required(xml, 'OpenKfId'), token: orNull(xml, 'Token') }
    case 'kf_account_auth_change': return {
      ...base, kind: 'kf.accounts-changed', added: repeated(xml, 'AuthAddOpenKfId'), removed: repeated(xml, 'AuthDelOpenKfId'),
    }
    case 'msgaudit_notify': return { ...base, kind: 'archive.ready' }
    default: return null
  }
}
