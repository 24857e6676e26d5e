import { defineTable, flag, id, instant, integer, longJson, key, nullable, primary, word } from '../database/columns.ts'

/** People from several departments who work together until an end (S18). Their grants end with it, by the clock itself. */
export interface Campaign {
  id: string
  /** The name in the condition `campaign` of grants and in what a broadcast belongs to. */
  campaignKey: string
  name: string
  fromAt: number
  untilAt: number
  /** Ended before its time. */
  endedAt: number | null
  createdBy: string
  createdAt: number
  version: number
}

export const campaigns = defineTable<Campaign>('campaigns', {
  id: primary(id()),
  campaignKey: key(64),
  name: word(128),
  fromAt: instant(),
  untilAt: instant(),
  endedAt: nullable(instant()),
  createdBy: id(),
  createdAt: instant(),
  version: integer(),
}, [
  { name: 'ux_campaigns_key', columns: ['campaignKey'], unique: true },
])

export interface CampaignMember {
  campaignId: string
  staffId: string
  since: number
}

export const campaignMembers = defineTable<CampaignMember>('campaign_members', {
  campaignId: primary(id()),
  staffId: primary(id()),
  since: instant(),
}, [
  { name: 'ix_campaign_members_staff', columns: ['staffId'] },
])

/** `waiting` for an approval; `granted` is in force between its instants; the others give nothing. */
export type TemporaryGrantState = 'waiting' | 'granted' | 'refused' | 'ended'

/** An elevation of one person or one campaign's people between two instants (S19, S51). */
export interface TemporaryGrant {
  id: string
  /** The person, or empty when it is for a campaign's people. */
  staffId: string | null
  campaignId: string | null
  /** `RoleGrant`, checked when read; an unreadable one gives nothing. */
  definition: unknown
  fromAt: number
  untilAt: number
  state: TemporaryGrantState
  reason: string
  requestedBy: string
  decidedBy: string | null
  createdAt: number
  decidedAt: number | null
  endedAt: number | null
  version: number
}

export const temporaryGrants = defineTable<TemporaryGrant>('temporary_grants', {
  id: primary(id()),
  staffId: nullable(id()),
  campaignId: nullable(id()),
  definition: longJson(),
  fromAt: instant(),
  untilAt: instant(),
  state: key(16),
  reason: word(200),
  requestedBy: id(),
  decidedBy: nullable(key(64)),
  createdAt: instant(),
  decidedAt: nullable(instant()),
  endedAt: nullable(instant()),
  version: integer(),
}, [
  { name: 'ix_temporary_grants_staff', columns: ['staffId', 'state'] },
  { name: 'ix_temporary_grants_campaign', columns: ['campaignId', 'state'] },
  { name: 'ix_temporary_grants_created', columns: ['createdAt', 'id'] },
  { name: 'ix_temporary_grants_requester', columns: ['requestedBy', 'state'] },
  { name: 'ix_temporary_grants_until', columns: ['state', 'untilAt'] },
])

/** "The flow goes there, the permission goes along": what a node opens to whom, while a customer stands in it (S21–S24). */
export interface NodeGrant {
  id: string
  nodeKey: string
  /** `GrantSubject`, checked when read. */
  subject: unknown
  /** `RoleGrant`, checked when read; the node is added to its conditions. */
  definition: unknown
  /** The flow's setting: also for customers who went on to a later node (S21). */
  keepsOpen: boolean
  createdAt: number
  endedAt: number | null
}

export const nodeGrants = defineTable<NodeGrant>('node_grants', {
  id: primary(id()),
  nodeKey: key(64),
  subject: longJson(),
  definition: longJson(),
  keepsOpen: flag(),
  createdAt: instant(),
  endedAt: nullable(instant()),
}, [
  { name: 'ix_node_grants_node', columns: ['nodeKey'] },
])

/**
 * One customer shown to one colleague. It stays when the right of whoever shared it ends (T20), never goes above what the
 * recipient's role could hold, and cannot be shared on.
 */
export interface Share {
  id: string
  customerId: string
  staffId: string
  /** `Operation[]`, checked when read. */
  operations: unknown
  fromAt: number
  untilAt: number
  reason: string
  sharedBy: string
  createdAt: number
  endedAt: number | null
}

export const shares = defineTable<Share>('shares', {
  id: primary(id()),
  customerId: id(),
  staffId: id(),
  operations: longJson(),
  fromAt: instant(),
  untilAt: instant(),
  reason: word(200),
  sharedBy: id(),
  createdAt: instant(),
  endedAt: nullable(instant()),
}, [
  { name: 'ix_shares_staff', columns: ['staffId', 'endedAt'] },
  { name: 'ix_shares_customer', columns: ['customerId'] },
])

/** How much a holder of the role may open or reveal; without a row the product's default counts (S55). */
export interface RoleLimit {
  roleKey: string
  /** Distinct cards. */
  cardsPerHour: number
  cardsPerDay: number
  /** Masked values shown in clear. */
  revealsPerDay: number
}

export const roleLimits = defineTable<RoleLimit>('role_limits', {
  roleKey: primary(key(64)),
  cardsPerHour: integer(),
  cardsPerDay: integer(),
  revealsPerDay: integer(),
})
