import { createHash, type Hash } from 'node:crypto'
import type { EntityManager } from 'typeorm'
import { broadcastParts, type Broadcast } from './broadcast.entity.ts'
import { recipientsOf } from './frozen-recipients.ts'

/** What an approval is bound to: text and audience, as they are frozen (T19). Recipients are added in the order of sender and customer. */
export class ContentHash {
  readonly #hash: Hash = createHash('sha256')

  addRecipients(staffId: string, customerIds: readonly string[]): void {
    for (const customerId of customerIds) this.#hash.update(`${staffId}>${customerId}\n`)
  }

  finish(content: { readonly templateVersionId: string | null, readonly attachments: readonly unknown[], readonly plannedAt: number }, texts: readonly { readonly staffId: string, readonly text: string }[]): string {
    const sorted = [...texts].sort((one, other) => (one.staffId < other.staffId ? -1 : 1)).map(({ staffId, text }) => [staffId, text])
    return this.#hash.update(JSON.stringify([content.templateVersionId, content.attachments, content.plannedAt, sorted])).digest('hex')
  }
}

const sendersAtOnce = 200

/** The same, worked out from what is stored. */
export async function storedHash(db: EntityManager, row: Broadcast): Promise<string> {
  const planId = row.planId ?? ''
  const parts = await db.getRepository(broadcastParts).find({ where: { planId }, order: { staffId: 'ASC' } })
  const hash = new ContentHash()
  for (let from = 0; from < parts.length; from += sendersAtOnce) {
    const staffIds = parts.slice(from, from + sendersAtOnce).map((part) => part.staffId)
    for (const [staffId, customerIds] of await recipientsOf(db, planId, staffIds, null)) hash.addRecipients(staffId, customerIds)
  }
  return hash.finish(row, parts.map(({ staffId, content }) => ({ staffId, text: content })))
}
