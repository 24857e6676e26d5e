import * as z from 'zod'
import { requireMedia } from '../attachments.ts'
import { callsBack, updatedCard } from '../card-schema.ts'
import type { Core } from '../core.ts'
import { endpoint } from '../endpoint.ts'
import { WecomFault } from '../fault.ts'
import { randomText } from '../ids.ts'
import { findReceivers, mayReceive } from '../receivers.ts'
import { chars, fails } from '../schema.ts'
import { messageInput } from './message-schema.ts'
import type { MessageInput } from './message-schema.ts'

const maxTextBytes = 2048
const dayMs = 86_400_000
const codeLifeMs = 72 * 3_600_000
const repeats = new WeakMap<Core, Map<string, { until: number, answer: Record<string, unknown> }>>()

/** WeCom doc path/90236: partial success is errcode 0 with lists; nobody reached is 81013. */
const send = endpoint({
  method: 'POST', path: 'message/send', input: messageInput, partCodes: { template_card: 42027 },
  handle: (input, { core, text }) => {
    if (input.agentid !== undefined && input.agentid !== core.options.agentId) throw new WecomFault(301002)
    checkBody(core, input)
    const found = findReceivers(core, split(input.touser), split(input.toparty), split(input.totag))
    const earlier = input.enable_duplicate_check === 1 ? repeats.get(core)?.get(text) : undefined
    if (earlier !== undefined && earlier.until > core.now()) return earlier.answer
    if (found.people.length === 0) throw new WecomFault(81013, invalidLists(found))
    const answer = { ...invalidLists(found), ...deliver(core, input, found.people.map((person) => person.userid)) }
    if (input.enable_duplicate_check === 1) {
      const known = repeats.get(core) ?? new Map<string, { until: number, answer: Record<string, unknown> }>()
      repeats.set(core, known.set(text, { until: core.now() + (input.duplicate_check_interval ?? 1800) * 1000, answer }))
    }
    return answer
  },
})

function split(list: string | undefined): string[] {
  return (list ?? '').split('|').filter((each) => each !== '')
}

function invalidLists(found: ReturnType<typeof findReceivers>): Record<string, string> {
  return {
    ...(found.invalidUsers.length > 0 ? { invaliduser: found.invalidUsers.join('|') } : {}),
    ...(found.invalidParties.length > 0 ? { invalidparty: found.invalidParties.join('|') } : {}),
    ...(found.invalidTags.length > 0 ? { invalidtag: found.invalidTags.join('|') } : {}),
  }
}

function checkBody(core: Core, input: MessageInput): void {
  if (input.msgtype === 'image') requireMedia(core, input.image.media_id, 'upload')
  if (input.msgtype === 'voice') requireMedia(core, input.voice.media_id, 'upload')
  if (input.msgtype === 'file') requireMedia(core, input.file.media_id, 'upload')
  if (input.msgtype === 'video') requireMedia(core, input.video.media_id, 'upload')
  if (input.msgtype !== 'template_card') return
  const taskId = input.template_card.task_id
  if (callsBack(input.template_card) && core.options.callback.url === '') throw new WecomFault(43012)
  if (taskId !== undefined && core.state.taskIds.has(taskId)) throw new WecomFault(42014)
}

function bodyOf(input: MessageInput): Record<string, unknown> {
  if (input.msgtype === 'text') return { content: cutBytes(input.text.content, maxTextBytes) }
  const parts: Record<string, unknown> = input
  return { ...z.looseObject({}).parse(parts[input.msgtype]) }
}

function cutBytes(text: string, max: number): string {
  let size = 0
  return [...text].filter((letter) => (size += Buffer.byteLength(letter)) <= max).join('')
}

function deliver(core: Core, input: MessageInput, userids: readonly string[]): Record<string, string> {
  const msgid = `appmsg${randomText(26)}`
  const card = input.msgtype === 'template_card' ? input.template_card : null
  if (card?.task_id !== undefined) core.state.taskIds.add(card.task_id)
  for (const userid of userids) {
    if (!mayReceive(core, userid)) continue
    core.state.messages.push({
      msgid, userid, sentAt: core.now(), msgtype: input.msgtype, body: bodyOf(input), taskId: card?.task_id ?? null, recalled: false, replacedName: null,
    })
  }
  if (card === null || !callsBack(card)) return { msgid }
  return { msgid, response_code: issueResponseCode(core, msgid) }
}

/** A code for one update of the card, good for 72 hours. */
export function issueResponseCode(core: Core, msgid: string): string {
  const code = randomText(48)
  core.state.responseCodes.set(code, { code, msgid, agentId: core.options.agentId, issuedAt: core.now(), used: false })
  return code
}

/** WeCom doc path/94888: a response code works once; `invaliduser` is an array here. */
const update = endpoint({
  method: 'POST', path: 'message/update_template_card',
  input: z.object({
    userids: z.array(z.string()).max(1000, '40032').default([]), partyids: z.array(z.number()).max(100, '82002').default([]), tagids: z.array(z.number()).max(100, '82003').default([]),
    atall: z.literal([0, 1]).default(0), agentid: z.number(fails(40063, 40056)), response_code: z.string(fails(40063, 60140)).min(1, '40063'),
    enable_id_trans: z.literal([0, 1]).optional(), button: z.object({ replace_name: chars(20).min(1, '40063') }).optional(), template_card: updatedCard.optional(),
  }),
  partCodes: { template_card: 42027 },
  handle: (input, { core }) => {
    if (input.agentid !== core.options.agentId) throw new WecomFault(301002)
    if ((input.button === undefined) === (input.template_card === undefined)) throw new WecomFault(40063)
    const code = core.state.responseCodes.get(input.response_code)
    if (code === undefined || code.used || core.now() - code.issuedAt > codeLifeMs) throw new WecomFault(60140)
    const copies = core.state.messages.filter((message) => message.msgid === code.msgid)
    if (input.button !== undefined && copies.some((copy) => !['button_interaction', 'vote_interaction', 'multiple_interaction'].includes(String(copy.body.card_type)))) throw new WecomFault(42027)
    const all = input.atall === 1 ? { users: copies.map((copy) => copy.userid), parties: [], tags: [] } : { users: input.userids, parties: input.partyids.map(String), tags: input.tagids.map(String) }
    const found = findReceivers(core, all.users, all.parties, all.tags)
    code.used = true
    const names = new Set(found.people.map((person) => person.userid))
    for (const copy of copies.filter((each) => names.has(each.userid))) {
      if (input.button !== undefined) copy.replacedName = input.button.replace_name
      if (input.template_card === undefined) continue
      copy.body = { ...input.template_card }
      copy.taskId = input.template_card.task_id ?? copy.taskId
      copy.replacedName = input.template_card.replace_text ?? null
    }
    return found.invalidUsers.length > 0 ? { invaliduser: found.invalidUsers } : {}
  },
})

/** WeCom doc path/94867: within 24 h, by the same app. */
const recall = endpoint({
  method: 'POST', path: 'message/recall', input: z.object({ msgid: z.string(fails(40063, 40058)).min(1, '40063') }),
  handle: ({ msgid }, { core }) => {
    const copies = core.state.messages.filter((message) => message.msgid === msgid)
    const first = copies[0]
    if (first === undefined) throw new WecomFault(40058)
    if (core.now() - first.sentAt > dayMs) throw new WecomFault(42052)
    for (const copy of copies) copy.recalled = true
    return {}
  },
})

export const messageEndpoints = [send, update, recall]
