import { z } from 'zod'
import { mediaKinds } from '../media-words.ts'
import { contract, needsOperation } from './contract.ts'
import { Instant } from './ids.ts'

/** Pictures, videos and files of templates (docs/templates.md, "Media"). */

const edit = needsOperation('marketing.templates.edit')
const view = needsOperation('marketing.templates.view')

const Id = z.string().min(1).max(36)
const Place = z.coerce.number().int().min(0).max(1_000)

export const TemplateMedia = z.object({ id: z.string(), kind: z.enum(mediaKinds), name: z.string(), bytes: z.number().int(), contentType: z.string(), uploadedAt: Instant }).strict()
export type TemplateMedia = z.infer<typeof TemplateMedia>

export const beginMedia = contract({
  method: 'POST',
  path: '/api/template-media',
  summary: 'Begins an upload: kind, name and size of the file. Its parts follow; what is not finished within a day is forgotten.',
  needs: edit,
  body: z.object({ kind: z.enum(mediaKinds), name: z.string().trim().min(1).max(120), bytes: z.number().int().min(0).max(1_000_000_000) }).strict(),
  returns: z.object({ id: z.string(), parts: z.number().int(), partBytes: z.number().int() }).strict(),
  fails: ['access.denied', 'media.too_large', 'media.too_small', 'media.too_many', 'media.name_blocked', 'request.invalid'],
})

export const putMediaPart = contract({
  method: 'PUT',
  path: '/api/template-media/:id/parts/:place',
  summary: 'One part of an own upload, in Base64; the same part again replaces it.',
  needs: edit,
  params: z.object({ id: Id, place: Place }).strict(),
  body: z.object({ content: z.base64().max(200_000) }).strict(),
  returns: z.object({ place: z.number().int() }).strict(),
  fails: ['media.not_found', 'media.part_size', 'request.invalid'],
})

export const finishMedia = contract({
  method: 'POST',
  path: '/api/template-media/:id/finish',
  summary: 'Looks at the bytes of a whole upload: from now on templates can name it, and it never changes.',
  needs: edit,
  params: z.object({ id: Id }).strict(),
  returns: TemplateMedia,
  fails: ['media.not_found', 'media.incomplete', 'media.wrong_type', 'request.invalid'],
})

export const listTemplateMedia = contract({
  method: 'GET',
  path: '/api/templates/:id/media',
  summary: 'The files that a template names.',
  needs: view,
  params: z.object({ id: Id }).strict(),
  returns: z.object({ items: z.array(TemplateMedia) }).strict(),
  fails: ['template.not_found'],
})

export const readMediaPart = contract({
  method: 'GET',
  path: '/api/templates/:id/media/:mediaId/parts/:place',
  summary: 'One part of a file that a template names, in Base64.',
  needs: view,
  params: z.object({ id: Id, mediaId: Id, place: Place }).strict(),
  returns: z.object({ content: z.string(), more: z.boolean() }).strict(),
  fails: ['template.not_found', 'media.not_found', 'request.invalid'],
})

export const templateMediaContracts = [beginMedia, putMediaPart, finishMedia, listTemplateMedia, readMediaPart] as const
