import { v7 as uuid } from 'uuid'
import { z } from 'zod'
import type { Audit } from '../audit/index.ts'
import type { Database, UnitOfWork } from '../database/database.ts'
import { addOutbox, type InboxHandler, type OutboxHandler } from '../jobs/index.ts'
import type { Sealer } from '../sealing.ts'
import type { KfContent, KfMessage, WecomClient, WecomEvent } from '../wecom/index.ts'
import { kfCursors, staffMessages } from './message.entity.ts'
import { readKf, type KfBatch } from './read-kf.ts'
import { storeMessage } from './store-messages.ts'

export interface ConversationWorkers {
  readonly database: Database
  readonly sealer: Sealer
  readonly audit: Audit
  readonly wecom: Pick<WecomClient, 'syncKfMessages' | 'sendMessage'>
  readonly clock: () => number
}

/** Another process moved the cursor meanwhile: read again from there. */
class CursorMoved extends Error {
  readonly retryAfterMs = 200
}

/** Customer service messages (WeCom doc path/94670) and what staff write to the app. */
export function conversationHandlers(options: ConversationWorkers): [string, InboxHandler<WecomEvent>][] {
  const kf: InboxHandler<WecomEvent, KfBatch | null> = {
    prepare: async ({ content }) => (content.kind === 'kf.messages' ? readKf(options.wecom, options.database.db, content.openKfId, content.token ?? '') : null),
    apply: async (work, { content }, batch) => {
      if (content.kind === 'kf.messages' && batch !== null) await storeBatch(options, work, content.openKfId, batch)
    },
  }
  const toApp: InboxHandler<WecomEvent, null> = {
    prepare: async () => null,
    apply: async (work, event) => {
      if (event.content.kind === 'staff.message') await storeStaffMessage(options, work, event.content, event.receivedAt)
    },
  }
  return [['kf.messages', kf], ['staff.message', toApp]]
}

const Backlog = z.object({ openKfId: z.string() })
const Help = z.object({ userid: z.string() })

export function conversationEffects(options: ConversationWorkers): [string, OutboxHandler][] {
  return [
    ['kf.read-on', {
      repeat: 'safe',
      run: async (payload) => {
        const { openKfId } = Backlog.parse(payload)
        const batch = await readKf(options.wecom, options.database.db, openKfId, '')
        return (work) => storeBatch(options, work, openKfId, batch)
      },
    }],
    // WeCom drops a second equal message within half an hour, so a repeat after a crash reaches nobody twice.
    ['app.help', { repeat: 'safe', run: async (payload) => void await options.wecom.sendMessage({ to: { userids: [Help.parse(payload).userid] }, message: { type: 'text', content: helpText } }) }],
  ]
}

const helpText = '您好，这里是客户助手。请在与客户的聊天侧边栏中打开「客户资料」查看您有权限的内容。需要更多权限，请联系您的主管。'

async function storeBatch(options: ConversationWorkers, work: UnitOfWork, openKfId: string, batch: KfBatch): Promise<void> {
  const now = options.clock()
  for (const message of batch.messages) {
    if (message.externalUserId === null) continue
    await storeMessage(work, options, {
      channel: 'kf', messageId: message.messageId, externalUserId: message.externalUserId, direction: directionOf(message), userid: message.userid,
      account: message.openKfId ?? openKfId, sentAt: message.sentAt, kind: message.content.type, text: textOf(message.content),
    }, now)
  }
  await moveCursor(work, openKfId, batch, now)
  if (batch.more) await addOutbox(work, { kind: 'kf.read-on', orderKey: `kf:${openKfId}`, payload: { openKfId } })
}

async function moveCursor(work: UnitOfWork, openKfId: string, batch: KfBatch, now: number): Promise<void> {
  if (batch.next === batch.from) return
  const table = work.db.getRepository(kfCursors)
  if (batch.from === '') {
    await table.insert({ openKfId, cursor: batch.next, updatedAt: now })
    return
  }
  const moved = await table.update({ openKfId, cursor: batch.from }, { cursor: batch.next, updatedAt: now })
  if (moved.affected !== 1) throw new CursorMoved('the cursor of customer service moved')
}

function directionOf(message: KfMessage): 'in' | 'out' | 'event' {
  if (message.content.type === 'event') return 'event'
  return message.origin === 'customer' ? 'in' : 'out'
}

/** What a person reads of a message; media say their kind. */
function textOf(content: KfContent): string {
  switch (content.type) {
    case 'text': return content.text
    case 'image': return '[图片]'
    case 'voice': return '[语音]'
    case 'video': return '[视频]'
    case 'file': return '[文件]'
    case 'location': return `[位置] ${content.name}`
    case 'link': return `[链接] ${content.title}`
    case 'business-card': return '[名片]'
    case 'miniprogram': return `[小程序] ${content.title}`
    case 'event': return eventText(content.event.name)
    case 'other': return '[消息]'
  }
}

const eventTexts: Readonly<Record<string, string>> = {
  'session-entered': '进入会话', 'send-failed': '消息发送失败', 'session-changed': '会话状态变更', 'recalled': '撤回了一条消息',
}
const eventText = (name: string) => `[${eventTexts[name] ?? '事件'}]`

type StaffMessageEvent = Extract<WecomEvent, { kind: 'staff.message' }>

async function storeStaffMessage(options: ConversationWorkers, work: UnitOfWork, event: StaffMessageEvent, receivedAt: number): Promise<void> {
  const table = work.db.getRepository(staffMessages)
  const messageKey = `app:${event.messageId}`
  if (await table.existsBy({ messageKey })) return
  await table.insert({
    id: uuid(), messageKey, userid: event.userid, receivedAt, kind: event.content.type,
    contentSealed: options.sealer.seal(event.content.type === 'text' ? event.content.text : '', 'staff-message.content'),
  })
  await addOutbox(work, { kind: 'app.help', payload: { userid: event.userid }, uniqueKey: `app.help:${event.userid}` })
}
