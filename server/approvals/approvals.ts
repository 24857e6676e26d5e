import { In } from 'typeorm'
import type { UnitOfWork } from '../database/database.ts'
import { approvalRequests, type DecidedVia, type Verdict } from './approval.entity.ts'
import type { ApprovalKind, ApprovalRequest, AskInput, Decided, DecideInput } from './approval-kind.ts'
import { askRequest, withdrawRequest, withdrawUnder } from './ask-request.ts'
import { claim, closeRequest, openStatuses } from './close-request.ts'
import type { Core } from './core.ts'
import { decideRequest } from './decide-request.ts'
import { moveDue } from './proceed.ts'
import { createRegistry } from './registry.ts'

/** What other domains do with approvals. */
export interface Approvals {
  /** Once at start, by the domain that owns the kind. Throws Invariant for a name that is taken. */
  register<Payload>(kind: ApprovalKind<Payload>): void
  /** Creates the request in the caller's transaction; its approvers are found and written to by an effect. */
  ask<Payload>(work: UnitOfWork, input: AskInput<Payload>): Promise<ApprovalRequest<Payload>>
  /** The requester takes it back. Throws `approval.not_found`, `approval.closed`. */
  withdraw(work: UnitOfWork, requestId: string, byStaffId: string): Promise<void>
  /** Withdraws the open request with this unique key, if there is one: what was wished for is gone. */
  withdrawUnder(work: UnitOfWork, uniqueKey: string): Promise<void>
  /** Somebody is gone: what he asked for is withdrawn. */
  withdrawAllOf(work: UnitOfWork, requesterStaffId: string): Promise<void>
  /** One decision in a transaction of its own. Throws `approval.not_found` and what the kind's `onApproved` throws. */
  decide(requestId: string, byStaffId: string, verdict: Verdict, via: DecidedVia, note?: string): Promise<Decided>
  /** The same in the caller's transaction. */
  decideWithin(work: UnitOfWork, input: DecideInput): Promise<Decided>
  /** Moves on whatever the clock moves: next levels, ends, waiting periods. For the schedule, and for tests. */
  moveDue(): Promise<void>
  /** For this domain's own workers and routes. */
  readonly core: Core
}

export function createApprovals(options: Omit<Core, 'registry'>): Approvals {
  const core: Core = { ...options, registry: createRegistry() }
  return {
    core,
    register: (kind) => core.registry.add(kind),
    ask: (work, input) => askRequest(core, work, input),
    withdraw: (work, requestId, byStaffId) => withdrawRequest(core, work, requestId, byStaffId),
    withdrawUnder: (work, uniqueKey) => withdrawUnder(core, work, uniqueKey),
    withdrawAllOf: async (work, requesterStaffId) => {
      const open = await work.db.getRepository(approvalRequests).findBy({ requesterStaffId, status: In([...openStatuses]) })
      for (const one of open) {
        const { row, claimed } = await claim(work.db, one.id)
        if (claimed) await closeRequest(core, work, row, { status: 'withdrawn', byStaffId: null, details: { why: 'left' } })
      }
    },
    decide: (requestId, byStaffId, verdict, via, note) =>
      core.database.transaction((work) => decideRequest(core, work, { requestId, byStaffId, verdict, via, note })),
    decideWithin: (work, input) => decideRequest(core, work, input),
    moveDue: () => moveDue(core),
  }
}
