import * as z from 'zod'
import type { Core } from './core.ts'
import { WecomFault } from './fault.ts'
import { bytes } from './schema.ts'

const mediaId = z.string().min(1, '40063')
const picUrl = z.string().regex(/^https?:\/\//, '40058')
const parts = {
  image: z.object({ media_id: z.string().optional(), pic_url: picUrl.optional() }).refine((image) => image.media_id !== undefined || image.pic_url !== undefined, '40063'),
  link: z.object({ title: bytes(128).min(1, '40063'), picurl: z.string().optional(), desc: bytes(512).optional(), url: z.string().regex(/^https?:\/\//, '40058') }),
  miniprogram: z.object({ title: bytes(64), pic_media_id: mediaId, appid: z.string().min(1, '40063'), page: z.string().min(1, '40063') }),
  video: z.object({ media_id: mediaId }),
  file: z.object({ media_id: mediaId }),
}

/** Attachments of welcome messages and broadcasts (WeCom doc path/92137): the body's key equals `msgtype`. */
const attachment = z.discriminatedUnion('msgtype', [
  z.object({ msgtype: z.literal('image'), image: parts.image }),
  z.object({ msgtype: z.literal('link'), link: parts.link }),
  z.object({ msgtype: z.literal('miniprogram'), miniprogram: parts.miniprogram }),
  z.object({ msgtype: z.literal('video'), video: parts.video }),
  z.object({ msgtype: z.literal('file'), file: parts.file }),
], { error: (issue) => (issue.code === 'invalid_union' ? '41065' : '40058') })

export const attachments = z.array(attachment).max(9, '41064').default([])
export type Attachments = z.output<typeof attachments>

export const messageText = z.object({ content: bytes(4000) }).optional()

/** Media ids must come from media/upload and be less than three days old; picture addresses from media/uploadimg. */
export function checkAttachments(core: Core, list: Attachments): void {
  for (const each of list) {
    if (each.msgtype === 'image' && each.image.media_id === undefined && !(each.image.pic_url ?? '').startsWith(`${core.origin()}/__simulator/img/`)) throw new WecomFault(40007)
    const id = mediaIdOf(each)
    if (id !== undefined) requireMedia(core, id, 'upload')
  }
}

function mediaIdOf(each: Attachments[number]): string | undefined {
  if (each.msgtype === 'image') return each.image.media_id
  if (each.msgtype === 'miniprogram') return each.miniprogram.pic_media_id
  if (each.msgtype === 'video') return each.video.media_id
  if (each.msgtype === 'file') return each.file.media_id
  return undefined
}

/** What a chat window shows for an attachment. */
export function attachmentLabel(each: Attachments[number]): string {
  if (each.msgtype === 'link') return `[链接] ${each.link.title}`
  if (each.msgtype === 'miniprogram') return `[小程序] ${each.miniprogram.title}`
  return { image: '[图片]', video: '[视频]', file: '[文件]' }[each.msgtype]
}

export const mediaLifeMs = 3 * 86_400_000

/** A live media id of the right origin, or 40007. */
export function requireMedia(core: Core, id: string, origin: 'upload' | 'attachment') {
  const media = core.state.media.get(id)
  if (media === undefined || media.origin !== origin || core.now() - media.createdAt > mediaLifeMs) throw new WecomFault(40007)
  return media
}
