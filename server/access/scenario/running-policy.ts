import type { EntityManager } from 'typeorm'
import { z } from 'zod'
import { GrantSubject, Restriction, RoleGrant } from '#shared/access/index'
import { nodeGrants } from '../grant-sources.entity.ts'
import { restrictions, roles, templateRules } from '../access.entity.ts'
import type { ScenarioPolicy } from './company.ts'
import { ScenarioInvalid, type ScenarioProblem } from './source.ts'

/**
 * The rules in force of this database. Throws ScenarioInvalid naming the rows that cannot be read: a file that left one out would
 * not be the running policy.
 */
export async function loadRunningPolicy(db: EntityManager): Promise<ScenarioPolicy> {
  const problems: ScenarioProblem[] = []
  const read = <T>(schema: z.ZodType<T>, value: unknown, place: string): T[] => {
    const parsed = schema.safeParse(value)
    if (parsed.success) return [parsed.data]
    problems.push({ line: null, place, message: 'this rule cannot be read: repair it first' })
    return []
  }
  const roleRows = await db.getRepository(roles).find({ order: { roleKey: 'ASC' } })
  const restrictionRows = await db.getRepository(restrictions).find({ order: { createdAt: 'ASC', id: 'ASC' } })
  const nodeRows = await db.getRepository(nodeGrants).find({ order: { nodeKey: 'ASC', id: 'ASC' } })
  const policy: ScenarioPolicy = {
    roles: roleRows.flatMap((row) => read(z.array(RoleGrant), row.grants, `roles.${row.roleKey}`).map((grants) => ({ roleKey: row.roleKey, label: row.label, grants }))),
    restrictions: restrictionRows.filter((row) => row.endedAt === null)
      .flatMap((row) => read(Restriction, row.definition, `restrictions.${row.id}`).map((definition) => ({ id: row.id, definition, endedAt: null }))),
    nodeGrants: nodeRows.filter((row) => row.endedAt === null).flatMap((row) => read(GrantSubject, row.subject, `nodeGrants.${row.id}`).flatMap((subject) =>
      read(RoleGrant, row.definition, `nodeGrants.${row.id}`).map((grant) => ({ id: row.id, nodeKey: row.nodeKey, subject, grant, keepsOpen: row.keepsOpen })))),
    templateRules: (await db.getRepository(templateRules).find({ order: { rank: 'ASC', id: 'ASC' } })).map(({ id: _, ...rule }) => rule),
  }
  if (problems.length > 0) throw new ScenarioInvalid(problems)
  return policy
}

/** Ids that rules name, by what they are the ids of. */
export interface NamedIds {
  readonly departments: ReadonlySet<number>
  readonly staff: ReadonlySet<string>
  readonly customers: ReadonlySet<string>
  readonly tags: ReadonlySet<string>
  readonly tagGroups: ReadonlySet<string>
  readonly nodes: ReadonlySet<string>
  readonly tasks: ReadonlySet<string>
  readonly categories: ReadonlySet<string>
  readonly campaigns: ReadonlySet<string>
  readonly spendFen: ReadonlySet<number>
}

/** Everything that these rules and grants name. */
export function namedBy(policy: ScenarioPolicy, grants: readonly RoleGrant[]): NamedIds {
  const rules = [...policy.roles.flatMap((role) => role.grants), ...policy.restrictions.map((one) => one.definition), ...policy.nodeGrants.map((one) => one.grant), ...grants]
  const scopes = rules.map((rule) => rule.scope)
  const conditions = rules.flatMap((rule) => rule.conditions)
  return {
    departments: new Set([
      ...scopes.flatMap((scope) => (scope.kind === 'departments' ? scope.departmentIds : [])), ...conditions.flatMap((one) => (one.kind === 'pool' ? one.departmentIds : [])),
      ...policy.templateRules.flatMap((rule) => rule.departmentId ?? []),
    ]),
    staff: new Set([...policy.restrictions.flatMap(({ definition: { subject } }) => [...subject.staffIds, ...subject.except]), ...policy.nodeGrants.flatMap(({ subject }) => subject.staffIds)]),
    customers: new Set(scopes.flatMap((scope) => (scope.kind === 'customers' ? scope.customerIds : []))),
    tags: new Set(conditions.flatMap((one) => (one.kind === 'tags' ? one.tagIds : []))),
    tagGroups: new Set(conditions.flatMap((one) => (one.kind === 'tagGroups' ? one.groupIds : []))),
    nodes: new Set([...conditions.flatMap((one) => (one.kind === 'journeyNode' ? one.anyOf : [])), ...policy.nodeGrants.map((one) => one.nodeKey)]),
    tasks: new Set(conditions.flatMap((one) => (one.kind === 'openTask' ? one.anyOf : []))),
    categories: new Set(conditions.flatMap((one) => (one.kind === 'templateCategory' ? one.anyOf : []))),
    campaigns: new Set(conditions.flatMap((one) => (one.kind === 'campaign' ? one.anyOf : []))),
    spendFen: new Set(conditions.flatMap((one) => (one.kind === 'spend' ? [one.atLeastFen] : []))),
  }
}
