import { listCustomerShares, shareCustomer } from '#shared/contracts/temporary-grants'
import { present } from '../errors.ts'
import { route, type Route } from '../http/route.ts'
import { presentShares, sharesOf, shareWith, type RightsOptions } from '../policy/index.ts'
import { findVisible, type Cards } from './show-cards.ts'

/** Showing a customer to a colleague (S20): only whoever sees the customer gets this far. */
export function shareRoutes(options: RightsOptions & { readonly cards: Cards }): Route[] {
  const { database, access, cards } = options
  return [
    route(shareCustomer, async ({ params, body }, context) => {
      await cards.open(context, params.externalUserId)
      return database.transaction(async (work) => {
        // The rules as they are inside this transaction, not as they were when the request began.
        const actor = await access.actorFor(context.signedIn.staffId, work.db)
        const { customer, facts } = await findVisible(work.db, actor, params.externalUserId)
        const share = await shareWith(options, work, { actor, customerId: customer.id, facts }, body)
        return present((await presentShares(work.db, actor, customer.externalUserId, [share]))[0], 'the share just made')
      })
    }),
    route(listCustomerShares, async ({ params }, context) => {
      const { customer } = await cards.open(context, params.externalUserId)
      return { items: await sharesOf(database.db, context.actor, customer) }
    }),
  ]
}
