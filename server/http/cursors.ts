import { createHmac, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import { ProjectError } from '../errors.ts'

/** Where a page ended: the instant and id of its last row. */
export interface Position {
  readonly at: number
  readonly id: string
}

export interface Cursors {
  /** `filter` is everything that shapes the list; the cursor works for this person and this list only. */
  write(staffId: string, filter: unknown, position: Position): string
  /** Throws `cursor.invalid` for anything that this server did not write for this person and list. */
  read(staffId: string, filter: unknown, cursor: string | undefined): Position | null
}

const Content = z.tuple([z.number().int(), z.string().max(64)])

export function createCursors(secret: string): Cursors {
  const sign = (staffId: string, filter: unknown, content: string) =>
    createHmac('sha256', secret).update(JSON.stringify(['cursor', staffId, filter, content])).digest().subarray(0, 12)
  const written = (staffId: string, filter: unknown, content: string) =>
    `${Buffer.from(content).toString('base64url')}.${sign(staffId, filter, content).toString('base64url')}`
  return {
    write: (staffId, filter, position) => written(staffId, filter, JSON.stringify([position.at, position.id])),
    read: (staffId, filter, cursor) => {
      if (cursor === undefined) return null
      const content = Buffer.from(cursor.split('.')[0] ?? '', 'base64url').toString('utf8')
      // Compared as text: base64 has several spellings of the same bytes.
      const given = Buffer.from(cursor)
      const expected = Buffer.from(written(staffId, filter, content))
      if (given.length !== expected.length || !timingSafeEqual(given, expected)) throw new ProjectError('cursor.invalid', 400)
      const [at, id] = Content.parse(JSON.parse(content))
      return { at, id }
    },
  }
}
