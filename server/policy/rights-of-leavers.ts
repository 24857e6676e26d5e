import { In } from 'typeorm'
import { campaignMembers, temporaryGrants } from '../access/index.ts'
import type { UnitOfWork } from '../database/database.ts'
import { joinKeys } from './campaign-join-kind.ts'
import { openRequestsUnder } from './open-requests.ts'
import type { RightsOptions } from './rights-options.ts'
import { roleKeyOf } from './role-kind.ts'
import { endSharesTo } from './share-customer.ts'
import { endGrant } from './temporary-end.ts'

/**
 * Somebody left: whatever he held or was to hold for a time ends in the transaction in which he goes, so that a return brings
 * nothing back. The hook of `organization`, which raises the epoch.
 */
export async function endRightsOf(options: RightsOptions, work: UnitOfWork, staffId: string): Promise<void> {
  const now = options.access.clock.now()
  const grants = await work.db.getRepository(temporaryGrants).findBy({ staffId, state: In(['waiting', 'granted']) })
  for (const grant of grants) await endGrant(options, work, grant, null)
  await work.db.getRepository(campaignMembers).delete({ staffId })
  const shared = await endSharesTo(work, staffId, now)
  // A request to join names all who are to join: the others are asked for anew, since it was agreed to as a whole.
  const joining = (await openRequestsUnder(work.db, joinKeys)).filter((row) => row.beneficiaryStaffIds.includes(staffId))
  for (const { uniqueKey } of [...await openRequestsUnder(work.db, roleKeyOf(staffId)), ...joining]) {
    if (uniqueKey !== null) await options.approvals.withdrawUnder(work, uniqueKey)
  }
  if (shared.length > 0) {
    await options.audit.record(work.db, { actorKind: 'system', action: 'share.ended', subjectKind: 'staff', subjectId: staffId, outcome: 'done', details: { shares: shared.slice(0, 50) } })
  }
}
