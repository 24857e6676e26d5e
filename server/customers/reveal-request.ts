import { createHash } from 'node:crypto'
import { v7 as uuid } from 'uuid'
import { z } from 'zod'
import { maskMoneyAndNumbers } from '#shared/access/index'
import { revealAllowances, type Access } from '../access/index.ts'
import type { ApprovalKind, Approvals } from '../approvals/index.ts'
import type { Audit } from '../audit/index.ts'
import type { UnitOfWork } from '../database/database.ts'
import { staff } from '../organization/index.ts'

const hourMs = 3_600_000
/** Mobile, e-mail and address of each customer once. */
const revealsEach = 3

const Payload = z.object({ customerIds: z.array(z.string()).min(1).max(200), hours: z.number().int().min(1).max(24), reason: z.string() })
type Payload = z.infer<typeof Payload>

const kind = 'reveal-bulk'

/** Reveals of named customers beyond the daily limit, for some hours from the approval on. */
export function revealRequestKind({ access, audit }: { readonly access: Access, readonly audit: Audit }): ApprovalKind<Payload> {
  return {
    kind, payload: Payload, decideOn: 'card',
    describe: async (db, { payload, requesterStaffId }) => ({
      title: '申请批量查看明文',
      lines: [
        { label: '申请人', value: (await db.getRepository(staff).findOneBy({ id: requesterStaffId }))?.name ?? '' },
        { label: '客户', value: `${payload.customerIds.length} 位` },
        { label: '时长', value: `批准后 ${payload.hours} 小时` },
        { label: '原因', value: payload.reason },
      ],
    }),
    onApproved: async (work, { id, payload, requesterStaffId }) => {
      const untilAt = access.clock.now() + payload.hours * hourMs
      await work.db.getRepository(revealAllowances).insert(payload.customerIds.map((customerId) => ({
        id: uuid(), staffId: requesterStaffId, customerId, rest: revealsEach, untilAt, requestId: id,
      })))
      await audit.record(work.db, {
        actorKind: 'system', action: 'reveal.allowed', subjectKind: 'staff', subjectId: requesterStaffId, outcome: 'done',
        details: { request: id, customers: payload.customerIds.length, until: untilAt },
      })
    },
  }
}

export interface RevealsAsked {
  readonly staffId: string
  readonly customerIds: readonly string[]
  readonly hours: number
  readonly reason: string
}

/** The same customers asked for once more while a request waits are the same request. */
const sameWish = (staffId: string, customerIds: readonly string[]): string =>
  `${kind}:${staffId}:${createHash('sha256').update([...customerIds].sort().join()).digest('hex').slice(0, 32)}`

/** Asks a superior; what the person wrote goes onto a card and is masked like a remark. */
export async function askForReveals(work: UnitOfWork, approvals: Approvals, { staffId, customerIds, hours, reason }: RevealsAsked): Promise<string> {
  const request = await approvals.ask(work, {
    kind, uniqueKey: sameWish(staffId, customerIds), requesterStaffId: staffId, beneficiaryStaffIds: [staffId], departmentId: null,
    payload: { customerIds: [...customerIds].sort(), hours, reason: maskMoneyAndNumbers(reason) },
  })
  return request.id
}
