import { In, type EntityManager } from 'typeorm'
import { z } from 'zod'
import type { CampaignDetail, CampaignItem } from '#shared/contracts/temporary-grants'
import { campaignMembers, campaigns, selectNamed, temporaryGrants, type Campaign } from '../access/index.ts'
import { ProjectError } from '../errors.ts'
import { JoinPayload, joinKeyOf } from './campaign-join-kind.ts'
import { openRequestsUnder } from './open-requests.ts'
import { namesOf } from './people.ts'
import { isOver } from './temporary-kind.ts'

const Counted = z.object({ campaignId: z.string(), total: z.coerce.number() })

/** A page of campaigns. */
export async function presentCampaigns(db: EntityManager, rows: readonly Campaign[], now: number): Promise<CampaignItem[]> {
  if (rows.length === 0) return []
  const ids = rows.map((row) => row.id)
  const people = new Map(z.array(Counted).parse(await selectNamed(db,
    'SELECT campaign_id AS campaignId, COUNT(*) AS total FROM campaign_members WHERE campaign_id IN (:...ids) GROUP BY campaign_id', { ids })).map((row) => [row.campaignId, row.total]))
  const grants = await db.getRepository(temporaryGrants).findBy({ campaignId: In(ids), state: In(['waiting', 'granted']) })
  return rows.map((row) => {
    const over = isOver(row, now)
    const open = over ? [] : grants.filter((one) => one.campaignId === row.id && one.untilAt > now)
    return {
      id: row.id, campaignKey: row.campaignKey, name: row.name, from: row.fromAt, until: row.endedAt ?? row.untilAt,
      state: over ? 'over' as const : row.fromAt > now ? 'coming' as const : 'active' as const, version: row.version, members: people.get(row.id) ?? 0,
      grants: open.filter((one) => one.state === 'granted').length, waiting: open.filter((one) => one.state === 'waiting').length,
    }
  })
}

/** Throws `campaign.not_found`. */
export async function presentCampaign(db: EntityManager, id: string, now: number): Promise<CampaignDetail> {
  const row = await db.getRepository(campaigns).findOneBy({ id })
  const [item] = row === null ? [] : await presentCampaigns(db, [row], now)
  if (item === undefined) throw new ProjectError('campaign.not_found', 404)
  const members = await db.getRepository(campaignMembers).find({ where: { campaignId: id }, order: { since: 'ASC', staffId: 'ASC' } })
  const inside = new Set(members.map((one) => one.staffId))
  const waiting = (await waitingToJoin(db, joinKeyOf(id))).filter((one) => !inside.has(one.staffId))
  const nameOf = await namesOf(db, [...members, ...waiting].map((one) => one.staffId))
  return {
    ...item,
    people: members.flatMap(({ staffId, since }) => {
      const name = nameOf(staffId)
      return name === null ? [] : [{ ...name, since }]
    }),
    waitingPeople: waiting.flatMap(({ staffId, requestId }) => {
      const name = nameOf(staffId)
      return name === null ? [] : [{ ...name, requestId }]
    }),
  }
}

export interface WaitingToJoin {
  readonly staffId: string
  readonly campaignId: string
  readonly requestId: string
  readonly createdAt: number
}

/** Who waits to join the campaigns under this key. */
export async function waitingToJoin(db: EntityManager, key: string): Promise<WaitingToJoin[]> {
  return (await openRequestsUnder(db, key)).flatMap((row) => {
    const payload = JoinPayload.safeParse(row.payload)
    return payload.success ? payload.data.staffIds.map((staffId) => ({ staffId, campaignId: payload.data.campaignId, requestId: row.id, createdAt: row.createdAt })) : []
  })
}
