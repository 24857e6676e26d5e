import { In, type EntityManager } from 'typeorm'
import { z } from 'zod'
import { RoleGrant } from '#shared/access/index'
import { campaignMembers, campaigns, temporaryGrants, type Campaign } from '../access/index.ts'
import { ApprovalOutdated, type ApprovalKind, type ApprovalRequest, type Described } from '../approvals/index.ts'
import type { UnitOfWork } from '../database/database.ts'
import { present } from '../errors.ts'
import { lockCampaign } from './campaign-lock.ts'
import { grantLines, timeWords } from './grant-words.ts'
import { isActive, namesOf } from './people.ts'
import type { RightsOptions } from './rights-options.ts'

export const TemporaryPayload = z.object({
  grantId: z.string(), staffId: z.string().nullable(), campaignId: z.string().nullable(),
  grant: RoleGrant, from: z.number().nullable(), until: z.number(),
})
export type TemporaryPayload = z.infer<typeof TemporaryPayload>

/** What is view only is decided by a tap; what changes something in the console, after a fresh sign-in. */
export const temporaryKindName = (allowChanges: boolean): 'temporary-grant' | 'temporary-change' => (allowChanges ? 'temporary-change' : 'temporary-grant')
export const temporaryKindNames = ['temporary-grant', 'temporary-change'] as const

/** Under this key the request for a grant waits. */
export const temporaryKey = (grantId: string): string => `temporary-grant:${grantId}`

/** Access with an end, for one person or a campaign's people (S18, S19, S51). */
export function temporaryKind(options: RightsOptions, allowChanges: boolean): ApprovalKind<TemporaryPayload> {
  return {
    kind: temporaryKindName(allowChanges),
    payload: TemporaryPayload,
    decideOn: allowChanges ? 'console' : 'card',
    describe: (db, request) => describe(options, db, request),
    onApproved: (work, request) => grantNow(options, work, request),
    onClosed: (work, request) => closeGrant(options, work, request),
  }
}

async function describe({ zone }: RightsOptions, db: EntityManager, { payload }: ApprovalRequest<TemporaryPayload>): Promise<Described> {
  const { staffId, campaignId, grant, from, until } = payload
  const campaign = campaignId === null ? null : await db.getRepository(campaigns).findOneBy({ id: campaignId })
  const who = campaign === null ? (await namesOf(db, [staffId]))(staffId)?.name ?? '' : `活动「${campaign.name}」成员`
  const reason = (await db.getRepository(temporaryGrants).findOneBy({ id: payload.grantId }))?.reason ?? ''
  return {
    title: `临时授权：${who}`,
    lines: [
      { label: '对象', value: who },
      ...await grantLines(db, grant),
      { label: '期限', value: `${from === null ? '批准后' : timeWords(zone, from)} 至 ${timeWords(zone, until)}` },
      { label: '原因', value: reason },
    ],
  }
}

/** In the transaction of the decision. Throws ApprovalOutdated when those who would gain, or the time, are no longer what was agreed to. */
async function grantNow({ access, audit }: RightsOptions, work: UnitOfWork, { payload, decidedBy, beneficiaryStaffIds }: ApprovalRequest<TemporaryPayload>): Promise<void> {
  const now = access.clock.now()
  const { grantId, staffId, campaignId, until } = payload
  if (until <= now) throw new ApprovalOutdated()
  if (campaignId === null) {
    if (!(await isActive(work.db, present(staffId, 'whom a grant is for')))) throw new ApprovalOutdated()
  } else {
    await assertSamePeople(work, campaignId, new Set(beneficiaryStaffIds), now)
  }
  const { affected } = await work.db.getRepository(temporaryGrants).update({ id: grantId, state: 'waiting' }, {
    state: 'granted', fromAt: payload.from ?? now, decidedBy, decidedAt: now, version: () => 'version + 1',
  })
  if (affected !== 1) throw new ApprovalOutdated()
  await access.raiseEpoch(work)
  await audit.record(work.db, {
    actorKind: decidedBy === null ? 'system' : 'staff', actorId: decidedBy, action: 'grant.given', subjectKind: 'grant', subjectId: grantId, outcome: 'done',
    details: { operations: payload.grant.operations, until, ...(staffId === null ? {} : { staff: staffId }), ...(campaignId === null ? {} : { campaign: campaignId }) },
  })
}

/** Nobody joined since the request: whoever agreed, agreed to these people. */
async function assertSamePeople(work: UnitOfWork, campaignId: string, agreed: ReadonlySet<string>, now: number): Promise<void> {
  const campaign = await lockCampaign(work, campaignId)
  if (campaign === null || isOver(campaign, now)) throw new ApprovalOutdated()
  const members = await work.db.getRepository(campaignMembers).findBy({ campaignId })
  if (members.some((one) => !agreed.has(one.staffId))) throw new ApprovalOutdated()
}

export const isOver = ({ untilAt, endedAt }: Campaign, now: number): boolean => untilAt <= now || (endedAt !== null && endedAt <= now)

/** Refused, expired, outdated or withdrawn. */
async function closeGrant({ access, audit }: RightsOptions, work: UnitOfWork, { payload, status, decidedBy }: ApprovalRequest<TemporaryPayload>): Promise<void> {
  const now = access.clock.now()
  const { affected } = await work.db.getRepository(temporaryGrants).update({ id: payload.grantId, state: 'waiting' }, {
    ...(status === 'withdrawn' ? { state: 'ended', endedAt: now } : { state: 'refused', decidedBy, decidedAt: now }), version: () => 'version + 1',
  })
  if (affected !== 1) return
  await audit.record(work.db, {
    actorKind: decidedBy === null ? 'system' : 'staff', actorId: decidedBy, action: 'grant.not-given', subjectKind: 'grant', subjectId: payload.grantId, outcome: 'done', details: { status },
  })
}

/** Grants of a campaign that are in force, to come, or wait. */
export function openGrantsOf(db: EntityManager, campaignId: string) {
  return db.getRepository(temporaryGrants).find({ where: { campaignId, state: In(['waiting', 'granted']) }, order: { id: 'ASC' } })
}
