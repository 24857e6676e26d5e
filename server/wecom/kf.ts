import { z } from 'zod'
import type { Caller } from './call.ts'
import { syncWire, type KfMessage } from './kf-messages.ts'
import { text } from './wire.ts'

export type KfOutgoing =
  | { readonly type: 'text', readonly text: string }
  | { readonly type: 'image' | 'file', readonly mediaId: string }
  | { readonly type: 'link', readonly title: string, readonly description: string, readonly url: string, readonly coverMediaId: string }

export interface KfSend {
  readonly openKfId: string
  readonly externalUserId: string
  /** Our own id of the message, at most 32 of `[0-9a-zA-Z_-]`. */
  readonly messageId?: string
  readonly content: KfOutgoing
}

function contentBody(content: KfOutgoing): Readonly<Record<string, unknown>> {
  switch (content.type) {
    case 'text': return { msgtype: 'text', text: { content: content.text } }
    case 'image': return { msgtype: 'image', image: { media_id: content.mediaId } }
    case 'file': return { msgtype: 'file', file: { media_id: content.mediaId } }
    case 'link': return {
      msgtype: 'link',
      link: { title: content.title, desc: content.description, url: content.url, thumb_media_id: content.coverMediaId },
    }
  }
}

const sentWire = z.object({ msgid: text })

/** WeChat customer service 微信客服 (WeCom doc path/94670, 94677, 95122). */
export function kfCalls(call: Caller) {
  return {
    /**
     * The messages after a cursor, oldest first; `token` comes from the event and lifts the strict rate limit for 10 minutes.
     * Go on while `hasMore`, also when the page is empty, and keep `nextCursor` per account. WeCom keeps three days.
     */
    async syncKfMessages(openKfId: string, cursor: string, token?: string): Promise<{ readonly messages: readonly KfMessage[], readonly nextCursor: string, readonly hasMore: boolean }> {
      const wire = await call({
        endpoint: 'kf/sync_msg', answer: syncWire,
        body: {
          open_kfid: openKfId, limit: 1000, voice_format: 0,
          ...(cursor === '' ? {} : { cursor }),
          ...(token === undefined || token === '' ? {} : { token }),
        },
      })
      return { messages: wire.msg_list, nextCursor: wire.next_cursor === '' ? cursor : wire.next_cursor, hasMore: wire.has_more === 1 }
    },

    /** At most 5 messages within 48 hours of the customer's last one (95001, 95002). Not safe to repeat. */
    async sendKfMessage(message: KfSend): Promise<{ readonly messageId: string }> {
      const wire = await call({
        endpoint: 'kf/send_msg', write: 'kf.send', answer: sentWire,
        body: { touser: message.externalUserId, open_kfid: message.openKfId, msgid: message.messageId, ...contentBody(message.content) },
      })
      return { messageId: wire.msgid }
    },

    /** Answers an event by its code: welcome and end of session within 20 seconds, once. */
    async sendKfOnEvent(message: { readonly code: string, readonly text: string, readonly messageId?: string }): Promise<{ readonly messageId: string }> {
      const wire = await call({
        endpoint: 'kf/send_msg_on_event', write: 'kf.sendOnEvent', answer: sentWire,
        body: { code: message.code, msgid: message.messageId, msgtype: 'text', text: { content: message.text } },
      })
      return { messageId: wire.msgid }
    },
  }
}
