import type { AtomMeaning } from '../atoms.ts'
import { useIndex, type SqlBuilder } from '../sql.ts'
import { tables } from '../tables.ts'
import { termsMark } from './marks.ts'
import { letterNodes, pairNodes, tagNode } from './nodes.ts'

/**
 * A statement about customers that an index knows the customers of. `members` selects a superset of them, perhaps with
 * repetitions; `holds` asks about one, without reading his row.
 */
export interface Posting {
  /** Equal keys mean equal statements. */
  readonly key: string
  /** The mark while which it knows only some of them. */
  readonly mark?: string
  /** The node of the scope table at which exactly they stand; undefined where there is no such node. */
  readonly node?: number
  members(to: SqlBuilder): string
  holds(to: SqlBuilder, customerId: string): string
}

/** A scalar subquery, because MariaDB turns EXISTS into a list of all who match. */
const asked = (select: string) => `(${select} LIMIT 1) IS NOT NULL`

/** Longer lists are checked customer by customer. */
const mostIds = 50

/** The customers of a grant's condition, where an index knows them; null for conditions without one. */
export function postingOf(meaning: AtomMeaning): Posting | null {
  if (!('ids' in meaning) || meaning.ids.size > mostIds) return null
  switch (meaning.about) {
    case 'tags': return meaning.match === 'none' ? null : taggedPosting(meaning.ids, meaning.match)
    case 'tag groups': return meaning.match === 'none' ? null : groupPosting(meaning.ids)
    case 'tasks': return factPosting(tables.taskFacts, 'task_type', 'ix_task_facts_type', meaning.ids, '')
    case 'nodes': return factPosting(tables.nodeFacts, 'node_key', 'ix_node_facts_node', meaning.ids, meaning.match === 'current' ? ' AND fact.left_at IS NULL' : '')
    default: return null
  }
}

/** Customers with one of these tags; of `all` of them the first is asked about. */
function taggedPosting(tagIds: ReadonlySet<string>, match: 'any' | 'all'): Posting {
  const [first] = tagIds
  if (first !== undefined && (match === 'all' || tagIds.size === 1)) return tagPosting(first)
  const from = (to: SqlBuilder) => `FROM ${tables.customerTags} ct ${useIndex(to.dialect, 'ix_customer_tags_tag')} WHERE ${String(to.isIn('ct.tag_id', tagIds))}`
  return {
    key: `tags ${JSON.stringify([...tagIds])}`,
    members: (to) => `SELECT ct.customer_id ${from(to)}`,
    holds: (to, customerId) => asked(`SELECT 1 ${from(to)} AND ct.customer_id = ${customerId}`),
  }
}

function groupPosting(groupIds: ReadonlySet<string>): Posting {
  const inGroup = (to: SqlBuilder) => String(to.isIn('t.group_id', groupIds))
  return {
    key: `groups ${JSON.stringify([...groupIds])}`,
    members: (to) => `SELECT ct.customer_id FROM ${tables.tags} t JOIN ${tables.customerTags} ct ON ct.tag_id = t.id WHERE ${inGroup(to)}`,
    holds: (to, customerId) => asked(`SELECT 1 FROM ${tables.customerTags} ct JOIN ${tables.tags} t ON t.id = ct.tag_id WHERE ct.customer_id = ${customerId} AND ${inGroup(to)}`),
  }
}

function factPosting(table: string, column: string, index: string, keys: ReadonlySet<string>, further: string): Posting {
  const names = (to: SqlBuilder) => String(to.isIn(`fact.${column}`, keys))
  return {
    key: `${table} ${further} ${JSON.stringify([...keys])}`,
    members: (to) => `SELECT fact.customer_id FROM ${table} fact ${useIndex(to.dialect, index)} WHERE ${names(to)}${further}`,
    holds: (to, customerId) => asked(`SELECT 1 FROM ${table} fact WHERE fact.customer_id = ${customerId} AND ${names(to)}${further}`),
  }
}

/** Customers with this tag. */
export const tagPosting = (tagId: string): Posting => nodePosting(tagNode(tagId))

/** What leads to the customers whose name, as the search knows it, holds this text: each a superset of them. */
export function namePostings(text: string): Posting[] {
  const pairs = [...pairNodes(text)]
  // A text without pairs is a single letter.
  return (pairs.length === 0 ? [...letterNodes(text)] : pairs.slice(0, mostPairs)).map(nodePosting)
}

/** Of a long text the first pairs narrow enough. */
const mostPairs = 6

/** Those who stand at one node of the scope table. */
function nodePosting(node: number): Posting {
  const here = (to: SqlBuilder) => `term.node = ${to.value(node)}`
  return {
    key: `node ${node}`,
    mark: termsMark,
    node,
    members: (to) => `SELECT term.customer_id FROM customer_scope term ${useIndex(to.dialect, 'PRIMARY')} WHERE ${here(to)}`,
    holds: (to, customerId) => asked(`SELECT 1 FROM customer_scope term ${useIndex(to.dialect, 'ix_customer_scope_customer')} WHERE term.customer_id = ${customerId} AND ${here(to)}`),
  }
}
