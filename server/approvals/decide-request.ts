import { IsNull } from 'typeorm'
import { v7 as uuid } from 'uuid'
import { maskMoneyAndNumbers } from '#shared/access/index'
import { fit } from '../database/columns.ts'
import { savepoint, type UnitOfWork } from '../database/database.ts'
import { isUniqueViolation } from '../database/violations.ts'
import { approvalApprovers, type ApprovalRow } from './approval.entity.ts'
import { ApprovalOutdated, type Decided, type DecideInput, type NotEligible } from './approval-kind.ts'
import { claim, closeRequest, ended } from './close-request.ts'
import type { Core } from './core.ts'
import { reportMutual } from './mutual.ts'
import { requestOf } from './registry.ts'
import { readingWithin, standingOf, type Reading } from './standing.ts'
import { wantCard } from './wanted.ts'
import { mayStopWaiting } from './waiting-period.ts'

/**
 * One tap, in the caller's transaction: whoever taps first takes the request, is checked by the rights of this moment, and the
 * effect is written with the decision. Everybody later, and everybody after the end, is told that it is over.
 * Throws ApprovalNotFound, and whatever `onApproved` throws except ApprovalOutdated.
 */
export async function decideRequest(core: Core, work: UnitOfWork, input: DecideInput): Promise<Decided> {
  const { row, claimed } = await claim(work.db, input.requestId)
  if (!claimed) return late(row)
  if (row.status === 'pending' && row.expiresAt <= core.access.clock.now()) return late(await closeRequest(core, work, row, { status: 'expired', byStaffId: null }))
  const reason = await refusalOf(core, readingWithin(core.access, work), row, input)
  if (reason !== null) {
    await auditVote(core, work, row, input, 'approval.denied', 'refused', { reason })
    return { outcome: 'not-eligible', reason, request: requestOf(row, row.payload) }
  }
  if (!(await writeVote(core, work, row, input))) return late(row)
  if (input.verdict === 'refuse') return { outcome: 'refused', request: over(await close(core, work, row, input, 'refused')) }
  if (row.mode === 'all' && await othersMissing(core, work, row)) {
    await auditVote(core, work, row, input, 'approval.agreed', 'done', {})
    const own = await work.db.getRepository(approvalApprovers).findOneByOrFail({ requestId: row.id, staffId: input.byStaffId })
    await wantCard(work, own.id)
    return { outcome: 'recorded', request: over(row) }
  }
  return approve(core, work, row, input)
}

const over = (row: ApprovalRow) => requestOf(row, row.payload)
const late = (row: ApprovalRow): Decided => ({ outcome: 'late', request: over(row) })

/** Why this person's tap does not count; null when it does. */
async function refusalOf(core: Core, reading: Reading, row: ApprovalRow, input: DecideInput): Promise<NotEligible | null> {
  const kind = core.registry.get(row.kind)
  if (input.via === 'card' && kind.decideOn === 'console') return 'console-only'
  const standing = await standingOf(reading, row, input.byStaffId)
  if (!standing.may) return input.verdict === 'refuse' && await mayStopWaiting(reading, row, input.byStaffId, standing.reason) ? null : standing.reason
  if (row.mode !== 'all' || input.verdict === 'refuse') return null
  const asked = await reading.db.getRepository(approvalApprovers).findOneBy({ requestId: row.id, staffId: input.byStaffId })
  return asked === null || asked.askedAt === null ? 'not-asked' : null
}

/** False when this person has decided already. */
async function writeVote(core: Core, work: UnitOfWork, row: ApprovalRow, input: DecideInput): Promise<boolean> {
  const table = work.db.getRepository(approvalApprovers)
  const vote = { verdict: input.verdict, via: input.via, decidedAt: core.access.clock.now() }
  const { affected } = await table.update({ requestId: row.id, staffId: input.byStaffId, verdict: IsNull() }, vote)
  if (affected === 1) return true
  try {
    await table.insert({ id: uuid(), requestId: row.id, staffId: input.byStaffId, level: row.level, askedAt: null, cardSentAt: null, cardCode: null, ...vote })
    return true
  } catch (error) {
    if (isUniqueViolation(error)) return false
    throw error
  }
}

/** Whether somebody of the level that was asked last has still to agree; whoever lost the right to decide is not waited for. */
async function othersMissing(core: Core, work: UnitOfWork, row: ApprovalRow): Promise<boolean> {
  const silent = await work.db.getRepository(approvalApprovers).findBy({ requestId: row.id, level: row.level, verdict: IsNull() })
  const reading = readingWithin(core.access, work)
  for (const one of silent) {
    if ((await standingOf(reading, row, one.staffId)).may) return true
  }
  return false
}

async function approve(core: Core, work: UnitOfWork, row: ApprovalRow, input: DecideInput): Promise<Decided> {
  const kind = core.registry.get(row.kind)
  const approved = ended(row, { status: 'approved', byStaffId: input.byStaffId, note: noteOf(input) }, core.access.clock.now())
  try {
    await savepoint(work, (inner) => kind.onApproved(inner, approved))
  } catch (error) {
    if (!(error instanceof ApprovalOutdated)) throw error
    return late(await close(core, work, row, input, 'outdated'))
  }
  const closed = await close(core, work, row, input, 'approved')
  await reportMutual(core, work, input.byStaffId, row.requesterStaffId)
  return { outcome: 'approved', request: over(closed) }
}

/** What somebody writes beside his decision is kept and passed on without numbers. */
const noteOf = (input: DecideInput): string | undefined => (input.note === undefined ? undefined : fit(maskMoneyAndNumbers(input.note), 500))

const close = (core: Core, work: UnitOfWork, row: ApprovalRow, input: DecideInput, status: 'approved' | 'refused' | 'outdated') =>
  closeRequest(core, work, row, { status, byStaffId: input.byStaffId, note: noteOf(input), details: { via: input.via } })

async function auditVote(core: Core, work: UnitOfWork, row: ApprovalRow, input: DecideInput, action: string, outcome: 'done' | 'refused', details: Readonly<Record<string, string>>): Promise<void> {
  await core.audit.record(work.db, {
    actorKind: 'staff', actorId: input.byStaffId, action, operation: 'marketing.approvals.operate', subjectKind: 'approval', subjectId: row.id, outcome,
    details: { kind: row.kind, requester: row.requesterStaffId, verdict: input.verdict, via: input.via, ...details },
  })
}
