import { LessThanOrEqual, type EntityManager } from 'typeorm'
import type { UnitOfWork } from '../database/database.ts'
import { isUniqueViolation } from '../database/violations.ts'
import { addManyOutbox } from '../jobs/index.ts'
import { approvalApprovers, approvalPairs } from './approval.entity.ts'
import type { Core } from './core.ts'
import { holdersOf } from './find-approvers.ts'
import { readingWithin } from './standing.ts'

/** Two people who approved this many of each other's requests within the window are reported. */
export const mutualWindowMs = 30 * 24 * 3_600_000
export const mutualCount = 3

/** Looks, in the transaction of an approval, whether these two keep approving each other; tells of it once per window. */
export async function reportMutual(core: Core, work: UnitOfWork, approverId: string, requesterId: string): Promise<void> {
  const now = core.access.clock.now()
  const given = await countApproved(work.db, approverId, requesterId, now - mutualWindowMs)
  if (given < mutualCount) return
  const returned = await countApproved(work.db, requesterId, approverId, now - mutualWindowMs)
  if (returned < mutualCount) return
  const approverFirst = approverId < requesterId
  const [firstStaffId, secondStaffId] = approverFirst ? [approverId, requesterId] : [requesterId, approverId]
  const counts = approverFirst ? { firstApproved: given, secondApproved: returned } : { firstApproved: returned, secondApproved: given }
  if (!(await writePair(work.db, { pairKey: `${firstStaffId}:${secondStaffId}`, firstStaffId, secondStaffId, ...counts, reportedAt: now }))) return
  await core.audit.record(work.db, {
    actorKind: 'system', action: 'approval.mutual', subjectKind: 'staff', subjectId: firstStaffId, outcome: 'done', details: { with: secondStaffId, given, returned },
  })
  const readers = await holdersOf(readingWithin(core.access, work), 'system.audit.view')
  await addManyOutbox(work, readers.map((staffId) => ({ kind: 'approval.mutual', payload: { staffId, first: firstStaffId, second: secondStaffId, at: now } })))
}

/** How many requests of one person another agreed to since then. */
function countApproved(db: EntityManager, approverId: string, requesterId: string, since: number): Promise<number> {
  return db.createQueryBuilder(approvalApprovers, 'approvers')
    .innerJoin('approval_requests', 'requests', 'requests.id = approvers.request_id')
    .where('approvers.staff_id = :approverId AND approvers.decided_at >= :since AND approvers.verdict = :verdict', { approverId, since, verdict: 'approve' })
    .andWhere('requests.requester_staff_id = :requesterId AND requests.status = :status', { requesterId, status: 'approved' })
    .getCount()
}

/** True when the pair is reported now: for the first time, or for the first time in this window. */
async function writePair(db: EntityManager, pair: { readonly pairKey: string, readonly firstStaffId: string, readonly secondStaffId: string, readonly firstApproved: number, readonly secondApproved: number, readonly reportedAt: number }): Promise<boolean> {
  const table = db.getRepository(approvalPairs)
  const { pairKey, firstApproved, secondApproved, reportedAt } = pair
  const again = await table.update({ pairKey, reportedAt: LessThanOrEqual(reportedAt - mutualWindowMs) }, { firstApproved, secondApproved, reportedAt })
  if (again.affected === 1) return true
  try {
    await table.insert(pair)
    return true
  } catch (error) {
    if (!isUniqueViolation(error)) throw error
    await table.update({ pairKey }, { firstApproved, secondApproved })
    return false
  }
}
