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

const StandingRows = z.array(z.object({ departmentId: maybeNumber, staffId: z.string().nullable(), count: z.coerce.number() }))

/** How many customers known before `before` stand where, of those whom the filter allows. */
export async function countStanding(db: EntityManager, filter: RowFilter, before: number): Promise<StandingCount[]> {
  if (filter.isNothing) return []
  const firstFollow = (column: string) => `(SELECT ff.${column} FROM ${follows.options.tableName ?? ''} ff
    WHERE ff.customer_id = customers.id AND ff.ended_at IS NULL AND ff.live_key IS NOT NULL ORDER BY ff.began_at, ff.id LIMIT 1)`
  return StandingRows.parse(await selectNamed(db, `SELECT departmentId, staffId, COUNT(*) AS count FROM (
      SELECT CASE WHEN customers.owner_staff_id IS NOT NULL THEN customers.owner_department_id WHEN customers.pool_department_id IS NOT NULL THEN customers.pool_department_id
          ELSE ${firstFollow('department_id')} END AS departmentId,
        CASE WHEN customers.owner_staff_id IS NOT NULL THEN customers.owner_staff_id WHEN customers.pool_department_id IS NOT NULL THEN NULL
          ELSE ${firstFollow('staff_id')} END AS staffId
      FROM ${customers.options.tableName ?? ''} customers WHERE customers.created_at < :before AND (${filter.sql})
    ) standing GROUP BY departmentId, staffId`, { ...filter.parameters, before }))
}
