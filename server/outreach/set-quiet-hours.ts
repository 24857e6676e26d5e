import { IsNull } from 'typeorm'
import type { UnitOfWork } from '../database/database.ts'
import { isUniqueViolation } from '../database/violations.ts'
import { ProjectError } from '../errors.ts'
import { wakeAfterCommit, type Core } from './core.ts'
import { outreachSettings, outreachTasks, type OutreachSettingsRow } from './outreach.entity.ts'
import { openMinutes, readQuietMinutes, shortestOpenMinutes, type QuietMinutes } from './quiet-hours.ts'

export interface QuietHoursChange extends QuietMinutes {
  readonly version: number
  readonly staffId: string
  readonly requestId: string
}

/** Changes the company's quiet hours and lets every task look at the clock again. Returns the new version. */
export async function setQuietMinutes(core: Core, work: UnitOfWork, change: QuietHoursChange): Promise<number> {
  const { from, until, version } = change
  if (openMinutes(change) < shortestOpenMinutes) throw new ProjectError('outreach.quiet_hours_too_long', 400, { minutes: shortestOpenMinutes })
  const before = await readQuietMinutes(work.db)
  const row = { quietFrom: from, quietUntil: until, version: version + 1, updatedAt: core.clock(), updatedBy: change.staffId }
  if (!(await write(work, row, version))) throw new ProjectError('outreach.version_conflict', 409)
  const now = core.clock()
  await work.db.update(outreachTasks, { state: 'created', confirmedAt: IsNull() }, { nextAt: now })
  await work.db.createQueryBuilder().update(outreachTasks).set({ nextAt: () => 'not_before' }).where(`state = 'planned'`).execute()
  await core.audit.record(work.db, {
    actorKind: 'staff', actorId: change.staffId, action: 'outreach.quiet-hours-set', operation: 'marketing.strategy.operate', subjectKind: 'company', subjectId: null, outcome: 'done',
    details: { fromMinute: from, untilMinute: until, beforeFrom: before.from, beforeUntil: before.until }, requestId: change.requestId,
  })
  wakeAfterCommit(core, work)
  return version + 1
}

async function write(work: UnitOfWork, row: Omit<OutreachSettingsRow, 'id'>, version: number): Promise<boolean> {
  if (version > 0) return (await work.db.update(outreachSettings, { id: 'company', version }, row)).affected === 1
  try {
    await work.db.insert(outreachSettings, { id: 'company', ...row })
    return true
  } catch (error) {
    if (isUniqueViolation(error)) return false
    throw error
  }
}
