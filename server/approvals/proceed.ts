import { LessThanOrEqual } from 'typeorm'
import { v7 as uuid } from 'uuid'
import type { UnitOfWork } from '../database/database.ts'
import { isUniqueViolation } from '../database/violations.ts'
import { approvalApprovers, approvalRequests, type ApprovalRow } from './approval.entity.ts'
import { claim, closeRequest } from './close-request.ts'
import type { Core } from './core.ts'
import { levelsOf, type Level } from './find-approvers.ts'
import { readingNow } from './standing.ts'
import { endWaiting, startWaiting, waitingPlan } from './waiting-period.ts'
import { wantCard } from './wanted.ts'

/**
 * Asks the next level of a pending request; with nobody left it looks again later, or begins the waiting period. The people are
 * found before the transaction; it changes something only where the level is still the one that was seen.
 */
export async function askNextLevel(core: Core, requestId: string): Promise<void> {
  const row = await core.database.db.getRepository(approvalRequests).findOneBy({ id: requestId })
  if (row === null || row.status !== 'pending') return
  const levels = await levelsOf(readingNow(core.access, core.database), row)
  const next = levels.find((one) => one.level > row.level) ?? null
  const watchers = levels.length === 0 ? await waitingPlan(core, row) : null
  await core.database.transaction(async (work) => {
    const { row: now, claimed } = await claim(work.db, requestId)
    if (!claimed || now.status !== 'pending' || now.level !== row.level) return
    if (watchers !== null) return startWaiting(core, work, now, watchers)
    await moveTo(core, work, now, next)
  })
}

async function moveTo(core: Core, work: UnitOfWork, row: ApprovalRow, next: Level | null): Promise<void> {
  const now = core.access.clock.now()
  const { patienceMs } = core.registry.get(row.kind)
  const dueAt = Math.min(now + patienceMs, row.expiresAt)
  await work.db.getRepository(approvalRequests).update({ id: row.id }, { level: next?.level ?? row.level, dueAt })
  if (next === null) return
  for (const staffId of next.staffIds) await askPerson(work, row.id, next.level, staffId, now)
  await core.audit.record(work.db, {
    actorKind: 'system', action: row.level < 0 ? 'approval.asked' : 'approval.escalated', subjectKind: 'approval', subjectId: row.id, outcome: 'done',
    details: { kind: row.kind, level: next.level, people: next.staffIds.length },
  })
}

async function askPerson(work: UnitOfWork, requestId: string, level: number, staffId: string, now: number): Promise<void> {
  const id = uuid()
  try {
    await work.db.getRepository(approvalApprovers).insert({
      id, requestId, staffId, level, askedAt: now, cardSentAt: null, cardCode: null, verdict: null, via: null, decidedAt: null,
    })
  } catch (error) {
    // Asked before, or he has voted without having been asked.
    if (isUniqueViolation(error)) return
    throw error
  }
  await wantCard(work, id)
}

const batch = 100
const pauseAfterFailureMs = 5 * 60_000

/**
 * Everything that the clock moves on: levels whose patience ended, requests at their end, waiting periods that are over.
 * Run every minute by one process; each step claims its row, so a run that was cut off is simply run again.
 */
export async function moveDue(core: Core): Promise<void> {
  for (let more = true; more;) {
    const due = await core.database.db.getRepository(approvalRequests).find({
      where: { dueAt: LessThanOrEqual(core.access.clock.now()) }, order: { dueAt: 'ASC', id: 'ASC' }, take: batch,
    })
    for (const row of due) await moveOne(core, row)
    more = due.length === batch
  }
}

async function moveOne(core: Core, row: ApprovalRow): Promise<void> {
  try {
    if (row.status === 'waiting') await endWaiting(core, row.id)
    else if (row.expiresAt <= core.access.clock.now()) await expire(core, row.id)
    else await askNextLevel(core, row.id)
  } catch (error) {
    core.log.error({ request: row.id, kind: row.kind, error: error instanceof Error ? error.name : 'unknown' }, 'an approval could not be moved on and is tried again')
    await core.database.db.getRepository(approvalRequests).update({ id: row.id, version: row.version }, { dueAt: core.access.clock.now() + pauseAfterFailureMs })
  }
}

async function expire(core: Core, requestId: string): Promise<void> {
  await core.database.transaction(async (work) => {
    const { row, claimed } = await claim(work.db, requestId)
    if (claimed && row.status === 'pending' && row.expiresAt <= core.access.clock.now()) await closeRequest(core, work, row, { status: 'expired', byStaffId: null })
  })
}
