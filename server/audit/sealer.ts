import { In } from 'typeorm'
import type { Database } from '../database/database.ts'
import { isTransient, isUniqueViolation } from '../database/violations.ts'
import { auditChain, auditEntries, auditPending, type AuditLink } from './audit.entity.ts'
import { chainStart, hashLink } from './chain.ts'
import type { AuditLog } from './record.ts'

export interface AuditSealerOptions {
  readonly database: Database
  readonly clock: () => number
  readonly log: AuditLog
  /** How often it looks for new entries, in ms; below one second by default. */
  readonly everyMs?: number
  /**
   * Runs the work in one process only, such as a lease. It saves double work; the chain itself cannot fork, because
   * place and entry of a link are unique.
   */
  readonly alone?: (run: () => Promise<void>) => Promise<unknown>
}

export interface AuditSealer {
  start(): void
  /** Chains everything that is committed now. Returns how many entries it sealed. */
  sealAll(): Promise<number>
  stop(): Promise<void>
}

const batchSize = 500

/** Chains recorded entries: each link holds the hash of its entry, its place and the link before. */
export function createAuditSealer(options: AuditSealerOptions): AuditSealer {
  const { database, clock, log, everyMs = 500, alone = (run) => run() } = options
  let timer: NodeJS.Timeout | null = null
  let current: Promise<unknown> = Promise.resolve()

  const sealAll = async (): Promise<number> => {
    let sealed = 0
    for (;;) {
      const batch = await sealUnlessForestalled(database, clock(), log)
      sealed += batch
      if (batch < batchSize) return sealed
    }
  }

  const tick = async (): Promise<void> => {
    try {
      // the common case is that there is nothing: no lease, no transaction then
      if (await database.db.exists(auditPending)) await alone(async () => void await sealAll())
    } catch (error) {
      log.error({ error: error instanceof Error ? error.name : 'unknown' }, 'audit entries could not be chained yet')
    }
    if (timer !== null) timer = setTimeout(() => { current = tick() }, everyMs).unref()
  }

  return {
    start: () => {
      timer ??= setTimeout(() => { current = tick() }, 0).unref()
    },
    sealAll,
    stop: async () => {
      if (timer !== null) clearTimeout(timer)
      timer = null
      await current
    },
  }
}

/** Another process may chain at the same time: one of the two commits, the other one's batch is undone as a whole. */
async function sealUnlessForestalled(database: Database, now: number, log: AuditLog): Promise<number> {
  try {
    return await sealBatch(database, now, log)
  } catch (error) {
    if (isUniqueViolation(error) || isTransient(error)) return 0
    throw error
  }
}

async function sealBatch(database: Database, now: number, log: AuditLog): Promise<number> {
  return database.transaction(async ({ db }) => {
    const pending = await db.find(auditPending, { order: { entryId: 'ASC' }, take: batchSize })
    const ids = pending.map((row) => row.entryId)
    const entries = await db.find(auditEntries, { where: { id: In(ids) }, order: { id: 'ASC' } })
    if (entries.length < ids.length) log.error({ missing: ids.length - entries.length }, 'audit entries vanished before they were chained')
    if (entries.length === 0) return 0
    const [last] = await db.find(auditChain, { order: { seq: 'DESC' }, take: 1 })
    let seq = last?.seq ?? 0
    let previousHash = last?.hash ?? chainStart
    const links: AuditLink[] = entries.map((entry) => {
      seq += 1
      const link = { seq, entryId: entry.id, previousHash, hash: hashLink(seq, previousHash, entry), sealedAt: now }
      previousHash = link.hash
      return link
    })
    await db.insert(auditChain, links)
    await db.delete(auditPending, { entryId: In(entries.map((entry) => entry.id)) })
    return entries.length
  })
}
