import { In, type EntityManager } from 'typeorm'
import { z } from 'zod'
import { RoleGrant, viewOf } from '#shared/access/index'
import { campaignMembers, campaigns } from '../access/index.ts'
import { ApprovalOutdated, type ApprovalKind, type ApprovalRequest, type Described } from '../approvals/index.ts'
import type { UnitOfWork } from '../database/database.ts'
import { isUniqueViolation } from '../database/violations.ts'
import { staff } from '../organization/index.ts'
import { lockCampaign } from './campaign-lock.ts'
import { clearLines, operationWords, timeWords } from './grant-words.ts'
import { namesOf } from './people.ts'
import type { RightsOptions } from './rights-options.ts'
import { isOver, openGrantsOf } from './temporary-kind.ts'

export const JoinPayload = z.object({
  campaignId: z.string(), staffIds: z.array(z.string()),
  /** What the campaign gives or may come to give: nobody who agrees gives more. */
  grants: z.array(z.object({ id: z.string(), grant: RoleGrant })), reason: z.string(),
})
export type JoinPayload = z.infer<typeof JoinPayload>

export const joinKindName = (changes: boolean): 'campaign-join' | 'campaign-join-change' => (changes ? 'campaign-join-change' : 'campaign-join')
/** Under keys that begin so, people wait to join some campaign. */
export const joinKeys = 'campaign-join:'
export const joinKeyOf = (campaignId: string): string => `${joinKeys}${campaignId}:`

/** Whether the grants let somebody change something: then the console decides. */
export const letsChange = (grants: JoinPayload['grants']): boolean => grants.some(({ grant }) => grant.operations.some((operation) => viewOf(operation) !== operation))

/** People are to join a campaign that gives something (S18). */
export function joinKind(options: RightsOptions, changes: boolean): ApprovalKind<JoinPayload> {
  return {
    kind: joinKindName(changes),
    payload: JoinPayload,
    decideOn: changes ? 'console' : 'card',
    describe: (db, request) => describe(options, db, request),
    onApproved: (work, request) => joinNow(options, work, request),
  }
}

async function describe({ zone }: RightsOptions, db: EntityManager, { payload }: ApprovalRequest<JoinPayload>): Promise<Described> {
  const campaign = await db.getRepository(campaigns).findOneBy({ id: payload.campaignId })
  const nameOf = await namesOf(db, payload.staffIds)
  const names = payload.staffIds.flatMap((id) => nameOf(id)?.name ?? [])
  return {
    title: `加入活动：${campaign?.name ?? ''}`,
    lines: [
      { label: '成员', value: `${names.slice(0, 10).join('、')}${names.length > 10 ? ` 等 ${names.length} 人` : ''}` },
      { label: '内容', value: operationWords([...new Set(payload.grants.flatMap(({ grant }) => grant.operations))]) },
      ...clearLines(payload.grants.map(({ grant }) => grant)),
      ...(campaign === null ? [] : [{ label: '期限', value: `至 ${timeWords(zone, campaign.untilAt)}` }]),
      { label: '原因', value: payload.reason },
    ],
  }
}

/** Throws ApprovalOutdated when the campaign is over or gives more than was agreed to. */
async function joinNow(options: RightsOptions, work: UnitOfWork, { payload, decidedBy }: ApprovalRequest<JoinPayload>): Promise<void> {
  const { access, audit } = options
  const now = access.clock.now()
  const campaign = await lockCampaign(work, payload.campaignId)
  if (campaign === null || isOver(campaign, now)) throw new ApprovalOutdated()
  const agreed = new Set(payload.grants.map(({ id }) => id))
  if ((await openGrantsOf(work.db, campaign.id)).some((one) => one.untilAt > now && !agreed.has(one.id))) throw new ApprovalOutdated()
  const active = await work.db.getRepository(staff).findBy({ id: In(payload.staffIds), status: 'active' })
  if (active.length === 0) throw new ApprovalOutdated()
  await addMembers(work, campaign.id, active.map((person) => person.id), now)
  await access.raiseEpoch(work)
  await audit.record(work.db, {
    actorKind: decidedBy === null ? 'system' : 'staff', actorId: decidedBy, action: 'campaign.joined', subjectKind: 'campaign', subjectId: campaign.id, outcome: 'done',
    details: { people: active.map((person) => person.id) },
  })
}

/** Those who are members already stay as they are. */
export async function addMembers(work: UnitOfWork, campaignId: string, staffIds: readonly string[], now: number): Promise<void> {
  const table = work.db.getRepository(campaignMembers)
  for (const staffId of staffIds) {
    if (await table.existsBy({ campaignId, staffId })) continue
    try {
      await table.insert({ campaignId, staffId, since: now })
    } catch (error) {
      if (!isUniqueViolation(error)) throw error
    }
  }
}
