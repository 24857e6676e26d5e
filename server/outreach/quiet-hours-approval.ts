import { z } from 'zod'
import type { Access } from '../access/index.ts'
import { ApprovalOutdated, type ApprovalKind, type Approvals } from '../approvals/index.ts'
import type { UnitOfWork } from '../database/database.ts'
import { ProjectError } from '../errors.ts'
import type { Core } from './core.ts'
import { opensMore, readQuietMinutes, shortestOpenMinutes, openMinutes, timeOf } from './quiet-hours.ts'
import { setQuietMinutes, type QuietHoursChange } from './set-quiet-hours.ts'

const quietHoursKind = 'quiet-hours'

const Payload = z.object({ from: z.number().int(), until: z.number().int(), version: z.number().int() })
type Payload = z.infer<typeof Payload>

/** A shorter night waits for another holder of `marketing.strategy.operate` (S42). */
export function quietHoursApprovalKind({ core, access }: { readonly core: Core, readonly access: Access }): ApprovalKind<Payload> {
  return {
    kind: quietHoursKind,
    payload: Payload,
    decideOn: 'card',
    reach: () => 'strategy',
    waitsWhenAlone: true,
    describe: async (db, { payload }) => {
      const before = await readQuietMinutes(db)
      return { title: '缩短免打扰时段', lines: [{ label: '现在', value: spanOf(before) }, { label: '改为', value: spanOf(payload) }] }
    },
    onApproved: async (work, { id, payload, requesterStaffId }) => {
      // Whoever asked must still be somebody who may.
      if (!(await access.actorFor(requesterStaffId, work.db)).may('marketing.strategy.operate')) throw new ApprovalOutdated()
      try {
        await setQuietMinutes(core, work, { ...payload, staffId: requesterStaffId, requestId: id })
      } catch (error) {
        throw error instanceof ProjectError ? new ApprovalOutdated() : error
      }
    },
  }
}

const spanOf = ({ from, until }: { readonly from: number, readonly until: number }): string => `${timeOf(from)}–${timeOf(until)}`

export interface QuietHoursSet {
  /** Null: it waits for a second person. */
  readonly version: number | null
  readonly approvalId: string | null
}

/** A longer night holds at once, any other when a second person agrees. Throws `outreach.quiet_hours_too_long`, `outreach.version_conflict`. */
export async function setOrAsk(core: Core, approvals: Pick<Approvals, 'ask' | 'withdrawUnder'>, work: UnitOfWork, change: QuietHoursChange): Promise<QuietHoursSet> {
  const before = await readQuietMinutes(work.db)
  if (openMinutes(change) < shortestOpenMinutes) throw new ProjectError('outreach.quiet_hours_too_long', 400, { minutes: shortestOpenMinutes })
  if (before.version !== change.version) throw new ProjectError('outreach.version_conflict', 409)
  if (!opensMore(before, change)) {
    await approvals.withdrawUnder(work, quietHoursKind)
    return { version: await setQuietMinutes(core, work, change), approvalId: null }
  }
  const { from, until, version, staffId } = change
  const request = await approvals.ask(work, { kind: quietHoursKind, payload: { from, until, version }, requesterStaffId: staffId, beneficiaryStaffIds: [], departmentId: null, uniqueKey: quietHoursKind })
  return { version: null, approvalId: request.id }
}
