import type { EntityManager } from 'typeorm'
import { z } from 'zod'
import { Invariant } from '../errors.ts'
import { selectNamed } from './sql.ts'
import { liveFollow, tables } from './tables.ts'

export interface FollowFact {
  readonly staffId: string
  /** Where the follow began; a move of the staff member does not change it. */
  readonly departmentId: number | null
}

/**
 * Everything about one customer that a rule may ask. Always loaded whole (`loadFacts`), read from the primary,
 * never kept beyond the request.
 */
export interface CustomerFacts {
  readonly customerId: string
  readonly ownerStaffId: string | null
  readonly ownerDepartmentId: number | null
  readonly poolDepartmentId: number | null
  readonly stage: string
  /** 1 to 5; null is unknown. */
  readonly valueTier: number | null
  /** Over all orders, whoever asks. */
  readonly spendFen: number
  /** Follows in force. */
  readonly follows: readonly FollowFact[]
  readonly tagIds: ReadonlySet<string>
  readonly tagGroupIds: ReadonlySet<string>
  /** The customer has a tag whose group we do not know (yet): what depends on groups may be unknown. */
  readonly hasUngroupedTag: boolean
  readonly openTasks: ReadonlySet<string>
  /** Journey nodes in which the customer stands now. */
  readonly nodes: ReadonlySet<string>
  /** These and the ones he went on from. */
  readonly reachedNodes: ReadonlySet<string>
}

const factNames: readonly (keyof CustomerFacts)[] = [
  'customerId', 'ownerStaffId', 'ownerDepartmentId', 'poolDepartmentId', 'stage', 'valueTier', 'spendFen',
  'follows', 'tagIds', 'tagGroupIds', 'hasUngroupedTag', 'openTasks', 'nodes', 'reachedNodes',
]

/** A missing fact is a bug of the caller, never an answer. Throws Invariant. */
export function assertComplete(facts: CustomerFacts): void {
  if (isComplete(facts)) return
  for (const name of factNames) {
    if (facts[name] === undefined) throw new Invariant(`the fact ${name} was not loaded`)
  }
}

/** Spelled out because every decision starts here. */
function isComplete(facts: CustomerFacts): boolean {
  return facts.customerId !== undefined && facts.ownerStaffId !== undefined && facts.ownerDepartmentId !== undefined
    && facts.poolDepartmentId !== undefined && facts.stage !== undefined && facts.valueTier !== undefined && facts.spendFen !== undefined
    && facts.follows !== undefined && facts.tagIds !== undefined && facts.tagGroupIds !== undefined && facts.hasUngroupedTag !== undefined
    && facts.openTasks !== undefined && facts.nodes !== undefined && facts.reachedNodes !== undefined
}

const OptionalNumber = z.union([z.null(), z.coerce.number()])
const CustomerRow = z.object({
  id: z.string(), owner: z.string().nullable(), ownerDepartment: OptionalNumber, pool: OptionalNumber,
  stage: z.string(), valueTier: OptionalNumber,
})
const FollowRow = z.object({ customer: z.string(), staff: z.string(), department: OptionalNumber })
const TagRow = z.object({ customer: z.string(), tag: z.string(), tagGroup: z.string().nullable() })
const KeyRow = z.object({ customer: z.string(), fact: z.string() })
const NodeRow = z.object({ customer: z.string(), fact: z.string(), leftAt: OptionalNumber })
const SpendRow = z.object({ customer: z.string(), total: z.coerce.number() })

const chunkSize = 500

/** All facts of these customers in a bounded number of queries; unknown ids are absent from the answer. */
export async function loadFacts(db: EntityManager, customerIds: readonly string[]): Promise<Map<string, CustomerFacts>> {
  const found = new Map<string, CustomerFacts>()
  const wanted = [...new Set(customerIds)]
  for (let start = 0; start < wanted.length; start += chunkSize) {
    for (const facts of await loadChunk(db, wanted.slice(start, start + chunkSize))) found.set(facts.customerId, facts)
  }
  return found
}

async function loadChunk(db: EntityManager, ids: readonly string[]): Promise<CustomerFacts[]> {
  const read = async <T>(schema: z.ZodType<T>, sql: string): Promise<T[]> =>
    z.array(schema).parse(await selectNamed(db, sql, { ids }))
  const rows = await read(CustomerRow, `SELECT id, owner_staff_id AS owner, owner_department_id AS ownerDepartment,
    pool_department_id AS pool, stage, value_tier AS valueTier FROM ${tables.customers} WHERE id IN (:...ids)`)
  const follows = groupBy(await read(FollowRow, `SELECT f.customer_id AS customer, f.staff_id AS staff, f.department_id AS department
    FROM ${tables.follows} f WHERE f.customer_id IN (:...ids) AND ${liveFollow}`))
  const tags = groupBy(await read(TagRow, `SELECT ct.customer_id AS customer, ct.tag_id AS tag, t.group_id AS tagGroup
    FROM ${tables.customerTags} ct LEFT JOIN ${tables.tags} t ON t.id = ct.tag_id WHERE ct.customer_id IN (:...ids)`))
  const tasks = groupBy(await read(KeyRow, `SELECT customer_id AS customer, task_type AS fact
    FROM ${tables.taskFacts} WHERE customer_id IN (:...ids)`))
  const nodes = groupBy(await read(NodeRow, `SELECT customer_id AS customer, node_key AS fact, left_at AS leftAt
    FROM ${tables.nodeFacts} WHERE customer_id IN (:...ids)`))
  const spend = groupBy(await read(SpendRow, `SELECT customer_id AS customer, SUM(amount_fen) AS total
    FROM ${tables.orders} WHERE customer_id IN (:...ids) GROUP BY customer_id`))
  return rows.map((row) => {
    const tagRows = tags.get(row.id) ?? []
    const nodeRows = nodes.get(row.id) ?? []
    return {
      customerId: row.id,
      ownerStaffId: row.owner,
      ownerDepartmentId: row.ownerDepartment,
      poolDepartmentId: row.pool,
      stage: row.stage,
      valueTier: row.valueTier,
      spendFen: spend.get(row.id)?.[0]?.total ?? 0,
      follows: (follows.get(row.id) ?? []).map((follow) => ({ staffId: follow.staff, departmentId: follow.department })),
      tagIds: new Set(tagRows.map((tag) => tag.tag)),
      tagGroupIds: new Set(tagRows.flatMap((tag) => (tag.tagGroup === null ? [] : [tag.tagGroup]))),
      hasUngroupedTag: tagRows.some((tag) => tag.tagGroup === null),
      openTasks: new Set((tasks.get(row.id) ?? []).map((task) => task.fact)),
      nodes: new Set(nodeRows.filter((node) => node.leftAt === null).map((node) => node.fact)),
      reachedNodes: new Set(nodeRows.map((node) => node.fact)),
    }
  })
}

function groupBy<T extends { readonly customer: string }>(rows: readonly T[]): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const row of rows) {
    const group = groups.get(row.customer)
    if (group === undefined) groups.set(row.customer, [row])
    else group.push(row)
  }
  return groups
}
