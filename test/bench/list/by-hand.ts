import type { ListPosition } from '../../../server/access/listing/branches.ts'
import { letterNodes, pairNodes, tagNode } from '../../../server/access/listing/nodes.ts'
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
  /** How many customers stand at the nodes of the viewer and the search. */
  readonly sizes: ReadonlyMap<number, number>
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
      ...(name === undefined ? [] : nameNodes(name).map((node, place) => `(SELECT 1 FROM customer_scope g${place} ${this.index('ix_customer_scope_customer')} WHERE g${place}.node = ${node} AND g${place}.customer_id = ${id} LIMIT 1) IS NOT NULL`)),
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

  /**
   * One scan for each node of the viewer, merged: of the node and those of tag and name the smallest is read (or what `first` says), the others are joined by their keys, which have the same order.
   */
  byTerms(terms: readonly number[], first: 'smallest' | 'scope' | 'term'): Attempt[] {
    const { viewer, limit, columns, search, sizes } = this.wanted
    const bySize = (nodes: readonly number[]) => [...nodes].sort((one, other) => (sizes.get(one) ?? 0) - (sizes.get(other) ?? 0))
    const scan = (node: number | null): string => {
      const own = node === null ? [] : [node]
      const [read = 0, ...others] = first === 'smallest' ? bySize([...own, ...terms]) : first === 'scope' ? [...own, ...bySize(terms)] : [...bySize(terms), ...own]
      const joins = others.map((other, place) => ` ${this.join} customer_scope t${place} ${this.mysql ? this.index('PRIMARY') : 'INDEXED BY sqlite_autoindex_customer_scope_1'} ON t${place}.node = ${other} AND t${place}.last_active_at = s.last_active_at AND t${place}.customer_id = s.customer_id`)
      return `SELECT s.last_active_at AS at, s.customer_id AS id FROM customer_scope s ${this.index(search.stage === undefined ? 'PRIMARY' : 'ix_customer_scope_stage')}${joins.join('')}
      WHERE ${[`s.node = ${read}`, ...this.staged('s'), ...this.beyond('s', 'customer_id')].join(' AND ')} ${order('s', 'customer_id')} LIMIT ${limit}`
    }
    const scans = (viewer.nodes ?? [null]).map(scan)
    const found = scans.length === 1 ? scans.join('') : `SELECT DISTINCT at, id FROM (${scans.map((one, place) => `SELECT at, id FROM (${one}) p${place}`).join(' UNION ALL ')}) u ORDER BY at DESC, id DESC LIMIT ${limit}`
    return [{ name: `nodes joined, ${first} first`, sql: `SELECT ${columns} FROM (${found}) s ${this.join} customers c ON c.id = s.id ORDER BY s.at DESC, s.id DESC` }]
  }

  /** Down the node of a tag or name, asking each whether he stands at one of the viewer's nodes. */
  byTermAsked(term: number): Attempt[] {
    const { viewer, limit, columns } = this.wanted
    if (viewer.nodes === null) return []
    const asked = `(SELECT 1 FROM customer_scope o ${this.index('ix_customer_scope_customer')} WHERE o.customer_id = s.customer_id AND o.node IN (${viewer.nodes.join()}) LIMIT 1) IS NOT NULL`
    const found = `SELECT s.last_active_at AS at, s.customer_id AS id FROM customer_scope s ${this.index('PRIMARY')} WHERE ${[`s.node = ${term}`, ...this.beyond('s', 'customer_id'), asked].join(' AND ')} ${order('s', 'customer_id')} LIMIT ${limit}`
    return [{ name: 'term, nodes asked', sql: `SELECT ${columns} FROM (${found}) s ${this.join} customers c ON c.id = s.id ORDER BY s.at DESC, s.id DESC` }]
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

/** The nodes of a name: of a letter alone it is the letter's. */
const nameNodes = (name: string): number[] => [...([...name].length > 1 ? pairNodes(name) : letterNodes(name))]

/** The nodes of a tag and of a name. */
export function termsOf({ tagId, name }: CustomerSearch): number[] {
  return [...(tagId === undefined ? [] : [tagNode(tagId)]), ...(name === undefined ? [] : nameNodes(name))]
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
  const terms = termsOf(search)
  if (terms.length > 0) attempts.push(...(['smallest', 'scope', 'term'] as const).flatMap((first) => hand.byTerms(terms, first)), ...terms.slice(0, 1).flatMap((term) => hand.byTermAsked(term)))
  if (search.tagId !== undefined) {
    attempts.push(...hand.byMembers(`SELECT customer_id FROM customer_tags ${hand.index('ix_customer_tags_tag')} WHERE tag_id = ${text(search.tagId)}`, [], 'tag, sorted'))
  }
  if (search.name !== undefined) {
    attempts.push(...hand.byScope([], hand.named(), 'scope table, names read'))
    if (viewer.scope === 'all') attempts.push(hand.byCustomers(index, '1 = 1', hand.named(), 'activity index, names read'))
    if (viewer.scope === 'own') attempts.push(hand.byCustomers('ix_customers_owner', viewer.columns ?? '', hand.named(), 'owner index, names read'))
    for (const node of nameNodes(search.name)) {
      attempts.push(...hand.byMembers(`SELECT customer_id FROM customer_scope ${hand.index('PRIMARY')} WHERE node = ${node}`, hand.named(), `node ${node}, sorted`))
    }
  }
  return attempts
}
