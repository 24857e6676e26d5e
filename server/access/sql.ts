import type { EntityManager } from 'typeorm'

/** A condition of SQL that is never NULL; `true` and `false` are known before the query runs. */
export type Expression = string | boolean | Either

export type Dialect = 'sqlite' | 'mysql'

/** Rows of another table that belong to a customer. */
export interface Lookup {
  /** Table, alias and index, as they stand behind FROM. */
  readonly rows: string
  /** Which of them. */
  readonly on: string
}

/**
 * What the row says itself, or a row of another table that meets one of some conditions. It is kept in its parts, so that an OR
 * around it looks once, and only where the row itself does not say it already.
 */
export class Either {
  readonly plain: ReadonlySet<string>
  readonly lookup: Lookup
  readonly conditions: ReadonlySet<string>

  constructor(plain: ReadonlySet<string>, lookup: Lookup, conditions: ReadonlySet<string>) {
    this.plain = plain
    this.lookup = lookup
    this.conditions = conditions
  }

  /** A scalar subquery, because MariaDB otherwise lists all rows that meet the conditions first. */
  toString(): string {
    const { rows, on } = this.lookup
    return joined([...this.plain, `(SELECT 1 FROM ${rows} WHERE ${on} AND (${joined([...this.conditions], 'OR')}) LIMIT 1) IS NOT NULL`], 'OR')
  }
}

/** Whether there is a row of the lookup that meets the condition. */
export function someRow(lookup: Lookup, condition: Expression): Expression {
  return condition === false ? false : new Either(new Set(), lookup, new Set([sqlText(condition)]))
}

function joined(texts: readonly string[], word: 'AND' | 'OR'): string {
  return texts.map((text) => (texts.length === 1 ? text : `(${text})`)).join(` ${word} `)
}

export function allOf(parts: Iterable<Expression>): Expression {
  const byText = new Map<string, string | Either>()
  for (const part of parts) {
    if (part === false) return false
    if (part !== true) byText.set(part.toString(), part)
  }
  const [only] = byText.values()
  if (only === undefined) return true
  return byText.size === 1 ? only : joined([...byText.keys()], 'AND')
}

export function anyOf(parts: Iterable<Expression>): Expression {
  const texts = new Set<string>()
  const lookups: Either[] = []
  for (const part of parts) {
    if (part === true) return true
    if (part === false) continue
    const [first] = lookups
    // Rows of another lookup than the first one's are looked up by themselves.
    if (typeof part === 'string' || (first !== undefined && !isSame(first.lookup, part.lookup))) texts.add(part.toString())
    else {
      for (const text of part.plain) texts.add(text)
      lookups.push(part)
    }
  }
  const [first] = lookups
  if (first !== undefined) return new Either(texts, first.lookup, new Set(lookups.flatMap((one) => [...one.conditions])))
  return texts.size === 0 ? false : joined([...texts], 'OR')
}

const isSame = (one: Lookup, other: Lookup) => one.rows === other.rows && one.on === other.on

export function not(part: Expression): Expression {
  return typeof part === 'boolean' ? !part : `NOT (${part.toString()})`
}

export function sqlText(expression: Expression): string {
  if (typeof expression !== 'boolean') return expression.toString()
  return expression ? '1 = 1' : '1 = 0'
}

/** Holds a query to one index: both databases would guess others from statistics that need not be there. */
export function useIndex(dialect: Dialect, name: string): string {
  if (dialect === 'mysql') return `FORCE INDEX (${name})`
  return name === 'PRIMARY' ? '' : `INDEXED BY ${name}`
}

/**
 * The same with the primary key of a clustered table, where another index has the columns that are asked for as well. SQLite knows
 * it by the name that it gave it.
 */
export function useWholeKey(dialect: Dialect, table: string): string {
  return useIndex(dialect, dialect === 'mysql' ? 'PRIMARY' : `sqlite_autoindex_${table}_1`)
}

/** Longer lists leave SQLite's limit on variables alone by travelling as one JSON parameter. */
const inlineLimit = 200
const mysqlChunk = 1000

let serial = 0

/** Collects the parameters of one filter under names that no other filter of this process uses. */
export class SqlBuilder {
  readonly dialect: Dialect
  readonly parameters: Record<string, unknown> = {}
  readonly #prefix: string
  readonly #names = new Map<unknown, string>()

  constructor(dialect: Dialect) {
    this.dialect = dialect
    serial = (serial + 1) % Number.MAX_SAFE_INTEGER
    this.#prefix = `access${serial.toString(36)}`
  }

  /** The place of one value; the same value is sent once. */
  value(value: string | number): string {
    return `:${this.#name(value)}`
  }

  /** `column IN (…)` for a list of any length; the list object itself is the identity under which it is sent once. */
  isIn(column: string, list: ReadonlySet<string> | ReadonlySet<number>): Expression {
    if (list.size === 0) return false
    if (list.size <= inlineLimit) return `${column} IN (:...${this.#name(list)})`
    if (this.dialect === 'sqlite') return `${column} IN (SELECT value FROM json_each(:${this.#name(list, () => JSON.stringify([...list]))}))`
    const values = [...list]
    const chunks: string[] = []
    for (let start = 0; start < values.length; start += mysqlChunk) {
      chunks.push(`${column} IN (:...${this.#fresh(values.slice(start, start + mysqlChunk))})`)
    }
    return `(${chunks.join(' OR ')})`
  }

  #name(value: string | number | ReadonlySet<unknown>, content?: () => unknown): string {
    const known = this.#names.get(value)
    if (known !== undefined) return known
    const name = this.#fresh(content?.() ?? (value instanceof Set ? [...value] : value))
    this.#names.set(value, name)
    return name
  }

  #fresh(content: unknown): string {
    const name = `${this.#prefix}_${Object.keys(this.parameters).length}`
    this.parameters[name] = content
    return name
  }
}

/** Runs a query with `:name` and `:...list` places on either database. Rows are unchecked: parse them. */
export async function selectNamed(db: EntityManager, sql: string, parameters: Readonly<Record<string, unknown>>): Promise<unknown[]> {
  const [text, values] = db.dataSource.driver.escapeQueryWithParameters(sql, { ...parameters })
  const rows: unknown = await db.query(text, values)
  return Array.isArray(rows) ? rows : []
}
