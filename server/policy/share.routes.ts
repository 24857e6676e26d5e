import { endShare } from '#shared/contracts/temporary-grants'
import { route, type Route } from '../http/route.ts'
import { endOneShare } from './share-customer.ts'
import type { RightsOptions } from './rights-options.ts'

/** Sharing itself is a route of customers, who know who sees whom. */
export function shareRoutes(options: RightsOptions): Route[] {
  return [
    route(endShare, async ({ params }, { actor }) => ({ ended: await options.database.transaction((work) => endOneShare(options, work, actor.staffId, params.id)) })),
  ]
}
