import { In } from 'typeorm'
import type { Database, UnitOfWork } from '../database/database.ts'
import { isUniqueViolation } from '../database/violations.ts'
import { auditAnchors, auditChain, type AuditAnchor } from './audit.entity.ts'

/** The chain as it was on one day. Kept outside the database, it shows later whether the chain was written anew. */
export type Anchor = Pick<AuditAnchor, 'day' | 'seq' | 'hash'>

/**
 * Notes the newest link for `day`, once: null when that is done already or nothing is chained yet. What is to be told
 * outside belongs into the same transaction.
 */
export async function takeAnchor(work: UnitOfWork, day: string, now: number): Promise<Anchor | null> {
  if (await work.db.existsBy(auditAnchors, { day })) return null
  const [head] = await work.db.find(auditChain, { order: { seq: 'DESC' }, take: 1 })
  if (head === undefined) return null
  const anchor = { day, seq: head.seq, hash: head.hash }
  try {
    await work.db.insert(auditAnchors, { ...anchor, takenAt: now })
    return anchor
  } catch (error) {
    if (isUniqueViolation(error)) return null
    throw error
  }
}

/** `2026-01-15 48211 <hash>`: one line of the file outside. */
export const anchorLine = ({ day, seq, hash }: Anchor): string => `${day} ${seq} ${hash}`

const form = /^(\d{4}-\d\d-\d\d) (\d{1,15}) ([0-9a-f]{64})$/

export interface AnchorFile {
  readonly anchors: readonly Anchor[]
  /** Numbers of lines that are no anchor, from 1. */
  readonly unreadable: readonly number[]
}

/** Reads an anchor file. Half a line that a loss of power left before its repetition is passed over; any other odd line is reported. */
export function readAnchors(text: string): AnchorFile {
  const lines = text.split('\n').map((line) => line.replace(/\r$/, ''))
  const anchors: Anchor[] = []
  const unreadable: number[] = []
  for (const [place, line] of lines.entries()) {
    const [, day, seq, hash] = form.exec(line) ?? []
    if (day !== undefined && seq !== undefined && hash !== undefined) anchors.push({ day, seq: Number(seq), hash })
    else if (line !== '' && lines[place + 1]?.startsWith(line) !== true) unreadable.push(place + 1)
  }
  return { anchors, unreadable }
}

export interface AnchorMismatch {
  readonly anchor: Anchor
  /** `missing_link`: the chain is shorter than it was; `other_hash`: it holds something else there. */
  readonly why: 'missing_link' | 'other_hash'
}

const batchSize = 500

/** The first anchor, in the order of the file, that the chain does not hold any more; null when all fit. */
export async function firstMismatch(database: Database, anchors: readonly Anchor[]): Promise<AnchorMismatch | null> {
  for (let from = 0; from < anchors.length; from += batchSize) {
    const batch = anchors.slice(from, from + batchSize)
    const links = await database.db.find(auditChain, { where: { seq: In([...new Set(batch.map((anchor) => anchor.seq))]) } })
    const hashes = new Map(links.map((link) => [link.seq, link.hash]))
    for (const anchor of batch) {
      const hash = hashes.get(anchor.seq)
      if (hash !== anchor.hash) return { anchor, why: hash === undefined ? 'missing_link' : 'other_hash' }
    }
  }
  return null
}
