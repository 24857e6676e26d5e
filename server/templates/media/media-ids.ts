import type { Database } from '../../database/database.ts'
import { storedMediaId } from '#shared/media-words'
import type { WecomClient } from '../../wecom/index.ts'
import { templateMedia, type TemplateMediaRow } from './media.entity.ts'
import { readPieces } from './upload-media.ts'

/** A file that an attachment names is not there. */
export class MediaMissing extends Error {}

export interface MediaIds {
  /** A media id of WeCom that lives long enough to be confirmed. Uploads again where needed. Throws MediaMissing and what WeCom answers. */
  fresh(mediaId: string): Promise<string>
}

/** An id lives three days and staff confirm within three days: one that is older than half a day is not used for a new message. */
const leastLeftMs = 60 * 3_600_000

/**
 * Ids of WeCom for files that were uploaded here. What is stored is only the newest id: an upload that a crash cut off is made again,
 * and of two at once both ids are good. One upload at a time in each process, so that one file at most is in memory.
 */
export function createMediaIds({ database, wecom, clock }: { readonly database: Database, readonly wecom: Pick<WecomClient, 'uploadMedia'>, readonly clock: () => number }): MediaIds {
  const table = () => database.db.getRepository(templateMedia)
  let last: Promise<unknown> = Promise.resolve()

  const known = async (id: string): Promise<{ readonly row: TemplateMediaRow, readonly mediaId: string | null }> => {
    const row = await table().findOneBy({ id, state: 'ready' })
    if (row === null) throw new MediaMissing('a file of a template is not there')
    return { row, mediaId: row.wecomMediaId !== null && row.wecomUntil !== null && row.wecomUntil - clock() >= leastLeftMs ? row.wecomMediaId : null }
  }

  const upload = async (id: string): Promise<string> => {
    const { row, mediaId } = await known(id)
    if (mediaId !== null) return mediaId
    const bytes = new Uint8Array(row.bytes)
    let at = 0
    for await (const piece of readPieces(database.db, row)) {
      bytes.set(piece, at)
      at += piece.length
    }
    if (at !== row.bytes) throw new MediaMissing('a file of a template is not whole')
    const made = await wecom.uploadMedia({ type: row.kind, fileName: row.name, contentType: row.contentType ?? 'application/octet-stream', bytes })
    await table().update({ id }, { wecomMediaId: made.mediaId, wecomUntil: made.expiresAt })
    return made.mediaId
  }

  return {
    fresh: async (given) => {
      const id = storedMediaId(given)
      if (id === null) return given
      const { mediaId } = await known(id)
      if (mediaId !== null) return mediaId
      const mine = last.then(() => upload(id))
      last = mine.catch(() => undefined)
      return mine
    },
  }
}
