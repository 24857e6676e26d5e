import { createHash } from 'node:crypto'
import { TextDecoder } from 'node:util'
import { MoreThan, type EntityManager } from 'typeorm'
import { v7 as uuid } from 'uuid'
import { leastMediaBytes, mediaPartBytes, mostMediaBytes, type MediaKind } from '#shared/media-words'
import { ProjectError } from '../../errors.ts'
import { screenContent } from '../screen-content.ts'
import type { TemplateOptions } from '../template-options.ts'
import { mediaPieces, templateMedia, type TemplateMediaRow } from './media.entity.ts'
import { sniff } from './sniff.ts'

/** Bytes of a piece: 64,000 characters in Base64. */
const pieceBytes = 48_000
const piecesOfPart = mediaPartBytes / pieceBytes

/** More uploads by one person within a day are no work with templates. */
const mostADay = 100
const dayMs = 86_400_000

const partsOf = (bytes: number): number => Math.ceil(bytes / mediaPartBytes)

export interface NewMedia {
  readonly kind: MediaKind
  readonly name: string
  readonly bytes: number
}

/** Throws `media.too_large`, `media.too_small`, `media.too_many`, `media.name_blocked`, `access.denied`. */
export async function beginMedia(options: TemplateOptions, staffId: string, { kind, name, bytes }: NewMedia): Promise<{ readonly id: string, readonly parts: number }> {
  const { database, access, screenings } = options
  const limit = mostMediaBytes[kind]
  if (bytes > limit) throw new ProjectError('media.too_large', 413, { megabytes: limit / 1024 / 1024 })
  if (bytes < leastMediaBytes) throw new ProjectError('media.too_small', 400)
  return database.transaction(async (work) => {
    const now = access.clock.now()
    if (!(await access.actorFor(staffId, work.db)).may('marketing.templates.edit')) throw new ProjectError('access.denied', 403)
    // The customer reads the name of a file like a text.
    if (screenContent((await screenings.inForce(work.db)).screener, { text: name, attachments: [] }).verdict === 'block') throw new ProjectError('media.name_blocked', 422)
    const table = work.db.getRepository(templateMedia)
    if (await table.countBy({ creatorStaffId: staffId, createdAt: MoreThan(now - dayMs) }) >= mostADay) throw new ProjectError('media.too_many', 429, { limit: mostADay })
    const row: TemplateMediaRow = { id: uuid(), kind, name, bytes, state: 'uploading', contentType: null, contentHash: null, creatorStaffId: staffId, createdAt: now, readyAt: null, wecomMediaId: null, wecomUntil: null }
    await table.insert(row)
    return { id: row.id, parts: partsOf(bytes) }
  })
}

const notFound = () => new ProjectError('media.not_found', 404)

/** Each part has exactly its size, so that no more comes in than was announced. Throws `media.not_found`, `media.part_size`. */
export async function putPart({ database }: TemplateOptions, staffId: string, { id, place, content }: { readonly id: string, readonly place: number, readonly content: string }): Promise<void> {
  const bytes = Buffer.from(content, 'base64')
  await database.transaction(async (work) => {
    const table = work.db.getRepository(templateMedia)
    // Held until the piece is written: after the end of the upload nothing is.
    const held = await table.update({ id, creatorStaffId: staffId, state: 'uploading' }, { state: 'uploading' })
    const row = held.affected === 1 ? await table.findOneBy({ id }) : null
    if (row === null || place >= partsOf(row.bytes)) throw notFound()
    if (bytes.length !== Math.min(mediaPartBytes, row.bytes - place * mediaPartBytes)) throw new ProjectError('media.part_size', 400, { bytes: bytes.length })
    for (let from = 0, piece = place * piecesOfPart; from < bytes.length; from += pieceBytes, piece += 1) {
      const pieces = work.db.getRepository(mediaPieces)
      await pieces.delete({ mediaId: id, piece })
      await pieces.insert({ mediaId: id, piece, content: bytes.subarray(from, from + pieceBytes).toString('base64') })
    }
  })
}

/** The bytes, piece by piece. */
export async function* readPieces(db: EntityManager, { id, bytes }: Pick<TemplateMediaRow, 'id' | 'bytes'>): AsyncGenerator<Buffer> {
  for (let piece = 0; piece * pieceBytes < bytes; piece += 1) {
    const row = await db.getRepository(mediaPieces).findOneBy({ mediaId: id, piece })
    yield row === null ? Buffer.alloc(0) : Buffer.from(row.content, 'base64')
  }
}

/** One part as it was sent. */
export async function readPart(db: EntityManager, row: TemplateMediaRow, place: number): Promise<{ readonly content: string, readonly more: boolean }> {
  if (place >= partsOf(row.bytes)) throw notFound()
  const pieces: Buffer[] = []
  for (let piece = place * piecesOfPart; piece < (place + 1) * piecesOfPart; piece += 1) {
    const found = await db.getRepository(mediaPieces).findOneBy({ mediaId: row.id, piece })
    if (found !== null) pieces.push(Buffer.from(found.content, 'base64'))
  }
  return { content: Buffer.concat(pieces).toString('base64'), more: place + 1 < partsOf(row.bytes) }
}

/**
 * Looks at the bytes, not at the name alone. Nothing comes in from the first step on; whoever was cut off here ends it by asking again.
 * What is no such file is forgotten. Throws `media.not_found`, `media.incomplete`, `media.wrong_type`.
 */
export async function finishMedia({ database, access, audit }: TemplateOptions, staffId: string, id: string, requestId: string): Promise<TemplateMediaRow> {
  const table = database.db.getRepository(templateMedia)
  await table.update({ id, creatorStaffId: staffId, state: 'uploading' }, { state: 'checking' })
  const row = await table.findOneBy({ id, creatorStaffId: staffId })
  if (row === null) throw notFound()
  if (row.state === 'ready') return row
  const looked = await lookAt(database.db, row)
  if (looked === 'incomplete') {
    await table.update({ id, state: 'checking' }, { state: 'uploading' })
    throw new ProjectError('media.incomplete', 409)
  }
  return database.transaction(async (work) => {
    const entry = { actorKind: 'staff', actorId: staffId, operation: 'marketing.templates.edit', subjectKind: 'template-media', subjectId: id, requestId } as const
    if (looked.contentType === null) {
      await forget(work.db, id)
      return null
    }
    await work.db.getRepository(templateMedia).update({ id, state: 'checking' }, { state: 'ready', ...looked, readyAt: access.clock.now() })
    await audit.record(work.db, { ...entry, action: 'template.media-added', outcome: 'done', details: { kind: row.kind, bytes: row.bytes, hash: looked.contentHash } })
    return work.db.getRepository(templateMedia).findOneBy({ id })
  }).then((ready) => {
    if (ready === null) throw new ProjectError('media.wrong_type', 415)
    return ready
  })
}

export async function forget(db: EntityManager, id: string): Promise<void> {
  await db.getRepository(mediaPieces).delete({ mediaId: id })
  await db.getRepository(templateMedia).delete({ id })
}

async function lookAt(db: EntityManager, row: TemplateMediaRow): Promise<'incomplete' | { readonly contentType: string | null, readonly contentHash: string }> {
  const hash = createHash('sha256')
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let head: Uint8Array | null = null
  let bytes = 0
  let isText = true
  for await (const piece of readPieces(db, row)) {
    head ??= piece.subarray(0, 64)
    bytes += piece.length
    hash.update(piece)
    isText &&= isTextPiece(decoder, piece)
  }
  if (bytes !== row.bytes) return 'incomplete'
  return { contentType: sniff(row.kind, row.name, head ?? new Uint8Array(), isText), contentHash: hash.digest('hex') }
}

function isTextPiece(decoder: TextDecoder, piece: Uint8Array): boolean {
  try {
    return !decoder.decode(piece, { stream: true }).includes('\u0000')
  } catch {
    return false
  }
}
