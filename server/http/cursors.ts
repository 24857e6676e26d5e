import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import { z } from 'zod'
import { ProjectError } from '../errors.ts'

/** Where a page ended: the instant and id of its last row. */
export interface Position {
  readonly at: number
  readonly id: string
}

export interface Cursors {
  /**
   * `filter` is everything that shapes the list; the cursor works for this person and this list only. It is sealed: the instant
   * by which a list is ordered may be closed to its reader (S11), who otherwise reads it off a page of one.
   */
  write(staffId: string, filter: unknown, position: Position): string
  /** Throws `cursor.invalid` for anything that this server did not write for this person and list. */
  read(staffId: string, filter: unknown, cursor: string | undefined): Position | null
}

const Content = z.tuple([z.number().int(), z.string().max(64)])

/** Names the form, so that cursors of another one are told apart without being opened. */
const form = 'c1.'
const nonceBytes = 12
/** A whole tag: without it the cipher would also take the first bytes of one. */
const tagBytes = 16

/** AES-256-GCM with a fresh nonce each: the same position twice looks different, so that nobody sees whether it moved. */
export function createCursors(secret: string): Cursors {
  const key = Buffer.from(hkdfSync('sha256', secret, Buffer.alloc(0), 'cursor', 32))
  const boundTo = (staffId: string, filter: unknown) => Buffer.from(JSON.stringify(['cursor', staffId, filter]))

  function open(staffId: string, filter: unknown, sealed: Buffer): string {
    const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, nonceBytes), { authTagLength: tagBytes })
    decipher.setAAD(boundTo(staffId, filter))
    decipher.setAuthTag(sealed.subarray(nonceBytes, nonceBytes + tagBytes))
    try {
      return Buffer.concat([decipher.update(sealed.subarray(nonceBytes + tagBytes)), decipher.final()]).toString('utf8')
    } catch {
      throw invalid()
    }
  }

  return {
    write: (staffId, filter, position) => {
      const nonce = randomBytes(nonceBytes)
      const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes })
      cipher.setAAD(boundTo(staffId, filter))
      const body = Buffer.concat([cipher.update(JSON.stringify([position.at, position.id]), 'utf8'), cipher.final()])
      return `${form}${Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64url')}`
    },
    read: (staffId, filter, cursor) => {
      if (cursor === undefined) return null
      const sealed = Buffer.from(cursor.slice(form.length), 'base64url')
      // Compared as text: base64 has several spellings of the same bytes.
      if (sealed.length < nonceBytes + tagBytes || cursor !== `${form}${sealed.toString('base64url')}`) throw invalid()
      const [at, id] = Content.parse(JSON.parse(open(staffId, filter, sealed)))
      return { at, id }
    },
  }
}

const invalid = () => new ProjectError('cursor.invalid', 400)
