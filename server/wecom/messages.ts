import { z } from 'zod'
import { Invariant } from '../errors.ts'
import type { Caller } from './call.ts'
import type { TemplateCard } from './cards.ts'
import { idList, snakeKeys, text, textOrNull } from './wire.ts'

export type Receivers =
  | { readonly everyone: true }
  | { readonly userids?: readonly string[], readonly departmentIds?: readonly number[], readonly tagIds?: readonly number[] }

export type AppMessage =
  | { readonly type: 'text', readonly content: string }
  | { readonly type: 'markdown', readonly content: string }
  | { readonly type: 'text-card', readonly title: string, readonly description: string, readonly url: string, readonly buttonText?: string }
  | { readonly type: 'template-card', readonly card: TemplateCard }

export interface SendRequest {
  readonly to: Receivers
  readonly message: AppMessage
  /**
   * Within this time WeCom drops a request that equals this one, so that a repeat after a crash reaches nobody twice.
   * 30 minutes by default, at most 4 hours. Two messages that shall both arrive must differ.
   */
  readonly repeatWindowMs?: number
}

/** WeCom delivers to the rest when some receivers are invalid; if all are, the call fails with 81013. */
export interface SendResult {
  readonly messageId: string
  /** Lower case. */
  readonly invalidUsers: readonly string[]
  readonly invalidDepartments: readonly string[]
  readonly invalidTags: readonly string[]
  readonly unlicensedUsers: readonly string[]
  /** For cards with buttons: updates this card once, within 72 hours. */
  readonly responseCode: string | null
}

export type CardUpdate =
  | { readonly responseCode: string, readonly to: Receivers, readonly button: { readonly replaceName: string } }
  | { readonly responseCode: string, readonly to: Receivers, readonly card: TemplateCard }

const mostUsers = 1_000
const mostGroups = 100
const mostTextBytes = 2_048
const longestRepeatWindowMs = 4 * 60 * 60_000

const sentWire = z.object({
  msgid: text, invaliduser: idList, invalidparty: idList, invalidtag: idList, unlicenseduser: idList, response_code: textOrNull,
})
const updatedWire = z.object({ invaliduser: idList })

const lower = (ids: readonly string[]): readonly string[] => ids.map((id) => id.toLowerCase())

function checkedReceivers(to: Exclude<Receivers, { everyone: true }>) {
  const { userids = [], departmentIds = [], tagIds = [] } = to
  if (userids.length + departmentIds.length + tagIds.length === 0) throw new Invariant('a message needs a receiver')
  if (userids.length > mostUsers) throw new Invariant('a message takes at most 1000 userids')
  if (departmentIds.length > mostGroups || tagIds.length > mostGroups) throw new Invariant('a message takes at most 100 departments and 100 tags')
  // a pipe would split one id into two receivers, and "@all" would reach the whole company
  if (userids.some((id) => id.includes('|') || id.startsWith('@'))) throw new Invariant('not a userid')
  return { userids, departmentIds, tagIds }
}

function receiversBody(to: Receivers): Readonly<Record<string, string>> {
  if ('everyone' in to) return { touser: '@all' }
  const { userids, departmentIds, tagIds } = checkedReceivers(to)
  return {
    ...(userids.length === 0 ? {} : { touser: userids.join('|') }),
    ...(departmentIds.length === 0 ? {} : { toparty: departmentIds.join('|') }),
    ...(tagIds.length === 0 ? {} : { totag: tagIds.join('|') }),
  }
}

/** WeCom silently cuts what is longer; half a message is refused here instead. */
function checkedContent(content: string): string {
  if (Buffer.byteLength(content) > mostTextBytes) throw new Invariant('a text message takes at most 2048 bytes')
  return content
}

function messageBody(message: AppMessage): Readonly<Record<string, unknown>> {
  switch (message.type) {
    case 'text': return { msgtype: 'text', text: { content: checkedContent(message.content) } }
    case 'markdown': return { msgtype: 'markdown', markdown: { content: checkedContent(message.content) } }
    case 'text-card': return {
      msgtype: 'textcard',
      textcard: { title: message.title, description: message.description, url: message.url, btntxt: message.buttonText },
    }
    case 'template-card': return { msgtype: 'template_card', template_card: snakeKeys(message.card) }
  }
}

/** Messages of the app to staff (WeCom doc path/90236, 94888). At most 30 a minute per person: more are dropped without an error. */
export function messageCalls(call: Caller, agentId: number) {
  return {
    async sendMessage(request: SendRequest): Promise<SendResult> {
      const windowMs = Math.min(request.repeatWindowMs ?? 30 * 60_000, longestRepeatWindowMs)
      const wire = await call({
        endpoint: 'message/send', write: 'message.send', answer: sentWire,
        body: {
          ...receiversBody(request.to), agentid: agentId, ...messageBody(request.message),
          enable_duplicate_check: 1, duplicate_check_interval: Math.max(1, Math.ceil(windowMs / 1000)),
        },
      })
      return {
        messageId: wire.msgid,
        invalidUsers: lower(wire.invaliduser),
        invalidDepartments: wire.invalidparty,
        invalidTags: wire.invalidtag,
        unlicensedUsers: lower(wire.unlicenseduser),
        responseCode: wire.response_code,
      }
    },

    /** Changes a sent card. The code works once within 72 hours (then 60140, gone); every tap brings a new one. */
    async updateTemplateCard(update: CardUpdate): Promise<{ readonly invalidUsers: readonly string[] }> {
      const receivers = 'everyone' in update.to
        ? { atall: 1 }
        : { userids: update.to.userids, partyids: update.to.departmentIds, tagids: update.to.tagIds }
      const wire = await call({
        endpoint: 'message/update_template_card', write: 'card.update', answer: updatedWire,
        body: {
          ...receivers, agentid: agentId, response_code: update.responseCode,
          ...('button' in update ? { button: { replace_name: update.button.replaceName } } : { template_card: snakeKeys(update.card) }),
        },
      })
      return { invalidUsers: lower(wire.invaliduser) }
    },
  }
}
