import * as z from 'zod'
import { attachments, checkAttachments, messageText } from '../attachments.ts'
import { isVisible, requireFollower, seconds } from '../core.ts'
import type { Core } from '../core.ts'
import { endpoint } from '../endpoint.ts'
import { WecomFault } from '../fault.ts'
import { randomText } from '../ids.ts'
import { page } from '../paging.ts'
import type { BroadcastRecord, FollowRecord } from '../records.ts'
import { cursor, fails, limit } from '../schema.ts'
import { chatOf } from '../state.ts'
import { friendsOf } from './external-contact.ts'

const dayMs = 86_400_000
const msgid = z.string(fails(41046, 41047)).min(1, '41046')
const tagFilter = z.object({ group_list: z.array(z.object({ tag_list: z.array(z.string()).max(100) })) }).optional()

/** WeCom doc path/92135: a task for each member, who confirms in the client; nothing is sent by this call. */
const add = endpoint({
  method: 'POST', path: 'externalcontact/add_msg_template', customerApi: true,
  input: z.object({
    chat_type: z.literal(['single', 'group']).default('single'), external_userid: z.array(z.string()).max(10_000, '40035').optional(),
    chat_id_list: z.array(z.string()).max(2_000, '40035').optional(), tag_filter: tagFilter, sender: z.string().optional(), allow_select: z.boolean().optional(),
    text: messageText, attachments,
  }),
  handle: (input, { core }) => {
    if ((input.text?.content ?? '') === '' && input.attachments.length === 0) throw new WecomFault(40063)
    if (input.chat_type === 'group') return addToGroups(core, input)
    if (input.sender === undefined && input.external_userid === undefined && input.tag_filter === undefined) throw new WecomFault(40063)
    checkAttachments(core, input.attachments)
    const { reached, failed } = audience(core, input)
    if (reached.length === 0) throw new WecomFault(41048, { fail_list: failed })
    const record: BroadcastRecord = {
      msgid: `msg${randomText(29)}`, chatType: 'single', createdAt: core.now(), creator: null, personal: false, text: input.text?.content ?? '', attachments: input.attachments.map((each) => ({ ...each })),
      cancelled: false, remindedAt: [], tasks: [],
    }
    for (const follow of reached) {
      const task = record.tasks.find((each) => each.userid === follow.userid) ?? { userid: follow.userid, sentAt: null, targets: [] }
      if (!record.tasks.includes(task)) record.tasks.push(task)
      task.targets.push({ externalUserId: follow.externalUserId, status: 0, sentAt: null })
    }
    core.state.broadcasts.set(record.msgid, record)
    return { fail_list: failed, msgid: record.msgid }
  },
})

/** To groups of one owner: only he can send to them. Ids that are no group of his come back as failed. */
function addToGroups(core: Core, input: { sender?: string | undefined, chat_id_list?: string[] | undefined, text?: { content?: string | undefined } | undefined, attachments: Parameters<typeof checkAttachments>[1] }) {
  if (input.sender === undefined) throw new WecomFault(40063)
  const owner = requireFollower(core.state, input.sender)
  checkAttachments(core, input.attachments)
  const isOwn = (id: string) => core.state.groups.get(id)?.now?.owner.toLowerCase() === owner.userid.toLowerCase()
  const ids = [...new Set(input.chat_id_list ?? [...core.state.groups.keys()].filter(isOwn))]
  const failed = ids.filter((id) => !isOwn(id))
  const reached = ids.filter(isOwn)
  if (reached.length === 0) throw new WecomFault(41048, { fail_list: failed })
  const record: BroadcastRecord = {
    msgid: `msg${randomText(29)}`, chatType: 'group', createdAt: core.now(), creator: null, personal: false, text: input.text?.content ?? '', attachments: input.attachments.map((each) => ({ ...each })),
    cancelled: false, remindedAt: [], tasks: [{ userid: owner.userid, sentAt: null, targets: reached.map((externalUserId) => ({ externalUserId, status: 0, sentAt: null })) }],
  }
  core.state.broadcasts.set(record.msgid, record)
  return { fail_list: failed, msgid: record.msgid }
}

interface Wanted {
  readonly external_userid?: string[] | undefined
  readonly sender?: string | undefined
  readonly tag_filter?: z.output<typeof tagFilter>
}

/** Ids win over tags; a shared customer is reached by the member who chatted last. */
function audience(core: Core, wanted: Wanted): { reached: FollowRecord[], failed: string[] } {
  const senders = wanted.sender === undefined
    ? [...core.state.staff.values()].filter((person) => isVisible(core.state, person) && person.contactEnabled && person.status === 1)
    : [requireFollower(core.state, wanted.sender)]
  const follows = new Map<string, FollowRecord>()
  for (const follow of senders.flatMap((person) => friendsOf(core, person.userid))) {
    const rival = follows.get(follow.externalUserId)
    if (rival === undefined || lastTalk(core, follow) > lastTalk(core, rival)) follows.set(follow.externalUserId, follow)
  }
  if (wanted.external_userid !== undefined && wanted.external_userid.length > 0) {
    const ids = [...new Set(wanted.external_userid)]
    return { reached: ids.flatMap((id) => follows.get(id) ?? []), failed: ids.filter((id) => !follows.has(id)) }
  }
  const groups = wanted.tag_filter?.group_list ?? []
  return { reached: [...follows.values()].filter((follow) => groups.every((group) => group.tag_list.some((id) => follow.tagIds.has(id)))), failed: [] }
}

function lastTalk(core: Core, follow: FollowRecord): number {
  return chatOf(core.state, follow.userid, follow.externalUserId).at(-1)?.at ?? follow.createdAt
}

/** 41047 unknown, 41063 while it is dispatched. */
function requireBroadcast(core: Core, id: string): BroadcastRecord {
  const record = core.state.broadcasts.get(id)
  if (record === undefined) throw new WecomFault(41047)
  if (core.now() - record.createdAt < (core.options.strict?.broadcastDispatchMs ?? 0)) throw new WecomFault(41063)
  return record
}

const isBy = (each: BroadcastRecord, creator: string | undefined): boolean => creator === undefined || each.creator?.toLowerCase() === creator.toLowerCase()

const list = endpoint({
  method: 'POST', path: 'externalcontact/get_groupmsg_list_v2', customerApi: true,
  input: z.object({
    chat_type: z.literal(['single', 'group']), start_time: z.number().int(), end_time: z.number().int(), creator: z.string().optional(),
    filter_type: z.literal([0, 1, 2]).default(2), limit: limit(100, 50), cursor,
  }),
  handle: (input, { core }) => {
    if (input.end_time < input.start_time || input.end_time - input.start_time > 31 * 86_400) throw new WecomFault(40058)
    const rows = [...core.state.broadcasts.values()].filter((each) =>
      each.chatType === input.chat_type && (input.filter_type === 2 || each.personal === (input.filter_type === 1)) && isBy(each, input.creator)
      && seconds(each.createdAt) >= input.start_time && seconds(each.createdAt) <= input.end_time)
    const cut = page(rows, `broadcasts ${input.start_time} ${input.filter_type} ${input.creator ?? ''}`, input.cursor, input.limit)
    return {
      next_cursor: cut.next_cursor,
      group_msg_list: cut.rows.map((each) => ({
        msgid: each.msgid, ...(each.creator === null ? {} : { creator: each.creator }), create_time: String(seconds(each.createdAt)), create_type: each.personal ? 1 : 0, text: { content: each.text }, attachments: each.attachments,
      })),
    }
  },
})

const task = endpoint({
  method: 'POST', path: 'externalcontact/get_groupmsg_task', customerApi: true, input: z.object({ msgid, limit: limit(1000, 500), cursor }),
  handle: (input, { core }) => {
    const record = requireBroadcast(core, input.msgid)
    const cut = page(record.tasks, `task ${record.msgid}`, input.cursor, input.limit)
    const task_list = cut.rows.map((each) => ({ userid: each.userid, status: each.sentAt === null ? 0 : 2, ...(each.sentAt === null ? {} : { send_time: seconds(each.sentAt) }) }))
    return { next_cursor: cut.next_cursor, task_list }
  },
})

const sendResult = endpoint({
  method: 'POST', path: 'externalcontact/get_groupmsg_send_result', customerApi: true,
  input: z.object({ msgid, userid: z.string(fails(40063, 40003)), limit: limit(1000, 500), cursor }),
  handle: (input, { core }) => {
    const record = requireBroadcast(core, input.msgid)
    const own = record.tasks.find((each) => each.userid.toLowerCase() === input.userid.toLowerCase())
    if (own === undefined) throw new WecomFault(40003)
    // Of groups only those that got it appear.
    const shown = record.chatType === 'group' ? own.targets.filter((each) => each.status === 1) : own.targets
    const cut = page(shown, `result ${record.msgid} ${own.userid}`, input.cursor, input.limit)
    const send_list = cut.rows.map((each) => ({
      [record.chatType === 'group' ? 'chat_id' : 'external_userid']: each.externalUserId, userid: own.userid, status: each.status, ...(each.sentAt === null ? {} : { send_time: seconds(each.sentAt) }),
    }))
    return { next_cursor: cut.next_cursor, send_list }
  },
})

const remind = endpoint({
  method: 'POST', path: 'externalcontact/remind_groupmsg_send', customerApi: true, input: z.object({ msgid }),
  handle: (input, { core }) => {
    const record = requireBroadcast(core, input.msgid)
    if (record.cancelled) throw new WecomFault(41093)
    if (record.remindedAt.filter((at) => core.now() - at < dayMs).length >= 3) throw new WecomFault(41094)
    record.remindedAt.push(core.now())
    return {}
  },
})

/** WeCom doc path/97611: members who have not confirmed cannot any more; what was sent stays. */
const cancel = endpoint({
  method: 'POST', path: 'externalcontact/cancel_groupmsg_send', customerApi: true, input: z.object({ msgid }),
  handle: (input, { core }) => {
    const record = requireBroadcast(core, input.msgid)
    if (record.cancelled) throw new WecomFault(41093)
    record.cancelled = true
    return {}
  },
})

export const broadcastEndpoints = [add, list, task, sendResult, remind, cancel]
