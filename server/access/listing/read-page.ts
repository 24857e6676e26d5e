import type { EntityManager } from 'typeorm'
import { z } from 'zod'
import type { RowFilter } from '../filter.ts'
import { selectNamed, SqlBuilder, type Dialect } from '../sql.ts'
import { tables } from '../tables.ts'
import { candidates, ordered, type Branch, type ListPosition } from './branches.ts'
import type { ListMark } from './listing.entity.ts'
import { openMarks, scopesMark } from './marks.ts'
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
 *
 * Parts of the table are rarely missing, so the page is read as if none were, and each statement says whether that is so.
 */
export async function readPage(db: EntityManager, request: ListRequest): Promise<unknown[]> {
  if (request.filter.isNothing || request.limit <= 0) return []
  const dialect: Dialect = db.dataSource.options.type === 'better-sqlite3' ? 'sqlite' : 'mysql'
  if (request.isSelective) return readAlone(db, dialect, request, request.after, request.limit)
  return await readBy(db, dialect, request, null) ?? await readMarked(db, dialect, request)
}

async function readMarked(db: EntityManager, dialect: Dialect, request: ListRequest): Promise<unknown[]> {
  const marks = await openMarks(db)
  const page = marks.some((mark) => mark.name === scopesMark) ? null : await readBy(db, dialect, request, marks)
  return page ?? readAlone(db, dialect, request, request.after, request.limit)
}

/** `marks` null: there are none, presumably. Returns null where there are. */
async function readBy(db: EntityManager, dialect: Dialect, request: ListRequest, marks: readonly ListMark[] | null): Promise<unknown[] | null> {
  const ways = [...request.filter.ways(), ...(request.ownerStaffId === null ? [] : [wayOfOwner(request.ownerStaffId)])]
  const branches = await planBranches(db, dialect, ways, request, marks ?? [], request.tuning ?? defaultTuning)
  return branches.length === 0 ? [] : new Walk(db, dialect, request, branches, marks === null).page()
}

/** Without the scope table. */
function readAlone(db: EntityManager, dialect: Dialect, request: ListRequest, after: ListPosition | null, limit: number): Promise<unknown[]> {
  return readFrom(db, new SqlBuilder(dialect), request, tables.customers, after, limit)
}

function readFrom(db: EntityManager, to: SqlBuilder, { filter, where, columns }: ListRequest, source: string, after: ListPosition | null, limit: number): Promise<unknown[]> {
  const beyond = after === null ? '1 = 1'
    : `customers.last_active_at <= ${to.value(after.at)} AND (customers.last_active_at < ${to.value(after.at)} OR customers.id < ${to.value(after.id)})`
  return selectNamed(db, `SELECT ${columns} FROM ${source} WHERE (${filter.sql}) AND (${where.sql}) AND ${beyond}
    ORDER BY customers.last_active_at DESC, customers.id DESC LIMIT ${limit}`, { ...filter.parameters, ...where.parameters, ...to.parameters })
}

/** The marks stand in each row, on MySQL also in the one without a customer that an empty page consists of. */
const Marked = z.object({ list_marks: z.coerce.number(), list_id: z.string().nullable() })
const Candidate = z.object({ list_at: z.coerce.number(), list_id: z.string(), list_ok: z.coerce.number() })
type Candidate = z.output<typeof Candidate>

/** A candidate with his row. */
interface Met {
  readonly is: Candidate
  readonly row: unknown
}

/** In the order of lists. So few rows are sorted sooner here than by a statement, which writes them down for it. */
function inOrder(rows: readonly unknown[]): Met[] {
  return rows.map((row): Met => ({ is: Candidate.parse(row), row })).sort(({ is: one }, { is: other }) => other.list_at - one.list_at || (one.list_id < other.list_id ? 1 : -1))
}

/** Goes through the candidates in order until the page is full. */
class Walk {
  readonly #db: EntityManager
  readonly #dialect: Dialect
  readonly #request: ListRequest
  readonly #branches: readonly Branch[]
  readonly #isUnmarked: boolean

  constructor(db: EntityManager, dialect: Dialect, request: ListRequest, branches: readonly Branch[], isUnmarked: boolean) {
    this.#db = db
    this.#dialect = dialect
    this.#request = request
    this.#branches = branches
    this.#isUnmarked = isUnmarked
  }

  /** Null where a mark is open although none should be. */
  async page(): Promise<unknown[] | null> {
    const { limit, columns, after } = this.#request
    const met = await this.#next(after, limit, `, ${columns}`)
    if (met === null) return null
    const page = met.filter(({ is }) => is.list_ok === 1).map(({ row }) => row)
    const last = met.at(-1)?.is
    if (page.length === limit || met.length < limit || last === undefined) return page
    const more = await this.#further({ at: last.list_at, id: last.list_id }, limit - page.length)
    return more === null ? null : [...page, ...more]
  }

  /** The filter left gaps in the first candidates: whole rows are read only of those who fill them. */
  async #further(from: ListPosition, missing: number): Promise<unknown[] | null> {
    const allowed: Candidate[] = []
    let position = from
    const { mostAtOnce, mostCandidates } = this.#request.tuning ?? defaultTuning
    let most = Math.min(mostAtOnce, this.#request.limit * 4)
    for (let looked = 0; allowed.length < missing; looked += most, most = Math.min(mostAtOnce, most * 4)) {
      if (looked >= mostCandidates) return [...await this.#load(allowed), ...await readAlone(this.#db, this.#dialect, this.#request, position, missing - allowed.length)]
      const met = await this.#next(position, most, '')
      if (met === null) return null
      allowed.push(...met.map(({ is }) => is).filter((one) => one.list_ok === 1))
      const last = met.at(-1)?.is
      if (met.length < most || last === undefined) break
      position = { at: last.list_at, id: last.list_id }
    }
    return this.#load(allowed.slice(0, missing))
  }

  async #next(after: ListPosition | null, limit: number, more: string): Promise<Met[] | null> {
    const { filter, where } = this.#request
    const to = new SqlBuilder(this.#dialect)
    const proposed = candidates(to, this.#branches, after, limit)
    const columns = `SELECT s.last_active_at AS list_at, s.customer_id AS list_id, CASE WHEN (${filter.sql}) AND (${where.sql}) THEN 1 ELSE 0 END AS list_ok`
    const rows = `(${proposed}) s ${ordered(to)} ${tables.customers} ON customers.id = s.customer_id`
    const met = await selectNamed(this.#db, this.#dialect === 'sqlite'
      ? `${columns}, (SELECT COUNT(*) FROM list_marks) AS list_marks${more} FROM ${rows}`
      // The marks lead, so that an empty page says as well whether one is open: asked alone, that nearly doubled its time.
      : `${columns}, marks.total AS list_marks${more} FROM (SELECT COUNT(*) AS total FROM list_marks) marks LEFT JOIN (${rows}) ON 1 = 1`,
    { ...filter.parameters, ...where.parameters, ...to.parameters })
    const marked = await this.#marked(met)
    return this.#isUnmarked && marked.isOpen ? null : inOrder(marked.isEmpty ? [] : met)
  }

  async #marked([first]: readonly unknown[]): Promise<{ readonly isOpen: boolean, readonly isEmpty: boolean }> {
    if (first === undefined) return { isOpen: this.#isUnmarked && (await openMarks(this.#db)).length > 0, isEmpty: true }
    const { list_marks: open, list_id: id } = Marked.parse(first)
    return { isOpen: open > 0, isEmpty: id === null }
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
