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

/** Known of every route: a place in a list, bound to its person and its filter, how many at once, and the version that a change expects. */
export const paging: readonly string[] = ['cursor', 'limit', 'version']

const ofJobs = { plain: 'kinds and errors of parked jobs, no content; all of them are open to system.integration.view' } as const
const ofAudit = { plain: 'entries hold ids and field names only; all of them are open to system.audit.view' } as const
const aboutWhat = { plain: 'what is explained: rules, no values' } as const
const ofRequests = { plain: 'narrows requests, which name no customer\'s field' } as const
const ofFigures = { plain: 'fixed hierarchies and closed periods of the caller\'s own scope; small groups are suppressed' } as const

const ofStaff = { plain: 'narrows colleagues and their grants, which name no customer' } as const

const ofWords = { plain: 'narrows the word list, which knows no customer' } as const

const ofTemplates = { plain: 'narrows templates, which know no customer' } as const
const ofBroadcasts = { plain: 'narrows broadcasts by their planned time; numbers, of no customer' } as const

/** By route. A parameter that is not here makes the matrix fail: say what it filters by. */
export const parameterUses: Readonly<Record<string, Readonly<Record<string, ParameterUse>>>> = {
  'GET /api/jssdk/config': { url: { plain: 'a page of ours' } },
  'GET /api/customers': {
    q: { field: 'name', sample: '客户' },
    stage: { field: 'stage', sample: 'signed' },
    tag: { field: 'tags', sample: 'TAG' },
    owner: { field: 'owner', sample: 'clerk02' },
    phone: { operation: 'customer.contact.operate', sample: 'PHONE' },
  },
  'GET /api/customers/:externalUserId/explain': { staff: { plain: 'about whom; others need system.policy.view' }, operation: aboutWhat, field: aboutWhat },
  'GET /api/customers/:externalUserId/who-may': { operation: aboutWhat, field: aboutWhat },
  'GET /api/reveals': { staff: ofAudit },
  'GET /api/screening/words': { list: ofWords, q: ofWords, category: ofWords, after: ofWords },
  'GET /api/templates': { which: ofTemplates, q: ofTemplates, category: ofTemplates, use: ofTemplates, state: ofTemplates },
  'GET /api/customers/:externalUserId/quick-replies': { q: ofTemplates, category: ofTemplates },
  'GET /api/screening/words/export': { list: ofWords },
  'GET /api/policy/versions': { before: { plain: 'a place in the list of versions' } },
  'GET /api/approvals': { kind: ofRequests, state: ofRequests },
  'GET /api/staff': { q: ofStaff, department: ofStaff, role: ofStaff, left: ofStaff },
  'GET /api/temporary-grants': { all: ofStaff, userid: ofStaff, campaignId: ofStaff },
  'GET /api/reports/:name': { period: ofFigures, from: ofFigures, level: ofFigures, department: ofFigures },
  'GET /api/broadcast-calendar': { from: ofBroadcasts, until: ofBroadcasts },
  'GET /api/broadcast-results': { month: ofBroadcasts, by: { plain: 'tells results apart by whom or what sent them; numbers, of no customer' } },
  'GET /api/parked': { queue: ofJobs, state: ofJobs },
  'GET /api/audit': {
    from: ofAudit, until: ofAudit, actor: ofAudit, actorKind: ofAudit, action: ofAudit, operation: ofAudit, outcome: ofAudit, customer: ofAudit, staff: ofAudit, subject: ofAudit, request: ofAudit,
  },
}
