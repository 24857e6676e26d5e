import type { TemplateAttachment } from '#shared/contracts/templates'
import type { ChatMessage } from '../wecom/bridge.ts'

/** What is put into the chat: the text, then each attachment as a message of its own. The server lets only those through that a chat takes. */
export function messagesOf(text: string, attachments: readonly TemplateAttachment[]): ChatMessage[] {
  return [
    ...(text.trim() === '' ? [] : [{ msgtype: 'text', text: { content: text } } as const]),
    ...attachments.flatMap((one): ChatMessage[] => {
      switch (one.type) {
        case 'link': return [{ msgtype: 'news', news: { link: one.url, title: one.title, desc: one.desc, imgUrl: one.picUrl ?? '' } }]
        case 'image': return one.mediaId === null ? [] : [{ msgtype: 'image', image: { mediaid: one.mediaId } }]
        case 'video': return [{ msgtype: 'video', video: { mediaid: one.mediaId } }]
        case 'file': return [{ msgtype: 'file', file: { mediaid: one.mediaId } }]
        case 'miniprogram': return []
      }
    }),
  ]
}
