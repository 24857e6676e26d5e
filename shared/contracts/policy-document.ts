import { z } from 'zod'
import { GrantSubject, Restriction, RoleGrant } from '../access/index.ts'

/** The whole policy of a company as one document: what is versioned, compared, previewed, published and rolled back. */

const RoleKey = z.string().min(1).max(64)
const RowId = z.string().min(1).max(36)

export const PolicyRole = z.object({ roleKey: RoleKey, label: z.string().min(1).max(64), grants: z.array(RoleGrant) }).strict()
export type PolicyRole = z.infer<typeof PolicyRole>

/** Which role a new staff member gets; the lowest rank that matches wins. */
export const PolicyTemplateRule = z.object({
  id: RowId,
  rank: z.number().int().min(0).max(1_000_000),
  /** Also departments below. */
  departmentId: z.number().int().positive().nullable(),
  departmentKind: z.enum(['department', 'store', 'region']).nullable(),
  positionContains: z.string().min(1).max(64).nullable(),
  leader: z.boolean().nullable(),
  roleKey: RoleKey,
}).strict()
export type PolicyTemplateRule = z.infer<typeof PolicyTemplateRule>

export const PolicyRestriction = z.object({ id: RowId, definition: Restriction }).strict()
export type PolicyRestriction = z.infer<typeof PolicyRestriction>

export const PolicyNodeGrant = z.object({
  id: RowId,
  nodeKey: z.string().min(1).max(64),
  subject: GrantSubject,
  grant: RoleGrant,
  /** Whether customers who went on to a later node keep what this one opened (S21). */
  keepsOpen: z.boolean(),
}).strict()
export type PolicyNodeGrant = z.infer<typeof PolicyNodeGrant>

const Count = z.number().int().min(0).max(1_000_000)

export const PolicyLimit = z.object({ roleKey: RoleKey, cardsPerHour: Count, cardsPerDay: Count, revealsPerDay: Count }).strict()
export type PolicyLimit = z.infer<typeof PolicyLimit>

/** How long access by request may last at most; a company may tighten these, never widen them beyond the product's. */
export const PolicySettings = z.object({
  temporaryGrantDays: z.number().int().min(1).max(180),
  shareDays: z.number().int().min(1).max(90),
}).strict()
export type PolicySettings = z.infer<typeof PolicySettings>

export const PolicyDocument = z.object({
  roles: z.array(PolicyRole),
  templateRules: z.array(PolicyTemplateRule),
  restrictions: z.array(PolicyRestriction),
  nodeGrants: z.array(PolicyNodeGrant),
  limits: z.array(PolicyLimit),
  settings: PolicySettings,
}).strict()
export type PolicyDocument = z.infer<typeof PolicyDocument>

const DraftName = z.string().max(200)
const DraftNames = z.array(DraftName).max(20_000)
const DraftInstant = z.number()

/** Every key that some scope has; which belong together is checked with the draft. */
const DraftScope = z.object({ kind: DraftName, departmentIds: z.array(z.number()).max(2_000).optional(), customerIds: DraftNames.optional() }).strict()

/** The same for conditions. */
export const DraftCondition = z.object({
  kind: DraftName,
  match: DraftName.optional(),
  tagIds: DraftNames.optional(),
  groupIds: DraftNames.optional(),
  anyOf: DraftNames.optional(),
  departmentIds: z.array(z.number()).max(2_000).optional(),
  atLeast: z.number().optional(),
  atLeastFen: z.number().optional(),
}).strict()
export type DraftCondition = z.infer<typeof DraftCondition>

export const DraftGrant = z.object({
  operations: z.array(DraftName).max(200),
  scope: DraftScope,
  conditions: z.array(DraftCondition).max(50).default([]),
  fields: z.record(DraftName, DraftName).default({}),
}).strict()
export type DraftGrant = z.infer<typeof DraftGrant>

export const DraftRestriction = z.object({
  subject: z.object({ everyone: z.boolean().default(false), roles: DraftNames.default([]), staffIds: DraftNames.default([]), except: DraftNames.default([]) }).strict(),
  operations: z.array(DraftName).max(200),
  scope: DraftScope,
  conditions: z.array(DraftCondition).max(50).default([]),
  fields: z.record(DraftName, DraftName).optional(),
  from: DraftInstant.optional(),
  until: DraftInstant.optional(),
}).strict()
export type DraftRestriction = z.infer<typeof DraftRestriction>

/**
 * The document while it is edited: names may still be wrong. A draft is kept as it was written and its problems are listed with
 * their places; only one without a blocking problem can be published. Every `PolicyDocument` is one.
 */
export const DraftDocument = z.object({
  roles: z.array(z.object({ roleKey: DraftName, label: DraftName, grants: z.array(DraftGrant) }).strict()),
  templateRules: z.array(z.object({
    id: DraftName, rank: z.number(), departmentId: z.number().nullable(), departmentKind: DraftName.nullable(), positionContains: DraftName.nullable(),
    leader: z.boolean().nullable(), roleKey: DraftName,
  }).strict()),
  restrictions: z.array(z.object({ id: DraftName, definition: DraftRestriction }).strict()),
  nodeGrants: z.array(z.object({
    id: DraftName, nodeKey: DraftName, subject: z.object({ roles: DraftNames.default([]), staffIds: DraftNames.default([]) }).strict(), grant: DraftGrant, keepsOpen: z.boolean(),
  }).strict()),
  limits: z.array(z.object({ roleKey: DraftName, cardsPerHour: z.number(), cardsPerDay: z.number(), revealsPerDay: z.number() }).strict()),
  settings: z.object({ temporaryGrantDays: z.number(), shareDays: z.number() }).strict(),
}).strict()
export type DraftDocument = z.infer<typeof DraftDocument>

export { problemTexts, type ProblemCode } from '../policy-problems.ts'

export const PolicyFlaw = z.object({
  /** Where, in the document: `roles.3.grants.0.operations.2`. */
  place: z.string(),
  /** For people: `clerk`, `restriction …`. */
  item: z.string(),
  /** A key of `problemTexts`. */
  code: z.string(),
  /** The wrong name itself, cut to 80 characters; empty where nothing is named. */
  what: z.string(),
  /** False: it stood in the published version already and does not stop this draft (a tag that WeCom deleted since). */
  blocking: z.boolean(),
}).strict()
export type PolicyFlaw = z.infer<typeof PolicyFlaw>

/** One difference between two documents, item by item. */
export const PolicyChange = z.object({
  part: z.enum(['roles', 'templateRules', 'restrictions', 'nodeGrants', 'limits', 'settings']),
  /** Role key or id. */
  key: z.string(),
  change: z.enum(['added', 'removed', 'changed']),
  /** For roles: the cells of the matrix that change. */
  operations: z.array(z.string()),
}).strict()
export type PolicyChange = z.infer<typeof PolicyChange>
