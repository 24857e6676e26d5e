import { z } from 'zod'
import { hitCategories, hitReasons, severities, verdicts } from '../screening-words.ts'
import { mostAttachments, mostTextBytes, templateCategories, templateUseKinds, versionStates } from '../template-words.ts'
import { contract, needsOperation } from './contract.ts'
import { Cursor, ExternalUserId, Instant, PageLimit, Userid } from './ids.ts'

/** Templates (话术库) and quick replies (docs/templates.md). */

const view = needsOperation('marketing.templates.view')
const edit = needsOperation('marketing.templates.edit')
const operate = needsOperation('marketing.templates.operate')

const Address = z.url({ protocol: /^https?$/ }).max(2048)
/** An id of WeCom's media/upload: three days. */
const MediaId = z.string().min(1).max(256)

/** As WeCom takes them (doc path/92137, 92135); lengths in bytes are checked where they are saved. */
export const TemplateAttachment = z.discriminatedUnion('type', [
  z.object({ type: z.literal('image'), picUrl: Address.nullable(), mediaId: MediaId.nullable() }).strict(),
  z.object({ type: z.literal('link'), title: z.string().trim().min(1).max(128), url: Address, desc: z.string().trim().max(512), picUrl: Address.nullable() }).strict(),
  z.object({ type: z.literal('miniprogram'), title: z.string().trim().min(1).max(64), appid: z.string().min(1).max(64), page: z.string().min(1).max(1024), picMediaId: MediaId }).strict(),
  z.object({ type: z.literal('file'), mediaId: MediaId }).strict(),
  z.object({ type: z.literal('video'), mediaId: MediaId }).strict(),
])
export type TemplateAttachment = z.infer<typeof TemplateAttachment>

export const TemplateUse = z.enum(templateUseKinds)
export type TemplateUse = z.infer<typeof TemplateUse>

const Category = z.enum(templateCategories)

export const TemplateContent = z.object({
  name: z.string().trim().min(1).max(60),
  category: Category,
  text: z.string().max(mostTextBytes),
  attachments: z.array(TemplateAttachment).max(mostAttachments),
  uses: z.array(TemplateUse).min(1).max(templateUseKinds.length),
  /** Role keys; nobody else may use it. */
  roles: z.array(z.string().min(1).max(64)).min(1).max(50),
  /** The lowest level of staff: 0 everybody, 1 silver, 2 gold, 3 platinum (S41). */
  levelAtLeast: z.number().int().min(0).max(3),
  /** The customers it is for; null everybody. */
  spendAtLeastFen: z.number().int().min(1).max(1_000_000_000_000).nullable(),
  valueTierAtLeast: z.number().int().min(1).max(5).nullable(),
  validFrom: Instant.min(0).nullable(),
  validUntil: Instant.min(0).nullable(),
}).strict()
export type TemplateContent = z.infer<typeof TemplateContent>

export const TemplateHit = z.object({
  /** `text`, or a field of an attachment such as `attachments.0.url`. */
  part: z.string(),
  start: z.number().int(), end: z.number().int(), category: z.enum(hitCategories), severity: z.enum(severities), word: z.string(), reason: z.enum(hitReasons), proposal: z.string().nullable(),
}).strict()
export type TemplateHit = z.infer<typeof TemplateHit>

const Variable = z.object({ name: z.string(), kind: z.enum(['sender', 'customer']) }).strict()

const Person = z.object({ userid: z.string(), name: z.string() }).strict()
const Abilities = z.object({ edit: z.boolean(), submit: z.boolean(), retire: z.boolean() }).strict()

export const TemplateItem = z.object({
  id: z.string(),
  number: z.number().int(),
  name: z.string(),
  category: Category,
  /** Of the template as a whole: one that is in use is `published` while an edit of it waits. */
  state: z.enum(versionStates),
  /** Of an edit of a published one; null without an edit. */
  edit: z.enum(versionStates).nullable(),
  text: z.string(),
  attachments: z.number().int(),
  uses: z.array(TemplateUse),
  levelAtLeast: z.number().int(),
  spendAtLeastFen: z.number().int().nullable(),
  valueTierAtLeast: z.number().int().nullable(),
  validFrom: Instant.nullable(),
  validUntil: Instant.nullable(),
  creator: Person.nullable(),
  updatedAt: Instant,
  version: z.number().int(),
}).strict()
export type TemplateItem = z.infer<typeof TemplateItem>

export const TemplateVersion = z.object({
  id: z.string(), ordinal: z.number().int(), state: z.enum(versionStates), verdict: z.enum(verdicts), authors: z.array(Person),
  createdAt: Instant, updatedAt: Instant, submittedAt: Instant.nullable(), publishedAt: Instant.nullable(), endedAt: Instant.nullable(),
  content: TemplateContent,
}).strict()
export type TemplateVersion = z.infer<typeof TemplateVersion>

export const TemplateDetail = z.object({
  ...TemplateItem.shape,
  departmentId: z.number().int().nullable(),
  content: TemplateContent,
  variables: z.array(Variable),
  /** With the words that are in force now. */
  verdict: z.enum(verdicts),
  hits: z.array(TemplateHit),
  abilities: Abilities,
  approvalId: z.string().nullable(),
}).strict()
export type TemplateDetail = z.infer<typeof TemplateDetail>

const ById = z.object({ id: z.string().min(1).max(36) }).strict()
const Version = z.number().int().min(0).max(2_000_000_000)
const badContent = ['template.unknown_variable', 'template.text_too_long', 'template.empty', 'template.customer_variable', 'template.bad_attachments', 'template.media_missing', 'template.bad_validity', 'template.unknown_roles', 'request.invalid'] as const

export const listTemplates = contract({
  method: 'GET',
  path: '/api/templates',
  summary: 'Templates, newest first: `usable` those that the caller may use now, `mine` what he wrote, `all` whatever he may edit or publish.',
  needs: view,
  query: z.object({
    cursor: Cursor.optional(), limit: PageLimit, which: z.enum(['usable', 'mine', 'all']).default('usable'),
    /** Part of name or text. */
    q: z.string().trim().min(1).max(60).optional(),
    category: Category.optional(), use: TemplateUse.optional(), state: z.enum(versionStates).optional(),
  }).strict(),
  returns: z.object({ items: z.array(TemplateItem), nextCursor: z.string().nullable() }).strict(),
  fails: ['request.invalid', 'cursor.invalid'],
})

export const readTemplateWords = contract({
  method: 'GET',
  path: '/api/template-words',
  summary: 'The words in which a template is read and written: the roles of whitelists and the variables of a text.',
  needs: view,
  returns: z.object({ roles: z.array(z.object({ key: z.string(), label: z.string() }).strict()), variables: z.array(Variable) }).strict(),
})

export const readTemplate = contract({
  method: 'GET',
  path: '/api/templates/:id',
  summary: 'One template: to its editors the version that is being written, to others the one in use.',
  needs: view,
  params: ById,
  returns: TemplateDetail,
  fails: ['template.not_found'],
})

export const listTemplateVersions = contract({
  method: 'GET',
  path: '/api/templates/:id/versions',
  summary: 'All versions, the newest first, for whoever may edit or publish it.',
  needs: view,
  params: ById,
  returns: z.object({ items: z.array(TemplateVersion) }).strict(),
  fails: ['template.not_found'],
})

const Saved = z.object({ id: z.string(), version: z.number().int(), state: z.enum(versionStates), verdict: z.enum(verdicts), hits: z.array(TemplateHit) }).strict()

export const createTemplate = contract({
  method: 'POST',
  path: '/api/templates',
  summary: 'A new draft, screened at once; what must not leave is named with its place and reason.',
  needs: edit,
  body: z.object({ content: TemplateContent, departmentId: z.number().int().positive().nullable() }).strict(),
  returns: Saved,
  fails: ['template.out_of_reach', ...badContent],
})

export const saveTemplate = contract({
  method: 'PUT',
  path: '/api/templates/:id',
  summary: 'Writes the draft. Of a published template a new version begins, and the old one stays in use until that is approved; what waits is taken back.',
  needs: edit,
  params: ById,
  body: z.object({ version: Version, content: TemplateContent }).strict(),
  returns: Saved,
  fails: ['template.not_found', 'template.retired', 'template.version_conflict', ...badContent],
})

export const screenTemplate = contract({
  method: 'POST',
  path: '/api/template-screening',
  summary: 'Scans a content that is being written, with the words in force; it is not kept.',
  needs: edit,
  body: z.object({ text: z.string().max(mostTextBytes), attachments: z.array(TemplateAttachment).max(mostAttachments) }).strict(),
  returns: z.object({ verdict: z.enum(verdicts), hits: z.array(TemplateHit), unknownVariables: z.array(z.string()), bytes: z.number().int() }).strict(),
  fails: ['request.invalid'],
})

export const submitTemplate = contract({
  method: 'POST',
  path: '/api/templates/:id/submit',
  summary: 'Asks for the approval of the draft. One in which something must not leave is refused with its findings.',
  needs: edit,
  params: ById,
  body: z.object({ version: Version }).strict(),
  returns: z.object({ approvalId: z.string(), version: z.number().int() }).strict(),
  fails: ['template.not_found', 'template.retired', 'template.nothing_to_submit', 'template.version_conflict', 'template.blocked', 'request.invalid', ...badContent.slice(0, 7)],
})

export const retireTemplate = contract({
  method: 'POST',
  path: '/api/templates/:id/retire',
  summary: 'Takes a template out of use at once and for good.',
  needs: operate,
  params: ById,
  body: z.object({ version: Version }).strict(),
  returns: z.object({ retired: z.boolean() }).strict(),
  fails: ['template.not_found', 'template.retired', 'template.version_conflict', 'request.invalid'],
})

export const listTopTemplates = contract({
  method: 'GET',
  path: '/api/template-results',
  summary: 'The twenty templates with the most conversions of the last ninety days: a reply, a visit, an order or a contract within seven days of a use.',
  needs: operate,
  returns: z.object({
    items: z.array(z.object({
      id: z.string(), number: z.number().int(), name: z.string(), category: Category, uses: z.number().int(), converted: z.number().int(), replies: z.number().int(), visits: z.number().int(), orders: z.number().int(), contracts: z.number().int(),
    }).strict()),
  }).strict(),
})

const ByCustomer = z.object({ externalUserId: ExternalUserId }).strict()

/** Why a text cannot be sent to this customer. */
export const ReplyRefusal = z.object({
  code: z.enum(['template.missing_value', 'template.not_for_customer', 'template.blocked', 'template.text_too_long']),
  /** Variables without a value, as `name:hidden`, `name:masked` or `name:unknown`. */
  variables: z.array(z.string()),
  hits: z.array(TemplateHit),
}).strict()
export type ReplyRefusal = z.infer<typeof ReplyRefusal>

export const QuickReply = z.object({
  templateId: z.string(), versionId: z.string(), number: z.number().int(), name: z.string(), category: Category,
  /** Filled for this customer; as it is written where a value is missing. */
  text: z.string(),
  attachments: z.array(TemplateAttachment),
  refused: ReplyRefusal.nullable(),
}).strict()
export type QuickReply = z.infer<typeof QuickReply>

export const listQuickReplies = contract({
  method: 'GET',
  path: '/api/customers/:externalUserId/quick-replies',
  summary: 'The templates that the caller may send to this customer now, filled and screened; at most fifty.',
  needs: view,
  params: ByCustomer,
  query: z.object({ q: z.string().trim().min(1).max(60).optional(), category: Category.optional() }).strict(),
  /** `refusesContact`: the customer asked not to be contacted; an answer in a conversation stays possible. */
  returns: z.object({ items: z.array(QuickReply), more: z.boolean(), refusesContact: z.boolean() }).strict(),
  fails: ['customer.not_found', 'request.invalid'],
})

export const sendQuickReply = contract({
  method: 'POST',
  path: '/api/customers/:externalUserId/quick-replies',
  summary: 'Fills and screens a template for this customer once more, and gives the text to send, with a receipt for when it was.',
  needs: view,
  params: ByCustomer,
  body: z.object({ templateId: z.string().min(1).max(36), versionId: z.string().min(1).max(36) }).strict(),
  returns: z.object({ text: z.string(), attachments: z.array(TemplateAttachment), receipt: z.string() }).strict(),
  fails: ['customer.not_found', 'template.not_found', 'template.changed', 'template.missing_value', 'template.not_for_customer', 'template.blocked', 'template.text_too_long', 'template.media_unavailable', 'request.invalid'],
})

export const confirmQuickReply = contract({
  method: 'POST',
  path: '/api/quick-replies/sent',
  summary: 'The text that was given with this receipt is in the chat: its template was used, once, however often this is told.',
  needs: view,
  body: z.object({ receipt: z.string().min(1).max(2000) }).strict(),
  returns: z.object({ counted: z.literal(true) }).strict(),
  fails: ['request.invalid'],
})

export const setStaffLevel = contract({
  method: 'PUT',
  path: '/api/staff/:userid/level',
  summary: 'Sets the level of a staff member: 0 none, 1 silver, 2 gold, 3 platinum.',
  needs: needsOperation('marketing.strategy.operate'),
  params: z.object({ userid: Userid }).strict(),
  body: z.object({ level: z.number().int().min(0).max(3) }).strict(),
  returns: z.object({ level: z.number().int() }).strict(),
  fails: ['staff.not_found', 'request.invalid'],
})

export const listStaffLevels = contract({
  method: 'GET',
  path: '/api/staff-levels',
  summary: 'Everybody who has a level, by userid.',
  needs: needsOperation('marketing.strategy.view'),
  returns: z.object({ items: z.array(Person.extend({ level: z.number().int() }).strict()) }).strict(),
})

export const templateContracts = [
  listTemplates, readTemplateWords, readTemplate, listTemplateVersions, createTemplate, saveTemplate, screenTemplate, submitTemplate, retireTemplate, listTopTemplates,
  listQuickReplies, sendQuickReply, confirmQuickReply, setStaffLevel, listStaffLevels,
] as const
