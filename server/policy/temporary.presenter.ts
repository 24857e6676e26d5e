import { In, type EntityManager } from 'typeorm'
import { RoleGrant, type RoleGrant as Grant } from '#shared/access/index'
import type { TemporaryGrantItem } from '#shared/contracts/temporary-grants'
import { campaigns, type ActorAccess, type Campaign, type TemporaryGrant } from '../access/index.ts'
import { openRequests } from './open-requests.ts'
import { namesOf } from './people.ts'
import { mayEndGrant } from './temporary-end.ts'
import { temporaryKey } from './temporary-kind.ts'

/** A page of grants for one reader. */
export async function presentGrants(db: EntityManager, rows: readonly TemporaryGrant[], actor: ActorAccess): Promise<TemporaryGrantItem[]> {
  const nameOf = await namesOf(db, rows.flatMap((row) => [row.staffId, row.requestedBy, row.decidedBy]))
  const ids = rows.flatMap((row) => row.campaignId ?? [])
  const known = new Map(ids.length === 0 ? [] : (await db.getRepository(campaigns).findBy({ id: In([...new Set(ids)]) })).map((row) => [row.id, row]))
  const requests = await openRequests(db, rows.filter((row) => row.state === 'waiting').map((row) => temporaryKey(row.id)))
  return rows.map((row): TemporaryGrantItem => {
    const campaign = row.campaignId === null ? null : known.get(row.campaignId) ?? null
    const state = stateOf(row, campaign, actor.now)
    return {
      id: row.id, staff: nameOf(row.staffId), campaign: campaign === null ? null : { id: campaign.id, name: campaign.name },
      ...presentGrant(row.definition), from: row.fromAt, until: row.untilAt, state, reason: row.reason,
      requestedBy: nameOf(row.requestedBy), decidedBy: nameOf(row.decidedBy), requestId: requests.get(temporaryKey(row.id)) ?? null, createdAt: row.createdAt,
      mayEnd: (state === 'waiting' || state === 'coming' || state === 'active') && mayEndGrant(actor, row),
    }
  })
}

/** By the clock, as the engine reads it: its own end or its campaign's, whichever comes first. */
export function stateOf(row: TemporaryGrant, campaign: Campaign | null, now: number): TemporaryGrantItem['state'] {
  if (row.state !== 'granted') return row.state
  if (Math.min(row.untilAt, campaign?.untilAt ?? row.untilAt, campaign?.endedAt ?? row.untilAt) <= now) return 'over'
  return Math.max(row.fromAt, campaign?.fromAt ?? row.fromAt) > now ? 'coming' : 'active'
}

/** A stored grant in plain words; one that cannot be read says nothing, as it gives nothing. */
function presentGrant(definition: unknown): Pick<TemporaryGrantItem, 'operations' | 'scope' | 'conditions' | 'fields'> {
  const parsed = RoleGrant.safeParse(definition)
  return parsed.success ? wordsOf(parsed.data) : { operations: [], scope: { kind: '' }, conditions: [], fields: {} }
}

/** Named customers are counted, not named. */
export function wordsOf({ operations, scope, conditions, fields }: Grant): Pick<TemporaryGrantItem, 'operations' | 'scope' | 'conditions' | 'fields'> {
  return {
    operations: [...operations],
    scope: {
      kind: scope.kind,
      ...(scope.kind === 'departments' ? { departmentIds: scope.departmentIds } : {}),
      ...(scope.kind === 'customers' ? { customers: scope.customerIds.length } : {}),
    },
    conditions: conditions.map((condition) => ({ ...condition })),
    fields: Object.fromEntries(Object.entries(fields).flatMap(([name, shown]) => (shown === undefined ? [] : [[name, shown]]))),
  }
}
