import type { EntityManager } from 'typeorm'
import type { CustomerField } from '#shared/access/index'
import type { Access, ActorAccess, RowFilter } from '../../../server/access/index.ts'
import type { ListPosition } from '../../../server/access/listing/branches.ts'
import type { CustomerSearch } from '../../../server/customers/customer-search.ts'
import { customers, type Customer } from '../../../server/customers/customer.entity.ts'
import { CustomersRepository } from '../../../server/customers/customers.repository.ts'
import type { Database } from '../../../server/database/database.ts'
import { columnsOf } from '../../../server/database/read-rows.ts'
import { attemptsOf, termsOf, type Attempt } from './by-hand.ts'
import { narrowings, type Narrowed, type Viewer } from './cases.ts'

/** Rows of a page, and the one more that tells whether there is another page. */
export const pageSize = 50
const limit = pageSize + 1
const measuredPages = [1, 20] as const

/** Milliseconds of one page of one list. */
export interface Timing {
  readonly scope: string
  readonly narrowed: Narrowed
  readonly page: number
  readonly rows: number
  /** In the database, all statements of the page reader together. */
  readonly product: readonly number[]
  /** The page reader as a whole. */
  readonly whole: readonly number[]
  readonly hand: readonly number[]
  readonly by: string
}

/** A manager whose statements are timed. */
function timed(db: EntityManager): { readonly db: EntityManager, spent(): number } {
  let spent = 0
  const query = async (sql: string, parameters?: unknown[]): Promise<unknown> => {
    const began = performance.now()
    try {
      return await db.query(sql, parameters)
    } finally {
      spent += performance.now() - began
    }
  }
  return { db: Object.create(db, { query: { value: query } }) as EntityManager, spent: () => spent }
}

/** As the list's route narrows (T10): rows whose field is not clear for this person never match. */
function filterOf(actor: ActorAccess, search: CustomerSearch): RowFilter {
  const needed: CustomerField[] = [...(search.name === undefined ? [] : ['name' as const]), ...(search.stage === undefined ? [] : ['stage' as const]), ...(search.tagId === undefined ? [] : ['tags' as const])]
  for (const field of needed) if (!actor.canFilterBy(field)) throw new Error(`the measured person may not filter by ${field}`)
  return needed.reduce((all, field) => all.and(actor.fieldFilter(field)), actor.rowFilter('customer.profile.view'))
}

export interface Measuring {
  readonly viewers: readonly Viewer[]
  /** Of each page. */
  readonly samples: number
  readonly beforeEach: () => void
}

export async function measureLists(database: Database, access: Access, { viewers, samples, beforeEach }: Measuring): Promise<Timing[]> {
  const timings: Timing[] = []
  for (const viewer of viewers) {
    const actor = await access.actorFor(viewer.staffId)
    for (const narrowed of narrowings) {
      const filter = filterOf(actor, narrowed.search)
      for (const { page, after } of await pagesOf(database, filter, narrowed.search)) {
        beforeEach()
        timings.push({ scope: viewer.scope, narrowed, page, ...await measurePage(database, { viewer, narrowed, filter, after }, samples) })
      }
    }
  }
  return timings
}

/** The first page and the twentieth; of shorter lists the last. */
async function pagesOf(database: Database, filter: RowFilter, search: CustomerSearch): Promise<{ page: number, after: ListPosition | null }[]> {
  const repository = new CustomersRepository(database.db)
  let after: ListPosition | null = null
  const found: { page: number, after: ListPosition | null }[] = [{ page: 1, after: null }]
  for (let page = 1; page < measuredPages[1]; page += 1) {
    const rows: Customer[] = await repository.page(filter, search, after, limit)
    const last = rows[pageSize - 1]
    if (rows.length < limit || last === undefined) break
    after = { at: last.lastActiveAt, id: last.id }
    found[1] = { page: page + 1, after }
  }
  return found
}

interface PageAsked {
  readonly viewer: Viewer
  readonly narrowed: Narrowed
  readonly filter: RowFilter
  readonly after: ListPosition | null
}

async function measurePage(database: Database, { viewer, narrowed: { search }, filter, after }: PageAsked, samples: number): Promise<Omit<Timing, 'scope' | 'narrowed' | 'page'>> {
  const { db } = database
  const hand = await quickest(database, attemptsOf({ viewer, search, after, limit, sizes: await sizesOf(db, [...viewer.nodes ?? [], ...termsOf(search)]), columns: columnsOf(db, customers, 'c'), dialect: database.kind === 'sqlite' ? 'sqlite' : 'mysql' }))
  const product = async () => {
    const clocked = timed(db)
    const began = performance.now()
    const rows = await new CustomersRepository(clocked.db).page(filter, search, after, limit)
    return { rows, whole: performance.now() - began, spent: clocked.spent() }
  }
  const expected = idsOf(await db.query(hand.sql))
  const { rows } = await product()
  if (JSON.stringify(rows.map((row) => row.id)) !== JSON.stringify(expected)) throw new Error(`${viewer.scope} ${JSON.stringify(search)}: the SQL by hand gives other rows (${hand.name}): ${expected.length} instead of ${rows.length}`)
  const timing = { product: [] as number[], whole: [] as number[], hand: [] as number[] }
  // Side by side, so that other work on the machine meets both alike.
  for (let sample = 0; sample < samples; sample += 1) {
    const { spent, whole } = await product()
    timing.product.push(spent)
    timing.whole.push(whole)
    timing.hand.push(await timeOf(db, hand))
  }
  return { ...timing, rows: rows.length, by: hand.name }
}

/** Whoever writes by hand knows his data. */
async function sizesOf(db: EntityManager, nodes: readonly number[]): Promise<Map<number, number>> {
  const rows: { node: unknown, n: unknown }[] = nodes.length === 0 ? [] : await db.query(`SELECT node, COUNT(*) AS n FROM customer_scope WHERE node IN (${nodes.join()}) GROUP BY node`)
  return new Map(rows.map(({ node, n }) => [Number(node), Number(n)]))
}

const idsOf = (rows: unknown): string[] => (Array.isArray(rows) ? rows.map((row: { id: unknown }) => String(row.id)) : [])

async function timeOf(db: EntityManager, attempt: Attempt): Promise<number> {
  const began = performance.now()
  await db.query(attempt.sql)
  return performance.now() - began
}

/** Longer than the quickest way to any page takes, so that MariaDB need not end those which take minutes; in seconds. */
const patience = 0.4

/** Each is tried warm; one that is far slower only once, and on MariaDB not to its end. */
async function quickest(database: Database, attempts: readonly Attempt[], patient = false): Promise<Attempt> {
  const { db, kind } = database
  let best: { readonly attempt: Attempt, readonly ms: number } | null = null
  for (const attempt of attempts) {
    const bound: string = patient || kind !== 'mariadb' ? '' : `SET STATEMENT max_statement_time = ${best === null ? patience : Math.max(0.05, best.ms * 0.02)} FOR `
    let ms: number = await timeOf(db, { name: attempt.name, sql: `${bound}${attempt.sql}` }).catch((error: unknown) => {
      if (bound === '' || !/max_statement_time exceeded/.test(String(error))) throw error
      return Infinity
    })
    if (ms === Infinity || (best !== null && ms > best.ms * 20)) continue
    for (let turn = 0; turn < 3; turn += 1) ms = Math.min(ms, await timeOf(db, attempt))
    if (best === null || ms < best.ms) best = { attempt, ms }
  }
  if (best !== null) return best.attempt
  if (patient) throw new Error('nobody wrote this list by hand')
  return quickest(database, attempts, true)
}
