import {
  type EventBase, type EventReader, instantOrNull, integerOrNull, optional, orNull, repeated, required, requiredUserid,
} from './event-fields.ts'
import { childOf, type XmlElement } from './xml.ts'

interface FollowBase extends EventBase {
  readonly userid: string
  readonly externalUserId: string
}

/** Customer events (WeCom doc path/92130, 92005). Only human actions make them, not changes through the API. */
export type FollowEvent =
  | FollowBase & { readonly kind: 'follow.added', readonly state: string | null, readonly welcomeCode: string | null }
  /** The customer added the member, who has not confirmed yet; most calls answer 84061 until then. */
  | FollowBase & { readonly kind: 'follow.half-added', readonly state: string | null, readonly welcomeCode: string | null }
  /** Remark, phones or tags changed; the event has no difference. */
  | FollowBase & { readonly kind: 'follow.edited' }
  | FollowBase & { readonly kind: 'follow.ended-by-staff', readonly byTransfer: boolean }
  /** One-sided: WeCom's API still shows the relation. */
  | FollowBase & { readonly kind: 'follow.ended-by-customer' }
  /** `userid` is the member who could not take over. */
  | FollowBase & { readonly kind: 'follow.transfer-failed', readonly reason: 'customer-refused' | 'limit-reached' | 'other' }
  | FollowBase & { readonly kind: 'follow.archive-agreed', readonly welcomeCode: string | null }

const failReasons: Readonly<Record<string, 'customer-refused' | 'limit-reached'>> = {
  customer_refused: 'customer-refused', customer_limit_exceed: 'limit-reached',
}

export const readFollowEvent: EventReader<FollowEvent> = (xml, base, changeType) => {
  const follow = (): FollowBase => ({ ...base, userid: requiredUserid(xml, 'UserID'), externalUserId: required(xml, 'ExternalUserID') })
  const welcomeCode = orNull(xml, 'WelcomeCode')
  switch (changeType) {
    case 'add_external_contact': return { ...follow(), kind: 'follow.added', state: orNull(xml, 'State'), welcomeCode }
    case 'add_half_external_contact': return { ...follow(), kind: 'follow.half-added', state: orNull(xml, 'State'), welcomeCode }
    case 'edit_external_contact': return { ...follow(), kind: 'follow.edited' }
    case 'del_external_contact':
      return { ...follow(), kind: 'follow.ended-by-staff', byTransfer: optional(xml, 'Source') === 'DELETE_BY_TRANSFER' }
    case 'del_follow_user': return { ...follow(), kind: 'follow.ended-by-customer' }
    case 'transfer_fail':
      return { ...follow(), kind: 'follow.transfer-failed', reason: failReasons[optional(xml, 'FailReason')] ?? 'other' }
    case 'msg_audit_approved': return { ...follow(), kind: 'follow.archive-agreed', welcomeCode }
    default: return null
  }
}

interface ChatBase extends EventBase {
  readonly chatId: string
}

interface MembershipChange {
  /** userids and external_userids as sent: external ones are case-sensitive and cannot be told apart here. */
  readonly memberIds: readonly string[]
  readonly memberCount: number | null
  /** If `lastVersion` is not the stored one, an event was missed: read the whole chat. */
  readonly lastVersion: string | null
  readonly currentVersion: string | null
}

/** Customer-group events (WeCom doc path/92130). Details are behind by about two seconds. */
export type ChatEvent =
  | ChatBase & { readonly kind: 'chat.created' }
  | ChatBase & { readonly kind: 'chat.dismissed' }
  | ChatBase & MembershipChange & { readonly kind: 'chat.members-added', readonly joined: 'invited' | 'scanned' | 'unknown' }
  | ChatBase & MembershipChange & { readonly kind: 'chat.members-removed', readonly removed: 'left' | 'by-owner' | 'unknown' }
  | ChatBase & { readonly kind: 'chat.changed', readonly what: 'owner' | 'name' | 'notice' | 'other' }

const joinScenes: Readonly<Record<string, 'invited' | 'scanned'>> = { 0: 'invited', 3: 'scanned' }
const quitScenes: Readonly<Record<string, 'left' | 'by-owner'>> = { 0: 'left', 1: 'by-owner' }
const chatChanges: Readonly<Record<string, 'owner' | 'name' | 'notice'>> = {
  change_owner: 'owner', change_name: 'name', change_notice: 'notice',
}

function membership(xml: XmlElement): MembershipChange {
  return {
    memberIds: repeated(childOf(xml, 'MemChangeList'), 'Item'),
    memberCount: integerOrNull(xml, 'MemChangeCnt'),
    lastVersion: orNull(xml, 'LastMemVer'),
    currentVersion: orNull(xml, 'CurMemVer'),
  }
}

export const readChatEvent: EventReader<ChatEvent> = (xml, base, changeType) => {
  const chat = (): ChatBase => ({ ...base, chatId: required(xml, 'ChatId') })
  if (changeType === 'create') return { ...chat(), kind: 'chat.created' }
  if (changeType === 'dismiss') return { ...chat(), kind: 'chat.dismissed' }
  if (changeType !== 'update') return null
  const detail = optional(xml, 'UpdateDetail')
  switch (detail) {
    case 'add_member':
      return { ...chat(), ...membership(xml), kind: 'chat.members-added', joined: joinScenes[optional(xml, 'JoinScene')] ?? 'unknown' }
    case 'del_member':
      return { ...chat(), ...membership(xml), kind: 'chat.members-removed', removed: quitScenes[optional(xml, 'QuitScene')] ?? 'unknown' }
    default: return { ...chat(), kind: 'chat.changed', what: chatChanges[detail] ?? 'other' }
  }
}

/** Tag-library events. Deleting a group makes one event, none for its tags; `reordered` without an id means everything. */
export interface TagsEvent extends EventBase {
  readonly kind: 'tags.changed'
  readonly change: 'created' | 'updated' | 'deleted' | 'reordered'
  readonly subject: 'tag' | 'group' | null
  readonly id: string | null
  readonly strategyId: string | null
}

const tagChanges: Readonly<Record<string, TagsEvent['change']>> = {
  create: 'created', update: 'updated', delete: 'deleted', shuffle: 'reordered',
}
const tagSubjects: Readonly<Record<string, 'tag' | 'group'>> = { tag: 'tag', tag_group: 'group' }

export const readTagsEvent: EventReader<TagsEvent> = (xml, base, changeType) => {
  const change = tagChanges[changeType]
  if (change === undefined) return null
  return {
    ...base, kind: 'tags.changed', change, subject: tagSubjects[optional(xml, 'TagType')] ?? null,
    id: change === 'reordered' ? orNull(xml, 'Id') : required(xml, 'Id'), strategyId: orNull(xml, 'StrategyId'),
  }
}

/** Acquisition-link events 获客助手 (WeCom doc path/97299). */
export type AcquisitionEvent =
  | EventBase & { readonly kind: 'acquisition.balance', readonly level: 'low' | 'exhausted' | 'increased' }
  | EventBase & { readonly kind: 'acquisition.quota-expiring', readonly expiresAt: number | null, readonly quota: number | null }
  | EventBase & { readonly kind: 'acquisition.link', readonly change: 'unavailable' | 'deleted', readonly linkId: string }
  | EventBase & { readonly kind: 'acquisition.visit', readonly step: 'profile-opened' | 'friend-requested', readonly linkId: string, readonly state: string | null }
  | FollowBase & { readonly kind: 'acquisition.chat-started', readonly linkId: string | null }
  | EventBase & { readonly kind: 'acquisition.message', readonly linkId: string, readonly chatKey: string | null }

const balances: Readonly<Record<string, 'low' | 'exhausted' | 'increased'>> = {
  balance_low: 'low', balance_exhausted: 'exhausted', balance_increased: 'increased',
}

export const readAcquisitionEvent: EventReader<AcquisitionEvent> = (xml, base, changeType) => {
  const level = balances[changeType]
  if (level !== undefined) return { ...base, kind: 'acquisition.balance', level }
  const linkId = (): string => required(xml, 'LinkId')
  switch (changeType) {
    case 'quota_expire_soon':
      return { ...base, kind: 'acquisition.quota-expiring', expiresAt: instantOrNull(xml, 'ExpireTime'), quota: integerOrNull(xml, 'ExpireQuotaNum') }
    case 'link_unavailable': return { ...base, kind: 'acquisition.link', change: 'unavailable', linkId: linkId() }
    case 'delete_link': return { ...base, kind: 'acquisition.link', change: 'deleted', linkId: linkId() }
    case 'open_profile': return { ...base, kind: 'acquisition.visit', step: 'profile-opened', linkId: linkId(), state: orNull(xml, 'State') }
    case 'friend_request': return { ...base, kind: 'acquisition.visit', step: 'friend-requested', linkId: linkId(), state: orNull(xml, 'State') }
    case 'customer_start_chat': return {
      ...base, kind: 'acquisition.chat-started', userid: requiredUserid(xml, 'UserID'),
      externalUserId: required(xml, 'ExternalUserID'), linkId: orNull(xml, 'LinkId'),
    }
    case 'message_from_customer': return { ...base, kind: 'acquisition.message', linkId: linkId(), chatKey: orNull(xml, 'ChatKey') }
    default: return null
  }
}
