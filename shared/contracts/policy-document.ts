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

export const DraftGrant = z.object({
  operations: z.array(DraftName).max(200),
  scope: z.looseObject({ kind: DraftName }),
  conditions: z.array(z.looseObject({ kind: DraftName })).max(50).default([]),
  fields: z.record(DraftName, DraftName).default({}),
}).strict()
export type DraftGrant = z.infer<typeof DraftGrant>

export const DraftRestriction = z.object({
  subject: z.object({ everyone: z.boolean().default(false), roles: DraftNames.default([]), staffIds: DraftNames.default([]), except: DraftNames.default([]) }).strict(),
  operations: z.array(DraftName).max(200),
  scope: z.looseObject({ kind: DraftName }),
  conditions: z.array(z.looseObject({ kind: DraftName })).max(50).default([]),
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

/** What can be wrong with a draft, in words for people. */
export const problemTexts = {
  shape: { zh: '内容格式不正确', en: 'Not in the expected shape' },
  unknown_operation: { zh: '没有这个操作', en: 'There is no such operation' },
  unknown_field: { zh: '没有这个字段', en: 'There is no such field' },
  unknown_presentation: { zh: '没有这种显示方式', en: 'There is no such presentation' },
  unknown_scope: { zh: '没有这种数据范围', en: 'There is no such scope' },
  unknown_condition: { zh: '没有这种维度', en: 'There is no such condition' },
  unknown_department: { zh: '没有这个部门', en: 'There is no such department' },
  unknown_tag: { zh: '没有这个标签', en: 'There is no such tag' },
  unknown_tag_group: { zh: '没有这个标签组', en: 'There is no such tag group' },
  unknown_stage: { zh: '没有这个阶段', en: 'There is no such stage' },
  unknown_staff: { zh: '没有这个成员', en: 'There is no such staff member' },
  unknown_role: { zh: '没有这个角色', en: 'There is no such role' },
  empty_operations: { zh: '没有选择任何操作', en: 'No operation is chosen' },
  empty_subject: { zh: '没有指定任何人', en: 'It meets nobody' },
  empty_period: { zh: '开始时间不早于结束时间', en: 'It ends before it begins' },
  condition_without_meaning: { zh: '这个维度对该权限单元没有意义', en: 'This condition means nothing for this unit' },
  scope_without_meaning: { zh: '这个数据范围对该权限单元没有意义', en: 'This scope means nothing for this unit' },
  records_without_store: { zh: '该权限单元没有带门店的记录，不能限“本店记录”', en: 'This unit has no records that belong to a store' },
  all_only: { zh: '该权限单元只能授予全部范围，不能带维度', en: 'This unit knows only the scope "all" without conditions' },
  scope_not_for_roles: { zh: '角色不能指名具体客户', en: 'A role cannot name single customers' },
  field_without_view: { zh: '设置了显示方式的字段不在所授的权限单元内', en: 'A field is presented whose unit is not granted' },
  role_as_exception: { zh: '禁止项的例外只能是成员，不能是角色', en: 'Exceptions of a restriction are staff, never roles' },
  never_by_rule: { zh: '管理员角色不能由模板规则授予', en: 'The administrator\'s role is never given by a rule' },
  never_by_node: { zh: '流程节点不能授予这个操作', en: 'A journey node can never give this operation' },
  duplicate: { zh: '重复', en: 'Twice the same' },
  role_required: { zh: '产品自带的角色不能删除', en: 'A role of the product cannot be removed' },
  role_in_use: { zh: '还有成员持有该角色，不能删除', en: 'The role cannot be removed while somebody holds it' },
  too_many: { zh: '数量超过上限', en: 'Too many' },
  too_large: { zh: '内容过大，无法保存', en: 'Too large to be stored' },
  last_administrator: { zh: '发布后将没有任何人能管理权限', en: 'Nobody could manage the policy any more' },
} as const
export type ProblemCode = keyof typeof problemTexts

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
