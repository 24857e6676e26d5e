import { createHash } from 'node:crypto'
import { v7 as uuid } from 'uuid'
import type { z } from 'zod'
import { maskMoneyAndNumbers, RoleGrant } from '#shared/access/index'
import type { addCampaignMembers, changeCampaign, createCampaign } from '#shared/contracts/temporary-grants'
import { campaignMembers, campaigns, type ActorAccess, type Campaign } from '../access/index.ts'
import { fit } from '../database/columns.ts'
import type { UnitOfWork } from '../database/database.ts'
import { isUniqueViolation } from '../database/violations.ts'
import { ProjectError } from '../errors.ts'
import { addMembers, joinKeyOf, joinKindName, letsChange, type JoinPayload } from './campaign-join-kind.ts'
import { lockCampaign } from './campaign-lock.ts'
import { Flaws } from './flaws.ts'
import { openRequestsUnder } from './open-requests.ts'
import { findAllActive, findPerson } from './people.ts'
import type { RightsOptions } from './rights-options.ts'
import { checkPeriod, longestMs, throwFlaws } from './temporary-check.ts'
import { endGrant } from './temporary-end.ts'
import { isOver, openGrantsOf } from './temporary-kind.ts'
import { whoseSuperiors } from './whose-superiors.ts'

type Created = z.output<(typeof createCampaign)['body']>
type Changed = z.output<(typeof changeCampaign)['body']>
type Added = z.output<(typeof addCampaignMembers)['body']>

/** Asked again in the transaction of every change. Throws `access.denied`. */
async function requireStrategist({ access }: RightsOptions, work: UnitOfWork, staffId: string): Promise<ActorAccess> {
  const actor = await access.actorFor(staffId, work.db)
  actor.requireSystem('marketing.strategy.operate')
  return actor
}

/** By itself a campaign gives nobody anything. Throws `grant.flawed`, `campaign.key_taken`, `staff.*`; returns its id. */
export async function makeCampaign(options: RightsOptions, work: UnitOfWork, staffId: string, input: Created): Promise<string> {
  await requireStrategist(options, work, staffId)
  const now = options.access.clock.now()
  const flaws = new Flaws()
  checkPeriod(flaws, input, now, await longestMs(work.db, 'temporaryGrantDays'))
  throwFlaws('grant.flawed', flaws)
  const people = await findAllActive(work.db, input.userids)
  const id = uuid()
  try {
    await work.db.getRepository(campaigns).insert({
      id, campaignKey: input.campaignKey, name: input.name, fromAt: input.from, untilAt: input.until, endedAt: null, createdBy: staffId, createdAt: now, version: 1,
    })
  } catch (error) {
    if (isUniqueViolation(error)) throw new ProjectError('campaign.key_taken', 409)
    throw error
  }
  await addMembers(work, id, people.map((person) => person.id), now)
  await audited(options, work, staffId, 'campaign.created', id, { people: people.map((person) => person.id), until: input.until })
  return id
}

/** Renames it or brings its end forward. Throws `campaign.*`, `policy.version_conflict`, `grant.flawed`. */
export async function alterCampaign(options: RightsOptions, work: UnitOfWork, staffId: string, id: string, input: Changed): Promise<void> {
  await requireStrategist(options, work, staffId)
  const now = options.access.clock.now()
  const campaign = await runningCampaign(work, id, now)
  const { name = campaign.name, until = campaign.untilAt } = input
  const flaws = new Flaws()
  if (until <= now) flaws.add('until', 'until', 'over_already')
  else if (until <= campaign.fromAt) flaws.add('until', 'until', 'empty_period')
  // Grants that were approved until then would be stretched.
  else if (until > campaign.untilAt) flaws.add('until', 'until', 'too_long')
  throwFlaws('grant.flawed', flaws)
  const { affected } = await work.db.getRepository(campaigns).update({ id, version: input.version, untilAt: campaign.untilAt }, { name, untilAt: until, version: () => 'version + 1' })
  if (affected !== 1) throw new ProjectError('policy.version_conflict', 409)
  await audited(options, work, staffId, 'campaign.changed', id, { fields: [...(input.name === undefined ? [] : ['name']), ...(input.until === undefined ? [] : ['until'])] })
}

export interface Joining {
  readonly outcome: 'done' | 'waiting'
  readonly requestId: string | null
}

/** At once while the campaign gives nothing; otherwise superiors of everybody concerned decide. Throws `campaign.*`, `staff.*`. */
export async function joinCampaign(options: RightsOptions, work: UnitOfWork, staffId: string, id: string, input: Added): Promise<Joining> {
  const requester = await requireStrategist(options, work, staffId)
  const now = options.access.clock.now()
  const campaign = await lockCampaign(work, id)
  assertRunning(campaign, now)
  const members = new Set((await work.db.getRepository(campaignMembers).findBy({ campaignId: id })).map((one) => one.staffId))
  const people = (await findAllActive(work.db, input.userids)).map((person) => person.id).filter((one) => !members.has(one)).sort()
  if (people.length === 0) return { outcome: 'done', requestId: null }
  const grants = (await openGrantsOf(work.db, id)).flatMap((row) => {
    const parsed = RoleGrant.safeParse(row.definition)
    return parsed.success && row.untilAt > now ? [{ id: row.id, grant: parsed.data }] : []
  })
  if (grants.length === 0) {
    await addMembers(work, id, people, now)
    await audited(options, work, staffId, 'campaign.joined', id, { people })
    return { outcome: 'done', requestId: null }
  }
  const request = await options.approvals.ask<JoinPayload>(work, {
    kind: joinKindName(letsChange(grants)), requesterStaffId: staffId, beneficiaryStaffIds: people,
    payload: { campaignId: id, staffIds: people, grants, reason: fit(maskMoneyAndNumbers(input.reason), 200) },
    uniqueKey: `${joinKeyOf(id)}${createHash('sha256').update(people.join()).digest('hex').slice(0, 32)}`,
    departmentId: await whoseSuperiors(work.db, { requester, beneficiaryStaffIds: people, scopes: grants.map(({ grant }) => grant.scope) }),
  })
  await audited(options, work, staffId, 'campaign.join-requested', id, { people })
  return { outcome: 'waiting', requestId: request.id }
}

/** At once, and with it what the campaign gave him. False when he was no member. */
export async function leaveCampaign(options: RightsOptions, work: UnitOfWork, staffId: string, id: string, userid: string): Promise<boolean> {
  await requireStrategist(options, work, staffId)
  if (await lockCampaign(work, id) === null) throw new ProjectError('campaign.not_found', 404)
  const person = await findPerson(work.db, userid)
  const { affected } = await work.db.getRepository(campaignMembers).delete({ campaignId: id, staffId: person.id })
  if (affected !== 1) return false
  await audited(options, work, staffId, 'campaign.left', id, { people: [person.id] })
  return true
}

/** Ends it and everything it gave or was to give. False when it was over. */
export async function stopCampaign(options: RightsOptions, work: UnitOfWork, staffId: string, id: string): Promise<boolean> {
  await requireStrategist(options, work, staffId)
  const now = options.access.clock.now()
  const campaign = await lockCampaign(work, id)
  if (campaign === null) throw new ProjectError('campaign.not_found', 404)
  if (isOver(campaign, now)) return false
  for (const grant of await openGrantsOf(work.db, id)) await endGrant(options, work, grant, staffId)
  await work.db.getRepository(campaigns).update({ id }, { endedAt: now })
  for (const { uniqueKey } of await openRequestsUnder(work.db, joinKeyOf(id))) {
    if (uniqueKey !== null) await options.approvals.withdrawUnder(work, uniqueKey)
  }
  await audited(options, work, staffId, 'campaign.ended', id, {})
  return true
}

async function runningCampaign(work: UnitOfWork, id: string, now: number): Promise<Campaign> {
  const campaign = await work.db.getRepository(campaigns).findOneBy({ id })
  assertRunning(campaign, now)
  return campaign
}

function assertRunning(campaign: Campaign | null, now: number): asserts campaign is Campaign {
  if (campaign === null) throw new ProjectError('campaign.not_found', 404)
  if (isOver(campaign, now)) throw new ProjectError('campaign.over', 409)
}

type CampaignAction = 'campaign.created' | 'campaign.changed' | 'campaign.joined' | 'campaign.join-requested' | 'campaign.left' | 'campaign.ended'

/** Every change of a campaign may change what its people may do. */
async function audited({ access, audit }: RightsOptions, work: UnitOfWork, staffId: string, action: CampaignAction, id: string, details: Readonly<Record<string, string[] | number>>): Promise<void> {
  await access.raiseEpoch(work)
  await audit.record(work.db, { actorKind: 'staff', actorId: staffId, action, operation: 'marketing.strategy.operate', subjectKind: 'campaign', subjectId: id, outcome: 'done', details })
}
