import type { EntityManager, SelectQueryBuilder } from 'typeorm'
import { endTemporaryGrant, listTemporaryGrants, requestTemporaryGrant } from '#shared/contracts/temporary-grants'
import { campaignMembers, temporaryGrants, type TemporaryGrant } from '../access/index.ts'
import type { Cursors, Position } from '../http/cursors.ts'
import { route, type Route } from '../http/route.ts'
import { staff } from '../organization/index.ts'
import type { RightsOptions } from './rights-options.ts'
import { endTemporary } from './temporary-end.ts'
import { requestTemporary } from './temporary-request.ts'
import { presentGrants } from './temporary.presenter.ts'

export interface RightsRoutes extends RightsOptions {
  readonly cursors: Cursors
}

export function temporaryRoutes(options: RightsRoutes): Route[] {
  const { database } = options
  return [
    route(requestTemporaryGrant, ({ body }, { actor }) => database.transaction((work) => requestTemporary(options, work, actor.staffId, body))),
    route(endTemporaryGrant, async ({ params }, { actor }) => ({ ended: await database.transaction((work) => endTemporary(options, work, actor.staffId, params.id)) })),
    listRoute(options),
  ]
}

function listRoute({ database, cursors }: RightsRoutes): Route {
  return route(listTemporaryGrants, async ({ query }, { actor }) => {
    const { db } = database
    const { cursor, limit, ...filter } = query
    if (filter.all !== undefined) actor.requireSystem('system.policy.view')
    const after = cursors.read(actor.staffId, { grants: filter }, cursor)
    const rows = db.createQueryBuilder(temporaryGrants, 'grants').where('1 = 1')
    if (filter.all === undefined) await onlyConcerning(db, rows, actor.staffId)
    if (filter.userid !== undefined) rows.andWhere('grants.staff_id = :of', { of: await idOf(db, filter.userid) })
    if (filter.campaignId !== undefined) rows.andWhere('grants.campaign_id = :campaign', { campaign: filter.campaignId })
    const page = await newestFirst(rows, after, limit + 1)
    const shown = page.slice(0, limit)
    const last = shown.at(-1)
    return {
      items: await presentGrants(db, shown, actor),
      nextCursor: page.length > limit && last !== undefined ? cursors.write(actor.staffId, { grants: filter }, { at: last.createdAt, id: last.id }) : null,
    }
  })
}

/** Nobody's grants for somebody whom nobody knows: whether a userid exists is not told here. */
async function idOf(db: EntityManager, userid: string): Promise<string> {
  return (await db.getRepository(staff).findOneBy({ userid: userid.toLowerCase() }))?.id ?? 'nobody'
}

/** For him, for a campaign of his, asked or decided by him. */
async function onlyConcerning(db: EntityManager, rows: SelectQueryBuilder<TemporaryGrant>, staffId: string): Promise<void> {
  const mine = (await db.getRepository(campaignMembers).findBy({ staffId })).map((one) => one.campaignId)
  rows.andWhere(`(grants.staff_id = :me OR grants.requested_by = :me OR grants.decided_by = :me${mine.length > 0 ? ' OR grants.campaign_id IN (:...mine)' : ''})`, { me: staffId, mine })
}

function newestFirst(rows: SelectQueryBuilder<TemporaryGrant>, after: Position | null, limit: number): Promise<TemporaryGrant[]> {
  if (after !== null) rows.andWhere('(grants.created_at < :afterAt OR (grants.created_at = :afterAt AND grants.id < :afterId))', { afterAt: after.at, afterId: after.id })
  return rows.orderBy('grants.createdAt', 'DESC').addOrderBy('grants.id', 'DESC').limit(limit).getMany()
}
