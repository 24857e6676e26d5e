import { createHash } from 'node:crypto'
import type { AuditEntry } from './audit.entity.ts'

/** What the first link refers to. */
export const chainStart = '0'.repeat(64)

/** One text per value: object keys sorted at every level, no blanks. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (typeof value === 'object' && value !== null) {
    const parts = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1))
    return `{${parts.map(([key, part]) => `${JSON.stringify(key)}:${canonical(part)}`).join(',')}}`
  }
  return JSON.stringify(value) ?? 'null'
}

/** SHA-256 over place, predecessor and every column of the entry, by name. */
export function hashLink(seq: number, previousHash: string, entry: AuditEntry): string {
  const text = canonical({
    seq,
    previousHash,
    entry: {
      id: entry.id,
      at: entry.at,
      actorKind: entry.actorKind,
      actorId: entry.actorId,
      action: entry.action,
      operation: entry.operation,
      subjectKind: entry.subjectKind,
      subjectId: entry.subjectId,
      outcome: entry.outcome,
      details: entry.details,
      requestId: entry.requestId,
    },
  })
  return createHash('sha256').update(text).digest('hex')
}
