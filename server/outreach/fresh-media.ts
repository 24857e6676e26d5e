import type { MediaIds } from '../templates/index.ts'
import type { MessageAttachment } from '../wecom/index.ts'

/**
 * The attachments of a call with ids that WeCom knows: those of files that were uploaded here live three days, and a task may be planned
 * further ahead. The task keeps the names of the files, so that each call asks anew.
 */
export async function withFreshMedia(media: MediaIds, attachments: readonly MessageAttachment[]): Promise<MessageAttachment[]> {
  const fresh: MessageAttachment[] = []
  for (const one of attachments) {
    if (one.type === 'miniprogram') fresh.push({ ...one, coverMediaId: await media.fresh(one.coverMediaId) })
    else if ('mediaId' in one) fresh.push({ ...one, mediaId: await media.fresh(one.mediaId) })
    else fresh.push(one)
  }
  return fresh
}
