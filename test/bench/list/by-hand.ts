import type { ListPosition } from '../../../server/access/listing/branches.ts'
import { gramsOf } from '../../../server/customers/name-grams.ts'
import type { CustomerSearch } from '../../../server/customers/customer-search.ts'
import type { Viewer } from './cases.ts'

/** What somebody may write who knows this list, its data and all tables, and decides nothing: several tries, of which the quickest counts. */
export interface Attempt {
  readonly name: string
  readonly sql: string
}

export interface Wanted {
  readonly viewer: Viewer
  readonly search: CustomerSearch
  readonly after: ListPosition | null
  readonly limit: number
  /** The select list over the alias `c`. */
  readonly columns: string
  readonly dialect: 'sqlite' | 'mysql'
}

const text = (value: string) => `'${value}'`
const order = (alias: string, id: string) => `ORDER BY ${alias}.last_active_at DESC, ${alias}.${id} DESC`

/** Both databases are told the index and the order of joins, as whoever measures what he writes would. */
class Hand {
  readonly wanted: Wanted
  constructor(wanted: Wanted) { this.wanted = wanted }

  get mysql() { return this.wanted.dialect === 'mysql' }
  index(name: string) { return this.mysql ? `FORCE INDEX (${name})` : name === 'PRIMARY' ? '' : `INDEXED BY ${name}` }
  get join() { return this.mysql ? 'STRAIGHT_JOIN' : 'CROSS JOIN' }

  beyond(alias: string, id: string): string[] {
    const { after } = this.wanted
    if (after === null) return []
    return this.mysql
      ? [`${alias}.last_active_at <= ${after.at}`, `(${alias}.last_active_at < ${after.at} OR ${alias}.${id} < ${text(after.id)})`]
      : [`(${alias}.last_active_at, ${alias}.${id}) < (${after.at}, ${text(after.id)})`]
  }

  /** What a tag or a name asks of one customer, without his row. */
  check(id: string): string[] {
    const { tagId, name } = this.wanted.search
    return [
      ...(tagId === undefined ? [] : [`(SELECT 1 FROM customer_tags ct ${this.index('ix_customer_tags_tag')} WHERE ct.tag_id = ${text(tagId)} AND ct.customer_id = ${id} LIMIT 1) IS NOT NULL`]),
      ...(name === undefined ? [] : pairsOf(name).map((pair, place) => `(SELECT 1 FROM customer_name_grams g${place} WHERE g${place}.gram ${pair} AND g${place}.customer_id = ${id} LIMIT 1) IS NOT NULL`)),
    ]
  }

  /** The name itself, on the customer's row. */
  named(): string[] {
    const { name } = this.wanted.search
    return name === undefined ? [] : [`c.name_search LIKE '%${name}%'`]
  }

  staged(alias: string): string[] {
    const { stage } = this.wanted.search
    return stage === undefined ? [] : [`${alias}.stage = ${text(stage)}`]
  }

  /** One scan of the scope table for each node, merged; then the rows. */
  byScope(checked: readonly string[], inRows: readonly string[], name: string): Attempt[] {
    const { viewer, limit, columns, search } = this.wanted
    if (viewer.nodes === null) return []
    const index = this.index(search.stage === undefined ? 'PRIMARY' : 'ix_customer_scope_stage')
    const rows = inRows.length === 0 ? { join: '', where: [] as string[] } : { join: ` ${this.join} customers c ON c.id = s.customer_id`, where: inRows }
    const scan = (node: number) => `SELECT s.last_active_at AS at, s.customer_id AS id FROM customer_scope s ${index}${rows.join}
      WHERE ${[`s.node = ${node}`, ...this.staged('s'), ...this.beyond('s', 'customer_id'), ...checked, ...rows.where].join(' AND ')} ${order('s', 'customer_id')} LIMIT ${limit}`
    const scans = viewer.nodes.map((node, place) => `SELECT at, id FROM (${scan(node)}) p${place}`)
    const found = scans.length === 1 ? scan(viewer.nodes[0] ?? 0) : `SELECT DISTINCT at, id FROM (${scans.join(' UNION ALL ')}) u ORDER BY at DESC, id DESC LIMIT ${limit}`
    return [{ name, sql: `SELECT ${columns} FROM (${found}) s ${this.join} customers c ON c.id = s.id ORDER BY s.at DESC, s.id DESC` }]
  }

  /** Down an index of customers, asking each. */
  byCustomers(index: string, scope: string, checked: readonly string[], name: string): Attempt {
    const { columns, limit } = this.wanted
    const where = [scope, ...this.staged('c'), ...this.beyond('c', 'id'), ...checked]
    return { name, sql: `SELECT ${columns} FROM customers c ${this.index(index)} WHERE ${where.join(' AND ')} ${order('c', 'id')} LIMIT ${limit}` }
  }

  /** All of a few, sorted: first their ids, then the rows of the page. */
  byMembers(members: string, checked: readonly string[], name: string): Attempt[] {
    const { viewer, columns, limit } = this.wanted
    const inScope = viewer.columns ?? `(SELECT 1 FROM customer_scope s WHERE s.node IN (${(viewer.nodes ?? []).join()}) AND s.last_active_at = c.last_active_at AND s.customer_id = c.id LIMIT 1) IS NOT NULL`
    const where = [inScope, ...this.staged('c'), ...this.beyond('c', 'id'), ...checked]
    return [{ name, sql: `SELECT ${columns} FROM (SELECT DISTINCT customer_id FROM (${members}) e) m ${this.join} customers c ON c.id = m.customer_id WHERE ${where.join(' AND ')} ${order('c', 'id')} LIMIT ${limit}` }]
  }
}

/** What follows `g.gram`: a letter alone begins a pair. */
function pairsOf(name: string): string[] {
  if ([...name].length > 1) return [...gramsOf(name)].slice(0, -1).map((gram) => `= ${gram}`)
  const first = (name.codePointAt(0) ?? 0) * 2 ** 21
  return [`BETWEEN ${first} AND ${first + 2 ** 21 - 1}`]
}

export function attemptsOf(wanted: Wanted): Attempt[] {
  const hand = new Hand(wanted)
  const { viewer, search } = wanted
  const attempts = [...hand.byScope(hand.check('s.customer_id'), [], 'scope table')]
  const narrow = [...hand.check('c.id')]
  const index = search.stage !== undefined ? 'ix_customers_stage' : 'ix_customers_activity'
  if (viewer.scope === 'own') attempts.push(hand.byCustomers('ix_customers_owner', viewer.columns ?? '', narrow, 'owner index'))
  if (viewer.scope === 'all') attempts.push(hand.byCustomers(index, '1 = 1', narrow, 'activity index'))
  if (viewer.classic !== null && search.tagId === undefined && search.name === undefined) attempts.push(hand.byCustomers(index, viewer.classic, [], 'activity index, follows asked'))
  if (search.tagId !== undefined) {
    attempts.push(...hand.byMembers(`SELECT customer_id FROM customer_tags ${hand.index('ix_customer_tags_tag')} WHERE tag_id = ${text(search.tagId)}`, [], 'tag, sorted'))
  }
  if (search.name !== undefined) {
    attempts.push(...hand.byScope([], hand.named(), 'scope table, names read'))
    if (viewer.scope === 'all') attempts.push(hand.byCustomers(index, '1 = 1', hand.named(), 'activity index, names read'))
    if (viewer.scope === 'own') attempts.push(hand.byCustomers('ix_customers_owner', viewer.columns ?? '', hand.named(), 'owner index, names read'))
    for (const pair of pairsOf(search.name)) {
      attempts.push(...hand.byMembers(`SELECT customer_id FROM customer_name_grams WHERE gram ${pair}`, hand.named(), `pair ${pair}, sorted`))
    }
  }
  return attempts
}
