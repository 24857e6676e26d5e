import { CallbackMalformed } from './errors.ts'
import { baseOf, type EventBase, FieldMissing, integerOrNull, optional, orNull } from './event-fields.ts'
import { type AppEvent, readAppEvent } from './events-app.ts'
import {
  type AcquisitionEvent, type ChatEvent, type FollowEvent, readAcquisitionEvent, readChatEvent, readFollowEvent, readTagsEvent, type TagsEvent,
} from './events-customers.ts'
import { type DirectoryEvent, readDirectoryEvent } from './events-directory.ts'
import { type FetchEvent, readFetchEvent, readStaffMessage, type StaffMessageEvent } from './events-messages.ts'
import { readXml, type XmlElement } from './xml.ts'

/** Something that we do not know, or a known event without a field that it must have (`missing`). */
export interface UnknownEvent extends EventBase {
  readonly kind: 'unknown'
  /** Event, or MsgType where there is none; both as WeCom spells them. */
  readonly event: string
  readonly changeType: string | null
  readonly missing: string | null
}

/** Every callback in our words: ids are strings, userids lower case, times in ms. */
export type WecomEvent =
  | StaffMessageEvent | FollowEvent | ChatEvent | TagsEvent | AcquisitionEvent | DirectoryEvent | AppEvent | FetchEvent | UnknownEvent

export type WecomEventKind = WecomEvent['kind']

const mostCharacters = 256 * 1024

function readKnown(xml: XmlElement, base: EventBase): WecomEvent | null {
  const type = optional(xml, 'MsgType')
  const event = optional(xml, 'Event')
  if (type !== 'event') return type === '' ? null : readStaffMessage(xml, base, type)
  const changeType = optional(xml, 'ChangeType')
  switch (event) {
    case 'change_external_contact': return readFollowEvent(xml, base, changeType)
    case 'change_external_chat': return readChatEvent(xml, base, changeType)
    case 'change_external_tag': return readTagsEvent(xml, base, changeType)
    case 'customer_acquisition': return readAcquisitionEvent(xml, base, changeType)
    case 'change_contact': return readDirectoryEvent(xml, base, changeType)
    default: return readFetchEvent(xml, base) ?? readAppEvent(xml, base, changeType)
  }
}

function unknown(xml: XmlElement, missing: string | null): UnknownEvent {
  return {
    kind: 'unknown',
    corpId: optional(xml, 'ToUserName'),
    at: (integerOrNull(xml, 'CreateTime') ?? 0) * 1000,
    agentId: orNull(xml, 'AgentID'),
    event: orNull(xml, 'Event') ?? optional(xml, 'MsgType'),
    changeType: orNull(xml, 'ChangeType'),
    missing,
  }
}

/**
 * Reads a decrypted callback. What we do not know, or what lacks a required field, comes back as `unknown`, so that it
 * can be kept and acknowledged (T13); throws `CallbackMalformed` only for what is not an `<xml>` document.
 */
export function parseCallback(text: string): WecomEvent {
  const xml = readXml(text, mostCharacters)
  if (xml.name !== 'xml') throw new CallbackMalformed('root')
  try {
    return readKnown(xml, baseOf(xml)) ?? unknown(xml, null)
  } catch (error) {
    if (error instanceof FieldMissing) return unknown(xml, error.field)
    throw error
  }
}

/**
 * Events with the same key must be handled in the order of arrival; different keys may run at the same time.
 * All directory events share one, because departments and people depend on each other.
 */
export function orderKeyOf(event: WecomEvent): string {
  if (event.kind === 'unknown') return 'unknown'
  if ('externalUserId' in event) return `customer:${event.externalUserId}`
  if ('chatId' in event) return `chat:${event.chatId}`
  if ('openKfId' in event) return `kf:${event.openKfId}`
  if (event.kind.startsWith('directory.')) return 'directory'
  if (event.kind === 'approval.changed') return `approval:${event.id}`
  if ('userid' in event) return `staff:${event.userid}`
  if ('linkId' in event) return `acquisition:${event.linkId ?? ''}`
  const [family = 'app'] = event.kind.split('.')
  return family
}
