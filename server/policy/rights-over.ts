import { Between, In, IsNull } from 'typeorm'
import { z } from 'zod'
import { campaignMembers, campaigns, temporaryGrants, type TemporaryGrant } from '../access/index.ts'
import type { UnitOfWork } from '../database/database.ts'
import { addManyOutbox, type OutboxHandler, type Schedule } from '../jobs/index.ts'
import { staff, syncStates } from '../organization/index.ts'
import { WecomError, type WecomClient } from '../wecom/index.ts'
import { timeWords } from './grant-words.ts'
import type { RightsOptions } from './rights-options.ts'

/**
 * Tells people that something they held for a time is over. The end itself is the clock's (`access`): nothing here takes anything
 * away, and a right ends on time though this never runs.
 */
export interface RightsWorkers extends RightsOptions {
  readonly wecom: Pick<WecomClient, 'sendMessage'>
}

const markName = 'rights.over'
const Mark = z.object({ until: z.number() })
/** A message that comes later tells nobody anything. */
const staleMs = 12 * 3_600_000

export function rightsSchedules(options: RightsWorkers): Schedule[] {
  return [{ name: 'rights-over', pattern: '* * * * *', run: () => tellWhatIsOver(options) }]
}

/** Looks at what ended since the last look, and wants its people to be told; all in one transaction, so nobody is told twice or forgotten. */
export async function tellWhatIsOver({ database, access }: RightsWorkers): Promise<void> {
  const now = access.clock.now()
  await database.transaction(async (work) => {
    const marks = work.db.getRepository(syncStates)
    const mark = Mark.safeParse((await marks.findOneBy({ name: markName }))?.value)
    const since = Math.max(mark.success ? mark.data.until : now, now - staleMs)
    if (since < now) {
      const over = await endedBetween(work, since + 1, now)
      for (const grant of over) await wantTold(work, grant, now)
    }
    await marks.save({ name: markName, value: { until: now }, updatedAt: now })
  })
}

/** Grants whose own end, or whose campaign's, lies between the two instants, both inclusive. */
async function endedBetween(work: UnitOfWork, from: number, to: number): Promise<TemporaryGrant[]> {
  const table = work.db.getRepository(temporaryGrants)
  const own = await table.findBy({ state: 'granted', untilAt: Between(from, to) })
  const ended = (await work.db.getRepository(campaigns).findBy({ endedAt: IsNull(), untilAt: Between(from, to) })).map((row) => row.id)
  const withCampaign = ended.length === 0 ? [] : (await table.findBy({ state: 'granted', campaignId: In(ended) })).filter((row) => row.untilAt > to)
  return [...own, ...withCampaign]
}

async function wantTold(work: UnitOfWork, grant: TemporaryGrant, now: number): Promise<void> {
  const people = grant.campaignId === null ? (grant.staffId === null ? [] : [grant.staffId])
    : (await work.db.getRepository(campaignMembers).findBy({ campaignId: grant.campaignId })).map((one) => one.staffId)
  await addManyOutbox(work, people.map((staffId) => ({ kind: 'rights.over', payload: { grantId: grant.id, staffId, at: now }, expiresAt: now + staleMs })))
}

const Told = z.object({ grantId: z.string(), staffId: z.string(), at: z.number() })

export function rightsEffects(options: RightsWorkers): [string, OutboxHandler][] {
  return [['rights.over', { repeat: 'safe', run: async (payload) => void await sendOver(options, payload) }]]
}

async function sendOver({ database, wecom, zone }: RightsWorkers, payload: unknown): Promise<void> {
  const { grantId, staffId, at } = Told.parse(payload)
  const { db } = database
  const grant = await db.getRepository(temporaryGrants).findOneBy({ id: grantId })
  const person = await db.getRepository(staff).findOneBy({ id: staffId, status: 'active' })
  if (grant === null || person === null) return
  const campaign = grant.campaignId === null ? null : await db.getRepository(campaigns).findOneBy({ id: grant.campaignId })
  const what = campaign === null ? '您的临时授权' : `活动「${campaign.name}」的授权`
  const content = `${what}已于 ${timeWords(zone, Math.min(at, grant.untilAt, campaign?.untilAt ?? at))} 到期。如仍需要，请重新申请。（编号 ${grantId.slice(-6).toUpperCase()}）`
  try {
    await wecom.sendMessage({ to: { userids: [person.wecomUserid] }, message: { type: 'text', content } })
  } catch (error) {
    // Outside the visible range of the app.
    if (!(error instanceof WecomError && error.errcode === 81013)) throw error
  }
}
