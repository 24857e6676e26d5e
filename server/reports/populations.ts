import { z } from 'zod'
import type { EntityManager } from 'typeorm'
import { selectNamed, type RowFilter } from '../access/index.ts'
import { customers, follows } from '../customers/index.ts'
import { orders, visits } from '../records/index.ts'

/** Things that happened with customers: where, through whom and when. Names of columns are our own. */
export interface Happenings {
  readonly kind: 'happenings'
  readonly table: string
  readonly departmentColumn: string
  /** null: nobody in particular, so the report does not go down to people. */
  readonly staffColumn: string | null
  readonly atColumn: string
  /** What is added up: an expression for each sum. */
  readonly sums: readonly string[]
}

/**
 * The customers who stand somewhere now and were known before the present month: with the owner, else in the pool, else with
 * whoever followed first. It has no past: two such numbers differ by what came and what went.
 */
export interface Standing {
  readonly kind: 'standing'
}

export type Population = Happenings | Standing

/** Whom staff added, each time: a customer of two colleagues counts twice, as in WeCom's own figures (doc path/92132). */
export const additions: Happenings = {
  kind: 'happenings', table: follows.options.tableName ?? '', departmentColumn: 'department_id', staffColumn: 'staff_id', atColumn: 'began_at', sums: ['1'],
}
export const purchases: Happenings = {
  kind: 'happenings', table: orders.options.tableName ?? '', departmentColumn: 'store_department_id', staffColumn: null, atColumn: 'placed_at', sums: ['1', 'fact.amount_fen'],
}
export const storeVisits: Happenings = {
  kind: 'happenings', table: visits.options.tableName ?? '', departmentColumn: 'store_department_id', staffColumn: 'staff_id', atColumn: 'visited_at', sums: ['1'],
}
export const standing: Standing = { kind: 'standing' }

export interface Fact {
  readonly customerId: string
  readonly departmentId: number | null
  readonly staffId: string | null
  readonly at: number
  readonly sums: readonly number[]
}

const batchSize = 5_000
const maybeNumber = z.union([z.null(), z.coerce.number()])
const FactRows = z.array(z.looseObject({ id: z.string(), customerId: z.string(), departmentId: maybeNumber, staffId: z.string().nullable(), at: z.coerce.number() }))

/** Everything that happened from `from` to before `until` with customers whom the filter allows, in batches. */
export async function* readHappenings(db: EntityManager, of: Happenings, filter: RowFilter, from: number, until: number): AsyncGenerator<readonly Fact[]> {
  if (filter.isNothing || from >= until) return
  const sums = of.sums.map((sum, place) => `${sum} AS sum${place}`).join(', ')
  let after = { at: from, id: '' }
  for (;;) {
    const rows = FactRows.parse(await selectNamed(db, `SELECT fact.id AS id, fact.customer_id AS customerId, fact.${of.departmentColumn} AS departmentId,
        ${of.staffColumn === null ? 'NULL' : `fact.${of.staffColumn}`} AS staffId, fact.${of.atColumn} AS at, ${sums}
      FROM ${of.table} fact JOIN ${customers.options.tableName ?? ''} customers ON customers.id = fact.customer_id
      WHERE fact.${of.atColumn} >= :afterAt AND fact.${of.atColumn} < :until AND (fact.${of.atColumn} > :afterAt OR fact.id > :afterId) AND (${filter.sql})
      ORDER BY fact.${of.atColumn}, fact.id LIMIT ${batchSize}`, { ...filter.parameters, afterAt: after.at, afterId: after.id, until }))
    yield rows.map((row) => ({
      customerId: row.customerId, departmentId: row.departmentId, staffId: row.staffId, at: row.at, sums: of.sums.map((_, place) => Number(row[`sum${place}`])),
    }))
    const last = rows.at(-1)
    if (last === undefined || rows.length < batchSize) return
    after = { at: last.at, id: last.id }
  }
}

export interface StandingCount {
  readonly departmentId: number | null
  readonly staffId: string | null
  readonly count: number
}

const StandingRows = z.array(z.object({ departmentId: maybeNumber, staffId: z.string().nullable(), loose: z.coerce.number(), count: z.coerce.number() }))
const FollowRows = z.array(z.object({ customerId: z.string(), departmentId: maybeNumber, staffId: z.string() }))
const windowSize = 20_000

/** How many customers known before `before` stand where, of those whom the filter allows; piece by piece, so that one place may come several times. */
export async function* countStanding(db: EntityManager, filter: RowFilter, before: number): AsyncGenerator<readonly StandingCount[]> {
  if (filter.isNothing) return
  for (let after = ''; ;) {
    const end = await windowEnd(db, after)
    const piece = { from: `${customers.options.tableName ?? ''} customers`, where: `customers.id > :after ${end === null ? '' : 'AND customers.id <= :end'} AND customers.created_at < :before AND (${filter.sql})` }
    const parameters = { ...filter.parameters, before, after, end }
    const counts = StandingRows.parse(await selectNamed(db, `SELECT CASE WHEN customers.owner_staff_id IS NULL THEN customers.pool_department_id ELSE customers.owner_department_id END AS departmentId,
        customers.owner_staff_id AS staffId, CASE WHEN customers.owner_staff_id IS NULL AND customers.pool_department_id IS NULL THEN 1 ELSE 0 END AS loose, COUNT(*) AS count
      FROM ${piece.from} WHERE ${piece.where} GROUP BY departmentId, staffId, loose`, parameters))
    const followed = firstOfEach(FollowRows.parse(await selectNamed(db, `SELECT fact.customer_id AS customerId, fact.department_id AS departmentId, fact.staff_id AS staffId
      FROM ${piece.from} JOIN ${follows.options.tableName ?? ''} fact ON fact.customer_id = customers.id
      WHERE customers.owner_staff_id IS NULL AND customers.pool_department_id IS NULL AND fact.ended_at IS NULL AND fact.live_key IS NOT NULL AND ${piece.where}
      ORDER BY fact.began_at, fact.id`, parameters)))
    yield [
      // Whoever has neither owner, pool nor follow stands nowhere.
      ...counts.map((row) => ({ departmentId: row.departmentId, staffId: row.staffId, count: row.loose === 1 ? row.count - followed.length : row.count })),
      ...followed.map(({ departmentId, staffId }) => ({ departmentId, staffId, count: 1 })),
    ]
    if (end === null) return
    after = end
  }
}

function firstOfEach<T extends { readonly customerId: string }>(rows: readonly T[]): T[] {
  const found = new Map<string, T>()
  for (const row of rows) if (!found.has(row.customerId)) found.set(row.customerId, row)
  return [...found.values()]
}

/** Where a piece of the customers ends: on SQLite nothing else runs while a statement does. null: with the last customer. */
async function windowEnd(db: EntityManager, after: string): Promise<string | null> {
  const rows = await selectNamed(db, `SELECT customers.id AS id FROM ${customers.options.tableName ?? ''} customers WHERE customers.id > :after
    ORDER BY customers.id LIMIT 1 OFFSET ${windowSize - 1}`, { after })
  return z.array(z.object({ id: z.string() })).parse(rows)[0]?.id ?? null
}
