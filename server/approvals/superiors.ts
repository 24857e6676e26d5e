import type { ApprovalRow } from './approval.entity.ts'
import type { Core } from './core.ts'
import { levelsOf } from './find-approvers.ts'
import { administratorLevel, readingNow, standingOf, type Reading } from './standing.ts'

/** A wish of this person that was never written down: who would be asked about it are his superiors. */
const wishOf = (staffId: string): ApprovalRow => ({
  id: '', kind: '', payload: null, contentHash: '', uniqueKey: null, requesterStaffId: staffId, beneficiaryStaffIds: [staffId],
  departmentId: null, departmentIsOwn: false, reach: 'line', mode: 'first', status: 'pending', level: administratorLevel,
  dueAt: null, expiresAt: 0, createdAt: 0, closedAt: null, decidedBy: null, note: null, version: 0,
})

/** The nearest superiors of a person, as things stand now; the administrators where he has none, or nobody. */
export async function superiorsOf({ access, database }: Core, staffId: string): Promise<readonly string[]> {
  const levels = await levelsOf(readingNow(access, database), wishOf(staffId))
  return levels[0]?.staffIds ?? []
}

/** Whether somebody is a superior of this person or an administrator, and not himself under another account. */
export async function isSuperiorOf(reading: Reading, staffId: string, byStaffId: string): Promise<boolean> {
  return (await standingOf(reading, wishOf(staffId), byStaffId)).may
}
