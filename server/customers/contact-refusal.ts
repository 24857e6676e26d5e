import { In, IsNull, Not, type EntityManager } from 'typeorm'
import { v7 as uuid } from 'uuid'
import type { Audit } from '../audit/index.ts'
import type { UnitOfWork } from '../database/database.ts'
import { isUniqueViolation } from '../database/violations.ts'
import { contactRefusals, type ContactRefusal } from './contact-refusal.entity.ts'

export interface NewRefusal {
  readonly customerId: string
  /** When the customer said it; unix ms. */
  readonly saidAt: number
  /** Who writes it down; null: the customer wrote it. */
  readonly staffId: string | null
  readonly requestId?: string
  readonly now: number
}

/**
 * The customer asked not to be contacted. False when that is known already, or when what he wrote is older than the last lifting:
 * messages may arrive late, and a wish that was answered must not come back.
 */
export async function refuseContact(work: UnitOfWork, audit: Audit, { customerId, saidAt, staffId, requestId, now }: NewRefusal): Promise<boolean> {
  const table = work.db.getRepository(contactRefusals)
  if (await table.existsBy({ liveKey: customerId })) return false
  const [lifted] = await table.find({ where: { customerId, liftedAt: Not(IsNull()) }, order: { liftedAt: 'DESC' }, take: 1 })
  if (staffId === null && lifted !== undefined && lifted.liftedAt !== null && saidAt <= lifted.liftedAt) return false
  const row: ContactRefusal = {
    id: uuid(), customerId, liveKey: customerId, source: staffId === null ? 'message' : 'staff', saidAt, setBy: staffId, setAt: now,
    liftedBy: null, liftedAt: null, liftReason: null, liftNoteSealed: null,
  }
  try {
    await table.insert(row)
  } catch (error) {
    if (isUniqueViolation(error)) return false
    throw error
  }
  await audit.record(work.db, {
    actorKind: staffId === null ? 'system' : 'staff', actorId: staffId, action: 'customer.contact-refused', operation: staffId === null ? null : 'marketing.broadcasts.edit',
    subjectKind: 'customer', subjectId: customerId, outcome: 'done', details: { source: row.source }, requestId,
  })
  return true
}

export interface Lifting {
  readonly customerId: string
  /** The wish that was seen. */
  readonly id: string
  readonly staffId: string
  readonly reason: string
  readonly noteSealed: string | null
  readonly requestId: string
  readonly now: number
}

/** False when this wish is not in force any more; a newer one stays. */
export async function liftRefusal(work: UnitOfWork, audit: Audit, { customerId, id, staffId, reason, noteSealed, requestId, now }: Lifting): Promise<boolean> {
  const lifted = await work.db.getRepository(contactRefusals).update({ id, customerId, liveKey: customerId }, { liveKey: null, liftedBy: staffId, liftedAt: now, liftReason: reason, liftNoteSealed: noteSealed })
  if (lifted.affected !== 1) return false
  await audit.record(work.db, {
    actorKind: 'staff', actorId: staffId, action: 'customer.contact-allowed', operation: 'customer.profile.edit', subjectKind: 'customer', subjectId: customerId, outcome: 'done', details: { reason }, requestId,
  })
  return true
}

/** The wishes in force of these customers. */
export async function refusalsOf(db: EntityManager, customerIds: readonly string[]): Promise<Map<string, ContactRefusal>> {
  const rows = customerIds.length === 0 ? [] : await db.getRepository(contactRefusals).findBy({ liveKey: In([...customerIds]) })
  return new Map(rows.map((row) => [row.customerId, row]))
}
