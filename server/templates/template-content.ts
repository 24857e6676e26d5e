import { createHash } from 'node:crypto'
import { In, type EntityManager } from 'typeorm'
import type { TemplateAttachment, TemplateContent } from '#shared/contracts/templates'
import { mostTextBytes } from '#shared/template-words'
import { roles } from '../access/index.ts'
import { ProjectError } from '../errors.ts'
import { missingMedia } from './media/used-media.ts'
import type { TemplateVersionRow } from './template.entity.ts'
import { unknownIn, variablesIn } from './variables.ts'

/** A content as a version has it. */
export function contentOf(version: TemplateVersionRow): TemplateContent {
  const { name, category, text, levelAtLeast, spendAtLeastFen, valueTierAtLeast, validFrom, validUntil } = version
  return { name, category, text, attachments: [...version.attachments], uses: [...version.uses], roles: [...version.roles], levelAtLeast, spendAtLeastFen, valueTierAtLeast, validFrom, validUntil }
}

/** What an approval is bound to: everything that decides what leaves, and from whom to whom. */
export function hashOf(content: TemplateContent): string {
  const { name, category, text, attachments, uses, roles: whitelist, levelAtLeast, spendAtLeastFen, valueTierAtLeast, validFrom, validUntil } = content
  const parts = [name, category, text, attachments.map((one) => Object.entries(one).sort(([left], [right]) => (left < right ? -1 : 1))), [...uses].sort(), [...whitelist].sort(), levelAtLeast, spendAtLeastFen, valueTierAtLeast, validFrom, validUntil]
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex')
}

export const bytesOf = (text: string): number => Buffer.byteLength(text, 'utf8')

/** Throws `template.text_too_long` for what WeCom would refuse (doc path/92135). */
export function assertFits(text: string): void {
  const bytes = bytesOf(text)
  if (bytes > mostTextBytes) throw new ProjectError('template.text_too_long', 422, { bytes, limit: mostTextBytes })
}

/** Refuses a content that could never be sent. Throws `template.*`. */
export async function checkContent(db: EntityManager, content: TemplateContent): Promise<void> {
  const { text, attachments, uses, validFrom, validUntil } = content
  if (text.trim() === '' && attachments.length === 0) throw new ProjectError('template.empty', 400)
  assertFits(text)
  const unknown = unknownIn(text)
  if (unknown.length > 0) throw new ProjectError('template.unknown_variable', 400, { variables: unknown.slice(0, 20) })
  // WeCom sends one text per task, to everybody the same.
  const ofCustomer = variablesIn(text).filter(({ kind }) => kind === 'customer').map(({ name }) => name)
  if (uses.includes('broadcast') && ofCustomer.length > 0) throw new ProjectError('template.customer_variable', 400, { variables: ofCustomer })
  const places = attachments.flatMap((one, place) => (isFitting(one) && (!uses.includes('quick-reply') || isForChat(one)) ? [] : [`${place + 1}: ${one.type}`]))
  if (places.length > 0) throw new ProjectError('template.bad_attachments', 400, { places })
  const missing = await missingMedia(db, attachments)
  if (missing.length > 0) throw new ProjectError('template.media_missing', 409, { places: missing })
  if (validFrom !== null && validUntil !== null && validUntil <= validFrom) throw new ProjectError('template.bad_validity', 400)
  await assertRoles(db, content.roles)
}

/** WeCom's limits in bytes (doc path/92137). */
function isFitting(one: TemplateAttachment): boolean {
  switch (one.type) {
    case 'image': return one.picUrl !== null || one.mediaId !== null
    case 'link': return bytesOf(one.title) <= 128 && bytesOf(one.desc) <= 512
    case 'miniprogram': return bytesOf(one.title) <= 64
    case 'file':
    case 'video': return true
  }
}

/** What `sendChatMessage` takes in the sidebar: an image only by its media id; a mini program needs a picture by address, which a broadcast cannot have. */
const isForChat = (one: TemplateAttachment): boolean => one.type !== 'miniprogram' && (one.type !== 'image' || one.mediaId !== null)

async function assertRoles(db: EntityManager, wanted: readonly string[]): Promise<void> {
  const found = new Set((await db.getRepository(roles).findBy({ roleKey: In([...wanted]) })).map((row) => row.roleKey))
  const unknown = wanted.filter((key) => !found.has(key))
  if (unknown.length > 0) throw new ProjectError('template.unknown_roles', 400, { roles: unknown })
}
