import { beginMedia as beginContract, finishMedia as finishContract, listTemplateMedia, putMediaPart, readMediaPart, type TemplateMedia } from '#shared/contracts/template-media'
import { mediaPartBytes } from '#shared/media-words'
import type { ActorAccess } from '../../access/index.ts'
import { ProjectError } from '../../errors.ts'
import { route, type Route } from '../../http/route.ts'
import type { TemplateVersionRow } from '../template.entity.ts'
import type { TemplateOptions } from '../template-options.ts'
import type { TemplateMediaRow } from './media.entity.ts'
import { beginMedia, finishMedia, putPart, readPart } from './upload-media.ts'
import { mediaOf, readMedia } from './used-media.ts'

export interface MediaRoutes extends TemplateOptions {
  /** The versions of a template that this person may read. Throws `template.not_found`. */
  readonly readable: (actor: ActorAccess, templateId: string) => Promise<readonly TemplateVersionRow[]>
}

/** Files come in from whoever writes templates, and are shown to whoever may read a template that names them. */
export function mediaRoutes(options: MediaRoutes): Route[] {
  const { database: { db }, readable } = options
  const ofTemplate = async (actor: ActorAccess, templateId: string) =>
    readMedia(db, [...new Set((await readable(actor, templateId)).flatMap((version) => mediaOf(version.attachments).map((one) => one.id)))])
  return [
    route(beginContract, async ({ body }, { actor }) => ({ ...await beginMedia(options, actor.staffId, body), partBytes: mediaPartBytes })),
    route(putMediaPart, async ({ params, body }, { actor }) => {
      await putPart(options, actor.staffId, { ...params, content: body.content })
      return { place: params.place }
    }),
    route(finishContract, async ({ params }, { actor, requestId }) => shown(await finishMedia(options, actor.staffId, params.id, requestId))),
    route(listTemplateMedia, async ({ params }, { actor }) => ({ items: [...(await ofTemplate(actor, params.id)).values()].map(shown) })),
    route(readMediaPart, async ({ params }, { actor }) => {
      const row = (await ofTemplate(actor, params.id)).get(params.mediaId)
      if (row === undefined) throw new ProjectError('media.not_found', 404)
      return readPart(db, row, params.place)
    }),
  ]
}

const shown = ({ id, kind, name, bytes, contentType, readyAt }: TemplateMediaRow): TemplateMedia => ({ id, kind, name, bytes, contentType: contentType ?? '', uploadedAt: readyAt ?? 0 })
