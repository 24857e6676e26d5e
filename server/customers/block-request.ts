import { v7 as uuid } from 'uuid'
import { z } from 'zod'
import { isOperation, maskMoneyAndNumbers, units, type RoleGrant } from '#shared/access/index'
import { temporaryGrants, type Access } from '../access/index.ts'
import type { ApprovalKind, ApprovalRequest, Approvals } from '../approvals/index.ts'
import type { Audit } from '../audit/index.ts'
import type { UnitOfWork } from '../database/database.ts'
import { isUniqueViolation } from '../database/violations.ts'
import { Invariant, present, ProjectError } from '../errors.ts'
import { staff } from '../organization/index.ts'
import { blockRequests } from './block.entity.ts'
import { customers } from './customer.entity.ts'

const dayMs = 86_400_000
/** So soon after a refusal the same is not asked again. */
const askAgainAfterMs = dayMs

const Payload = z.object({ blockRequestId: z.string(), customerId: z.string(), unit: z.string(), days: z.number().int().min(1).max(30) })
type Payload = z.infer<typeof Payload>

const kind = 'block-view'

/** One block of one customer for some days, view only (S51). Refusal or silence opens nothing. */
export function blockRequestKind(options: { readonly access: Access, readonly audit: Audit }): ApprovalKind<Payload> {
  return {
    kind, payload: Payload, decideOn: 'card',
    describe: async (db, { payload, requesterStaffId }) => {
      const row = await db.getRepository(blockRequests).findOneBy({ id: payload.blockRequestId })
      const customer = await db.getRepository(customers).findOneBy({ id: payload.customerId })
      return {
        title: '申请查看客户内容',
        lines: [
          { label: '申请人', value: (await db.getRepository(staff).findOneBy({ id: requesterStaffId }))?.name ?? '' },
          { label: '内容', value: labelOf(payload.unit) },
          // Never the name: a card leaves our walls, and whoever decides sees the customer in the console by his own rights.
          { label: '客户', value: `编号 …${customer?.externalUserId.slice(-6) ?? ''}` },
          { label: '时长', value: `批准后 ${payload.days} 天，仅查看` },
          { label: '原因', value: row?.reason ?? '' },
        ],
      }
    },
    onApproved: (work, request) => open(options, work, request),
    onClosed: async (work, request) => {
      const now = options.access.clock.now()
      const askAgainAt = request.status === 'refused' ? now + askAgainAfterMs : now
      await work.db.getRepository(blockRequests).update({ id: request.payload.blockRequestId, state: 'waiting' }, { state: 'refused', waitingKey: null, decidedAt: now, askAgainAt })
    },
  }
}

const labelOf = (unit: string): string => Object.entries(units).find(([name]) => name === unit)?.[1].zh ?? unit

/** Opens this block only: a temporary grant over one customer, in force from this very transaction until its end. */
async function open({ access, audit }: { readonly access: Access, readonly audit: Audit }, work: UnitOfWork, { id, payload, requesterStaffId, decidedBy }: ApprovalRequest<Payload>): Promise<void> {
  const view = `${payload.unit}.view`
  if (!isOperation(view)) throw new Invariant('a request names a block that does not exist')
  const now = access.clock.now()
  const row = present(await work.db.getRepository(blockRequests).findOneBy({ id: payload.blockRequestId }), 'the row behind a request for a block')
  const grantId = uuid()
  const opened = await work.db.getRepository(blockRequests).update({ id: row.id, state: 'waiting' }, { state: 'granted', waitingKey: null, decidedAt: now, grantId })
  if (opened.affected !== 1) throw new Invariant('a request for a block was decided twice')
  const definition: RoleGrant = { operations: [view], scope: { kind: 'customers', customerIds: [payload.customerId] }, conditions: [], fields: {} }
  const untilAt = now + payload.days * dayMs
  await work.db.getRepository(temporaryGrants).insert({
    id: grantId, staffId: requesterStaffId, campaignId: null, definition, fromAt: now, untilAt, state: 'granted', reason: row.reason,
    requestedBy: requesterStaffId, decidedBy, createdAt: row.createdAt, decidedAt: now, endedAt: null, version: 1,
  })
  await access.raiseEpoch(work)
  await audit.record(work.db, {
    actorKind: decidedBy === null ? 'system' : 'staff', actorId: decidedBy, action: 'block.opened', operation: view, subjectKind: 'customer', subjectId: payload.customerId, outcome: 'done',
    details: { staff: requesterStaffId, grant: grantId, request: id, until: untilAt },
  })
}

export interface BlockAsked {
  readonly staffId: string
  readonly customerId: string
  readonly unit: string
  readonly days: number
  readonly reason: string
  readonly now: number
}

/** Asks whoever stands above. The same wish waits once: throws `block.already_asked`. What the person wrote is masked like a remark. */
export async function askForBlock(work: UnitOfWork, approvals: Approvals, asked: BlockAsked): Promise<void> {
  const { staffId, customerId, unit, days, now } = asked
  const table = work.db.getRepository(blockRequests)
  const id = uuid()
  try {
    await table.insert({
      id, staffId, customerId, unit, days, reason: maskMoneyAndNumbers(asked.reason), state: 'waiting', waitingKey: `${staffId}:${customerId}:${unit}`,
      requestId: null, grantId: null, createdAt: now, decidedAt: null, askAgainAt: null,
    })
  } catch (error) {
    if (isUniqueViolation(error)) throw new ProjectError('block.already_asked', 409)
    throw error
  }
  const request = await approvals.ask(work, {
    kind, requesterStaffId: staffId, beneficiaryStaffIds: [staffId], departmentId: null, payload: { blockRequestId: id, customerId, unit, days },
  })
  await table.update({ id }, { requestId: request.id })
}
