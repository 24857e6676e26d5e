import type { EntityManager } from 'typeorm'
import { v7 as uuid } from 'uuid'
import { besideRequest, type Database } from '../database/database.ts'
import { auditEntries, auditPending, type AuditEntry } from './audit.entity.ts'
import { guardDetails, type AuditDetails, type DetailsGuard } from './details.ts'

/** What is to be recorded; id and time are added. */
export interface NewAuditEntry {
  readonly actorKind: AuditEntry['actorKind']
  readonly actorId?: string | null
  /** What happened, such as `customer.reveal`. */
  readonly action: string
  /** The operation that was asked for, such as `customer.contact.operate`. */
  readonly operation?: string | null
  readonly subjectKind?: string | null
  readonly subjectId?: string | null
  readonly outcome: AuditEntry['outcome']
  readonly details?: AuditDetails
  readonly requestId?: string | null
}

export interface AuditLog {
  info(fields: Readonly<Record<string, unknown>>, message: string): void
  warn(fields: Readonly<Record<string, unknown>>, message: string): void
  error(fields: Readonly<Record<string, unknown>>, message: string): void
}

export interface AuditOptions {
  readonly database: Database
  readonly clock: () => number
  readonly log: AuditLog
  /** Throws for details that look personal instead of dropping them; for tests. */
  readonly strictDetails?: boolean
}

export interface Audit {
  /** Records in the caller's transaction: on disk exactly when the change is. Returns the entry's id. */
  record(db: EntityManager, entry: NewAuditEntry): Promise<string>
  /** Records in a transaction of its own, for refusals and reads; on disk when it resolves. */
  recordAlone(entry: NewAuditEntry): Promise<string>
}

/** Writes entries and marks them for the chain. Entries are never changed or deleted. */
export function createAudit({ database, clock, log, strictDetails = false }: AuditOptions): Audit {
  const guard: DetailsGuard = {
    strict: strictDetails,
    onDropped: (action, keys) => log.error({ action, keys }, 'audit details looked like personal values and were dropped'),
  }
  const record = async (db: EntityManager, entry: NewAuditEntry): Promise<string> => {
    const id = uuid()
    await db.insert(auditEntries, {
      id,
      at: clock(),
      actorKind: entry.actorKind,
      actorId: entry.actorId ?? null,
      action: entry.action,
      operation: entry.operation ?? null,
      subjectKind: entry.subjectKind ?? null,
      subjectId: entry.subjectId ?? null,
      outcome: entry.outcome,
      details: guardDetails(guard, entry.action, entry.details ?? {}),
      requestId: entry.requestId ?? null,
    })
    await db.insert(auditPending, { entryId: id })
    return id
  }
  return { record, recordAlone: (entry) => besideRequest(() => database.transaction((work) => record(work.db, entry))) }
}
