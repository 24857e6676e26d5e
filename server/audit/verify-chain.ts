import { setImmediate as nextTurn } from 'node:timers/promises'
import { In, MoreThan } from 'typeorm'
import type { Database } from '../database/database.ts'
import { auditChain, auditEntries, auditPending, type AuditEntry, type AuditLink } from './audit.entity.ts'
import { chainStart, hashLink } from './chain.ts'

/**
 * - missing_link: a place in the chain is empty
 * - wrong_predecessor: a link does not hold the hash of the link before
 * - missing_entry: a chained or waiting entry is gone
 * - changed_entry: the entry, its place or its hash is not what was chained
 * - unchained_entry: an entry that is neither chained nor waiting for it
 */
export type Damage = 'missing_link' | 'wrong_predecessor' | 'missing_entry' | 'changed_entry' | 'unchained_entry'

export interface BrokenLink {
  /** Place in the chain; null for an entry without one. */
  readonly seq: number | null
  readonly entryId: string | null
  readonly why: Damage
}

export interface Verification {
  /** Links that were checked. */
  readonly checked: number
  readonly firstBroken?: BrokenLink
  /** Entries that wait to be chained. */
  readonly unsealed: number
  /** The newest link. Noted elsewhere, it proves later that nothing was cut off the end. */
  readonly head: { readonly seq: number; readonly hash: string } | null
}

const batchSize = 1_000

/**
 * Recomputes the whole chain in batches and names the first place where it does not hold. Requests are served between two
 * batches. Throws the reason of `signal` when that is aborted.
 */
export async function verifyChain(database: Database, signal?: AbortSignal): Promise<Verification> {
  const pause = async () => {
    signal?.throwIfAborted()
    await nextTurn()
  }
  const chain = await checkLinks(database, pause)
  const unsealed = await database.db.count(auditPending)
  const firstBroken = chain.broken ?? (await vanishedPending(database)) ?? (await unchainedEntry(database, pause))
  return { checked: chain.checked, unsealed, head: chain.head, ...(firstBroken === null ? {} : { firstBroken }) }
}

interface Walk {
  checked: number
  head: { seq: number; hash: string } | null
  broken: BrokenLink | null
}

async function checkLinks(database: Database, pause: () => Promise<void>): Promise<Walk> {
  const walk: Walk = { checked: 0, head: null, broken: null }
  for (;;) {
    await pause()
    const links = await database.db.find(auditChain, { where: { seq: MoreThan(walk.head?.seq ?? 0) }, order: { seq: 'ASC' }, take: batchSize })
    if (links.length === 0) return walk
    const found = await database.db.find(auditEntries, { where: { id: In(links.map((link) => link.entryId)) } })
    const entries = new Map(found.map((entry) => [entry.id, entry]))
    for (const link of links) {
      const why = damageOf(link, walk.head, entries.get(link.entryId))
      if (why !== null) {
        const seq = why === 'missing_link' ? (walk.head?.seq ?? 0) + 1 : link.seq
        walk.broken = { seq, entryId: why === 'missing_link' ? null : link.entryId, why }
        return walk
      }
      walk.checked += 1
      walk.head = { seq: link.seq, hash: link.hash }
    }
  }
}

function damageOf(link: AuditLink, before: Walk['head'], entry: AuditEntry | undefined): Damage | null {
  if (link.seq !== (before?.seq ?? 0) + 1) return 'missing_link'
  if (link.previousHash !== (before?.hash ?? chainStart)) return 'wrong_predecessor'
  if (entry === undefined) return 'missing_entry'
  return hashLink(link.seq, link.previousHash, entry) === link.hash ? null : 'changed_entry'
}

/** Walks the entries that wait for the chain: each must exist. */
async function vanishedPending(database: Database): Promise<BrokenLink | null> {
  let after = ''
  for (;;) {
    const pending = await database.db.find(auditPending, { where: { entryId: MoreThan(after) }, order: { entryId: 'ASC' }, take: batchSize })
    const last = pending.at(-1)
    if (last === undefined) return null
    const found = await database.db.find(auditEntries, { select: { id: true }, where: { id: In(pending.map((row) => row.entryId)) } })
    const known = new Set(found.map((entry) => entry.id))
    const gone = pending.find((row) => !known.has(row.entryId))
    if (gone !== undefined) return { seq: null, entryId: gone.entryId, why: 'missing_entry' }
    after = last.entryId
  }
}

/** Walks all entries: each is chained or waits for it. */
async function unchainedEntry(database: Database, pause: () => Promise<void>): Promise<BrokenLink | null> {
  let after = ''
  for (;;) {
    await pause()
    const entries = await database.db.find(auditEntries, { select: { id: true }, where: { id: MoreThan(after) }, order: { id: 'ASC' }, take: batchSize })
    const last = entries.at(-1)
    if (last === undefined) return null
    const ids = entries.map((entry) => entry.id)
    // pending first: an entry that is chained between the two reads is then in at least one of them
    const pending = await database.db.find(auditPending, { where: { entryId: In(ids) } })
    const links = await database.db.find(auditChain, { select: { entryId: true }, where: { entryId: In(ids) } })
    const known = new Set([...pending, ...links].map((row) => row.entryId))
    const loose = ids.find((id) => !known.has(id))
    if (loose !== undefined) return { seq: null, entryId: loose, why: 'unchained_entry' }
    after = last.id
  }
}
