import type { Contract } from '#shared/contracts/contract'

/** What to send to a route so that its contract accepts it. */
export interface RouteRequest {
  readonly query?: string
  readonly body?: object
  /** What somebody who gets in is answered, for routes whose id names nothing here; 200 without it. */
  readonly answer?: number
}

const document = { roles: [], templateRules: [], restrictions: [], nodeGrants: [], limits: [], settings: { temporaryGrantDays: 1, shareDays: 1 } }
const flawed = { subject: { everyone: true }, operations: ['nothing.at.all'], scope: { kind: 'all' } }
const template = {
  name: '问候', category: 'care', text: '您好', attachments: [], uses: ['quick-reply'], roles: ['clerk'], levelAtLeast: 0, spendAtLeastFen: null, valueTierAtLeast: null, validFrom: null, validUntil: null,
}
/** An id of ours that nothing has. */
export const nothingId = '019a0000-0000-7000-8000-000000000000'
/** A customer whom nobody ever was. */
export const nobody = `wm${'Z'.repeat(30)}`

const someBroadcast = { name: '群发', templateId: '019a0000-0000-7000-8000-000000000000', senders: 'self', audience: {}, plannedAt: 1 }
const someRules = {
  quotas: [{ roles: [], monthsFrom: 0, monthsBelow: null, levelAtLeast: 0, category: null, tierBelow: null, perMonth: 1, perDay: 1 }], frequency: { messages: 1, days: 7 }, approval: { leadFrom: 1, riskyCategories: [] },
}

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
  'GET /api/parked': {}, 'POST /api/parked/:id/replay': { body: { queue: 'inbox' }, answer: 404 }, 'POST /api/parked/:id/discard': { body: { reason: 'obsolete' }, answer: 404 },
  'GET /api/audit': {}, 'GET /api/audit/chain': {},
  'GET /api/reports': {}, 'GET /api/reports/:name': { answer: 404 }, 'POST /api/reports/:name/exports': { body: { department: 1 }, answer: 404 },
  'GET /api/report-exports': {}, 'POST /api/report-exports/:id/download': { body: {}, answer: 404 },
  'GET /api/approvals': {}, 'GET /api/approvals/waiting': {}, 'GET /api/approvals/mine': {}, 'GET /api/approvals/mutual': {},
  'GET /api/approvals/:id': { answer: 404 }, 'POST /api/approvals/:id/decision': { body: { verdict: 'refuse' }, answer: 404 }, 'POST /api/approvals/:id/withdrawal': { body: {}, answer: 404 },
  'GET /api/policy': {}, 'GET /api/policy/words': {}, 'GET /api/policy/versions': {}, 'GET /api/policy/versions/:number': { answer: 400 }, 'GET /api/policy/drafts': {},
  'POST /api/policy/drafts': { body: { name: '草稿', from: 987_654 }, answer: 404 }, 'GET /api/policy/drafts/:id': { answer: 404 },
  'PUT /api/policy/drafts/:id': { body: { version: 987_654, document }, answer: 404 }, 'DELETE /api/policy/drafts/:id': { query: '?version=987654', answer: 404 },
  'POST /api/policy/drafts/:id/validate': { body: {}, answer: 404 }, 'POST /api/policy/drafts/:id/rebase': { body: { version: 987_654 }, answer: 404 },
  'POST /api/policy/drafts/:id/preview': { body: {}, answer: 404 }, 'GET /api/policy/previews/:id': { answer: 404 },
  'POST /api/policy/drafts/:id/publish': { body: { version: 987_654, note: '说明' }, answer: 404 }, 'POST /api/policy/drafts/:id/withdraw': { body: {}, answer: 404 },
  'GET /api/policy/tests': {}, 'GET /api/policy/tests/:id': { answer: 404 }, 'POST /api/policy/tests': { body: { name: '用例', text: 'about: [' }, answer: 400 }, 'DELETE /api/policy/tests/:id': { answer: 404 },
  'GET /api/outreach/quiet-hours': {}, 'PUT /api/outreach/quiet-hours': { body: { from: '21:00', until: '08:00', version: 987_654 }, answer: 409 },
  'GET /api/outreach/parked': {}, 'POST /api/outreach/parked/:id/resolve': { body: { giveUp: true }, answer: 404 },
  'GET /api/screening/words': {}, 'GET /api/screening/words/export': {}, 'GET /api/screening/draft': {}, 'GET /api/screening/versions': {}, 'POST /api/screening/test': { body: { text: '您好' } },
  'PATCH /api/screening/draft/words': { body: { version: 987_654, set: [], remove: [] }, answer: 409 }, 'POST /api/screening/draft/import': { body: { version: 987_654, text: '词语', mode: 'merge' }, answer: 409 },
  'PUT /api/screening/draft/hosts': { body: { version: 987_654, hosts: [], blockedHosts: [] }, answer: 409 }, 'DELETE /api/screening/draft': { query: '?version=987654', answer: 409 },
  'POST /api/screening/draft/publish': { body: { version: 987_654, note: '说明' }, answer: 409 }, 'POST /api/screening/versions/:number/restore': { body: { note: '说明' }, answer: 400 },
  'GET /api/templates': { query: '?which=all' }, 'GET /api/template-words': {}, 'GET /api/templates/:id': { answer: 404 }, 'GET /api/templates/:id/versions': { answer: 404 },
  'POST /api/templates': { body: { content: { ...template, roles: ['nobody'] }, departmentId: null }, answer: 400 }, 'PUT /api/templates/:id': { body: { version: 1, content: template }, answer: 404 },
  'POST /api/template-screening': { body: { text: '您好', attachments: [] } }, 'POST /api/templates/:id/submit': { body: { version: 1 }, answer: 404 }, 'POST /api/templates/:id/retire': { body: { version: 1 }, answer: 404 },
  'POST /api/template-media': { body: { kind: 'image', name: 'a.png', bytes: 0 }, answer: 400 }, 'PUT /api/template-media/:id/parts/:place': { body: { content: '' }, answer: 400 }, 'POST /api/template-media/:id/finish': { body: {}, answer: 404 },
  'GET /api/templates/:id/media': { answer: 404 }, 'GET /api/templates/:id/media/:mediaId/parts/:place': { answer: 400 },
  'GET /api/template-results': {}, 'PUT /api/staff/:userid/level': { body: { level: 1 }, answer: 404 }, 'GET /api/staff-levels': {},
  'GET /api/customers/:externalUserId/quick-replies': {}, 'POST /api/quick-replies/sent': { body: { receipt: 'made.up.receipt' }, answer: 400 }, 'POST /api/customers/:externalUserId/quick-replies': { body: { templateId: nothingId, versionId: nothingId }, answer: 404 },
  'GET /api/tags': {}, 'GET /api/customer-groups': {}, 'GET /api/broadcast-rules': {}, 'PUT /api/broadcast-rules/draft': { body: { version: 987_654, rules: someRules }, answer: 409 }, 'POST /api/broadcast-rules/publish': { body: { version: 987_654 }, answer: 409 },
  'GET /api/broadcasts': {}, 'GET /api/broadcasts/:id': { answer: 404 }, 'GET /api/broadcast-quota': {}, 'GET /api/hand-broadcasts': {}, 'GET /api/hand-broadcasts/:id': { answer: 404 }, 'GET /api/broadcast-calendar': { query: '?from=0&until=1' }, 'GET /api/broadcast-results': { query: '?by=staff' }, 'GET /api/my-broadcasts': {},
  'POST /api/broadcasts': { body: someBroadcast, answer: 409 }, 'PUT /api/broadcasts/:id': { body: { ...someBroadcast, version: 987_654 }, answer: 404 },
  'POST /api/broadcasts/:id/preflight': { body: {}, answer: 404 }, 'POST /api/broadcasts/:id/submit': { body: { version: 987_654 }, answer: 404 }, 'POST /api/broadcasts/:id/cancel': { body: { version: 987_654 }, answer: 404 },
  'POST /api/restrictions': { body: { definition: flawed, note: '说明' }, answer: 409 }, 'POST /api/restrictions/:id/end': { body: { note: '说明' }, answer: 404 },
  'GET /api/staff': {}, 'GET /api/staff/:userid': { answer: 404 }, 'POST /api/staff/:userid/roles': { body: { roleKey: 'clerk', reason: '试' }, answer: 404 },
  'DELETE /api/staff/:userid/roles/:roleKey': { answer: 404 }, 'PUT /api/staff/:userid/joined-on': { body: { joinedOn: null }, answer: 404 },
  'GET /api/temporary-grants': {}, 'POST /api/temporary-grants/:id/end': { body: {}, answer: 404 },
  'POST /api/temporary-grants': { body: { grant: { operations: [], scope: { kind: 'own' } }, until: 1, reason: '试' }, answer: 400 },
  'GET /api/campaigns': {}, 'GET /api/campaigns/:id': { answer: 404 }, 'PATCH /api/campaigns/:id': { body: { version: 1 }, answer: 404 },
  'POST /api/campaigns': { body: { campaignKey: 'spring', name: '春季', from: 2, until: 1 }, answer: 400 },
  'POST /api/campaigns/:id/members': { body: { userids: ['clerk01'], reason: '试' }, answer: 404 },
  'DELETE /api/campaigns/:id/members/:userid': { answer: 404 }, 'POST /api/campaigns/:id/end': { body: {}, answer: 404 },
  'GET /api/customers/:externalUserId/shares': {}, 'POST /api/customers/:externalUserId/shares': { body: { userid: 'nobody', operations: ['customer.profile.view'], until: 1, reason: '试' } },
  'POST /api/shares/:id/end': { body: {}, answer: 404 },
  'GET /api/customers/:externalUserId/who-may': { query: '?operation=customer.contact.view' },
  'POST /api/customers/:externalUserId/reveal': { body: { field: 'mobile', reason: 'call' } },
  'POST /api/customers/:externalUserId/messages/:messageId/reveal': { body: { reason: 'call' } },
  'POST /api/reveals': { body: { externalUserIds: [nobody], field: 'mobile', reason: 'call' }, answer: 404 },
  'POST /api/reveal-requests': { body: { externalUserIds: [nobody], hours: 1, reason: '回访名单' }, answer: 404 },
  'GET /api/reveals': {}, 'GET /api/freezes': {}, 'POST /api/freezes/:id/lift': { body: { reason: 'checked' }, answer: 404 },
  'GET /api/customers/:externalUserId/blocks': {},
  'PUT /api/customers/:externalUserId/contact-refusal': { body: {} }, 'POST /api/customers/:externalUserId/contact-refusal/lift': { body: { id: nothingId, reason: 'mistake' } },
  'POST /api/customers/:externalUserId/block-requests': { body: { unit: 'talk.history', days: 3, reason: '客户问起旧合同' } },
}

export const nameOf = (contract: Pick<Contract, 'method' | 'path'>): string => `${contract.method} ${contract.path}`

/** The address of a contract's request for one id. Fails for a route without a request, saying what to add. */
export function pathOf(contract: Contract, id: string, publicUrl: string): string {
  const request = requests[nameOf(contract)]
  if (request === undefined) throw new Error(`${nameOf(contract)} has no request: add one to test/stories/support/route-requests.ts`)
  const ofCustomer = contract.path.includes(':externalUserId')
  const path = contract.path.replace(/:(\w+)/g, (_, name: string) => (!ofCustomer || name === 'externalUserId' ? id : nothingId))
  return path + (request.query ?? '').replace('PAGE', encodeURIComponent(`${publicUrl}/sidebar/`))
}
