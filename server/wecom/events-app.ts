import {
  decimalOrNull, type EventBase, type EventReader, instantOrNull, integerOrNull, optional, orNull, repeated, required, requiredUserid, useridOrNull,
} from './event-fields.ts'
import { childOf, childrenOf, type XmlElement } from './xml.ts'

interface ByStaff extends EventBase {
  readonly userid: string
}

export interface CardTap extends ByStaff {
  /** The key of the tapped button or menu entry. */
  readonly key: string
  readonly taskId: string
  readonly cardType: string
  /** Updates the card once within 72 hours; every tap brings its own. */
  readonly responseCode: string | null
  /** What was chosen, by question. */
  readonly selected: readonly { readonly question: string, readonly options: readonly string[] }[]
}

export type ApprovalStatus = 'pending' | 'approved' | 'rejected' | 'cancelled' | 'other'

/** What people do in the app, and what happens to it (WeCom doc path/90240, 96219, 91815). */
export type AppEvent =
  /** The member entered or left the visible range or the company; not a click. */
  | ByStaff & { readonly kind: 'staff.entered-range' }
  | ByStaff & { readonly kind: 'staff.left-range' }
  | ByStaff & { readonly kind: 'app.opened' }
  | ByStaff & { readonly kind: 'app.located', readonly latitude: number | null, readonly longitude: number | null, readonly precision: number | null }
  | ByStaff & { readonly kind: 'app.menu', readonly action: 'click' | 'page' | 'miniprogram', readonly key: string }
  | ByStaff & { readonly kind: 'app.scanned', readonly waits: boolean, readonly key: string, readonly codeType: string, readonly result: string }
  | ByStaff & { readonly kind: 'app.pictures', readonly key: string, readonly count: number | null }
  | ByStaff & { readonly kind: 'app.place', readonly key: string, readonly latitude: number | null, readonly longitude: number | null, readonly label: string }
  | CardTap & { readonly kind: 'card.tapped' }
  | CardTap & { readonly kind: 'card.menu-tapped' }
  | EventBase & { readonly kind: 'app.batch-finished', readonly jobId: string, readonly jobType: string, readonly errcode: number | null }
  | EventBase & { readonly kind: 'app.media-fetched', readonly jobId: string }
  /** `engine` own: self-built approval, `id` is ours (ThirdNo); app: WeCom's approval app, `id` is its number. */
  | EventBase & {
    readonly kind: 'approval.changed', readonly engine: 'own' | 'app', readonly id: string
    readonly status: ApprovalStatus, readonly applicant: string | null, readonly appliedAt: number | null
  }
  | EventBase & {
    readonly kind: 'app.activity', readonly effectAt: number | null
    readonly state: 'inactive-soon' | 'closed' | 'reopened' | 'low-soon' | 'low' | 'restored'
  }
  | EventBase & { readonly kind: 'app.share-changed', readonly what: 'agent' | 'chain' }

function cardTap(xml: XmlElement, base: EventBase): CardTap {
  return {
    ...base,
    userid: requiredUserid(xml, 'FromUserName'),
    key: optional(xml, 'EventKey'),
    taskId: required(xml, 'TaskId'),
    cardType: optional(xml, 'CardType'),
    responseCode: orNull(xml, 'ResponseCode'),
    selected: childrenOf(childOf(xml, 'SelectedItems'), 'SelectedItem').map((item) => ({
      question: optional(item, 'QuestionKey'), options: repeated(childOf(item, 'OptionIds'), 'OptionId'),
    })),
  }
}

const ownStatuses: Readonly<Record<string, ApprovalStatus>> = { 1: 'pending', 2: 'approved', 3: 'rejected', 4: 'cancelled' }

function ownApproval(xml: XmlElement, base: EventBase): AppEvent {
  const info = childOf(xml, 'ApprovalInfo')
  return {
    ...base, kind: 'approval.changed', engine: 'own', id: required(info, 'ThirdNo'),
    status: ownStatuses[optional(info, 'OpenSpStatus')] ?? 'other',
    applicant: useridOrNull(info, 'ApplyUserId'), appliedAt: instantOrNull(info, 'ApplyTime'),
  }
}

function appApproval(xml: XmlElement, base: EventBase): AppEvent {
  const info = childOf(xml, 'ApprovalInfo')
  return {
    // SpNo is a number that may be too long for some readers; SpNoStr is the same as text
    ...base, kind: 'approval.changed', engine: 'app', id: orNull(info, 'SpNoStr') ?? required(info, 'SpNo'),
    status: ownStatuses[optional(info, 'SpStatus')] ?? 'other',
    applicant: useridOrNull(childOf(info, 'Applyer'), 'UserId'), appliedAt: instantOrNull(info, 'ApplyTime'),
  }
}

const activityByEvent: Readonly<Record<string, Extract<AppEvent, { kind: 'app.activity' }>['state']>> = {
  inactive_alert: 'inactive-soon', close_inactive_agent: 'closed', reopen_inactive_agent: 'reopened',
  low_active_alert: 'low-soon', low_active: 'low', active_restored: 'restored',
}

function readActivity(xml: XmlElement, base: EventBase): AppEvent | null {
  const state = activityByEvent[optional(xml, 'Event')]
  return state === undefined ? null : { ...base, kind: 'app.activity', state, effectAt: instantOrNull(xml, 'EffectTime') }
}

type Reader = (xml: XmlElement, base: EventBase) => AppEvent | null

const byStaff = (xml: XmlElement, base: EventBase): ByStaff => ({ ...base, userid: requiredUserid(xml, 'FromUserName') })

const menu = (action: 'click' | 'page' | 'miniprogram'): Reader => (xml, base) => ({
  ...byStaff(xml, base), kind: 'app.menu', action, key: optional(xml, 'EventKey'),
})

const scan = (waits: boolean): Reader => (xml, base) => {
  const info = childOf(xml, 'ScanCodeInfo')
  return {
    ...byStaff(xml, base), kind: 'app.scanned', waits, key: optional(xml, 'EventKey'),
    codeType: optional(info, 'ScanType'), result: optional(info, 'ScanResult'),
  }
}

const pictures: Reader = (xml, base) => ({
  ...byStaff(xml, base), kind: 'app.pictures', key: optional(xml, 'EventKey'), count: integerOrNull(childOf(xml, 'SendPicsInfo'), 'Count'),
})

const place: Reader = (xml, base) => {
  const info = childOf(xml, 'SendLocationInfo')
  return {
    ...byStaff(xml, base), kind: 'app.place', key: optional(xml, 'EventKey'),
    latitude: decimalOrNull(info, 'Location_X'), longitude: decimalOrNull(info, 'Location_Y'), label: optional(info, 'Label'),
  }
}

const located: Reader = (xml, base) => ({
  ...byStaff(xml, base), kind: 'app.located',
  latitude: decimalOrNull(xml, 'Latitude'), longitude: decimalOrNull(xml, 'Longitude'), precision: decimalOrNull(xml, 'Precision'),
})

const batchFinished: Reader = (xml, base) => {
  const job = childOf(xml, 'BatchJob')
  return { ...base, kind: 'app.batch-finished', jobId: required(job, 'JobId'), jobType: optional(job, 'JobType'), errcode: integerOrNull(job, 'ErrCode') }
}

const readers: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['subscribe', (xml, base) => ({ ...byStaff(xml, base), kind: 'staff.entered-range' })],
  ['unsubscribe', (xml, base) => ({ ...byStaff(xml, base), kind: 'staff.left-range' })],
  ['enter_agent', (xml, base) => ({ ...byStaff(xml, base), kind: 'app.opened' })],
  ['LOCATION', located],
  ['click', menu('click')],
  ['view', menu('page')],
  ['view_miniprogram', menu('miniprogram')],
  ['scancode_push', scan(false)],
  ['scancode_waitmsg', scan(true)],
  ['pic_sysphoto', pictures],
  ['pic_photo_or_album', pictures],
  ['pic_weixin', pictures],
  ['location_select', place],
  ['batch_job_result', batchFinished],
  ['upload_media_job_finish', (xml, base) => ({ ...base, kind: 'app.media-fetched', jobId: required(xml, 'JobId') })],
  ['template_card_event', (xml, base) => ({ ...cardTap(xml, base), kind: 'card.tapped' })],
  ['template_card_menu_event', (xml, base) => ({ ...cardTap(xml, base), kind: 'card.menu-tapped' })],
  ['open_approval_change', ownApproval],
  ['sys_approval_change', appApproval],
  ['share_agent_change', (_xml, base) => ({ ...base, kind: 'app.share-changed', what: 'agent' })],
  ['share_chain_change', (_xml, base) => ({ ...base, kind: 'app.share-changed', what: 'chain' })],
])

export const readAppEvent: EventReader<AppEvent> = (xml, base) => (readers.get(optional(xml, 'Event')) ?? readActivity)(xml, base)
