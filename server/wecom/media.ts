import { z } from 'zod'
import { Invariant } from '../errors.ts'
import type { Caller } from './call.ts'
import { instant } from './wire.ts'

export interface Upload {
  readonly type: 'image' | 'voice' | 'video' | 'file'
  readonly fileName: string
  readonly contentType: string
  readonly bytes: Uint8Array<ArrayBuffer>
}

const mostBytes: Readonly<Record<Upload['type'], number>> = {
  image: 10 * 1024 * 1024, voice: 2 * 1024 * 1024, video: 10 * 1024 * 1024, file: 20 * 1024 * 1024,
}

/** The media id lives three days. */
export const mediaLifetimeMs = 3 * 24 * 60 * 60_000

const uploadedWire = z.object({ media_id: z.string().min(1), created_at: instant })

/** Temporary media (WeCom doc path/90253); not interchangeable with the ids of moments and product album. */
export function mediaCalls(call: Caller, timeoutMs: number) {
  return {
    /** 6 bytes up to 10 MB (image, video), 2 MB (voice, AMR only) or 20 MB (file). */
    async uploadMedia(file: Upload): Promise<{ readonly mediaId: string, readonly expiresAt: number }> {
      if (file.bytes.length <= 5 || file.bytes.length > mostBytes[file.type]) throw new Invariant('the media file is too small or too large')
      const form = new FormData()
      form.append('media', new Blob([file.bytes], { type: file.contentType }), file.fileName)
      const wire = await call({
        endpoint: 'media/upload', write: 'media.upload', query: { type: file.type }, form, answer: uploadedWire, timeoutMs,
      })
      return { mediaId: wire.media_id, expiresAt: wire.created_at + mediaLifetimeMs }
    },
  }
}
