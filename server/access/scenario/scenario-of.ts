import { Document, isMap, isSeq } from 'yaml'
import type { Condition, Restriction, RoleGrant } from '#shared/access/index'
import { isRoleTemplateKey } from '../role-templates.ts'
import type { CustomerFacts } from '../facts.ts'
import type { Examples } from './choose-examples.ts'
import type { ScenarioPolicy } from './company.ts'

/** Everything of a policy file but its questions; those are added once they were answered. */
export type ScenarioBody = Readonly<Record<string, unknown>>

/** Names in the place of ids: nothing in the file says who somebody is. */
export class Aliases {
  readonly departments: ReadonlyMap<number, string>
  readonly staff: ReadonlyMap<string, string>
  readonly customers: ReadonlyMap<string, string>

  constructor(examples: Examples, departmentIds: readonly number[]) {
    this.departments = new Map(departmentIds.map((id) => [id, `department-${id}`]))
    this.staff = new Map(examples.staff.map(({ id }, place) => [id, `staff-${place + 1}`]))
    const customerIds = [...new Set([...examples.customers.map((one) => one.customerId), ...examples.named.customers])]
    this.customers = new Map(customerIds.map((id, place) => [id, `customer-${place + 1}`]))
  }

  department = (id: number): string => this.departments.get(id) ?? `department-${id}`
  person = (id: string): string => this.staff.get(id) ?? id
  customer = (id: string): string => this.customers.get(id) ?? id
}

/** The rules and the company around them in the words of a policy file. */
export function scenarioBody(policy: ScenarioPolicy, examples: Examples, now: number): { readonly body: ScenarioBody, readonly aliases: Aliases } {
  const tree = neededTree(examples)
  const aliases = new Aliases(examples, tree.map((one) => one.id))
  const { named } = examples
  const stages = [...new Set([...examples.customers.map((one) => one.stage), ...allConditions(policy, examples).flatMap((one) => (one.kind === 'stage' ? one.anyOf : []))])].sort()
  const grouped = new Set([...examples.tags.values()].filter((group) => group !== null))
  const campaignKeys = new Map(examples.campaigns.map((one) => [one.id, one.campaignKey]))
  const ruleIds = new Set(named.staff)
  const body = {
    about: `The rules in force at ${new Date(now).toISOString()}, with examples of what they decide. No name, number or text of anybody is in it.`,
    now,
    tree: Object.fromEntries(tree.map(({ id, parent, kind, deleted, missing }) => [aliases.department(id), {
      id, ...(parent === null ? {} : { in: aliases.department(parent) }), ...(kind === 'department' ? {} : { kind }), ...(deleted ? { deleted } : {}), ...(missing ? { missing } : {}),
    }])),
    tags: Object.fromEntries(examples.tags),
    tagGroups: [...named.tagGroups].filter((group) => !grouped.has(group)).sort(),
    stages,
    nodes: sorted([...named.nodes, ...examples.customers.flatMap((one) => [...one.reachedNodes])]),
    tasks: sorted([...named.tasks, ...examples.customers.flatMap((one) => [...one.openTasks])]),
    categories: sorted(named.categories),
    roles: Object.fromEntries([
      ...policy.roles.map(({ roleKey, label, grants }) => [roleKey, { label, grants: grants.map((grant) => grantWords(grant, aliases)) }] as const),
      ...missingRoles(policy, examples).map((roleKey) => [roleKey, {}] as const),
    ]),
    templateRules: policy.templateRules.map((rule) => ({
      rank: rule.rank, role: rule.roleKey, ...optional({ departmentKind: rule.departmentKind, positionContains: rule.positionContains, leader: rule.leader }),
      ...(rule.departmentId === null ? {} : { department: aliases.department(rule.departmentId) }),
    })),
    restrictions: Object.fromEntries(policy.restrictions.map(({ id, definition }) => [id, restrictionWords(definition, aliases)])),
    nodeGrants: Object.fromEntries(policy.nodeGrants.map(({ id, nodeKey, subject, grant, keepsOpen }) => [id, {
      node: nodeKey, subject: { roles: subject.roles, staffIds: subject.staffIds.map(aliases.person) }, grant: grantWords(grant, aliases), ...(keepsOpen ? { keepsOpen } : {}),
    }])),
    staff: Object.fromEntries(examples.staff.map(({ id, status, roleKeys, departmentIds }) => [aliases.person(id), {
      roles: roleKeys, in: departmentIds.map(aliases.department), ...(status === 'active' ? {} : { status }), ...(ruleIds.has(id) ? { id } : {}),
    }])),
    campaigns: Object.fromEntries([
      ...examples.campaigns.map((one) => [one.campaignKey, { from: one.fromAt, until: one.untilAt, ...optional({ ended: one.endedAt }), members: one.members.filter((id) => aliases.staff.has(id)).map(aliases.person) }] as const),
      ...[...named.campaigns].filter((key) => !examples.campaigns.some((one) => one.campaignKey === key)).sort().map((key) => [key, { from: 0, until: 0 }] as const),
    ]),
    temporary: Object.fromEntries(examples.temporaryGrants.map(({ id, staffId, campaignId, grant, fromAt, untilAt }) => [id, {
      ...(staffId === null ? { campaign: campaignKeys.get(campaignId ?? '') } : { staff: aliases.person(staffId) }), grant: grantWords(grant, aliases), from: fromAt, until: untilAt,
    }])),
    shares: Object.fromEntries(examples.shares.map((one) => [one.id, {
      customer: aliases.customer(one.customerId), staff: aliases.person(one.staffId), operations: one.operations, from: one.fromAt, until: one.untilAt,
    }])),
    customers: Object.fromEntries([
      ...examples.customers.map((facts) => [aliases.customer(facts.customerId), customerWords(facts, aliases, examples)] as const),
      ...[...named.customers].filter((id) => !examples.customers.some((one) => one.customerId === id)).map((id) => [aliases.customer(id), {}] as const),
    ]),
  }
  return { body: Object.fromEntries(Object.entries(body).filter(([, value]) => typeof value !== 'object' || Object.keys(value).length > 0)), aliases }
}

const sorted = (items: Iterable<string>): string[] => [...new Set(items)].sort()
const optional = (values: Readonly<Record<string, unknown>>) => Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null && value !== undefined))

function allConditions(policy: ScenarioPolicy, examples: Examples): Condition[] {
  const rules = [...policy.roles.flatMap((role) => role.grants), ...policy.restrictions.map((one) => one.definition), ...policy.nodeGrants.map((one) => one.grant), ...examples.temporaryGrants.map((one) => one.grant)]
  return rules.flatMap((rule) => rule.conditions)
}

/** Named by a rule or held by a person, but not there: it gives nothing. The product's templates must not fill the gap. */
function missingRoles(policy: ScenarioPolicy, examples: Examples): string[] {
  const named = [
    ...policy.restrictions.flatMap((one) => one.definition.subject.roles), ...policy.nodeGrants.flatMap((one) => one.subject.roles), ...policy.templateRules.map((rule) => rule.roleKey),
    ...examples.staff.flatMap((one) => one.roleKeys),
  ]
  return sorted(named).filter((key) => !policy.roles.some((role) => role.roleKey === key) && (!isRoleTemplateKey(key) || examples.staff.some((one) => one.roleKeys.includes(key))))
}

interface TreeNode { readonly id: number, readonly parent: number | null, readonly kind: string, readonly deleted: boolean, readonly missing: boolean }

/** The departments that anything names, and all above them. */
function neededTree({ departments, staff, customers, named }: Examples): TreeNode[] {
  const known = new Map(departments.map((one) => [one.id, one]))
  const wanted = new Set([
    ...named.departments, ...staff.flatMap((one) => one.departmentIds),
    ...customers.flatMap((one) => [one.ownerDepartmentId, one.poolDepartmentId, ...one.follows.map((follow) => follow.departmentId)]).filter((id) => id !== null),
  ])
  const stepsOf = (id: number) => (known.get(id)?.path ?? `/${id}/`).split('/').filter((step) => step !== '').map(Number)
  const needed = new Set([...wanted].flatMap(stepsOf))
  return [...needed].sort((a, b) => a - b).map((id) => {
    const node = known.get(id)
    return { id, parent: stepsOf(id).at(-2) ?? null, kind: node?.kind ?? 'department', deleted: node?.deleted ?? false, missing: node === undefined }
  })
}

function grantWords({ operations, scope, conditions, fields }: RoleGrant, aliases: Aliases): Readonly<Record<string, unknown>> {
  return {
    operations, scope: scopeWords(scope, aliases),
    ...(conditions.length === 0 ? {} : { conditions: conditions.map((one) => (one.kind === 'pool' ? { ...one, departmentIds: one.departmentIds.map(aliases.department) } : one)) }),
    ...(Object.keys(fields).length === 0 ? {} : { fields }),
  }
}

function scopeWords(scope: RoleGrant['scope'], aliases: Aliases): unknown {
  if (scope.kind === 'departments') return { kind: scope.kind, departmentIds: scope.departmentIds.map(aliases.department) }
  if (scope.kind === 'customers') return { kind: scope.kind, customerIds: scope.customerIds.map(aliases.customer) }
  return scope.kind
}

function restrictionWords(definition: Restriction, aliases: Aliases): Readonly<Record<string, unknown>> {
  const { subject, from, until, fields } = definition
  return {
    subject: { ...(subject.everyone ? { everyone: true } : {}), roles: subject.roles, staffIds: subject.staffIds.map(aliases.person), except: subject.except.map(aliases.person) },
    ...grantWords({ ...definition, fields: fields ?? {} }, aliases), ...(fields === undefined ? {} : { fields }), ...optional({ from, until }),
  }
}

/** Of spending only which bounds of the rules it reaches. */
function customerWords(facts: CustomerFacts, aliases: Aliases, examples: Examples): Readonly<Record<string, unknown>> {
  const where = (id: number | null) => (id === null ? null : aliases.department(id))
  const reached = Math.max(0, ...[...examples.named.spendFen].filter((bound) => bound <= facts.spendFen))
  const store = facts.ownerDepartmentId ?? facts.poolDepartmentId ?? [...aliases.departments.keys()][0]
  return {
    ...(facts.ownerStaffId === null && facts.ownerDepartmentId === null ? {} : { owner: { staff: facts.ownerStaffId === null ? null : aliases.person(facts.ownerStaffId), in: where(facts.ownerDepartmentId) } }),
    ...(facts.follows.length === 0 ? {} : { follows: facts.follows.map((follow) => ({ staff: aliases.person(follow.staffId), in: where(follow.departmentId) })) }),
    ...(facts.poolDepartmentId === null ? {} : { pool: where(facts.poolDepartmentId) }),
    stage: facts.stage,
    ...optional({ tier: facts.valueTier }),
    ...(facts.tagIds.size === 0 ? {} : { tags: sorted(facts.tagIds) }),
    ...(reached === 0 || store === undefined ? {} : { orders: [{ store: aliases.department(store), fen: reached }] }),
    ...(facts.reachedNodes.size === 0 ? {} : { nodes: [...sorted(facts.nodes), ...sorted(facts.reachedNodes).filter((node) => !facts.nodes.has(node)).map((node) => ({ node, left: true }))] }),
    ...(facts.openTasks.size === 0 ? {} : { tasks: sorted(facts.openTasks) }),
  }
}

const oneLinePerEntry = new Set(['tree', 'staff', 'customers', 'questions', 'templateRules', 'campaigns', 'shares'])
const oneLine = new Set(['stages', 'nodes', 'tasks', 'categories', 'tagGroups'])

/** The file as text: one line for each person, customer and question. */
export function scenarioOf(body: ScenarioBody): string {
  const document = new Document(body)
  if (isMap(document.contents)) {
    for (const { key, value } of document.contents.items) {
      if (oneLine.has(String(key))) flow(value)
      else if (oneLinePerEntry.has(String(key))) for (const entry of entriesOf(value)) flow(entry)
      else for (const entry of entriesOf(value)) for (const inner of entriesOf(entry)) for (const innermost of entriesOf(inner)) flow(innermost)
    }
  }
  return document.toString({ lineWidth: 0, flowCollectionPadding: true })
}

function entriesOf(node: unknown): unknown[] {
  if (isMap(node)) return node.items.map((item) => item.value)
  return isSeq(node) ? node.items : []
}

function flow(node: unknown): void {
  if (isMap(node) || isSeq(node)) node.flow = true
}
