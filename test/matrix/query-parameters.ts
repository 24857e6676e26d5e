import type { CustomerField } from '#shared/access/index'
import type { Operation } from '#shared/access/index'

/**
 * What a query parameter of a route does. `field`: it filters, sorts, searches or groups by a field of customers and is refused to
 * whoever sees that field nowhere in clear (T10). `operation`: it needs an operation of its own. `plain`: it tells nothing about a
 * customer that the caller may not see, and why. In samples `TAG` is a tag of all customers and `PHONE` the number of the viewer's own.
 */
export type ParameterUse =
  | { readonly field: CustomerField, readonly sample: string }
  | { readonly operation: Operation, readonly sample: string }
  | { readonly plain: string }

const paging = { cursor: { plain: 'a place in a list, bound to its person and its filter' }, limit: { plain: 'how many at once' } } as const

/** By route. A parameter that is not here makes the matrix fail: say what it filters by. */
export const parameterUses: Readonly<Record<string, Readonly<Record<string, ParameterUse>>>> = {
  'GET /api/jssdk/config': { url: { plain: 'a page of ours' } },
  'GET /api/customers': {
    ...paging,
    q: { field: 'name', sample: '客户' },
    stage: { field: 'stage', sample: 'signed' },
    tag: { field: 'tags', sample: 'TAG' },
    owner: { field: 'owner', sample: 'clerk02' },
    phone: { operation: 'customer.contact.operate', sample: 'PHONE' },
  },
  'GET /api/customers/:externalUserId/explain': { staff: { plain: 'about whom; others need system.policy.view' }, operation: { plain: 'about what' } },
  'GET /api/customers/:externalUserId/orders': paging,
  'GET /api/customers/:externalUserId/visits': paging,
  'GET /api/customers/:externalUserId/messages': paging,
}
