import { createHash } from 'node:crypto'
import type { EntityManager } from 'typeorm'
import { v7 as uuid } from 'uuid'
import type { UnitOfWork } from '../database/database.ts'
import { isUniqueViolation } from '../database/violations.ts'
import { Invariant, ProjectError } from '../errors.ts'
import { staff, staffDepartments } from '../organization/index.ts'
import { approvalRequests, type ApprovalRow } from './approval.entity.ts'
import type { ApprovalRequest, AskInput } from './approval-kind.ts'
import { claim, closeRequest, isOpen } from './close-request.ts'
import type { Core } from './core.ts'
import { requestOf } from './registry.ts'
import { wantNextLevel } from './wanted.ts'

/** Until the first level was asked, which an effect does at once, the clock looks again this soon. */
const firstLookMs = 5 * 60_000

/** Creates the request and wants its approvers to be found and written to, all in the caller's transaction. */
export async function askRequest<Payload>(core: Core, work: UnitOfWork, input: AskInput<Payload>): Promise<ApprovalRequest<Payload>> {
  const row = await newRow(core, work, input)
  const standing = input.uniqueKey === undefined ? null : await openWith(work, input.uniqueKey)
  if (standing !== null && standing.contentHash === row.contentHash) return requestOf(standing, input.payload)
  if (standing !== null) await withdrawForAnother(core, work, standing.id)
  try {
    await work.db.getRepository(approvalRequests).insert(row)
  } catch (error) {
    if (!isUniqueViolation(error) || input.uniqueKey === undefined) throw error
    // Asked by somebody else at this very moment: his request stands.
    const other = await openWith(work, input.uniqueKey)
    if (other === null) throw error
    // Another content under the same key: what this caller wants was not asked.
    if (other.contentHash !== row.contentHash) throw new ProjectError('approval.asked_otherwise', 409)
    return requestOf(other, input.payload)
  }
  await core.audit.record(work.db, {
    actorKind: 'staff', actorId: row.requesterStaffId, action: 'approval.requested', subjectKind: 'approval', subjectId: row.id, outcome: 'done',
    details: { kind: row.kind, beneficiaries: row.beneficiaryStaffIds.slice(0, 20), hash: row.contentHash },
  })
  await wantNextLevel(work, row.id)
  return requestOf(row, input.payload)
}

type NewRow = Omit<ApprovalRow, 'payload'> & { readonly payload: object }

async function newRow<Payload>(core: Core, work: UnitOfWork, input: AskInput<Payload>): Promise<NewRow> {
  const { payload } = input
  if (typeof payload !== 'object' || payload === null) throw new Invariant('the payload of a request is an object')
  const kind = core.registry.get(input.kind)
  const now = core.access.clock.now()
  const departmentId = input.departmentId ?? await mainDepartment(work.db, input.requesterStaffId)
  return {
    id: uuid(), kind: kind.kind, payload, contentHash: input.contentHash ?? digest(payload), uniqueKey: input.uniqueKey ?? null,
    requesterStaffId: input.requesterStaffId, beneficiaryStaffIds: [...new Set(input.beneficiaryStaffIds)], departmentId,
    departmentIsOwn: departmentId !== null && await work.db.getRepository(staffDepartments).existsBy({ staffId: input.requesterStaffId, departmentId }),
    reach: kind.reach(payload), mode: input.mode ?? 'first', status: 'pending', level: -1,
    dueAt: now + firstLookMs, expiresAt: now + kind.lifetimeMs, createdAt: now, closedAt: null, decidedBy: null, note: null, version: 1,
  }
}

/** WeCom's main department where it is in force here, else the first that is. */
async function mainDepartment(db: EntityManager, staffId: string): Promise<number | null> {
  const mine = await db.getRepository(staffDepartments).find({ where: { staffId }, order: { since: 'ASC', departmentId: 'ASC' } })
  const person = await db.getRepository(staff).findOneBy({ id: staffId })
  return mine.find((one) => one.departmentId === person?.mainDepartmentId)?.departmentId ?? mine[0]?.departmentId ?? null
}

const digest = (payload: unknown): string => createHash('sha256').update(JSON.stringify(payload)).digest('hex')

const openWith = (work: UnitOfWork, uniqueKey: string): Promise<ApprovalRow | null> => work.db.getRepository(approvalRequests).findOneBy({ uniqueKey })

async function withdrawForAnother(core: Core, work: UnitOfWork, requestId: string): Promise<void> {
  const { row, claimed } = await claim(work.db, requestId)
  if (claimed) await closeRequest(core, work, row, { status: 'withdrawn', byStaffId: null, details: { why: 'replaced' } })
}

/** Takes back an own request. Throws ApprovalNotFound for one that is not his, `approval.closed` when it is over. */
export async function withdrawRequest(core: Core, work: UnitOfWork, requestId: string, byStaffId: string): Promise<void> {
  const table = work.db.getRepository(approvalRequests)
  const own = await table.findOneBy({ id: requestId, requesterStaffId: byStaffId })
  if (own === null) throw new ProjectError('approval.not_found', 404)
  const { row, claimed } = await claim(work.db, requestId)
  if (!claimed || !isOpen(row)) throw new ProjectError('approval.closed', 409, { status: row.status })
  await closeRequest(core, work, row, { status: 'withdrawn', byStaffId })
}

/** Withdraws whatever is open under a key: the wish behind it is gone. */
export async function withdrawUnder(core: Core, work: UnitOfWork, uniqueKey: string): Promise<void> {
  const open = await openWith(work, uniqueKey)
  if (open !== null) await withdrawForAnother(core, work, open.id)
}
