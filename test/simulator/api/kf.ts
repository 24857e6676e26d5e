import * as z from 'zod'
import type { Core } from '../core.ts'
import { endpoint } from '../endpoint.ts'
import { WecomFault } from '../fault.ts'
import { randomText } from '../ids.ts'
import { kfSay, kfState } from '../kf.ts'
import type { KfAccountRecord } from '../records.ts'
import { bytes, fails, limit } from '../schema.ts'

const tokenLifeMs = 600_000
const keptMs = 3 * 86_400_000
const replyWindowMs = 48 * 3_600_000
const repliesPerWindow = 5
const codeLifeMs = 20_000
const openKfId = z.string(fails(95000, 95000)).min(1, '95000')
const ownMsgid = z.string().regex(/^[0-9a-zA-Z_-]{1,32}$/, '40058').optional()
const text = z.object({ content: bytes(2048).min(1, '40063') })
const menu = z.looseObject({ head_content: z.string().optional(), list: z.array(z.looseObject({ type: z.string() })).optional(), tail_content: z.string().optional() })

function requireAccount(core: Core, id: string): KfAccountRecord {
  const account = core.state.kf.get(id)
  if (account === undefined) throw new WecomFault(95000)
  return account
}

const untokened = new WeakMap<Core, number[]>()

/** Without the token of an event the calls are few (WeCom doc path/94670). */
function checkToken(core: Core, account: KfAccountRecord, token: string): void {
  const now = core.now()
  if (token === '') {
    const recent = (untokened.get(core) ?? []).filter((at) => now - at < 60_000)
    untokened.set(core, [...recent, now])
    if (recent.length >= (core.options.strict?.kfSyncWithoutTokenPerMinute ?? 10)) throw new WecomFault(45009)
    return
  }
  const known = core.state.kfTokens.get(token)
  if (known === undefined || known.openKfId !== account.openKfId || now - known.issuedAt > tokenLifeMs) throw new WecomFault(95007)
}

const sync = endpoint({
  method: 'POST', path: 'kf/sync_msg',
  input: z.object({ cursor: bytes(64).default(''), token: bytes(128).default(''), limit: limit(1000, 1000), voice_format: z.literal([0, 1]).optional(), open_kfid: openKfId }),
  handle: (input, { core }) => {
    const account = requireAccount(core, input.open_kfid)
    checkToken(core, account, input.token)
    const from = input.cursor === '' ? 0 : seqOf(input.cursor)
    const fresh = account.log.filter((entry) => entry.seq > from && core.now() - entry.at <= keptMs)
    const part = fresh.slice(0, input.limit)
    const last = part.at(-1)?.seq ?? from
    return { next_cursor: `kf${last}`, has_more: fresh.length > part.length ? 1 : 0, msg_list: part.map((entry) => entry.message) }
  },
})

function seqOf(cursor: string): number {
  const match = /^kf(\d+)$/.exec(cursor)
  if (match === null) throw new WecomFault(40058)
  return Number(match[1])
}

const body = z.discriminatedUnion('msgtype', [
  z.object({ msgtype: z.literal('text'), text }),
  z.object({ msgtype: z.literal('msgmenu'), msgmenu: menu }),
  z.object({ msgtype: z.literal('image'), image: z.object({ media_id: z.string() }) }),
  z.object({ msgtype: z.literal('file'), file: z.object({ media_id: z.string() }) }),
  z.object({ msgtype: z.literal('link'), link: z.looseObject({ title: z.string(), url: z.string() }) }),
  z.object({ msgtype: z.literal('miniprogram'), miniprogram: z.looseObject({ appid: z.string() }) }),
], fails(40008, 40008))

function label(message: z.output<typeof body>): string {
  return message.msgtype === 'text' ? message.text.content : `[${message.msgtype}]`
}

/** WeCom doc path/94677: at most five within 48 h of the customer's last message, and only while no member serves. */
const send = endpoint({
  method: 'POST', path: 'kf/send_msg', input: z.intersection(z.object({ touser: z.string(fails(40063, 40096)), open_kfid: openKfId, msgid: ownMsgid }), body),
  handle: (input, { core }) => {
    const session = requireAccount(core, input.open_kfid).sessions.get(input.touser)
    if (session === undefined) throw new WecomFault(core.state.customers.has(input.touser) ? 95002 : 40096)
    if (core.now() - session.lastCustomerAt > replyWindowMs) throw new WecomFault(95002)
    if (session.state !== kfState.fresh && session.state !== kfState.bot) throw new WecomFault(95018)
    if (session.sentSince >= repliesPerWindow) throw new WecomFault(95001)
    session.sentSince += 1
    kfSay(core, session, 'staff', label(input))
    return { msgid: input.msgid ?? `kfout${randomText(24)}` }
  },
})

/** Welcome and end codes: 20 s and once. */
const sendOnEvent = endpoint({
  method: 'POST', path: 'kf/send_msg_on_event',
  input: z.intersection(z.object({ code: z.string(fails(40063, 41050)), msgid: ownMsgid }), z.discriminatedUnion('msgtype', [
    z.object({ msgtype: z.literal('text'), text }), z.object({ msgtype: z.literal('msgmenu'), msgmenu: menu }),
  ], fails(40008, 40008))),
  handle: (input, { core }) => {
    const code = core.state.kfCodes.get(input.code)
    if (code === undefined || code.used || core.now() - code.issuedAt > codeLifeMs) throw new WecomFault(41050)
    code.used = true
    const session = requireAccount(core, code.openKfId).sessions.get(code.externalUserId)
    if (session !== undefined) kfSay(core, session, 'staff', input.msgtype === 'text' ? input.text.content : '[menu]')
    return { msgid: input.msgid ?? `kfout${randomText(24)}` }
  },
})

export const kfEndpoints = [sync, send, sendOnEvent]
