import type { SqlBuilder } from '../sql.ts'
import { useIndex, useWholeKey } from '../sql.ts'
import { tables } from '../tables.ts'
import type { Posting } from './postings.ts'

/** Where a page begins: after this row. */
export interface ListPosition {
  readonly at: number
  readonly id: string
}

/** One source of candidates, read in the order of lists and no further than asked. */
export type Branch =
  /** Down one node (null: everybody), of those who also stand at all of `also` and, unless null, at one of `within`. */
  | {
    readonly kind: 'scan'; readonly node: number | null; readonly also: readonly number[]; readonly within: ReadonlySet<number> | null
    readonly stages: ReadonlySet<string> | null; readonly tierAtLeast: number | null; readonly checks: readonly Posting[]
  }
  /** Of these customers those at one of the nodes; `nodes` null: all. */
  | { readonly kind: 'set'; readonly of: Posting; readonly nodes: ReadonlySet<number> | null; readonly stages: ReadonlySet<string> | null; readonly checks: readonly Posting[] }
  | { readonly kind: 'customers'; readonly ids: ReadonlySet<string> }

const order = 'ORDER BY last_active_at DESC, customer_id DESC'

/** The next `limit` candidates of all branches together, each once: a query with the columns last_active_at and customer_id. */
export function candidates(to: SqlBuilder, branches: readonly Branch[], after: ListPosition | null, limit: number): string {
  const parts = branches.map((branch) => branchSql(to, branch, after, limit))
  if (parts.length === 1) return parts.join('')
  const all = parts.map((part, place) => `SELECT last_active_at, customer_id FROM (${part}) b${place}`).join(' UNION ALL ')
  return `SELECT DISTINCT last_active_at, customer_id FROM (${all}) u ${order} LIMIT ${limit}`
}

function branchSql(to: SqlBuilder, branch: Branch, after: ListPosition | null, limit: number): string {
  if (branch.kind === 'customers') {
    return `SELECT c.last_active_at AS last_active_at, c.id AS customer_id FROM ${tables.customers} c WHERE ${String(to.isIn('c.id', branch.ids))} AND ${beyond(to, after, 'c.last_active_at', 'c.id')} ${order} LIMIT ${limit}`
  }
  if (branch.kind === 'set') return setSql(to, branch, after, limit)
  const id = branch.node === null ? 'c.id' : 'c.customer_id'
  const where = [
    ...(branch.node === null ? [] : [`c.node = ${to.value(branch.node)}`]),
    ...(branch.stages === null ? [] : [oneOf(to, 'c.stage', branch.stages)]),
    ...(branch.within === null ? [] : [standsAt(to, id, branch.within)]),
    ...(branch.tierAtLeast === null ? [] : [`c.value_tier >= ${to.value(branch.tierAtLeast)}`]),
    beyond(to, after, 'c.last_active_at', id),
    ...branch.checks.map((check) => check.holds(to, id)),
  ]
  return `SELECT c.last_active_at AS last_active_at, ${id} AS customer_id FROM ${sourceOf(to, branch)}${alsoAt(to, branch.also, id)} WHERE ${where.join(' AND ')} ORDER BY c.last_active_at DESC, ${id} DESC LIMIT ${limit}`
}

/** Rows of the same customer at other nodes, each by its whole key: all nodes have one order, so what is read there lies close together. */
function alsoAt(to: SqlBuilder, nodes: readonly number[], id: string): string {
  return nodes.map((node, place) => {
    const other = `also${place}`
    return ` ${ordered(to)} customer_scope ${other} ${useWholeKey(to.dialect, 'customer_scope')} ON ${other}.node = ${to.value(node)} AND ${other}.last_active_at = c.last_active_at AND ${other}.customer_id = ${id}`
  }).join('')
}

/** A scalar subquery, because MariaDB turns EXISTS into a list of all who match. */
function standsAt(to: SqlBuilder, id: string, nodes: ReadonlySet<number>): string {
  return `(SELECT 1 FROM customer_scope one ${useIndex(to.dialect, 'ix_customer_scope_customer')} WHERE one.customer_id = ${id} AND ${String(to.isIn('one.node', nodes))} LIMIT 1) IS NOT NULL`
}

function sourceOf(to: SqlBuilder, { node, stages }: Extract<Branch, { kind: 'scan' }>): string {
  const byStage = stages?.size === 1
  if (node === null) return `${tables.customers} c ${useIndex(to.dialect, byStage ? 'ix_customers_stage' : 'ix_customers_activity')}`
  return `customer_scope c ${useIndex(to.dialect, byStage ? 'ix_customer_scope_stage' : 'PRIMARY')}`
}

/** All of a few, sorted. Their activity stands beside their nodes; only where every customer is meant, the customers are read for it. */
function setSql(to: SqlBuilder, { of, nodes, stages, checks }: Extract<Branch, { kind: 'set' }>, after: ListPosition | null, limit: number): string {
  const id = nodes === null ? 'c.id' : 'c.customer_id'
  const where = [
    ...(nodes === null ? [] : [String(to.isIn('c.node', nodes))]),
    ...(stages === null ? [] : [oneOf(to, 'c.stage', stages)]),
    beyond(to, after, 'c.last_active_at', id),
    ...checks.map((check) => check.holds(to, 'm.customer_id')),
  ]
  const source = nodes === null ? `${tables.customers} c` : `customer_scope c ${useIndex(to.dialect, 'ix_customer_scope_customer')}`
  return `SELECT DISTINCT c.last_active_at AS last_active_at, ${id} AS customer_id FROM (SELECT DISTINCT customer_id FROM (${of.members(to)}) every) m ${ordered(to)} ${source} ON ${id} = m.customer_id
    WHERE ${where.join(' AND ')} ${order} LIMIT ${limit}`
}

/** A join that is made in the order in which it is written. */
export const ordered = (to: SqlBuilder): string => (to.dialect === 'mysql' ? 'STRAIGHT_JOIN' : 'CROSS JOIN')

function beyond(to: SqlBuilder, after: ListPosition | null, at: string, id: string): string {
  if (after === null) return '1 = 1'
  // The first part alone leads into the index; an OR at the top would not.
  return `${at} <= ${to.value(after.at)} AND (${at} < ${to.value(after.at)} OR ${id} < ${to.value(after.id)})`
}

/** One of a few words; an equality where it is one, so that an index in this order serves. */
function oneOf(to: SqlBuilder, column: string, words: ReadonlySet<string>): string {
  const [first] = words
  return words.size === 1 && first !== undefined ? `${column} = ${to.value(first)}` : String(to.isIn(column, words))
}
