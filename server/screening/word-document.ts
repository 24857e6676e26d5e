import { createHash } from 'node:crypto'
import type { EntityManager } from 'typeorm'
import { z } from 'zod'
import type { WordEntry } from './hits.ts'
import { starterEntries } from './starter/index.ts'
import { readWordFile, writeWordFile } from './word-file.ts'
import { wordTexts } from './word-list.entity.ts'

/** Everything that is published together. */
export interface WordDocument {
  readonly entries: readonly WordEntry[]
  readonly hosts: readonly string[]
  readonly blockedHosts: readonly string[]
}

export const starterDocument: WordDocument = { entries: starterEntries, hosts: [], blockedHosts: [] }

const Hosts = z.object({ hosts: z.array(z.string()), blockedHosts: z.array(z.string()) })

/** At most three bytes of UTF-8 for each, so that a piece fits into 64 KB. */
const pieceLength = 20_000

/** The hosts as one line of JSON, then the words as CSV. */
function textOf({ entries, hosts, blockedHosts }: WordDocument): string {
  return [JSON.stringify({ hosts, blockedHosts }), ...writeWordFile(entries)].join('\n')
}

export const hashOf = (document: WordDocument): string => createHash('sha256').update(textOf(document)).digest('hex')

/** Replaces the content of an owner. */
export async function saveDocument(db: EntityManager, ownerId: string, document: WordDocument): Promise<void> {
  const table = db.getRepository(wordTexts)
  await table.delete({ ownerId })
  const content = textOf(document)
  let part = 0
  for (let start = 0; start < content.length; part += 1) {
    // A character of two halves stays whole, or its halves would be lost.
    const end = start + pieceLength - (/[\uD800-\uDBFF]/.test(content.charAt(start + pieceLength - 1)) ? 1 : 0)
    await table.insert({ ownerId, part, content: content.slice(start, end) })
    start = end
  }
}

export async function dropDocument(db: EntityManager, ownerId: string): Promise<void> {
  await db.getRepository(wordTexts).delete({ ownerId })
}

/** The content of an owner, or null when there is none. */
export async function loadDocument(db: EntityManager, ownerId: string): Promise<WordDocument | null> {
  const pieces = await db.getRepository(wordTexts).find({ where: { ownerId }, order: { part: 'ASC' } })
  if (pieces.length === 0) return null
  const [first = '', ...lines] = pieces.map((piece) => piece.content).join('').split('\n')
  const { entries } = await readWordFile(lines)
  return { ...Hosts.parse(JSON.parse(first)), entries }
}
