import { WecomFault } from './fault.ts'

/** Cuts one page out of `rows`; the cursor is opaque and bound to `scope`, so a foreign one is 40058. */
export function page<T>(rows: readonly T[], scope: string, cursor: string, limit: number): { rows: T[], next_cursor: string } {
  const from = cursor === '' ? 0 : decode(scope, cursor)
  const end = Math.min(rows.length, from + limit)
  return { rows: rows.slice(from, end), next_cursor: end < rows.length ? encode(scope, end) : '' }
}

function encode(scope: string, offset: number): string {
  return Buffer.from(JSON.stringify([scope, offset])).toString('base64url')
}

function decode(scope: string, cursor: string): number {
  const [owner, offset] = parsed(cursor)
  if (owner !== scope || typeof offset !== 'number') throw new WecomFault(40058)
  return offset
}

function parsed(cursor: string): unknown[] {
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString())
    return Array.isArray(value) ? value : []
  } catch {
    return []
  }
}
