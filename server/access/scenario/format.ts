import { z } from 'zod'
import { presentations } from '#shared/access/index'

/**
 * The shape of a policy file (docs/policy-tests.md). Rules stand in the words of `shared/access/grants.ts`, with names where these
 * have ids; whether a name exists is checked afterwards (`names.ts`), so that every problem of a file is told at once.
 */

const nameShape = /^\S(?:.*\S)?$/u
const nameWords = 'a name of 1 to 64 characters, without spaces around'
/** Names become ids. Numbers may stand without quotes. */
const Name = z.union([z.string(), z.number()]).transform(String)
  .pipe(z.string().max(64).regex(nameShape, nameWords))
const Names = z.union([Name.transform((one) => [one]), z.array(Name)])
const Words = z.union([z.string().transform((one) => [one]), z.array(z.string())])
const named = <T extends z.ZodType>(value: T) => z.record(z.string().max(64).regex(nameShape, nameWords), value)

/** Unix ms, or ISO 8601 with its zone. */
const When = z.union([
  z.number().int().min(0),
  z.iso.datetime({ offset: true, error: 'an instant such as 2026-11-11T00:00:00+08:00, or Unix milliseconds' }).transform((text) => Date.parse(text)),
])

const DepartmentInFile = z.object({
  in: Name.optional(),
  kind: z.enum(['department', 'store', 'region']).default('department'),
  /** WeCom's id; given out in the order of the file otherwise. */
  id: z.number().int().positive().optional(),
  deleted: z.boolean().default(false),
  /** Named by a rule or a membership, but unknown to the tree. */
  missing: z.boolean().default(false),
}).strict().nullable().transform((one) => one ?? { kind: 'department' as const, deleted: false, missing: false })

const StaffInFile = z.object({
  roles: Names.default([]),
  in: Names.default([]),
  status: z.enum(['active', 'disabled', 'left', 'hidden']).default('active'),
  /** The id by which rules of a running policy name this person. */
  id: Name.optional(),
}).strict()

const FollowInFile = z.union([
  Name.transform((staff) => ({ staff, in: undefined, ended: false })),
  z.object({ staff: Name, in: Name.nullable().optional(), ended: z.boolean().default(false) }).strict(),
])
const OrderInFile = z.object({ store: Name, fen: z.number().int().min(0).optional(), yuan: z.number().int().min(0).optional() }).strict()
  .refine((order) => (order.fen === undefined) !== (order.yuan === undefined), 'either fen or yuan')
  .transform(({ store, fen, yuan }) => ({ store, fen: fen ?? (yuan ?? 0) * 100 }))

const CustomerInFile = z.object({
  /** Everything that is not said here is as with this customer. */
  like: Name.optional(),
  owner: z.union([z.null(), Name.transform((staff) => ({ staff, in: undefined })), z.object({ staff: Name.nullable(), in: Name.nullable().optional() }).strict()]).optional(),
  follows: z.array(FollowInFile).optional(),
  pool: Name.nullable().optional(),
  stage: Name.optional(),
  tier: z.number().int().min(1).max(5).nullable().optional(),
  tags: Names.optional(),
  orders: z.array(OrderInFile).optional(),
  visits: z.array(Name).optional(),
  nodes: z.array(z.union([Name.transform((node) => ({ node, left: false })), z.object({ node: Name, left: z.boolean() }).strict()])).optional(),
  tasks: Names.optional(),
}).strict().nullable().transform((one) => one ?? {})

/** Operations, scope, conditions and fields are read by the engine's own schema once names have become ids. */
const GrantInFile = z.object({
  operations: Words,
  scope: z.unknown(),
  conditions: z.array(z.unknown()).default([]),
  fields: z.record(z.string(), z.unknown()).default({}),
}).strict()

const RoleInFile = z.object({
  label: z.string().max(64).optional(),
  /** Cells of this template or role count for units without a cell of their own here. */
  like: Name.optional(),
  cells: z.record(z.string(), z.string()).default({}),
  grants: z.array(GrantInFile).default([]),
}).strict()

const RestrictionInFile = GrantInFile.extend({
  subject: z.unknown(), fields: z.record(z.string(), z.unknown()).optional(), from: When.optional(), until: When.optional(), ended: When.optional(),
}).strict()

const TemporaryInFile = z.object({
  staff: Name.optional(), campaign: Name.optional(), grant: GrantInFile, from: When, until: When,
  state: z.enum(['waiting', 'granted', 'refused', 'ended']).default('granted'),
}).strict().refine((one) => (one.staff === undefined) !== (one.campaign === undefined), 'either staff or campaign')

const ThingInFile = z.object({
  in: Name.nullable().default(null), by: Name.nullable().default(null), campaign: Name.optional(), category: Name.optional(),
}).strict()

const RuleInFile = z.object({
  id: Name.optional(), rank: z.number().int(), department: Name.optional(), departmentKind: z.enum(['department', 'store', 'region']).optional(),
  positionContains: z.string().optional(), leader: z.boolean().optional(), role: Name,
}).strict()

export const ScenarioFile = z.object({
  about: z.string().max(4000).default(''),
  now: When.default(Date.UTC(2026, 0, 1)),
  tree: named(DepartmentInFile).default({}),
  /** Tag → its group; empty for a tag whose group is not known. */
  tags: named(Name.nullable()).default({}),
  /** Groups that no tag here stands in, and stages beside the product's. */
  tagGroups: Names.default([]),
  stages: Names.default([]),
  nodes: Names.default([]),
  tasks: Names.default([]),
  categories: Names.default([]),
  roles: named(RoleInFile).default({}),
  templateRules: z.array(RuleInFile).optional(),
  staff: named(StaffInFile).default({}),
  campaigns: named(z.object({ from: When, until: When, ended: When.optional(), members: Names.default([]) }).strict()).default({}),
  temporary: named(TemporaryInFile).default({}),
  nodeGrants: named(z.object({ node: Name, subject: z.unknown(), grant: GrantInFile, keepsOpen: z.boolean().default(false) }).strict()).default({}),
  shares: named(z.object({ customer: Name, staff: Name, operations: Words, from: When, until: When, ended: z.boolean().default(false) }).strict()).default({}),
  restrictions: named(RestrictionInFile).default({}),
  customers: named(CustomerInFile).default({}),
  things: named(ThingInFile).default({}),
  questions: z.array(z.record(z.string(), z.unknown())).min(1),
}).strict()
export type ScenarioFile = z.output<typeof ScenarioFile>
export type GrantInFile = z.output<typeof GrantInFile>
export type CustomerInFile = z.output<typeof CustomerInFile>

const about = {
  at: When.optional(),
  /** What the action is about beside the customer. */
  for: z.object({ campaign: Name.optional(), category: Name.optional() }).strict().default({}),
}
const Because = Words.optional()

/** The forms of a question, by the word that it begins with. Lists stand for one question each. */
export const questionForms = {
  may: z.object({ may: Names, do: Words, to: Names.optional(), madeIn: Name.optional(), expect: z.enum(['allow', 'deny']), because: Because, ...about }).strict(),
  sees: z.object({ sees: Names, with: Words, madeIn: Name.optional(), among: z.enum(['customers', 'things']).default('customers'), expect: Names, ...about }).strict(),
  who: z.object({ who: Words, to: Names.optional(), madeIn: Name.optional(), expect: Names, ...about }).strict(),
  shows: z.object({ shows: Names, of: Names, expect: z.record(z.string(), z.enum(presentations)).default({}), rest: z.enum(presentations).optional(), ...about }).strict(),
  writes: z.object({ writes: Names, of: Names, expect: Words, ...about }).strict(),
  totals: z.object({ totals: Names, of: Names, expect: z.object({ orders: z.number().int().optional(), yuan: z.number().optional(), visits: z.number().int().optional() }).strict(), ...about }).strict(),
  hired: z.object({ hired: z.object({ in: Names.default([]), position: z.string().default(''), leader: z.boolean().default(false) }).strict(), expect: Name }).strict(),
} as const
export type QuestionForm = keyof typeof questionForms
