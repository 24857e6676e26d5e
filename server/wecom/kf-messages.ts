import { z } from 'zod'
import { instant, integerOr, listOf, text, textOrNull, userid } from './wire.ts'

export type KfContent =
  | { readonly type: 'text', readonly text: string, readonly menuId: string | null }
  | { readonly type: 'image' | 'voice' | 'video' | 'file', readonly mediaId: string }
  | { readonly type: 'location', readonly latitude: number, readonly longitude: number, readonly name: string, readonly address: string }
  | { readonly type: 'link', readonly title: string, readonly description: string, readonly url: string, readonly pictureUrl: string | null }
  | { readonly type: 'business-card', readonly userid: string }
  | { readonly type: 'miniprogram', readonly title: string, readonly appId: string, readonly page: string, readonly coverMediaId: string | null }
  | { readonly type: 'event', readonly event: KfEvent }
  /** A kind that we do not read; `wireType` is WeCom's name for it. */
  | { readonly type: 'other', readonly wireType: string }

export type KfEvent =
  | { readonly name: 'session-entered', readonly scene: string, readonly sceneParam: string, readonly welcomeCode: string | null }
  | { readonly name: 'send-failed', readonly failedMessageId: string, readonly failType: number }
  | { readonly name: 'servicer-status', readonly userid: string, readonly working: boolean }
  | {
    readonly name: 'session-changed', readonly change: 'taken-from-pool' | 'transferred' | 'ended' | 're-entered' | 'other'
    readonly oldUserid: string | null, readonly newUserid: string | null, readonly messageCode: string | null
  }
  | { readonly name: 'recalled', readonly by: 'customer' | 'staff', readonly messageId: string }
  | { readonly name: 'other', readonly wireType: string }

export interface KfMessage {
  readonly messageId: string
  readonly openKfId: string | null
  readonly externalUserId: string | null
  readonly sentAt: number
  readonly origin: 'customer' | 'system' | 'staff' | 'unknown'
  /** Who answered in the client; only for origin `staff`. */
  readonly userid: string | null
  readonly content: KfContent
}

const optionalUserid = textOrNull.transform((value) => value?.toLowerCase() ?? null)
const number = z.coerce.number()

const media = (type: 'image' | 'voice' | 'video' | 'file') => z.object({ [type]: z.object({ media_id: z.string() }) })
  .transform((wire): KfContent => ({ type, mediaId: wire[type]?.media_id ?? '' }))

const contentByType: Readonly<Record<string, z.ZodType<KfContent>>> = {
  text: z.object({ text: z.object({ content: text, menu_id: textOrNull }) })
    .transform(({ text: wire }): KfContent => ({ type: 'text', text: wire.content, menuId: wire.menu_id })),
  image: media('image'),
  voice: media('voice'),
  video: media('video'),
  file: media('file'),
  location: z.object({ location: z.object({ latitude: number, longitude: number, name: text, address: text }) })
    .transform(({ location }): KfContent => ({ type: 'location', ...location })),
  link: z.object({ link: z.object({ title: text, desc: text, url: text, pic_url: textOrNull }) })
    .transform(({ link }): KfContent => ({ type: 'link', title: link.title, description: link.desc, url: link.url, pictureUrl: link.pic_url })),
  business_card: z.object({ business_card: z.object({ userid }) })
    .transform(({ business_card: card }): KfContent => ({ type: 'business-card', userid: card.userid })),
  miniprogram: z.object({ miniprogram: z.object({ title: text, appid: text, pagepath: text, thumb_media_id: textOrNull }) })
    .transform(({ miniprogram: wire }): KfContent => ({
      type: 'miniprogram', title: wire.title, appId: wire.appid, page: wire.pagepath, coverMediaId: wire.thumb_media_id,
    })),
}

const sessionChanges: Readonly<Record<number, Extract<KfEvent, { name: 'session-changed' }>['change']>> = {
  1: 'taken-from-pool', 2: 'transferred', 3: 'ended', 4: 're-entered',
}

const eventByType: Readonly<Record<string, z.ZodType<KfEvent>>> = {
  enter_session: z.object({ scene: text, scene_param: text, welcome_code: textOrNull })
    .transform((wire): KfEvent => ({ name: 'session-entered', scene: wire.scene, sceneParam: wire.scene_param, welcomeCode: wire.welcome_code })),
  msg_send_fail: z.object({ fail_msgid: text, fail_type: integerOr(0) })
    .transform((wire): KfEvent => ({ name: 'send-failed', failedMessageId: wire.fail_msgid, failType: wire.fail_type })),
  servicer_status_change: z.object({ servicer_userid: userid, status: integerOr(0) })
    .transform((wire): KfEvent => ({ name: 'servicer-status', userid: wire.servicer_userid, working: wire.status === 1 })),
  session_status_change: z.object({
    change_type: integerOr(0), old_servicer_userid: optionalUserid, new_servicer_userid: optionalUserid, msg_code: textOrNull,
  }).transform((wire): KfEvent => ({
    name: 'session-changed', change: sessionChanges[wire.change_type] ?? 'other',
    oldUserid: wire.old_servicer_userid, newUserid: wire.new_servicer_userid, messageCode: wire.msg_code,
  })),
  user_recall_msg: z.object({ recall_msgid: text }).transform((wire): KfEvent => ({ name: 'recalled', by: 'customer', messageId: wire.recall_msgid })),
  servicer_recall_msg: z.object({ recall_msgid: text }).transform((wire): KfEvent => ({ name: 'recalled', by: 'staff', messageId: wire.recall_msgid })),
}

const eventFrame = z.looseObject({ event_type: text, open_kfid: textOrNull, external_userid: textOrNull })

const messageFrame = z.looseObject({
  msgid: z.string().min(1), open_kfid: textOrNull, external_userid: textOrNull, send_time: instant, origin: integerOr(0),
  msgtype: text, servicer_userid: optionalUserid, event: eventFrame.nullish(),
})

const originByCode: Readonly<Record<number, KfMessage['origin']>> = { 3: 'customer', 4: 'system', 5: 'staff' }

/** A kind or shape that we do not know must not stop the messages behind it. */
function contentOf(wire: z.output<typeof messageFrame>): KfContent {
  if (wire.msgtype === 'event' && wire.event) {
    const parsed = eventByType[wire.event.event_type]?.safeParse(wire.event)
    return { type: 'event', event: parsed?.success === true ? parsed.data : { name: 'other', wireType: wire.event.event_type } }
  }
  const parsed = contentByType[wire.msgtype]?.safeParse(wire)
  return parsed?.success === true ? parsed.data : { type: 'other', wireType: wire.msgtype }
}

/** One row of `msg_list`. For events the ids lie inside `event`, not beside it. */
const messageWire = messageFrame.transform((wire): KfMessage => ({
  messageId: wire.msgid,
  openKfId: wire.open_kfid ?? wire.event?.open_kfid ?? null,
  externalUserId: wire.external_userid ?? wire.event?.external_userid ?? null,
  sentAt: wire.send_time,
  origin: originByCode[wire.origin] ?? 'unknown',
  userid: wire.servicer_userid,
  content: contentOf(wire),
}))

export const syncWire = z.object({ next_cursor: text, has_more: integerOr(0), msg_list: listOf(messageWire) })
