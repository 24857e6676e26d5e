import { In } from 'typeorm'
import { campaigns, temporaryGrants, type ActorAccess, type TemporaryGrant } from '../access/index.ts'
import type { UnitOfWork } from '../database/database.ts'
import { ProjectError } from '../errors.ts'
import type { RightsOptions } from './rights-options.ts'
import { temporaryKey } from './temporary-kind.ts'

/** The person himself, whoever asked or decided, for a campaign whoever looks after campaigns, and administrators. */
export function mayEndGrant(actor: ActorAccess, row: TemporaryGrant): boolean {
  return row.staffId === actor.staffId || row.requestedBy === actor.staffId || row.decidedBy === actor.staffId
    || (row.campaignId !== null && actor.may('marketing.strategy.operate')) || actor.may('system.policy.operate')
}

/** Ends a grant, or withdraws its request, for the next request on. False when it had ended before. Throws `grant.not_found`. */
export async function endTemporary(options: RightsOptions, work: UnitOfWork, actorStaffId: string, id: string): Promise<boolean> {
  const row = await work.db.getRepository(temporaryGrants).findOneBy({ id })
  if (row === null || !mayEndGrant(await options.access.actorFor(actorStaffId, work.db), row)) throw new ProjectError('grant.not_found', 404)
  return endGrant(options, work, row, actorStaffId)
}

/** One of many at once ends it. */
export async function endGrant({ access, audit, approvals }: RightsOptions, work: UnitOfWork, row: TemporaryGrant, by: string | null): Promise<boolean> {
  const now = access.clock.now()
  if (row.state === 'granted' && (row.untilAt <= now || await campaignIsOver(work, row.campaignId, now))) return false
  const { affected } = await work.db.getRepository(temporaryGrants).update({ id: row.id, state: In(['waiting', 'granted']) }, { state: 'ended', endedAt: now, version: () => 'version + 1' })
  if (affected !== 1) return false
  await approvals.withdrawUnder(work, temporaryKey(row.id))
  await access.raiseEpoch(work)
  await audit.record(work.db, {
    actorKind: by === null ? 'system' : 'staff', actorId: by, action: 'grant.ended', subjectKind: 'grant', subjectId: row.id, outcome: 'done', details: { state: row.state },
  })
  return true
}

async function campaignIsOver({ db }: UnitOfWork, campaignId: string | null, now: number): Promise<boolean> {
  if (campaignId === null) return false
  const campaign = await db.getRepository(campaigns).findOneBy({ id: campaignId })
  return campaign === null || campaign.untilAt <= now || campaign.endedAt !== null
}
