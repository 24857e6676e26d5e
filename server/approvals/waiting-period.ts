import { savepoint, type UnitOfWork } from '../database/database.ts'
import { addManyOutbox } from '../jobs/index.ts'
import { approvalRequests, type ApprovalRow } from './approval.entity.ts'
import { ApprovalOutdated, type NotEligible } from './approval-kind.ts'
import { claim, closeRequest, ended } from './close-request.ts'
import type { Core } from './core.ts'
import { holdersOf, levelsOf } from './find-approvers.ts'
import { readingNow, readingWithin, type Reading } from './standing.ts'
import { wantNextLevel } from './wanted.ts'

/**
 * How long the only administrator of a company waits for what would need a second one. Long enough for whoever was told to come
 * back from a day off and refuse; short enough that a first day does not stand still for a week.
 */
export const waitingPeriodMs = 24 * 3_600_000

/** Whether the rule of the waiting period holds for this request: its kind allows it, and the requester is an administrator at this moment. */
export async function mayWait(core: Core, reading: Reading, row: ApprovalRow): Promise<boolean> {
  if (core.registry.get(row.kind).waitsWhenAlone !== true) return false
  return (await reading.actorFor(row.requesterStaffId)).may('system.policy.operate')
}

/** Those who are told of a waiting period and may end it: whoever decides over the whole company, and whoever reads the audit. */
export async function watchersOf(reading: Reading, row: ApprovalRow): Promise<string[]> {
  const found = new Set([...await holdersOf(reading, 'marketing.approvals.operate'), ...await holdersOf(reading, 'system.audit.view')])
  const watchers: string[] = []
  for (const staffId of found) {
    if (staffId !== row.requesterStaffId && await watches(reading, staffId)) watchers.push(staffId)
  }
  return watchers
}

async function watches(reading: Reading, staffId: string): Promise<boolean> {
  const actor = await reading.actorFor(staffId)
  return actor.may('system.audit.view') || actor.decideResource('marketing.approvals.operate', { departmentId: null, creatorStaffId: null }).allowed
}

/** Nobody concerned may stop it for himself; any other watcher may, though he could not agree to it. */
export async function mayStopWaiting(reading: Reading, row: ApprovalRow, staffId: string, reason: NotEligible): Promise<boolean> {
  return row.status === 'waiting' && (reason === 'no-right' || reason === 'not-superior' || reason === 'not-asked') && watches(reading, staffId)
}

/** Begins the waiting period of a claimed request and tells the watchers. */
export async function startWaiting(core: Core, work: UnitOfWork, row: ApprovalRow, watchers: readonly string[]): Promise<void> {
  const dueAt = core.access.clock.now() + waitingPeriodMs
  await work.db.getRepository(approvalRequests).update({ id: row.id }, { status: 'waiting', dueAt, expiresAt: Math.max(row.expiresAt, dueAt) })
  await core.audit.record(work.db, {
    actorKind: 'system', action: 'approval.waiting', subjectKind: 'approval', subjectId: row.id, outcome: 'done',
    details: { kind: row.kind, requester: row.requesterStaffId, until: dueAt, told: watchers.length },
  })
  await addManyOutbox(work, [...new Set([...watchers, row.requesterStaffId])].map((staffId) => ({ kind: 'approval.waiting', payload: { requestId: row.id, staffId } })))
}

/**
 * The waiting period of this request is over: it takes effect now, unless somebody who could decide has come meanwhile (then he
 * is asked) or the requester is no administrator any more (then it ends).
 */
export async function endWaiting(core: Core, requestId: string): Promise<void> {
  await core.database.transaction(async (work) => {
    const { row, claimed } = await claim(work.db, requestId)
    const now = core.access.clock.now()
    if (!claimed || row.status !== 'waiting' || row.dueAt === null || row.dueAt > now) return
    const reading = readingWithin(core.access, work)
    if ((await levelsOf(reading, row)).length > 0) return askAfterAll(core, work, row, now)
    if (!(await mayWait(core, reading, row))) return void await closeRequest(core, work, row, { status: 'expired', byStaffId: null })
    await takeEffect(core, work, row, now)
  })
}

async function askAfterAll(core: Core, work: UnitOfWork, row: ApprovalRow, now: number): Promise<void> {
  const { patienceMs, lifetimeMs } = core.registry.get(row.kind)
  await work.db.getRepository(approvalRequests).update({ id: row.id }, { status: 'pending', level: -1, dueAt: now + patienceMs, expiresAt: now + lifetimeMs })
  await wantNextLevel(work, row.id)
}

async function takeEffect(core: Core, work: UnitOfWork, row: ApprovalRow, now: number): Promise<void> {
  const ending = { status: 'approved', byStaffId: null, details: { via: 'waiting-period' } } as const
  try {
    await savepoint(work, (inner) => core.registry.get(row.kind).onApproved(inner, ended(row, ending, now)))
  } catch (error) {
    if (!(error instanceof ApprovalOutdated)) throw error
    await closeRequest(core, work, row, { status: 'outdated', byStaffId: null })
    return
  }
  await closeRequest(core, work, row, ending)
}

/** Whether this request would begin its waiting period now, and who would be told; read outside a transaction. */
export async function waitingPlan(core: Core, row: ApprovalRow): Promise<readonly string[] | null> {
  const reading = readingNow(core.access, core.database)
  return await mayWait(core, reading, row) ? watchersOf(reading, row) : null
}
