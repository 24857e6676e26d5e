import type { EntityManager } from 'typeorm'
import { z } from 'zod'
import type { RowFilter } from '../filter.ts'
import { selectNamed, SqlBuilder, type Dialect } from '../sql.ts'
import { tables } from '../tables.ts'
import { candidates, memberSql, ordered, type Branch, type ListPosition } from './branches.ts'
import { openMarks } from './marks.ts'
import { defaultTuning, planBranches, type ListTuning, type Narrowing } from './plan.ts'
import { wayOfOwner } from './ways.ts'

/** A condition over the alias `customers`. */
export interface ListCondition {
  readonly sql: string
  readonly parameters: Readonly<Record<string, unknown>>
}

export interface ListRequest extends Narrowing {
  readonly filter: RowFilter
  /** Everything that narrows the list beside the filter, `stage`, `ownerStaffId` and `postings` included; these only help to find the rows. */
  readonly where: ListCondition
  readonly ownerStaffId: string | null
  /** Conditions that an index answers by itself, such as a phone number: the rows are read as the database thinks best. */
  readonly isSelective: boolean
  readonly after: ListPosition | null
  readonly limit: number
  /** The select list, over the alias `customers`. */
  readonly columns: string
  /** For tests. */
  readonly tuning?: ListTuning
}

/**
 * One page of the customers whom the filter allows, newest activity first. The scope table only proposes; the filter decides
 * about every row in the same statement. Whatever the table cannot answer (yet), the filter answers alone.
 */
export async function readPage(db: EntityManager, request: ListRequest): Promise<unknown[]> {
  if (request.filter.isNothing || request.limit <= 0) return []
  const dialect: Dialect = db.dataSource.options.type === 'better-sqlite3' ? 'sqlite' : 'mysql'
  const marks = request.isSelective ? [] : await openMarks(db)
  if (request.isSelective || marks.some((mark) => mark.name === 'scopes')) return readAlone(db, dialect, request, request.after, request.limit)
  const ways = [...request.filter.ways(), ...(request.ownerStaffId === null ? [] : [wayOfOwner(request.ownerStaffId)])]
  const branches = await planBranches(db, dialect, ways, request, marks, request.tuning ?? defaultTuning)
  const [only] = branches
  if (only === undefined) return []
  if (branches.length === 1 && only.kind === 'set') return readMembers(db, dialect, request, only)
  return new Walk(db, dialect, request, branches).page()
}

/** Without the scope table. */
function readAlone(db: EntityManager, dialect: Dialect, request: ListRequest, after: ListPosition | null, limit: number): Promise<unknown[]> {
  return readFrom(db, new SqlBuilder(dialect), request, tables.customers, after, limit)
}

/** Few enough to ask the filter about each. */
function readMembers(db: EntityManager, dialect: Dialect, request: ListRequest, { of }: Extract<Branch, { kind: 'set' }>): Promise<unknown[]> {
  const to = new SqlBuilder(dialect)
  return readFrom(db, to, request, memberSql(to, of, 'customers'), request.after, request.limit)
}

function readFrom(db: EntityManager, to: SqlBuilder, { filter, where, columns }: ListRequest, source: string, after: ListPosition | null, limit: number): Promise<unknown[]> {
  const beyond = after === null ? '1 = 1'
    : `customers.last_active_at <= ${to.value(after.at)} AND (customers.last_active_at < ${to.value(after.at)} OR customers.id < ${to.value(after.id)})`
  return selectNamed(db, `SELECT ${columns} FROM ${source} WHERE (${filter.sql}) AND (${where.sql}) AND ${beyond}
    ORDER BY customers.last_active_at DESC, customers.id DESC LIMIT ${limit}`, { ...filter.parameters, ...where.parameters, ...to.parameters })
}

const Candidate = z.object({ list_at: z.coerce.number(), list_id: z.string(), list_ok: z.coerce.number() })
type Candidate = z.output<typeof Candidate>

/** Goes through the candidates in order until the page is full. */
class Walk {
  readonly #db: EntityManager
  readonly #dialect: Dialect
  readonly #request: ListRequest
  readonly #branches: readonly Branch[]

  constructor(db: EntityManager, dialect: Dialect, request: ListRequest, branches: readonly Branch[]) {
    this.#db = db
    this.#dialect = dialect
    this.#request = request
    this.#branches = branches
  }

  async page(): Promise<unknown[]> {
    const { limit, columns, after } = this.#request
    const rows = await this.#next(after, limit, `, ${columns}`)
    const seen = z.array(Candidate).parse(rows)
    const page = rows.filter((_, place) => seen[place]?.list_ok === 1)
    const last = seen.at(-1)
    if (page.length === limit || seen.length < limit || last === undefined) return page
    return [...page, ...await this.#further({ at: last.list_at, id: last.list_id }, limit - page.length)]
  }

  /** The filter left gaps in the first candidates: whole rows are read only of those who fill them. */
  async #further(from: ListPosition, missing: number): Promise<unknown[]> {
    const allowed: Candidate[] = []
    let position = from
    const { mostAtOnce, mostCandidates } = this.#request.tuning ?? defaultTuning
    let most = Math.min(mostAtOnce, this.#request.limit * 4)
    for (let looked = 0; allowed.length < missing; looked += most, most = Math.min(mostAtOnce, most * 4)) {
      if (looked >= mostCandidates) return [...await this.#load(allowed), ...await readAlone(this.#db, this.#dialect, this.#request, position, missing - allowed.length)]
      const seen = z.array(Candidate).parse(await this.#next(position, most, ''))
      allowed.push(...seen.filter((one) => one.list_ok === 1))
      const last = seen.at(-1)
      if (seen.length < most || last === undefined) break
      position = { at: last.list_at, id: last.list_id }
    }
    return this.#load(allowed.slice(0, missing))
  }

  #next(after: ListPosition | null, limit: number, more: string): Promise<unknown[]> {
    const { filter, where } = this.#request
    const to = new SqlBuilder(this.#dialect)
    const proposed = candidates(to, this.#branches, after, limit)
    return selectNamed(this.#db, `SELECT s.last_active_at AS list_at, s.customer_id AS list_id, CASE WHEN (${filter.sql}) AND (${where.sql}) THEN 1 ELSE 0 END AS list_ok${more}
      FROM (${proposed}) s ${ordered(to)} ${tables.customers} ON customers.id = s.customer_id
      ORDER BY s.last_active_at DESC, s.customer_id DESC`, { ...filter.parameters, ...where.parameters, ...to.parameters })
  }

  /** Asked once more, in the statement that reads them. */
  async #load(allowed: readonly Candidate[]): Promise<unknown[]> {
    if (allowed.length === 0) return []
    const { filter, where, columns } = this.#request
    const to = new SqlBuilder(this.#dialect)
    const chosen = new Set(allowed.map((one) => one.list_id))
    return selectNamed(this.#db, `SELECT ${columns} FROM ${tables.customers} WHERE ${String(to.isIn('customers.id', chosen))} AND (${filter.sql}) AND (${where.sql})
      ORDER BY customers.last_active_at DESC, customers.id DESC`, { ...filter.parameters, ...where.parameters, ...to.parameters })
  }
}
