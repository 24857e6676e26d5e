import { v7 as uuid } from 'uuid'
import type { z } from 'zod'
import { maskMoneyAndNumbers } from '#shared/access/index'
import type { requestTemporaryGrant } from '#shared/contracts/temporary-grants'
import { campaignMembers, campaigns, temporaryGrants, type ActorAccess } from '../access/index.ts'
import { fit } from '../database/columns.ts'
import type { UnitOfWork } from '../database/database.ts'
import { AccessDenied, ProjectError } from '../errors.ts'
import { staffDepartments } from '../organization/index.ts'
import { findActive } from './people.ts'
import type { RightsOptions } from './rights-options.ts'
import { checkedGrant } from './temporary-check.ts'
import { isOver, temporaryKey, temporaryKindName, type TemporaryPayload } from './temporary-kind.ts'
import { whoseSuperiors } from './whose-superiors.ts'

export type TemporaryInput = z.output<(typeof requestTemporaryGrant)['body']>

const mostWaiting = 20

interface Subject {
  readonly staffId: string | null
  readonly campaignId: string | null
  readonly beneficiaries: readonly string[]
}

/**
 * Keeps the wish and asks the superiors of everybody concerned. Throws `grant.flawed` with all flaws at once, `grant.too_many`,
 * `staff.*`, `campaign.*`, and `access.denied` for somebody who may not ask for others.
 */
export async function requestTemporary(options: RightsOptions, work: UnitOfWork, staffId: string, input: TemporaryInput): Promise<{ id: string, requestId: string }> {
  const { access, audit, approvals } = options
  const now = access.clock.now()
  const { campaignId, userid } = input
  if (campaignId !== undefined && userid !== undefined) throw new ProjectError('grant.flawed', 400, { places: ['campaignId'], flaws: [{ place: 'campaignId', item: 'grant', code: 'one_only', what: '', blocking: true }] })
  const actor = await access.actorFor(staffId, work.db)
  const subject = campaignId !== undefined ? await campaignSubject(work, actor, campaignId, now) : await personSubject(work, actor, userid)
  const grant = await checkedGrant(work.db, { grant: input.grant, from: input.from ?? now, until: input.until, allowChanges: input.allowChanges }, now)
  const table = work.db.getRepository(temporaryGrants)
  if (await table.countBy({ requestedBy: staffId, state: 'waiting' }) >= mostWaiting) throw new ProjectError('grant.too_many', 409)
  const id = uuid()
  const reason = fit(maskMoneyAndNumbers(input.reason), 200)
  const payload: TemporaryPayload = { grantId: id, staffId: subject.staffId, campaignId: subject.campaignId, grant, from: input.from ?? null, until: input.until }
  await table.insert({
    id, staffId: subject.staffId, campaignId: subject.campaignId, definition: grant, fromAt: input.from ?? now, untilAt: input.until, state: 'waiting', reason,
    requestedBy: staffId, decidedBy: null, createdAt: now, decidedAt: null, endedAt: null, version: 1,
  })
  const request = await approvals.ask<TemporaryPayload>(work, {
    kind: temporaryKindName(input.allowChanges), payload, requesterStaffId: staffId, beneficiaryStaffIds: subject.beneficiaries, uniqueKey: temporaryKey(id),
    departmentId: await whoseSuperiors(work.db, { requester: actor, beneficiaryStaffIds: subject.beneficiaries, scopes: [grant.scope] }),
  })
  await audit.record(work.db, {
    actorKind: 'staff', actorId: staffId, action: 'grant.requested', subjectKind: 'grant', subjectId: id, outcome: 'done',
    details: { operations: grant.operations, until: input.until, ...(subject.staffId === null ? {} : { staff: subject.staffId }), ...(subject.campaignId === null ? {} : { campaign: subject.campaignId }) },
  })
  return { id, requestId: request.id }
}

/** Oneself, or somebody over whose department the caller sees approvals. */
async function personSubject({ db }: UnitOfWork, actor: ActorAccess, userid: string | undefined): Promise<Subject> {
  if (userid === undefined) return { staffId: actor.staffId, campaignId: null, beneficiaries: [actor.staffId] }
  const denied = new AccessDenied('marketing.approvals.view')
  const administers = actor.may('system.policy.operate')
  const person = await findOneselfOr(db, actor, userid, administers || actor.may('marketing.approvals.view') ? null : denied)
  if (person.id !== actor.staffId && !administers) {
    const places = await db.getRepository(staffDepartments).findBy({ staffId: person.id })
    const over = places.some(({ departmentId }) => actor.decideResource('marketing.approvals.view', { departmentId, creatorStaffId: person.id }).allowed)
    if (!over) throw denied
  }
  return { staffId: person.id, campaignId: null, beneficiaries: [person.id] }
}

/** Somebody who may ask for nobody else does not learn who exists. */
async function findOneselfOr(db: UnitOfWork['db'], actor: ActorAccess, userid: string, refusal: AccessDenied | null) {
  if (refusal === null) return findActive(db, userid)
  try {
    const person = await findActive(db, userid)
    if (person.id === actor.staffId) return person
  } catch (error) {
    if (!(error instanceof ProjectError)) throw error
  }
  throw refusal
}

async function campaignSubject({ db }: UnitOfWork, actor: ActorAccess, campaignId: string, now: number): Promise<Subject> {
  if (!actor.may('marketing.strategy.operate') && !actor.may('system.policy.operate')) throw new AccessDenied('marketing.strategy.operate')
  const campaign = await db.getRepository(campaigns).findOneBy({ id: campaignId })
  if (campaign === null) throw new ProjectError('campaign.not_found', 404)
  if (isOver(campaign, now)) throw new ProjectError('campaign.over', 409)
  const members = await db.getRepository(campaignMembers).findBy({ campaignId })
  return { staffId: null, campaignId, beneficiaries: members.map((one) => one.staffId).sort() }
}
