import { z } from 'zod'
import { contract, needsOperation, needsSession } from './contract.ts'
import { Cursor, ExternalUserId, Instant, PageLimit, Userid } from './ids.ts'
import { DraftCondition, DraftGrant } from './policy-document.ts'

/** Access for a time: grants on request, campaigns and their people, customers shared with a colleague. */

const ById = z.object({ id: z.uuid() }).strict()
const Reason = z.string().trim().min(1).max(200)
const PersonName = z.object({ userid: z.string(), name: z.string() }).strict()
const strategy = needsOperation('marketing.strategy.operate')

export const TemporaryGrantItem = z.object({
  id: z.string(),
  /** Whom it is for: one person, or a campaign's people. */
  staff: PersonName.nullable(),
  campaign: z.object({ id: z.string(), name: z.string() }).strict().nullable(),
  operations: z.array(z.string()),
  scope: z.object({ kind: z.string(), departmentIds: z.array(z.number().int()).optional(), customers: z.number().int().optional() }).strict(),
  conditions: z.array(DraftCondition),
  fields: z.record(z.string(), z.string()),
  from: Instant,
  until: Instant,
  /** By the clock: `coming` and `over` are granted ones before and after their time. */
  state: z.enum(['waiting', 'coming', 'active', 'over', 'refused', 'ended']),
  reason: z.string(),
  requestedBy: PersonName.nullable(),
  decidedBy: PersonName.nullable(),
  requestId: z.string().nullable(),
  createdAt: Instant,
  /** The caller may end or withdraw it. */
  mayEnd: z.boolean(),
}).strict()
export type TemporaryGrantItem = z.infer<typeof TemporaryGrantItem>

export const requestTemporaryGrant = contract({
  method: 'POST',
  path: '/api/temporary-grants',
  summary: 'Asks for access with an end; a superior decides. View only unless `allowChanges`, never exports, approvals or the system.',
  needs: needsSession('anybody may ask for himself; for others the handler requires marketing.approvals.view over their department or system.policy.operate, for a campaign marketing.strategy.operate or system.policy.operate'),
  body: z.object({
    /** Left out: for oneself. */
    userid: Userid.optional(),
    campaignId: z.uuid().optional(),
    grant: DraftGrant,
    /** Left out: from the decision on. */
    from: Instant.optional(),
    until: Instant,
    reason: Reason,
    /** Also edit and operate; such a request is decided in the console only. */
    allowChanges: z.boolean().default(false),
  }).strict(),
  returns: z.object({ id: z.string(), requestId: z.string() }).strict(),
  fails: ['grant.flawed', 'grant.too_many', 'staff.not_found', 'staff.inactive', 'campaign.not_found', 'campaign.over', 'access.denied', 'request.invalid'],
})

export const listTemporaryGrants = contract({
  method: 'GET',
  path: '/api/temporary-grants',
  summary: 'Grants for a time, newest first: those that concern the caller, or all of them.',
  needs: needsSession('one\'s own; all of them only with system.policy.view'),
  query: z.object({ cursor: Cursor.optional(), limit: PageLimit, all: z.enum(['yes']).optional(), userid: Userid.optional(), campaignId: z.uuid().optional() }).strict(),
  returns: z.object({ items: z.array(TemporaryGrantItem), nextCursor: z.string().nullable() }).strict(),
  fails: ['access.denied', 'cursor.invalid', 'request.invalid'],
})

export const endTemporaryGrant = contract({
  method: 'POST',
  path: '/api/temporary-grants/:id/end',
  summary: 'Ends a grant at once, or withdraws the request: by the person, whoever asked or decided, or an administrator.',
  needs: needsSession('the handler requires to be concerned, or system.policy.operate'),
  params: ById,
  returns: z.object({ ended: z.boolean() }).strict(),
  fails: ['grant.not_found'],
})

export const CampaignItem = z.object({
  id: z.string(), campaignKey: z.string(), name: z.string(), from: Instant, until: Instant,
  state: z.enum(['coming', 'active', 'over']), version: z.number().int(),
  members: z.number().int(),
  /** Grants of the campaign that are granted and not over, and those that wait. */
  grants: z.number().int(), waiting: z.number().int(),
}).strict()
export type CampaignItem = z.infer<typeof CampaignItem>

export const listCampaigns = contract({
  method: 'GET',
  path: '/api/campaigns',
  summary: 'Campaigns, newest first.',
  needs: needsOperation('marketing.strategy.view'),
  query: z.object({ cursor: Cursor.optional(), limit: PageLimit }).strict(),
  returns: z.object({ items: z.array(CampaignItem), nextCursor: z.string().nullable() }).strict(),
  fails: ['cursor.invalid'],
})

export const CampaignDetail = CampaignItem.extend({
  people: z.array(PersonName.extend({ since: Instant }).strict()),
  /** Asked to join and not decided yet. */
  waitingPeople: z.array(PersonName.extend({ requestId: z.string() }).strict()),
}).strict()
export type CampaignDetail = z.infer<typeof CampaignDetail>

export const readCampaign = contract({
  method: 'GET', path: '/api/campaigns/:id', summary: 'A campaign with its people.',
  needs: needsOperation('marketing.strategy.view'), params: ById, returns: CampaignDetail, fails: ['campaign.not_found'],
})

const CampaignKey = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/)

export const createCampaign = contract({
  method: 'POST',
  path: '/api/campaigns',
  summary: 'Makes a campaign with its people. By itself it gives them nothing.',
  needs: strategy,
  body: z.object({ campaignKey: CampaignKey, name: z.string().trim().min(1).max(60), from: Instant, until: Instant, userids: z.array(Userid).max(500).default([]) }).strict(),
  returns: CampaignDetail,
  fails: ['campaign.key_taken', 'grant.flawed', 'staff.not_found', 'staff.inactive', 'request.invalid'],
})

export const changeCampaign = contract({
  method: 'PATCH',
  path: '/api/campaigns/:id',
  summary: 'Renames a campaign or brings its end forward. Its end never moves back: grants that were approved until then would be stretched.',
  needs: strategy,
  params: ById,
  body: z.object({ version: z.number().int(), name: z.string().trim().min(1).max(60).optional(), until: Instant.optional() }).strict(),
  returns: CampaignDetail,
  fails: ['campaign.not_found', 'campaign.over', 'policy.version_conflict', 'grant.flawed', 'request.invalid'],
})

export const addCampaignMembers = contract({
  method: 'POST',
  path: '/api/campaigns/:id/members',
  summary: 'Adds people: at once while the campaign gives nothing, otherwise after a superior has agreed.',
  needs: strategy,
  params: ById,
  body: z.object({ userids: z.array(Userid).min(1).max(100), reason: Reason }).strict(),
  returns: z.object({ outcome: z.enum(['done', 'waiting']), requestId: z.string().nullable() }).strict(),
  fails: ['campaign.not_found', 'campaign.over', 'staff.not_found', 'staff.inactive', 'request.invalid'],
})

export const removeCampaignMember = contract({
  method: 'DELETE',
  path: '/api/campaigns/:id/members/:userid',
  summary: 'Takes somebody out of a campaign, at once.',
  needs: strategy,
  params: ById.extend({ userid: Userid }).strict(),
  returns: z.object({ removed: z.boolean() }).strict(),
  fails: ['campaign.not_found', 'staff.not_found'],
})

export const endCampaign = contract({
  method: 'POST',
  path: '/api/campaigns/:id/end',
  summary: 'Ends a campaign and with it everything it gave, at once.',
  needs: strategy,
  params: ById,
  returns: z.object({ ended: z.boolean() }).strict(),
  fails: ['campaign.not_found'],
})

export const ShareItem = z.object({
  id: z.string(),
  customer: z.object({ externalUserId: z.string() }).strict(),
  staff: PersonName.nullable(),
  sharedBy: PersonName.nullable(),
  operations: z.array(z.string()),
  from: Instant,
  until: Instant,
  state: z.enum(['active', 'over', 'ended']),
  reason: z.string(),
  mayEnd: z.boolean(),
}).strict()
export type ShareItem = z.infer<typeof ShareItem>

const ByCustomer = z.object({ externalUserId: ExternalUserId }).strict()

export const shareCustomer = contract({
  method: 'POST',
  path: '/api/customers/:externalUserId/shares',
  summary: 'Shows a customer to a colleague: chosen view and edit operations that one holds by one\'s own role, never above what his role could hold, with an end.',
  needs: needsOperation('customer.profile.view'),
  params: ByCustomer,
  body: z.object({ userid: Userid, operations: z.array(z.string().max(64)).min(1).max(36), until: Instant, reason: Reason }).strict(),
  returns: ShareItem,
  fails: ['customer.not_found', 'staff.not_found', 'staff.inactive', 'share.flawed', 'share.not_yours', 'share.gives_nothing', 'request.invalid'],
})

export const listCustomerShares = contract({
  method: 'GET',
  path: '/api/customers/:externalUserId/shares',
  summary: 'To whom this customer is shown by shares.',
  needs: needsOperation('customer.profile.view'),
  params: ByCustomer,
  returns: z.object({ items: z.array(ShareItem) }).strict(),
  fails: ['customer.not_found'],
})

export const endShare = contract({
  method: 'POST',
  path: '/api/shares/:id/end',
  summary: 'Ends a share at once: by whoever shared or received it, or an administrator.',
  needs: needsSession('the handler requires to be concerned, or system.policy.operate'),
  params: ById,
  returns: z.object({ ended: z.boolean() }).strict(),
  fails: ['share.not_found'],
})

export const temporaryContracts = [
  requestTemporaryGrant, listTemporaryGrants, endTemporaryGrant,
  listCampaigns, readCampaign, createCampaign, changeCampaign, addCampaignMembers, removeCampaignMember, endCampaign,
  endShare,
] as const
export const shareContracts = [shareCustomer, listCustomerShares] as const
