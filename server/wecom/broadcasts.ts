import { z } from 'zod'
import { Invariant } from '../errors.ts'
import { attachmentBody, type MessageAttachment } from './attachments.ts'
import type { Caller } from './call.ts'
import { pagesOf } from './paging.ts'
import { instant, instantOrNull, integer, integerOr, listOf, text, textOrNull, userid, nothing } from './wire.ts'

/** WeCom's limits (doc path/92135): customers or groups of a task, bytes of its text, attachments; and how far a list may reach (path/93338). */
export const broadcastLimits = { customers: 10_000, groups: 2_000, textBytes: 4_000, attachments: 9, listMs: 31 * 86_400_000 } as const

/** To customers one by one, or to customer groups, whose owner is the sender. */
export type BroadcastTarget = 'customers' | 'groups'

/** One task: a sender, the customers or groups, one text. Nothing is sent before the sender confirms it in WeCom's client. */
export interface BroadcastDraft {
  readonly sender: string
  /** Customers when left out. */
  readonly target?: BroadcastTarget
  /** External ids of customers, at most 10,000; or chat ids of groups, at most 2000. */
  readonly externalUserIds: readonly string[]
  /** At most 4000 bytes; may be empty when there are attachments. */
  readonly text: string
  /** At most 9. */
  readonly attachments: readonly MessageAttachment[]
}

/** An attachment as far as WeCom's list shows it for certain: media ids may be others than those that were sent. */
export interface FoundAttachment {
  readonly type: string
  /** Address of a link, page of a mini program; null for media. */
  readonly target: string | null
}

export interface FoundBroadcast {
  readonly msgid: string
  /** Null for what an application made. */
  readonly creator: string | null
  /** A member made it for his own customers; otherwise it is the company's. */
  readonly personal: boolean
  readonly createdAt: number
  readonly text: string
  readonly attachments: readonly FoundAttachment[]
}

/** A sender's part. WeCom documents 0 (unsent) and 2 (sent); anything else proves neither. */
export interface BroadcastTask {
  readonly userid: string
  readonly confirmed: boolean
  readonly provenUnsent: boolean
  readonly sentAt: number | null
}

/**
 * What became of one customer, or of one group: of groups only those that got it are shown. A status that is not documented (4 is said
 * to occur, unconfirmed) is `unknown`: no proof of anything.
 */
export interface BroadcastResult {
  /** The chat id of a group. */
  readonly externalUserId: string
  readonly outcome: 'unsent' | 'sent' | 'not-friend' | 'over-limit' | 'unknown'
  readonly sentAt: number | null
}

const addedWire = z.object({ msgid: z.string().min(1), fail_list: listOf(z.string()) })

const attachmentWire = z.object({
  msgtype: text,
  link: z.object({ url: textOrNull }).nullish(),
  miniprogram: z.object({ page: textOrNull }).nullish(),
}).transform((wire): FoundAttachment => ({ type: wire.msgtype, target: wire.link?.url ?? wire.miniprogram?.page ?? null }))

const listWire = z.object({
  next_cursor: textOrNull,
  group_msg_list: z.array(z.object({
    msgid: z.string().min(1), creator: textOrNull, create_time: instant, create_type: integerOr(0),
    text: z.object({ content: text }).nullish(), attachments: listOf(attachmentWire),
  }).transform((wire): FoundBroadcast => ({
    msgid: wire.msgid, creator: wire.creator?.toLowerCase() ?? null, personal: wire.create_type === 1, createdAt: wire.create_time, text: wire.text?.content ?? '', attachments: wire.attachments,
  }))),
})

const taskWire = z.object({
  next_cursor: textOrNull,
  task_list: z.array(z.object({ userid, status: integer.nullish(), send_time: instantOrNull })
    .transform((wire): BroadcastTask => ({ userid: wire.userid, confirmed: wire.status === 2, provenUnsent: wire.status === 0, sentAt: wire.send_time }))),
})

const outcomes = new Map<number, BroadcastResult['outcome']>([[0, 'unsent'], [1, 'sent'], [2, 'not-friend'], [3, 'over-limit']])

const resultWire = z.object({
  next_cursor: textOrNull,
  send_list: z.array(z.object({ external_userid: textOrNull, chat_id: textOrNull, status: integer, send_time: instantOrNull })
    .transform((wire): BroadcastResult => ({ externalUserId: wire.external_userid ?? wire.chat_id ?? '', outcome: outcomes.get(wire.status) ?? 'unknown', sentAt: wire.send_time }))),
})

/** What a found attachment looks like for one that was sent, so that both can be compared. */
export const foundForm = (attachment: MessageAttachment): FoundAttachment => ({
  type: attachment.type, target: attachment.type === 'link' ? attachment.url : attachment.type === 'miniprogram' ? attachment.page : null,
})

function draftBody(draft: BroadcastDraft): Readonly<Record<string, unknown>> {
  const toGroups = draft.target === 'groups'
  const most = toGroups ? broadcastLimits.groups : broadcastLimits.customers
  if (draft.externalUserIds.length === 0 || draft.externalUserIds.length > most) throw new Invariant(`a broadcast takes 1 to ${most} ${toGroups ? 'groups' : 'customers'}`)
  if (draft.text === '' && draft.attachments.length === 0) throw new Invariant('a broadcast needs content')
  return {
    ...(toGroups ? { chat_type: 'group', sender: draft.sender, chat_id_list: draft.externalUserIds } : { chat_type: 'single', sender: draft.sender, external_userid: draft.externalUserIds, allow_select: false }),
    ...(draft.text === '' ? {} : { text: { content: draft.text } }),
    ...(draft.attachments.length === 0 ? {} : { attachments: draft.attachments.map(attachmentBody) }),
  }
}

/** Broadcasts 客户群发 (WeCom doc path/92135, 93338, 97610, 97611). */
export function broadcastCalls(call: Caller) {
  const pages = <T>(endpoint: string, body: Readonly<Record<string, unknown>>, answer: z.ZodType<{ items: readonly T[], nextCursor: string | null }>) =>
    pagesOf(endpoint, (cursor) => call({ endpoint, body: { ...body, ...(cursor === '' ? {} : { cursor }) }, answer }))

  return {
    /**
     * Makes a task. Not safe to repeat: see `repeatRules['broadcast.add']`. `unreachable` are those whom WeCom leaves out; when nobody
     * is left it refuses with 41048. `stillWanted` is asked at the very last moment.
     */
    async addBroadcast(draft: BroadcastDraft, stillWanted?: () => boolean): Promise<{ readonly msgid: string, readonly unreachable: readonly string[] }> {
      const wire = await call({ endpoint: 'externalcontact/add_msg_template', write: 'broadcast.add', body: draftBody(draft), answer: addedWire, stillWanted })
      return { msgid: wire.msgid, unreachable: wire.fail_list }
    },

    /**
     * Pages of the broadcasts to customers, or to groups, made between two moments (ms), at most a month apart: those of the company, or with
     * `which` all also those that members made by themselves.
     */
    listBroadcasts: (between: { readonly from: number, readonly to: number, readonly which?: 'company' | 'all', readonly target?: BroadcastTarget }): AsyncGenerator<readonly FoundBroadcast[], void> =>
      pages('externalcontact/get_groupmsg_list_v2', {
        chat_type: between.target === 'groups' ? 'group' : 'single', start_time: Math.floor(between.from / 1000), end_time: Math.ceil(between.to / 1000), filter_type: between.which === 'all' ? 2 : 0, limit: 100,
      }, listWire.transform((wire) => ({ items: wire.group_msg_list, nextCursor: wire.next_cursor }))),

    /** Pages of senders with their state. 41063 (transient) while WeCom hands the task out, 41047 (gone), 41093 when it was cancelled. */
    listBroadcastTasks: (msgid: string): AsyncGenerator<readonly BroadcastTask[], void> =>
      pages('externalcontact/get_groupmsg_task', { msgid, limit: 1000 }, taskWire.transform((wire) => ({ items: wire.task_list, nextCursor: wire.next_cursor }))),

    /** Pages of one sender's customers with what became of each. */
    listBroadcastResults: (msgid: string, sender: string): AsyncGenerator<readonly BroadcastResult[], void> =>
      pages('externalcontact/get_groupmsg_send_result', { msgid, userid: sender, limit: 1000 }, resultWire.transform((wire) => ({ items: wire.send_list, nextCursor: wire.next_cursor }))),

    /** WeCom reminds the senders who have not confirmed; 41094 after three times in a day. */
    async remindBroadcast(msgid: string): Promise<void> {
      await call({ endpoint: 'externalcontact/remind_groupmsg_send', write: 'broadcast.remind', body: { msgid }, answer: nothing })
    },

    /** Who has not confirmed cannot any more; what was sent stays. 41093 when it was cancelled before. */
    async cancelBroadcast(msgid: string): Promise<void> {
      await call({ endpoint: 'externalcontact/cancel_groupmsg_send', write: 'broadcast.cancel', body: { msgid }, answer: nothing })
    },
  }
}
