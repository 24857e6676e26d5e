import * as z from 'zod'
import { mediaLifeMs } from '../attachments.ts'
import { seconds } from '../core.ts'
import { endpoint, FileAnswer } from '../endpoint.ts'
import type { Call, Upload } from '../endpoint.ts'
import { WecomFault } from '../fault.ts'
import { randomText } from '../ids.ts'

const megabyte = 1024 * 1024
const rules: Readonly<Record<string, { readonly maxBytes: number, readonly matches: (bytes: Buffer) => boolean }>> = {
  image: { maxBytes: 10 * megabyte, matches: (bytes) => isJpeg(bytes) || isPng(bytes) },
  voice: { maxBytes: 2 * megabyte, matches: (bytes) => bytes.subarray(0, 5).toString('latin1') === '#!AMR' },
  video: { maxBytes: 10 * megabyte, matches: (bytes) => bytes.subarray(4, 8).toString('latin1') === 'ftyp' },
  file: { maxBytes: 20 * megabyte, matches: () => true },
}

function isJpeg(bytes: Buffer): boolean {
  return bytes[0] === 0xff && bytes[1] === 0xd8
}

function isPng(bytes: Buffer): boolean {
  return bytes.subarray(1, 4).toString('latin1') === 'PNG'
}

function requireUpload(call: Call): Upload {
  if (call.upload === null) throw new WecomFault(40063)
  if (call.upload.bytes.length <= 5) throw new WecomFault(40006)
  return call.upload
}

/** WeCom doc path/90253; `created_at` is a string here. */
const upload = endpoint({
  method: 'POST', path: 'media/upload', input: z.unknown(),
  handle: (_input, call) => {
    const type = call.query.get('type') ?? ''
    const rule = rules[type]
    if (rule === undefined) throw new WecomFault(40004)
    const file = requireUpload(call)
    if (file.bytes.length > rule.maxBytes) throw new WecomFault(45001)
    if (!rule.matches(file.bytes)) throw new WecomFault(40004)
    const createdAt = call.core.now()
    const mediaId = `3${randomText(63)}`
    call.core.state.media.set(mediaId, { mediaId, type, filename: file.filename, contentType: file.contentType, bytes: file.bytes, createdAt, origin: 'upload' })
    return { errmsg: '', type, media_id: mediaId, created_at: String(seconds(createdAt)) }
  },
})

/** WeCom doc path/90256: permanent, pictures up to 2 MB. */
const uploadImage = endpoint({
  method: 'POST', path: 'media/uploadimg', input: z.unknown(),
  handle: (_input, call) => {
    const file = requireUpload(call)
    if (file.bytes.length > 2 * megabyte) throw new WecomFault(45001)
    if (!isJpeg(file.bytes) && !isPng(file.bytes)) throw new WecomFault(40004)
    const mediaId = `img${randomText(40)}`
    call.core.state.media.set(mediaId, { mediaId, type: 'image', filename: file.filename, contentType: file.contentType, bytes: file.bytes, createdAt: call.core.now(), origin: 'attachment' })
    return { errmsg: '', url: `${call.core.origin()}/__simulator/img/${mediaId}` }
  },
})

/** WeCom doc path/90254: bytes, or JSON with 40007; honours one `Range`. */
const get = endpoint({
  method: 'GET', path: 'media/get', input: z.object({ media_id: z.string() }),
  handle: ({ media_id }, { core, headers }) => {
    const media = core.state.media.get(media_id)
    if (media === undefined || media.origin !== 'upload' || core.now() - media.createdAt > mediaLifeMs) throw new WecomFault(40007)
    const base = { 'content-type': media.contentType, 'content-disposition': `attachment; filename="${encodeURIComponent(media.filename)}"` }
    const range = /^bytes=(\d+)-(\d*)$/.exec(headers.range ?? '')
    if (range === null) return new FileAnswer(200, base, media.bytes)
    const from = Number(range[1])
    const to = range[2] === '' ? media.bytes.length - 1 : Math.min(Number(range[2]), media.bytes.length - 1)
    if (from > to) return new FileAnswer(416, { 'content-range': `bytes */${media.bytes.length}` }, Buffer.alloc(0))
    return new FileAnswer(206, { ...base, 'content-range': `bytes ${from}-${to}/${media.bytes.length}` }, media.bytes.subarray(from, to + 1))
  },
})

export const mediaEndpoints = [upload, uploadImage, get]
