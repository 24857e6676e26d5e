import { v7 as uuid } from 'uuid'
import type { EntityManager } from 'typeorm'
import type { Database, UnitOfWork } from '../database/database.ts'
import type { AnchorMismatch } from './anchors.ts'
import { auditAnchors, auditChain, auditPending, auditVerifications, type AuditAnchor, type AuditLink, type AuditVerification } from './audit.entity.ts'
import type { Verification } from './verify-chain.ts'

/** Stores what a complete verification found. An anchor outside that does not fit counts as a break at its link. */
export async function storeVerification(work: UnitOfWork, startedAt: number, finishedAt: number, result: Verification, mismatch: AnchorMismatch | null): Promise<AuditVerification> {
  const { firstBroken: broken, head } = result
  const row: AuditVerification = {
    id: uuid(), startedAt, finishedAt, checked: result.checked, unsealed: result.unsealed,
    headSeq: head?.seq ?? null, headHash: head?.hash ?? null,
    brokenSeq: broken?.seq ?? (broken === undefined ? (mismatch?.anchor.seq ?? null) : null),
    brokenEntryId: broken?.entryId ?? null,
    brokenWhy: broken?.why ?? (mismatch === null ? null : 'anchor_mismatch'),
  }
  await work.db.insert(auditVerifications, row)
  return row
}

export interface AuditState {
  readonly head: AuditLink | null
  readonly unsealed: number
  readonly verification: AuditVerification | null
  readonly anchor: AuditAnchor | null
}

/** Where the chain stands now, what the last verification found, and what was last sent outside. */
export async function readAuditState({ db }: Database): Promise<AuditState> {
  const [head] = await db.find(auditChain, { order: { seq: 'DESC' }, take: 1 })
  const [anchor] = await db.find(auditAnchors, { order: { day: 'DESC' }, take: 1 })
  return { head: head ?? null, unsealed: await countUnsealed(db), verification: await lastVerification(db), anchor: anchor ?? null }
}

/** Entries that wait to be chained. */
export function countUnsealed(db: EntityManager): Promise<number> {
  return db.count(auditPending)
}

export async function lastVerification(db: EntityManager): Promise<AuditVerification | null> {
  const [last] = await db.find(auditVerifications, { order: { finishedAt: 'DESC', id: 'DESC' }, take: 1 })
  return last ?? null
}
