import type { EntityManager } from 'typeorm'

/** A condition of SQL that is never NULL; `true` and `false` are known before the query runs. */
export type Expression = string | boolean

export type Dialect = 'sqlite' | 'mysql'

export function allOf(parts: Iterable<Expression>): Expression {
  const texts = new Set<string>()
  for (const part of parts) {
    if (part === false) return false
    if (part !== true) texts.add(part)
  }
  return texts.size === 0 ? true : [...texts].map((text) => (texts.size === 1 ? text : `(${text})`)).join(' AND ')
}

export function anyOf(parts: Iterable<Expression>): Expression {
  const texts = new Set<string>()
  for (const part of parts) {
    if (part === true) return true
    if (part !== false) texts.add(part)
  }
  return texts.size === 0 ? false : [...texts].map((text) => (texts.size === 1 ? text : `(${text})`)).join(' OR ')
}

export function not(part: Expression): Expression {
  return typeof part === 'boolean' ? !part : `NOT (${part})`
}

export function sqlText(expression: Expression): string {
  if (typeof expression === 'string') return expression
  return expression ? '1 = 1' : '1 = 0'
}

/** Holds a query to one index: both databases would guess others from statistics that need not be there. */
export function useIndex(dialect: Dialect, name: string): string {
  if (dialect === 'mysql') return `FORCE INDEX (${name})`
  return name === 'PRIMARY' ? '' : `INDEXED BY ${name}`
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
