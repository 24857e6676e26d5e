import { listCustomerShares, shareCustomer } from '#shared/contracts/temporary-grants'
import { present } from '../errors.ts'
import { route, type Route } from '../http/route.ts'
import { presentShares, sharesOf, shareWith, type RightsOptions } from '../policy/index.ts'
import { findVisible } from './show-cards.ts'

/** Showing a customer to a colleague (S20): only whoever sees the customer gets this far. */
export function shareRoutes(options: RightsOptions): Route[] {
  const { database, access } = options
  return [
    route(shareCustomer, ({ params, body }, { signedIn }) => database.transaction(async (work) => {
      // The rules as they are inside this transaction, not as they were when the request began.
      const actor = await access.actorFor(signedIn.staffId, work.db)
      const { customer, facts } = await findVisible(work.db, actor, params.externalUserId)
      const share = await shareWith(options, work, { actor, customerId: customer.id, facts }, body)
      return present((await presentShares(work.db, actor, customer.externalUserId, [share]))[0], 'the share just made')
    })),
    route(listCustomerShares, async ({ params }, { actor }) => {
      const { customer } = await findVisible(database.db, actor, params.externalUserId)
      return { items: await sharesOf(database.db, actor, customer) }
    }),
  ]
}
