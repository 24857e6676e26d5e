import { z } from 'zod'
import { ContactRefusal } from './contact-refusals.ts'
import { contract, needsOperation } from './contract.ts'
import { Cursor, ExternalUserId, Fen, Instant, PageLimit, Userid } from './ids.ts'

/** The stages a customer can stand in, in their usual order. */
export const stages = {
  lead: { zh: '线索', en: 'Lead' },
  contacted: { zh: '已联系', en: 'Contacted' },
  intent: { zh: '意向', en: 'Interested' },
  negotiating: { zh: '洽谈', en: 'Negotiating' },
  signed: { zh: '已签约', en: 'Signed' },
  delivered: { zh: '已交付', en: 'Delivered' },
  dormant: { zh: '沉睡', en: 'Dormant' },
} as const
export const Stage = z.enum(['lead', 'contacted', 'intent', 'negotiating', 'signed', 'delivered', 'dormant'])
export type Stage = z.infer<typeof Stage>

/** How a customer came to us, from WeCom's `add_way` (WeCom doc path/92114). */
export const sources = {
  assigned: { zh: '分配', en: 'assigned' },
  card: { zh: '名片', en: 'card' },
  group: { zh: '群聊', en: 'group chat' },
  link: { zh: '获客链接', en: 'acquisition link' },
  other: { zh: '其他', en: 'other' },
  scan: { zh: '扫码', en: 'scanned' },
  search: { zh: '搜索', en: 'search' },
} as const
export const Source = z.enum(['assigned', 'card', 'group', 'link', 'other', 'scan', 'search'])
export type Source = z.infer<typeof Source>

export const StaffName = z.object({ userid: z.string(), name: z.string(), departmentName: z.string().nullable() }).strict()
export const TagName = z.object({ id: z.string(), name: z.string(), groupName: z.string() }).strict()

/** Money that may be masked: an amount in fen, or the text `¥***`. */
export const Amount = z.union([Fen, z.literal('¥***')])

/**
 * The permitted fields of a customer. A hidden field is absent; a masked one holds its masked text.
 * `fields[name]` says which: `clear` or `masked`.
 */
export const CustomerValues = z.object({
  name: z.string().optional(),
  avatar: z.string().nullable().optional(),
  gender: z.number().int().optional(),
  corpName: z.string().nullable().optional(),
  source: Source.nullable().optional(),
  addedAt: Instant.nullable().optional(),
  birthday: z.string().nullable().optional(),
  preferences: z.array(z.string()).optional(),
  remark: z.string().nullable().optional(),
  mobile: z.string().nullable().optional(),
  email: z.string().nullable().optional(),
  address: z.string().nullable().optional(),
  spendTotalFen: Amount.optional(),
  orderCount: z.number().int().optional(),
  lastOrderAt: Instant.nullable().optional(),
  valueTier: z.number().int().nullable().optional(),
  contractState: z.string().nullable().optional(),
  priceList: z.string().nullable().optional(),
  contractAmountFen: Amount.nullable().optional(),
  tags: z.array(TagName).optional(),
  stage: Stage.optional(),
  memberLevel: z.number().int().nullable().optional(),
  owner: StaffName.nullable().optional(),
  pool: z.object({ departmentId: z.number().int(), name: z.string() }).strict().nullable().optional(),
  followers: z.array(StaffName).optional(),
}).strict()
export type CustomerValues = z.infer<typeof CustomerValues>

export const FieldPresentations = z.record(z.string(), z.enum(['clear', 'masked']))

export const CustomerCard = z.object({
  customer: CustomerValues.extend({ externalUserId: z.string(), version: z.number().int(), type: z.number().int() }).strict(),
  fields: FieldPresentations,
  /** Operations that this person holds for this customer, the fields that may be written, and the masked ones that may be revealed. */
  abilities: z.object({ operations: z.array(z.string()), writable: z.array(z.string()), revealable: z.array(z.string()) }).strict(),
  /** The customer asked not to be contacted. */
  contactRefusal: ContactRefusal.nullable(),
}).strict()
export type CustomerCard = z.infer<typeof CustomerCard>

export const CustomerListItem = z.object({
  customer: CustomerValues.extend({ externalUserId: z.string() }).strict(),
  fields: FieldPresentations,
  /** When the customer last wrote or was added; only for whoever may read his messages, since it says when he wrote to others (S11, S27). */
  lastActiveAt: Instant.optional(),
  /** The customer asked not to be contacted. */
  refusesContact: z.boolean(),
}).strict()

const ByExternalUserId = z.object({ externalUserId: ExternalUserId }).strict()

export const listCustomers = contract({
  method: 'GET',
  path: '/api/customers',
  summary: 'The customers whom the caller may see, newest activity first.',
  needs: needsOperation('customer.profile.view'),
  query: z.object({
    cursor: Cursor.optional(),
    limit: PageLimit,
    q: z.string().trim().min(1).max(60).optional(),
    stage: Stage.optional(),
    tag: z.string().min(1).max(64).optional(),
    owner: Userid.optional(),
    /** A full phone number; needs `customer.contact.operate`, is limited and audited (S50). */
    phone: z.string().trim().min(1).max(32).optional(),
  }).strict(),
  returns: z.object({ items: z.array(CustomerListItem), nextCursor: z.string().nullable() }).strict(),
  fails: ['request.invalid', 'access.denied', 'access.filter_refused', 'cursor.invalid', 'request.rate_limited', 'cards.limit_reached', 'access.frozen'],
})

export const readCustomer = contract({
  method: 'GET',
  path: '/api/customers/:externalUserId',
  summary: 'One customer with the permitted fields only. Not visible and not existing are the same answer.',
  needs: needsOperation('customer.profile.view'),
  params: ByExternalUserId,
  returns: CustomerCard,
  fails: ['customer.not_found', 'cards.limit_reached', 'access.frozen'],
})

/** What a caller may write; each field only with its own operation. `null` clears it. */
export const CustomerPatch = z.object({
  version: z.number().int(),
  name: z.string().trim().min(1).max(60).optional(),
  birthday: z.iso.date().nullable().optional(),
  preferences: z.array(z.string().trim().min(1).max(20)).max(20).optional(),
  /** The caller's own remark on his own follow; the only part that WeCom is told. At most 20 characters. */
  remark: z.string().trim().max(20).optional(),
  mobile: z.string().trim().min(1).max(32).nullable().optional(),
  email: z.string().trim().min(1).max(120).nullable().optional(),
  address: z.string().trim().min(1).max(200).nullable().optional(),
  contractAmountFen: z.union([z.number().int().min(0).max(10 ** 13), z.string().max(40)]).nullable().optional(),
  stage: Stage.optional(),
  memberLevel: z.number().int().min(0).max(9).nullable().optional(),
}).strict()
export type CustomerPatch = z.infer<typeof CustomerPatch>

export const patchCustomer = contract({
  method: 'PATCH',
  path: '/api/customers/:externalUserId',
  summary: 'Changes permitted fields; one forbidden field refuses the whole request and nothing is written.',
  needs: needsOperation('customer.profile.view'),
  params: ByExternalUserId,
  body: CustomerPatch,
  returns: CustomerCard,
  fails: ['customer.not_found', 'fields.not_writable', 'fields.masked_value', 'customer.version_conflict', 'request.invalid', 'cards.limit_reached', 'access.frozen'],
})

export const CustomerOrder = z.object({
  orderNo: z.string(), storeName: z.string().nullable(), amountFen: Amount, placedAt: Instant, items: z.array(z.string()),
}).strict()

export const listOrders = contract({
  method: 'GET',
  path: '/api/customers/:externalUserId/orders',
  summary: 'The orders of a customer that the caller may see, newest first.',
  needs: needsOperation('customer.spending.view'),
  params: ByExternalUserId,
  query: z.object({ cursor: Cursor.optional(), limit: PageLimit }).strict(),
  returns: z.object({ items: z.array(CustomerOrder), nextCursor: z.string().nullable() }).strict(),
  fails: ['customer.not_found', 'access.denied', 'cursor.invalid', 'cards.limit_reached', 'access.frozen'],
})

export const CustomerVisit = z.object({
  storeName: z.string().nullable(), staffName: z.string().nullable(), visitedAt: Instant, note: z.string(),
}).strict()

export const listVisits = contract({
  method: 'GET',
  path: '/api/customers/:externalUserId/visits',
  summary: 'The visits of a customer that the caller may see, newest first.',
  needs: needsOperation('talk.visits.view'),
  params: ByExternalUserId,
  query: z.object({ cursor: Cursor.optional(), limit: PageLimit }).strict(),
  returns: z.object({ items: z.array(CustomerVisit), nextCursor: z.string().nullable() }).strict(),
  fails: ['customer.not_found', 'access.denied', 'cursor.invalid', 'cards.limit_reached', 'access.frozen'],
})
