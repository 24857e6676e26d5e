import { z } from 'zod'
import { isCustomerField, presentations, type CustomerField } from './fields.ts'
import { isOperation, type Operation } from './operations.ts'

/** The words in which rules are stored and sent: grants of roles, restrictions, their scopes and conditions. */

const OperationName = z.string().transform((name, context): Operation => {
  if (isOperation(name)) return name
  context.addIssue({ code: 'custom', message: `unknown operation ${name.slice(0, 80)}` })
  return z.NEVER
})

const FieldName = z.string().transform((name, context): CustomerField => {
  if (isCustomerField(name)) return name
  context.addIssue({ code: 'custom', message: `unknown field ${name.slice(0, 80)}` })
  return z.NEVER
})

const DepartmentId = z.number().int().positive()

/**
 * Which customers a grant reaches (docs/architecture.md, "Who is reached").
 * `pool`: lying in a pool of one of my departments or of one above them.
 * `customers`: these and nobody else, for shares and for a block that somebody asked for.
 */
export const Scope = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('followed') }).strict(),
  z.object({ kind: z.literal('own') }).strict(),
  z.object({ kind: z.literal('team') }).strict(),
  z.object({ kind: z.literal('subtree') }).strict(),
  z.object({ kind: z.literal('pool') }).strict(),
  z.object({ kind: z.literal('departments'), departmentIds: z.array(DepartmentId).min(1).max(2000) }).strict(),
  z.object({ kind: z.literal('customers'), customerIds: z.array(z.string().min(1).max(36)).min(1).max(200) }).strict(),
  z.object({ kind: z.literal('all') }).strict(),
])
export type Scope = z.infer<typeof Scope>

/** Without spaces around: MySQL compares `a` and `a ` as equal, memory does not. */
const Key = z.string().min(1).max(128).refine((key) => key === key.trim(), 'spaces around a key')
const Keys = z.array(Key).min(1).max(20_000)

/** What narrows a grant or a restriction; all given ones must hold. */
export const Condition = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('tags'), match: z.enum(['any', 'all', 'none']), tagIds: Keys }).strict(),
  z.object({ kind: z.literal('tagGroups'), match: z.enum(['any', 'all', 'none']), groupIds: Keys }).strict(),
  z.object({ kind: z.literal('stage'), anyOf: Keys }).strict(),
  z.object({ kind: z.literal('openTask'), anyOf: Keys }).strict(),
  z.object({ kind: z.literal('valueTier'), atLeast: z.number().int().min(1).max(5) }).strict(),
  z.object({ kind: z.literal('spend'), atLeastFen: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER) }).strict(),
  // `reached` also holds for customers who went on to a later node: the setting of a flow whose later nodes keep what an earlier one opened (S21).
  z.object({ kind: z.literal('journeyNode'), match: z.enum(['current', 'reached']).default('current'), anyOf: Keys }).strict(),
  z.object({ kind: z.literal('pool'), departmentIds: z.array(DepartmentId).min(1).max(2000) }).strict(),
  z.object({ kind: z.literal('recordStoreIsMine') }).strict(),
  z.object({ kind: z.literal('templateCategory'), anyOf: Keys }).strict(),
  z.object({ kind: z.literal('campaign'), anyOf: Keys }).strict(),
])
export type Condition = z.infer<typeof Condition>

/** One grant of a role: operations × scope × conditions × presentation. */
export const RoleGrant = z.object({
  operations: z.array(OperationName).min(1),
  scope: Scope,
  conditions: z.array(Condition).default([]),
  /** Fields whose presentation differs from the unit's default. */
  fields: z.partialRecord(FieldName, z.enum(presentations)).default({}),
}).strict()
export type RoleGrant = z.infer<typeof RoleGrant>

/** Whom a restriction meets: everyone or these roles and staff, minus the named exceptions. */
export const RestrictionSubject = z.object({
  everyone: z.boolean().default(false),
  roles: z.array(z.string()).default([]),
  staffIds: z.array(z.string()).default([]),
  except: z.array(z.string()).default([]),
}).strict()

/** A deny. It beats every grant; one whose condition cannot be evaluated applies. */
export const Restriction = z.object({
  subject: RestrictionSubject,
  operations: z.array(OperationName).min(1),
  scope: Scope,
  conditions: z.array(Condition).default([]),
  /** Fields to hide or mask instead of denying the operations as a whole. */
  fields: z.partialRecord(FieldName, z.enum(['hidden', 'masked'])).optional(),
  from: z.number().int().optional(),
  until: z.number().int().optional(),
}).strict()
export type Restriction = z.infer<typeof Restriction>

/** Whom a node's grant meets: holders of these roles and these staff. */
export const GrantSubject = z.object({
  roles: z.array(z.string()).default([]),
  staffIds: z.array(z.string()).default([]),
}).strict()
export type GrantSubject = z.infer<typeof GrantSubject>
