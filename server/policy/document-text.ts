import type { EntityManager } from 'typeorm'
import { policyTexts } from './policy.entity.ts'

/** At most three bytes of UTF-8 for each, so that a piece fits into 64 KB. */
const pieceLength = 20_000

/** Replaces the text of an owner. */
export async function saveText(db: EntityManager, ownerId: string, content: string): Promise<void> {
  const table = db.getRepository(policyTexts)
  await table.delete({ ownerId })
  for (const [part, piece] of piecesOf(content).entries()) await table.insert({ ownerId, part, content: piece })
}

export async function dropText(db: EntityManager, ownerId: string): Promise<void> {
  await db.getRepository(policyTexts).delete({ ownerId })
}

/** The text of an owner, or null when there is none. */
export async function loadText(db: EntityManager, ownerId: string): Promise<string | null> {
  const pieces = await db.getRepository(policyTexts).find({ where: { ownerId }, order: { part: 'ASC' } })
  return pieces.length === 0 ? null : pieces.map((piece) => piece.content).join('')
}

function piecesOf(content: string): string[] {
  const pieces: string[] = []
  for (let start = 0; start < content.length || pieces.length === 0;) {
    const end = start + pieceLength
    // A character of two halves stays whole, or its halves would be lost.
    const whole = /[\uD800-\uDBFF]/.test(content.charAt(end - 1)) ? end - 1 : end
    pieces.push(content.slice(start, whole))
    start = whole
  }
  return pieces
}
