import * as z from 'zod'
import { newCard } from '../card-schema.ts'
import { bytes, chars, fails } from '../schema.ts'

const media = z.object({ media_id: z.string(fails(40063, 40007)).min(1, '40063') })
const webUrl = bytes(2048).regex(/^[a-z][a-z0-9+.-]*:\/\//i, '40058')
const receivers = {
  touser: z.string().optional(), toparty: z.string().optional(), totag: z.string().optional(),
  agentid: z.number(fails(40063, 40056)).int('40056'), safe: z.literal([0, 1, 2]).optional(), enable_id_trans: z.literal([0, 1]).optional(),
  enable_duplicate_check: z.literal([0, 1]).optional(), duplicate_check_interval: z.number().int().min(1).max(14_400).optional(),
}
const article = z.object({ title: bytes(128).min(1, '40063'), description: bytes(512).optional(), url: bytes(2048).optional(), picurl: z.string().optional(), appid: z.string().optional(), pagepath: z.string().optional() })
  .refine((each) => each.url !== undefined || (each.appid !== undefined && each.pagepath !== undefined), '40063')
const mpArticle = z.object({
  title: bytes(128).min(1, '40063'), thumb_media_id: z.string(), author: bytes(64).optional(), content_source_url: z.string().optional(), content: bytes(666 * 1024, 45002), digest: bytes(512).optional(),
})
const chinese4to12 = z.string().refine((text) => [...text].length >= 4 && [...text].length <= 12, '40058')

/** `message/send` by msgtype (WeCom doc path/90236). */
export const messageInput = z.discriminatedUnion('msgtype', [
  z.object({ ...receivers, msgtype: z.literal('text'), text: z.object({ content: z.string().min(1, '40063') }) }),
  z.object({ ...receivers, msgtype: z.literal('image'), image: media }),
  z.object({ ...receivers, msgtype: z.literal('voice'), voice: media }),
  z.object({ ...receivers, msgtype: z.literal('file'), file: media }),
  z.object({ ...receivers, msgtype: z.literal('video'), video: media.extend({ title: bytes(128).optional(), description: bytes(512).optional() }) }),
  z.object({
    ...receivers, msgtype: z.literal('textcard'),
    textcard: z.object({ title: chars(128).min(1, '40063'), description: chars(512).min(1, '40063'), url: webUrl, btntxt: chars(4).optional() }),
  }),
  z.object({ ...receivers, msgtype: z.literal('news'), news: z.object({ articles: z.array(article).min(1, '40063').max(8) }) }),
  z.object({ ...receivers, msgtype: z.literal('mpnews'), mpnews: z.object({ articles: z.array(mpArticle).min(1, '40063').max(8) }) }),
  z.object({ ...receivers, msgtype: z.literal('markdown'), markdown: z.object({ content: bytes(2048, 45002).min(1, '40063') }) }),
  z.object({
    ...receivers, agentid: z.number().int().optional(), msgtype: z.literal('miniprogram_notice'),
    miniprogram_notice: z.object({
      appid: z.string().min(1, '40063'), page: bytes(1024).optional(), title: chinese4to12, description: chinese4to12.optional(), emphasis_first_item: z.boolean().optional(),
      content_item: z.array(z.object({ key: chars(10), value: chars(30) })).max(10).optional(),
    }),
  }),
  z.object({ ...receivers, msgtype: z.literal('template_card'), template_card: newCard }),
], fails(40008, 40008))

export type MessageInput = z.output<typeof messageInput>
