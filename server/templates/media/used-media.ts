import { In, type EntityManager } from 'typeorm'
import type { TemplateAttachment } from '#shared/contracts/templates'
import { storedMediaId, type MediaKind } from '#shared/media-words'
import { templateMedia, type TemplateMediaRow } from './media.entity.ts'

interface NamedMedia {
  readonly place: number
  readonly id: string
  /** What the attachment needs. */
  readonly kind: MediaKind
}

/** The files of ours that attachments name. */
export function mediaOf(attachments: readonly TemplateAttachment[]): NamedMedia[] {
  return attachments.flatMap((one, place) => {
    const mediaId = one.type === 'link' ? null : one.type === 'miniprogram' ? one.picMediaId : one.mediaId
    const id = mediaId === null ? null : storedMediaId(mediaId)
    return id === null ? [] : [{ place, id, kind: one.type === 'file' || one.type === 'video' ? one.type : 'image' as const }]
  })
}

export async function readMedia(db: EntityManager, ids: readonly string[]): Promise<Map<string, TemplateMediaRow>> {
  const rows = ids.length === 0 ? [] : await db.getRepository(templateMedia).findBy({ id: In([...ids]), state: 'ready' })
  return new Map(rows.map((row) => [row.id, row]))
}

/** Which attachments name a file that this person did not upload and that the template does not name already. */
export async function foreignMedia(db: EntityManager, staffId: string, attachments: readonly TemplateAttachment[], before: readonly TemplateAttachment[]): Promise<string[]> {
  const known = new Set(mediaOf(before).map((one) => one.id))
  const named = mediaOf(attachments).filter((one) => !known.has(one.id))
  const found = await readMedia(db, named.map((one) => one.id))
  return named.filter(({ id }) => found.get(id)?.creatorStaffId !== staffId).map(({ place, kind }) => `${place + 1}: ${kind}`)
}

/** Which attachments name a file that is not there, is not whole yet, or is of another kind: `2: file`. */
export async function missingMedia(db: EntityManager, attachments: readonly TemplateAttachment[]): Promise<string[]> {
  const named = mediaOf(attachments)
  const found = await readMedia(db, named.map((one) => one.id))
  return named.filter(({ id, kind }) => found.get(id)?.kind !== kind).map(({ place, kind }) => `${place + 1}: ${kind}`)
}
