import type { Company, CompanyCustomer, CompanyStaff, ScenarioPolicy } from './company.ts'
import type { CustomerInFile, ScenarioFile } from './format.ts'
import { roleTemplates } from '../role-templates.ts'
import type { Names } from './names.ts'
import { RuleReader } from './resolve-rules.ts'
import type { Place } from './source.ts'

/**
 * The company that a file describes. With `policy` its rules take the place of the file's, as when a draft is checked against the
 * files that somebody keeps. Problems go to `names`.
 */
export function resolveCompany(file: ScenarioFile, names: Names, policy?: ScenarioPolicy): Company {
  const reader = new RuleReader(names)
  const own = reader.policy(file)
  const staff = resolveStaff(file, names)
  const homes = new Map(staff.map((one) => [one.name, one.departmentIds[0] ?? null]))
  return {
    ...(policy ?? { ...own, roles: [...own.roles, ...roleTemplates.filter((template) => !Object.hasOwn(file.roles, template.roleKey))] }),
    ...reader.timed(file),
    departments: [...names.departments.values()],
    staff,
    tags: Object.entries(file.tags).flatMap(([id, groupId]) => (groupId === null ? [] : [{ id, groupId }])),
    customers: Object.keys(file.customers).map((name) => resolveCustomer(name, file, names, homes)),
    things: Object.entries(file.things).map(([id, one]) => {
      if (one.campaign !== undefined) names.check('campaign', one.campaign, ['things', id, 'campaign'])
      if (one.category !== undefined) names.check('category', one.category, ['things', id, 'category'])
      return {
        id, context: { campaign: one.campaign, templateCategory: one.category },
        departmentId: one.in === null ? null : names.departmentId(one.in, ['things', id, 'in']),
        creatorStaffId: one.by === null ? null : names.staffId(one.by, ['things', id, 'by']),
      }
    }),
  }
}

function resolveStaff(file: ScenarioFile, names: Names): CompanyStaff[] {
  return Object.entries(file.staff).map(([name, one]) => ({
    id: one.id ?? name, name, status: one.status,
    roleKeys: names.all('role', one.roles, ['staff', name, 'roles']),
    departmentIds: one.in.map((department, at) => names.departmentId(department, ['staff', name, 'in', at])),
  }))
}

function resolveCustomer(name: string, file: ScenarioFile, names: Names, homes: ReadonlyMap<string, number | null>): CompanyCustomer {
  const facts = whole(name, file, names, [])
  const place: Place = ['customers', name]
  // Who followed or owned begins in the person's first department, unless the file says where.
  const begun = (staff: string | null, where: string | null | undefined, at: Place) =>
    (where === undefined ? (homes.get(staff ?? '') ?? null) : where === null ? null : names.departmentId(where, at))
  const owner = facts.owner ?? null
  if (facts.stage !== undefined) names.check('stage', facts.stage, [...place, 'stage'])
  return {
    id: name,
    ownerStaffId: owner === null || owner.staff === null ? null : names.staffId(owner.staff, [...place, 'owner']),
    ownerDepartmentId: owner === null ? null : begun(owner.staff, owner.in, [...place, 'owner', 'in']),
    poolDepartmentId: facts.pool === undefined || facts.pool === null ? null : names.departmentId(facts.pool, [...place, 'pool']),
    stage: facts.stage ?? 'lead',
    valueTier: facts.tier ?? null,
    follows: (facts.follows ?? []).map((follow, at) => ({
      staffId: names.staffId(follow.staff, [...place, 'follows', at]), ended: follow.ended, departmentId: begun(follow.staff, follow.in, [...place, 'follows', at, 'in']),
    })),
    tagIds: names.all('tag', facts.tags ?? [], [...place, 'tags']),
    orders: (facts.orders ?? []).map((order, at) => ({ storeDepartmentId: names.departmentId(order.store, [...place, 'orders', at, 'store']), amountFen: order.fen })),
    visits: (facts.visits ?? []).map((store, at) => names.departmentId(store, [...place, 'visits', at])),
    nodes: (facts.nodes ?? []).map(({ node, left }, at) => {
      names.check('node', node, [...place, 'nodes', at])
      return { nodeKey: node, left }
    }),
    tasks: names.all('task', facts.tasks ?? [], [...place, 'tasks']),
  }
}

/** The facts of a customer together with those of the one that he is like. */
function whole(name: string, file: ScenarioFile, names: Names, before: readonly string[]): CustomerInFile {
  const { like, ...own }: CustomerInFile = file.customers[name] ?? {}
  if (like === undefined || !names.check('customer', like, ['customers', name, 'like'])) return own
  if ([name, ...before].includes(like)) {
    names.add(['customers', name, 'like'], 'these customers are like each other in a circle')
    return own
  }
  return { ...whole(like, file, names, [name, ...before]), ...own }
}
