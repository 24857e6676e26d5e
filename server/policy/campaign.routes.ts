import {
  addCampaignMembers, changeCampaign, createCampaign, endCampaign, listCampaigns, readCampaign, removeCampaignMember,
} from '#shared/contracts/temporary-grants'
import { campaigns } from '../access/index.ts'
import { route, type Route } from '../http/route.ts'
import { alterCampaign, joinCampaign, leaveCampaign, makeCampaign, stopCampaign } from './campaign-changes.ts'
import { presentCampaign, presentCampaigns } from './campaign.presenter.ts'
import type { RightsRoutes } from './temporary.routes.ts'

export function campaignRoutes(options: RightsRoutes): Route[] {
  const { database, access } = options
  const shown = (id: string) => presentCampaign(database.db, id, access.clock.now())
  return [
    listRoute(options),
    route(readCampaign, async ({ params }, { actor }) => {
      actor.requireSystem('marketing.strategy.view')
      return shown(params.id)
    }),
    route(createCampaign, async ({ body }, { actor }) => shown(await database.transaction((work) => makeCampaign(options, work, actor.staffId, body)))),
    route(changeCampaign, async ({ params, body }, { actor }) => {
      await database.transaction((work) => alterCampaign(options, work, actor.staffId, params.id, body))
      return shown(params.id)
    }),
    route(addCampaignMembers, ({ params, body }, { actor }) => database.transaction((work) => joinCampaign(options, work, actor.staffId, params.id, body))),
    route(removeCampaignMember, async ({ params }, { actor }) => ({
      removed: await database.transaction((work) => leaveCampaign(options, work, actor.staffId, params.id, params.userid)),
    })),
    route(endCampaign, async ({ params }, { actor }) => ({ ended: await database.transaction((work) => stopCampaign(options, work, actor.staffId, params.id)) })),
  ]
}

function listRoute({ database, cursors }: RightsRoutes): Route {
  return route(listCampaigns, async ({ query }, { actor }) => {
    actor.requireSystem('marketing.strategy.view')
    const after = cursors.read(actor.staffId, 'campaigns', query.cursor)
    const rows = database.db.createQueryBuilder(campaigns, 'campaigns').where('1 = 1')
    if (after !== null) rows.andWhere('(campaigns.created_at < :at OR (campaigns.created_at = :at AND campaigns.id < :id))', { at: after.at, id: after.id })
    const page = await rows.orderBy('campaigns.createdAt', 'DESC').addOrderBy('campaigns.id', 'DESC').limit(query.limit + 1).getMany()
    const shown = page.slice(0, query.limit)
    const last = shown.at(-1)
    return {
      items: await presentCampaigns(database.db, shown, actor.now),
      nextCursor: page.length > query.limit && last !== undefined ? cursors.write(actor.staffId, 'campaigns', { at: last.createdAt, id: last.id }) : null,
    }
  })
}
