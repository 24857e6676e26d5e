/** What to send to a route so that its contract accepts it. */
export interface RouteRequest {
  readonly query?: string
  readonly body?: object
  /** What somebody who gets in is answered, for routes whose id names nothing here; 200 without it. */
  readonly answer?: number
}

/** A customer whom nobody ever was. */
export const nobody = `wm${'Z'.repeat(30)}`

/**
 * A request that the contract accepts, for every route of the product; nothing of it may change anything (the version is never the
 * present one). A new route needs a line here: every test that walks the routes fails without it. `PAGE` is a page of ours.
 */
export const requests: Readonly<Record<string, RouteRequest>> = {
  'GET /api/me': {}, 'GET /api/epoch': {}, 'GET /api/sessions': {}, 'DELETE /api/sessions/:id': {}, 'GET /api/openapi.json': {},
  'GET /api/jssdk/config': { query: '?url=PAGE' }, 'GET /api/customers': { query: '?limit=100' }, 'GET /api/customers/:externalUserId': {},
  'PATCH /api/customers/:externalUserId': { body: { version: 987_654, memberLevel: 3 } },
  'GET /api/customers/:externalUserId/explain': { query: '?operation=customer.contact.view' },
  'GET /api/customers/:externalUserId/orders': {}, 'GET /api/customers/:externalUserId/visits': {}, 'GET /api/customers/:externalUserId/messages': {},
  'GET /api/entrances': {},
  'GET /api/audit': {}, 'GET /api/audit/chain': {},
  'GET /api/reports': {}, 'GET /api/reports/:name': { answer: 404 }, 'POST /api/reports/:name/exports': { body: { department: 1 }, answer: 404 },
  'GET /api/report-exports': {}, 'POST /api/report-exports/:id/download': { body: {}, answer: 404 },
  'GET /api/approvals': {}, 'GET /api/approvals/waiting': {}, 'GET /api/approvals/mine': {}, 'GET /api/approvals/mutual': {},
  'GET /api/approvals/:id': { answer: 404 }, 'POST /api/approvals/:id/decision': { body: { verdict: 'refuse' }, answer: 404 }, 'POST /api/approvals/:id/withdrawal': { body: {}, answer: 404 },
  'GET /api/customers/:externalUserId/who-may': { query: '?operation=customer.contact.view' },
  'POST /api/customers/:externalUserId/reveal': { body: { field: 'mobile', reason: 'call' } },
  'POST /api/customers/:externalUserId/messages/:messageId/reveal': { body: { reason: 'call' } },
  'POST /api/reveals': { body: { externalUserIds: [nobody], field: 'mobile', reason: 'call' }, answer: 404 },
  'POST /api/reveal-requests': { body: { externalUserIds: [nobody], hours: 1, reason: '回访名单' }, answer: 404 },
  'GET /api/reveals': {}, 'GET /api/freezes': {}, 'POST /api/freezes/:id/lift': { body: {}, answer: 404 },
  'GET /api/customers/:externalUserId/blocks': {},
  'POST /api/customers/:externalUserId/block-requests': { body: { unit: 'talk.history', days: 3, reason: '客户问起旧合同' } },
}
