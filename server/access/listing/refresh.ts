import type { EntityManager } from 'typeorm'
import { z } from 'zod'
import type { UnitOfWork } from '../../database/database.ts'
import { selectNamed } from '../sql.ts'
import { liveFollow, tables } from '../tables.ts'
import { nodesOf } from './nodes.ts'

const OptionalNumber = z.union([z.null(), z.coerce.number()])
const CustomerRow = z.object({
  id: z.string(), nameSearch: z.string(), owner: z.string().nullable(), ownerDepartment: OptionalNumber, pool: OptionalNumber,
  stage: z.string(), valueTier: OptionalNumber, lastActiveAt: z.coerce.number(),
})
const FollowRow = z.object({ customer: z.string(), staff: z.string(), department: OptionalNumber })
const TagRow = z.object({ customer: z.string(), tag: z.string() })
const PathRow = z.object({ id: z.coerce.number(), path: z.string() })
const ScopeRow = z.object({ node: z.coerce.number(), customer: z.string(), lastActiveAt: z.coerce.number(), stage: z.string(), valueTier: OptionalNumber })

/** One customer as all his rows of the scope table should say. */
export interface Listing {
  readonly nodes: ReadonlySet<number>
  readonly lastActiveAt: number
  readonly stage: string
  readonly valueTier: number | null
}

export type ListedRow = z.output<typeof ScopeRow>

/** By the connection of the transaction, which parts of it share. */
const touched = new WeakMap<object, Set<string>>()

/**
 * To be called in the transaction of every change of a customer's owner, departments, pool, stage, tier, activity, name, tags or follows:
 * before it commits, the lists hold what it wrote. Many customers of one transaction are written together.
 */
export function keepListed(work: UnitOfWork, customerId: string): void {
  const transaction = work.db.queryRunner ?? work
  const ids = touched.get(transaction) ?? new Set()
  touched.set(transaction, ids.add(customerId))
  work.beforeCommit('customer-scope', async () => {
    touched.delete(transaction)
    await refreshScopes(work.db, [...ids])
  })
}

const customersPerTurn = 100

/** Brings the scope table to the facts about these customers. Returns how many of them it said something else about. */
export async function refreshScopes(db: EntityManager, customerIds: readonly string[]): Promise<number> {
  let mended = 0
  for (let from = 0; from < customerIds.length; from += customersPerTurn) {
    const ids = customerIds.slice(from, from + customersPerTurn)
    // Read under the lock: what another transaction has changed about them is either visible here, or it will look after us.
    const wanted = await listingsOf(db, ids, true)
    mended += await write(db, ids, wanted, await listedRows(db, ids))
  }
  return mended
}

/** What the scope table should say about these customers; unknown ones are absent. `lock` holds them until the transaction ends. */
export async function listingsOf(db: EntityManager, ids: readonly string[], lock: boolean): Promise<Map<string, Listing>> {
  const read = async <T>(schema: z.ZodType<T>, sql: string, parameters: Record<string, unknown>) => z.array(schema).parse(await selectNamed(db, sql, parameters))
  const held = lock && db.dataSource.options.type !== 'better-sqlite3' ? ' FOR UPDATE' : ''
  const rows = await read(CustomerRow, `SELECT id, name_search AS nameSearch, owner_staff_id AS owner, owner_department_id AS ownerDepartment, pool_department_id AS pool,
    stage, value_tier AS valueTier, last_active_at AS lastActiveAt FROM ${tables.customers} WHERE id IN (:...ids) ORDER BY id${held}`, { ids })
  const follows = await read(FollowRow, `SELECT f.customer_id AS customer, f.staff_id AS staff, f.department_id AS department
    FROM ${tables.follows} f WHERE f.customer_id IN (:...ids) AND ${liveFollow}`, { ids })
  const tags = await read(TagRow, `SELECT ct.customer_id AS customer, ct.tag_id AS tag FROM ${tables.customerTags} ct WHERE ct.customer_id IN (:...ids)`, { ids })
  const places = new Set([...rows.flatMap((row) => [row.ownerDepartment, row.pool]), ...follows.map((follow) => follow.department)].flatMap((id) => id ?? []))
  const paths = places.size === 0 ? [] : await read(PathRow, `SELECT id, path FROM ${tables.departments} WHERE id IN (:...places)`, { places: [...places] })
  const steps = new Map(paths.map(({ id, path }) => [id, path.split('/').filter((step) => step !== '').map(Number)]))
  const byCustomer = <T extends { readonly customer: string }>(all: readonly T[]) => {
    const found = new Map<string, T[]>(rows.map(({ id }) => [id, []]))
    for (const one of all) found.get(one.customer)?.push(one)
    return (id: string) => found.get(id) ?? []
  }
  const followsOf = byCustomer(follows)
  const tagsOf = byCustomer(tags)
  return new Map(rows.map(({ id, stage, valueTier, lastActiveAt, ...standing }) => {
    const nodes = nodesOf({ ...standing, follows: followsOf(id), tags: tagsOf(id).map(({ tag }) => tag) }, (departmentId) => steps.get(departmentId) ?? [])
    return [id, { nodes, stage, valueTier, lastActiveAt }]
  }))
}

/** What it says now. */
export async function listedRows(db: EntityManager, ids: readonly string[]): Promise<ListedRow[]> {
  return z.array(ScopeRow).parse(await selectNamed(db, `SELECT node, customer_id AS customer, last_active_at AS lastActiveAt, stage, value_tier AS valueTier
    FROM customer_scope WHERE customer_id IN (:...ids)`, { ids }))
}

/** What has to change for one customer. */
export interface Difference {
  readonly gone: readonly number[]
  readonly added: readonly number[]
  /** Rows that stay say another activity, stage or tier. */
  readonly other: boolean
}

/** Null when the rows say what they should; `listing` is undefined for a customer who does not exist. */
export function differenceOf(listing: Listing | undefined, rows: readonly ListedRow[]): Difference | null {
  const gone = rows.filter((row) => listing?.nodes.has(row.node) !== true).map((row) => row.node)
  if (listing === undefined) return gone.length === 0 ? null : { gone, added: [], other: false }
  const { lastActiveAt, stage, valueTier } = listing
  const stay = rows.filter((row) => listing.nodes.has(row.node))
  const there = new Set(stay.map((row) => row.node))
  const added = [...listing.nodes].filter((node) => !there.has(node))
  const other = stay.some((row) => row.lastActiveAt !== lastActiveAt || row.stage !== stage || row.valueTier !== valueTier)
  return gone.length + added.length === 0 && !other ? null : { gone, added, other }
}

async function write(db: EntityManager, ids: readonly string[], wanted: ReadonlyMap<string, Listing>, rows: readonly ListedRow[]): Promise<number> {
  const byCustomer = new Map<string, ListedRow[]>(ids.map((id) => [id, []]))
  for (const row of rows) byCustomer.get(row.customer)?.push(row)
  const lost = new Map<string, { readonly nodes: readonly number[]; readonly ids: string[] }>()
  const added: (string | number | null)[][] = []
  let mended = 0
  for (const id of ids) {
    const listing = wanted.get(id)
    const difference = differenceOf(listing, byCustomer.get(id) ?? [])
    if (difference === null) continue
    mended += 1
    if (difference.gone.length > 0) {
      const nodes = [...difference.gone].sort((one, other) => one - other)
      const same = lost.get(nodes.join())
      if (same === undefined) lost.set(nodes.join(), { nodes, ids: [id] })
      else same.ids.push(id)
    }
    if (listing === undefined) continue
    const { lastActiveAt, stage, valueTier } = listing
    if (difference.other) await selectNamed(db, 'UPDATE customer_scope SET last_active_at = :lastActiveAt, stage = :stage, value_tier = :valueTier WHERE customer_id = :id', { lastActiveAt, stage, valueTier, id })
    for (const node of difference.added) added.push([node, lastActiveAt, id, stage, valueTier])
  }
  for (const { nodes, ids: of } of lost.values()) await selectNamed(db, 'DELETE FROM customer_scope WHERE customer_id IN (:...of) AND node IN (:...nodes)', { of, nodes })
  await insertRows(db, added)
  return mended
}

const rowsPerStatement = 500

async function insertRows(db: EntityManager, rows: readonly (readonly (string | number | null)[])[]): Promise<void> {
  for (let from = 0; from < rows.length; from += rowsPerStatement) {
    const part = rows.slice(from, from + rowsPerStatement)
    await db.query(`INSERT INTO customer_scope (node, last_active_at, customer_id, stage, value_tier) VALUES ${part.map(() => '(?, ?, ?, ?, ?)').join(', ')}`, part.flat())
  }
}
