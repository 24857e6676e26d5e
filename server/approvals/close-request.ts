import { In, IsNull, Not, type EntityManager } from 'typeorm'
import type { UnitOfWork } from '../database/database.ts'
import { addManyOutbox } from '../jobs/index.ts'
import { approvalApprovers, approvalRequests, type ApprovalRow, type ApprovalStatus } from './approval.entity.ts'
import { ApprovalNotFound } from './approval-kind.ts'
import type { Core } from './core.ts'
import { wantCard } from './wanted.ts'

export const openStatuses: readonly ApprovalStatus[] = ['pending', 'waiting']

export const isOpen = (row: ApprovalRow): boolean => openStatuses.includes(row.status)

/**
 * Takes the request for this transaction: whoever else wants to move it on waits for our commit and then sees what we wrote.
 * `claimed` is false when it is closed already. Throws ApprovalNotFound.
 */
export async function claim(db: EntityManager, requestId: string): Promise<{ readonly row: ApprovalRow, readonly claimed: boolean }> {
  const table = db.getRepository(approvalRequests)
  const { affected } = await table.update({ id: requestId, status: In([...openStatuses]) }, { version: () => 'version + 1' })
  const row = await table.findOneBy({ id: requestId })
  if (row === null) throw new ApprovalNotFound()
  return { row, claimed: affected === 1 }
}

export interface Ending {
  readonly status: Exclude<ApprovalStatus, 'pending' | 'waiting'>
  /** The person who decided or withdrew; null for the clock. */
  readonly byStaffId: string | null
  readonly note?: string | undefined
  readonly details?: Readonly<Record<string, string>>
}

export const ended = (row: ApprovalRow, ending: Ending, now: number): ApprovalRow => ({
  ...row, status: ending.status, closedAt: now, note: ending.note ?? null, uniqueKey: null, dueAt: null,
  decidedBy: ending.status === 'approved' || ending.status === 'refused' ? ending.byStaffId : null,
})

/** Writes how a claimed request ended, tells its kind and wants everybody concerned to be told; `onApproved` is the caller's. */
export async function closeRequest(core: Core, work: UnitOfWork, row: ApprovalRow, ending: Ending): Promise<ApprovalRow> {
  const closed = ended(row, ending, core.access.clock.now())
  const { status, closedAt, note, uniqueKey, dueAt, decidedBy } = closed
  await work.db.getRepository(approvalRequests).update({ id: row.id }, { status, closedAt, note, uniqueKey, dueAt, decidedBy })
  if (status !== 'approved') await core.registry.find(row.kind)?.onClosed(work, closed)
  await core.audit.record(work.db, {
    actorKind: ending.byStaffId === null ? 'system' : 'staff', actorId: ending.byStaffId, action: `approval.${status}`, operation: 'marketing.approvals.operate',
    subjectKind: 'approval', subjectId: row.id, outcome: 'done', details: { kind: row.kind, requester: row.requesterStaffId, ...ending.details },
  })
  if (status !== 'withdrawn') await wantResults(work, closed)
  const asked = await work.db.getRepository(approvalApprovers).findBy({ requestId: row.id, askedAt: Not(IsNull()) })
  for (const approver of asked) await wantCard(work, approver.id)
  return closed
}

/** The requester and those who would have gained learn the result. */
async function wantResults(work: UnitOfWork, row: ApprovalRow): Promise<void> {
  const people = new Set([row.requesterStaffId, ...row.beneficiaryStaffIds])
  await addManyOutbox(work, [...people].map((staffId) => ({ kind: 'approval.result', payload: { requestId: row.id, staffId } })))
}
