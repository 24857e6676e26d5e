import type { CustomerFacts } from './facts.ts'
import { allOf, anyOf, not, someRow, useIndex, type Expression, type SqlBuilder } from './sql.ts'
import { customerColumns as columns, liveFollow, tables } from './tables.ts'
import type { Departments } from './tree.ts'

/** A thing of marketing (template, broadcast, entrance, approval, report) as the scopes see it. */
export interface Resource {
  readonly departmentId: number | null
  readonly creatorStaffId: string | null
}

/** The columns of a resource's table, for `resourceFilter`. */
export interface ResourceColumns {
  readonly department: string
  readonly creator: string
}

/**
 * `certain` (grants): holds only where it is known to hold. `possible` (restrictions): holds unless it is known not to.
 * Both are two-valued, so that NOT in SQL never meets a NULL.
 */
export type Certainty = 'certain' | 'possible'

/** What a statement says, for whoever works it out for all customers at once (`bulk/`). */
export type AtomMeaning =
  | { readonly about: 'owner' | 'follower' }
  | { readonly about: 'departments' | 'pools', readonly ids: ReadonlySet<number> }
  | { readonly about: 'customers' | 'stages' | 'tasks', readonly ids: ReadonlySet<string> }
  | { readonly about: 'tags' | 'tag groups', readonly match: Match, readonly ids: ReadonlySet<string> }
  | { readonly about: 'nodes', readonly match: 'current' | 'reached', readonly ids: ReadonlySet<string> }
  | { readonly about: 'tier' | 'spend', readonly atLeast: number }

/**
 * One statement about a customer, with its two executions side by side: `holds` in memory and `sql` in the query.
 * Within one policy equal keys mean equal statements.
 */
export interface Atom {
  readonly key: string
  readonly certainty: Certainty
  readonly meaning: AtomMeaning
  holds(facts: CustomerFacts): boolean
  sql(to: SqlBuilder): Expression
  /** The same over a marketing resource; what only customers have is unknown there. */
  holdsFor(resource: Resource): boolean
  resourceSql(to: SqlBuilder, at: ResourceColumns): Expression
}

const unknownResource = (certainty: Certainty) => ({
  holdsFor: () => certainty === 'possible',
  resourceSql: (): Expression => certainty === 'possible',
})

/** Over resources `own` and `followed` mean: I made it. A creator that is not recorded is unknown. */
const byCreator = (staffId: string, certainty: Certainty) => ({
  holdsFor: (resource: Resource) => (resource.creatorStaffId === null ? certainty === 'possible' : resource.creatorStaffId === staffId),
  resourceSql: (to: SqlBuilder, at: ResourceColumns): Expression => nullable(at.creator, `${at.creator} = ${to.value(staffId)}`, certainty),
})

function nullable(column: string, expression: Expression, certainty: Certainty): Expression {
  return certainty === 'possible' ? anyOf([`${column} IS NULL`, expression]) : allOf([`${column} IS NOT NULL`, expression])
}

/** A column that is NULL for customers to whom the question does not apply: NULL is a known "no". */
const known = (column: string, expression: Expression): Expression => nullable(column, expression, 'certain')

function meets<T>(some: ReadonlySet<T>, others: ReadonlySet<T>): boolean {
  for (const one of some) if (others.has(one)) return true
  return false
}

/**
 * Asked customer by customer through the follows of each. The index is named, because SQLite without statistics walks those of a
 * store for each customer; it has all that is asked, so that no follow itself is read.
 */
const followExists = (to: SqlBuilder, condition: Expression): Expression => someRow(
  { rows: `${tables.follows} f ${useIndex(to.dialect, 'ix_follows_customer')}`, on: `f.customer_id = ${columns.id} AND ${liveFollow}` }, condition,
)

export function ownedBy(staffId: string, certainty: Certainty): Atom {
  return {
    key: `own:${staffId}:${certainty}`,
    certainty,
    meaning: { about: 'owner' },
    holds: (facts) => facts.ownerStaffId === staffId,
    sql: (to) => known(columns.owner, `${columns.owner} = ${to.value(staffId)}`),
    ...byCreator(staffId, certainty),
  }
}

export function followedBy(staffId: string, certainty: Certainty): Atom {
  return {
    key: `followed:${staffId}:${certainty}`,
    certainty,
    meaning: { about: 'follower' },
    holds: (facts) => facts.ownerStaffId === staffId || facts.follows.some((follow) => follow.staffId === staffId),
    sql: (to) => anyOf([
      known(columns.owner, `${columns.owner} = ${to.value(staffId)}`),
      followExists(to, `f.staff_id = ${to.value(staffId)}`),
    ]),
    ...byCreator(staffId, certainty),
  }
}

/**
 * Ownership, a follow or the pool stands in one of these departments. An owner or follower whose department nobody recorded
 * leaves it unknown; a customer without any of them is known to be nowhere (T02). `name` stands for the ids within one policy.
 */
export function inDepartments(name: string, departments: Departments, certainty: Certainty): Atom {
  const possible = certainty === 'possible'
  const has = (id: number | null) => (id === null ? possible : departments.has(id))
  return {
    key: `${name}:${certainty}`,
    certainty,
    get meaning() { return { about: 'departments', ids: departments.ids } as const },
    holds: (facts) => (facts.ownerDepartmentId !== null || facts.ownerStaffId !== null ? has(facts.ownerDepartmentId) : false)
      || (facts.poolDepartmentId !== null && departments.has(facts.poolDepartmentId))
      || facts.follows.some((follow) => has(follow.departmentId)),
    sql: (to) => anyOf([
      known(columns.ownerDepartment, to.isIn(columns.ownerDepartment, departments.ids)),
      possible ? `${columns.owner} IS NOT NULL AND ${columns.ownerDepartment} IS NULL` : false,
      known(columns.pool, to.isIn(columns.pool, departments.ids)),
      followExists(to, nullable('f.department_id', to.isIn('f.department_id', departments.ids), certainty)),
    ]),
    holdsFor: (resource) => (resource.departmentId === null ? possible : departments.has(resource.departmentId)),
    resourceSql: (to, at) => nullable(at.department, to.isIn(at.department, departments.ids), certainty),
  }
}

/** The customer lies in one of these pools; `name` stands for the ids within one policy. */
export function inPools(name: string, ids: ReadonlySet<number>, certainty: Certainty): Atom {
  return {
    key: `${name}:${certainty}`,
    certainty,
    meaning: { about: 'pools', ids },
    holds: (facts) => facts.poolDepartmentId !== null && ids.has(facts.poolDepartmentId),
    sql: (to) => known(columns.pool, to.isIn(columns.pool, ids)),
    ...unknownResource(certainty),
  }
}

export type Match = 'any' | 'all' | 'none'

const tagExists = (to: SqlBuilder, ids: ReadonlySet<string>): string =>
  `EXISTS (SELECT 1 FROM ${tables.customerTags} ct WHERE ct.customer_id = ${columns.id} AND ${String(to.isIn('ct.tag_id', ids))})`

export function tagged(match: Match, ids: ReadonlySet<string>, certainty: Certainty): Atom {
  const wanted = [...ids]
  return {
    key: `tags:${match}:${JSON.stringify(wanted)}:${certainty}`,
    certainty,
    meaning: { about: 'tags', match, ids },
    holds: ({ tagIds }) => {
      if (match === 'all') return wanted.every((id) => tagIds.has(id))
      return meets(tagIds, ids) === (match === 'any')
    },
    sql: (to) => {
      if (match === 'all') {
        return `(SELECT COUNT(DISTINCT ct.tag_id) FROM ${tables.customerTags} ct WHERE ct.customer_id = ${columns.id} AND ${String(to.isIn('ct.tag_id', ids))}) = ${ids.size}`
      }
      return match === 'any' ? tagExists(to, ids) : not(tagExists(to, ids))
    },
    ...unknownResource(certainty),
  }
}

const groupSource = `FROM ${tables.customerTags} ct LEFT JOIN ${tables.tags} t ON t.id = ct.tag_id WHERE ct.customer_id = ${columns.id}`

/** A tag whose group is not known might be in any group. */
export function tagGrouped(match: Match, ids: ReadonlySet<string>, certainty: Certainty): Atom {
  const wanted = [...ids]
  const some = (facts: CustomerFacts) => meets(facts.tagGroupIds, ids)
  const someSql = (to: SqlBuilder) => `EXISTS (SELECT 1 ${groupSource} AND t.group_id IS NOT NULL AND ${String(to.isIn('t.group_id', ids))})`
  const ungroupedSql = `EXISTS (SELECT 1 ${groupSource} AND t.id IS NULL)`
  return {
    key: `tagGroups:${match}:${JSON.stringify(wanted)}:${certainty}`,
    certainty,
    meaning: { about: 'tag groups', match, ids },
    holds: (facts) => {
      if (match === 'none') return !some(facts) && (certainty === 'possible' || !facts.hasUngroupedTag)
      if (certainty === 'possible' && facts.hasUngroupedTag) return true
      return match === 'any' ? some(facts) : wanted.every((id) => facts.tagGroupIds.has(id))
    },
    sql: (to) => {
      if (match === 'none') return allOf([not(someSql(to)), certainty === 'possible' ? true : not(ungroupedSql)])
      const sure = match === 'any' ? someSql(to)
        : `(SELECT COUNT(DISTINCT t.group_id) ${groupSource} AND t.group_id IS NOT NULL AND ${String(to.isIn('t.group_id', ids))}) = ${ids.size}`
      return anyOf([sure, certainty === 'possible' ? ungroupedSql : false])
    },
    ...unknownResource(certainty),
  }
}

export function inStage(stages: ReadonlySet<string>, certainty: Certainty): Atom {
  return {
    key: `stage:${JSON.stringify([...stages])}:${certainty}`,
    certainty,
    meaning: { about: 'stages', ids: stages },
    holds: (facts) => stages.has(facts.stage),
    sql: (to) => to.isIn(columns.stage, stages),
    ...unknownResource(certainty),
  }
}

/** A tier that nobody computed is unknown, not low. */
export function tierAtLeast(atLeast: number, certainty: Certainty): Atom {
  return {
    key: `valueTier:${atLeast}:${certainty}`,
    certainty,
    meaning: { about: 'tier', atLeast },
    holds: ({ valueTier }) => (valueTier === null ? certainty === 'possible' : valueTier >= atLeast),
    sql: (to) => nullable(columns.valueTier, `${columns.valueTier} >= ${to.value(atLeast)}`, certainty),
    ...unknownResource(certainty),
  }
}

export function spentAtLeast(atLeastFen: number, certainty: Certainty): Atom {
  return {
    key: `spend:${atLeastFen}:${certainty}`,
    certainty,
    meaning: { about: 'spend', atLeast: atLeastFen },
    holds: (facts) => facts.spendFen >= atLeastFen,
    sql: (to) => `(SELECT COALESCE(SUM(o.amount_fen), 0) FROM ${tables.orders} o WHERE o.customer_id = ${columns.id}) >= ${to.value(atLeastFen)}`,
    ...unknownResource(certainty),
  }
}

export function hasOpenTask(types: ReadonlySet<string>, certainty: Certainty): Atom {
  return {
    key: `openTask:${JSON.stringify([...types])}:${certainty}`,
    certainty,
    meaning: { about: 'tasks', ids: types },
    holds: (facts) => meets(facts.openTasks, types),
    sql: (to) => `EXISTS (SELECT 1 FROM ${tables.taskFacts} task WHERE task.customer_id = ${columns.id} AND ${String(to.isIn('task.task_type', types))})`,
    ...unknownResource(certainty),
  }
}

/** `reached`: also of customers who went on from there. */
export function standsInNode(match: 'current' | 'reached', nodes: ReadonlySet<string>, certainty: Certainty): Atom {
  const reached = match === 'reached'
  return {
    key: `journeyNode:${match}:${JSON.stringify([...nodes])}:${certainty}`,
    certainty,
    meaning: { about: 'nodes', match, ids: nodes },
    holds: (facts) => meets(reached ? facts.reachedNodes : facts.nodes, nodes),
    sql: (to) => `EXISTS (SELECT 1 FROM ${tables.nodeFacts} node WHERE node.customer_id = ${columns.id}${reached ? '' : ' AND node.left_at IS NULL'} AND ${String(to.isIn('node.node_key', nodes))})`,
    ...unknownResource(certainty),
  }
}

/** One of these customers by name. */
export function isOneOf(ids: ReadonlySet<string>, certainty: Certainty): Atom {
  return {
    key: `customers:${JSON.stringify([...ids])}:${certainty}`,
    certainty,
    meaning: { about: 'customers', ids },
    holds: (facts) => ids.has(facts.customerId),
    sql: (to) => to.isIn(columns.id, ids),
    ...unknownResource(certainty),
  }
}
