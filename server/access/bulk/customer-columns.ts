import type { EntityManager } from 'typeorm'
import { selectNamed } from '../sql.ts'
import { liveFollow, tables } from '../tables.ts'
import type { Pause } from './pause.ts'

/** Which facts are needed beside owner, follows, pool, stage and tier; the others are not read. */
export interface NeededFacts {
  readonly tags: boolean
  readonly tagGroups: boolean
  readonly tasks: boolean
  readonly nodes: boolean
  readonly spend: boolean
}

/** The customers in places 0 … size-1 by something they have in common. */
export type PlacesBy<Key> = ReadonlyMap<Key, readonly number[]>

/** Whom somebody owns or follows: a place twice, plus one where he is the owner. */
export type HeldPlaces = readonly number[]

/**
 * The facts of all customers, turned around: not what each customer has but which customers have it. The same facts as
 * `CustomerFacts`, in a few megabytes for a hundred thousand customers.
 */
export interface CustomerColumns {
  readonly size: number
  readonly ids: readonly string[]
  readonly placeOf: ReadonlyMap<string, number>
  readonly heldBy: ReadonlyMap<string, HeldPlaces>
  /** Where an ownership, a live follow or the pool stands. */
  readonly inDepartment: PlacesBy<number>
  /** An owner or a follow whose department nobody recorded. */
  readonly unplaced: readonly number[]
  readonly inPool: PlacesBy<number>
  readonly inStage: PlacesBy<string>
  /** 0 is unknown. */
  readonly valueTier: Int8Array
  readonly spendFen: Float64Array
  readonly withTag: PlacesBy<string>
  readonly withTagGroup: PlacesBy<string>
  readonly ungrouped: readonly number[]
  readonly withTask: PlacesBy<string>
  readonly inNode: PlacesBy<string>
  readonly reachedNode: PlacesBy<string>
}

const pageSize = 2_000

/** Reads all customers, page by page, with a pause wherever the event loop has waited for long. */
export async function loadCustomerColumns(db: EntityManager, needed: NeededFacts, pause: Pause): Promise<CustomerColumns> {
  const build = new Builder()
  for (let after = ''; ;) {
    const rows = await selectNamed(db, `SELECT id, owner_staff_id AS owner, owner_department_id AS ownerDepartment, pool_department_id AS pool,
      stage, value_tier AS valueTier FROM ${tables.customers} WHERE id > :after ORDER BY id LIMIT ${pageSize}`, { after })
    for (const row of rows) build.customer(row)
    await pause()
    const last = build.ids.at(-1)
    if (rows.length === 0 || last === undefined) return build.done()
    const range = { after, last }
    const read = async (sql: string, take: (row: unknown) => void) => {
      for (const row of await selectNamed(db, sql, range)) take(row)
      await pause()
    }
    const within = (alias: string) => `${alias}.customer_id > :after AND ${alias}.customer_id <= :last`
    await read(`SELECT f.customer_id AS customer, f.staff_id AS staff, f.department_id AS department FROM ${tables.follows} f WHERE ${within('f')} AND ${liveFollow}`, (row) => build.follow(row))
    if (needed.tags || needed.tagGroups) {
      await read(`SELECT ct.customer_id AS customer, ct.tag_id AS tag, t.group_id AS tagGroup
        FROM ${tables.customerTags} ct LEFT JOIN ${tables.tags} t ON t.id = ct.tag_id WHERE ${within('ct')}`, (row) => build.tag(row))
    }
    if (needed.tasks) await read(`SELECT k.customer_id AS customer, k.task_type AS fact FROM ${tables.taskFacts} k WHERE ${within('k')}`, (row) => build.task(row))
    if (needed.nodes) await read(`SELECT n.customer_id AS customer, n.node_key AS fact, n.left_at AS leftAt FROM ${tables.nodeFacts} n WHERE ${within('n')}`, (row) => build.node(row))
    if (needed.spend) {
      await read(`SELECT o.customer_id AS customer, SUM(o.amount_fen) AS total FROM ${tables.orders} o WHERE ${within('o')} GROUP BY o.customer_id`, (row) => build.spend(row))
    }
    if (rows.length < pageSize) return build.done()
    after = last
  }
}

function cell(row: unknown, name: string): unknown {
  return typeof row === 'object' && row !== null ? Reflect.get(row, name) : undefined
}
const textIn = (row: unknown, name: string): string | null => {
  const value = cell(row, name)
  return typeof value === 'string' ? value : null
}
const numberIn = (row: unknown, name: string): number | null => {
  const value = cell(row, name)
  return value === null || value === undefined ? null : Number(value)
}

function put<Key>(lists: Map<Key, number[]>, key: Key, place: number): void {
  const list = lists.get(key)
  if (list === undefined) lists.set(key, [place])
  else list.push(place)
}

class Builder {
  readonly ids: string[] = []
  readonly #placeOf = new Map<string, number>()
  readonly #owners: (string | null)[] = []
  readonly #heldBy = new Map<string, number[]>()
  readonly #inDepartment = new Map<number, number[]>()
  readonly #unplaced: number[] = []
  readonly #inPool = new Map<number, number[]>()
  readonly #inStage = new Map<string, number[]>()
  readonly #tiers: number[] = []
  readonly #spend = new Map<number, number>()
  readonly #withTag = new Map<string, number[]>()
  readonly #withTagGroup = new Map<string, number[]>()
  readonly #ungrouped: number[] = []
  readonly #withTask = new Map<string, number[]>()
  readonly #inNode = new Map<string, number[]>()
  readonly #reachedNode = new Map<string, number[]>()

  customer(row: unknown): void {
    const id = textIn(row, 'id') ?? ''
    const place = this.ids.push(id) - 1
    this.#placeOf.set(id, place)
    const owner = textIn(row, 'owner')
    const ownerDepartment = numberIn(row, 'ownerDepartment')
    const pool = numberIn(row, 'pool')
    this.#owners.push(owner)
    this.#tiers.push(numberIn(row, 'valueTier') ?? 0)
    put(this.#inStage, textIn(row, 'stage') ?? '', place)
    if (owner !== null) put(this.#heldBy, owner, place * 2 + 1)
    if (ownerDepartment !== null) put(this.#inDepartment, ownerDepartment, place)
    else if (owner !== null) this.#unplaced.push(place)
    if (pool === null) return
    put(this.#inDepartment, pool, place)
    put(this.#inPool, pool, place)
  }

  follow(row: unknown): void {
    const place = this.#place(row)
    const staff = textIn(row, 'staff') ?? ''
    const department = numberIn(row, 'department')
    if (place === undefined) return
    if (this.#owners[place] !== staff) put(this.#heldBy, staff, place * 2)
    if (department === null) this.#unplaced.push(place)
    else put(this.#inDepartment, department, place)
  }

  tag(row: unknown): void {
    const place = this.#place(row)
    const group = textIn(row, 'tagGroup')
    if (place === undefined) return
    put(this.#withTag, textIn(row, 'tag') ?? '', place)
    if (group === null) this.#ungrouped.push(place)
    else put(this.#withTagGroup, group, place)
  }

  task(row: unknown): void {
    const place = this.#place(row)
    if (place !== undefined) put(this.#withTask, textIn(row, 'fact') ?? '', place)
  }

  node(row: unknown): void {
    const place = this.#place(row)
    if (place === undefined) return
    put(this.#reachedNode, textIn(row, 'fact') ?? '', place)
    if (numberIn(row, 'leftAt') === null) put(this.#inNode, textIn(row, 'fact') ?? '', place)
  }

  spend(row: unknown): void {
    const place = this.#place(row)
    if (place !== undefined) this.#spend.set(place, numberIn(row, 'total') ?? 0)
  }

  done(): CustomerColumns {
    const spendFen = new Float64Array(this.ids.length)
    for (const [place, total] of this.#spend) spendFen[place] = total
    return {
      size: this.ids.length, ids: this.ids, placeOf: this.#placeOf, heldBy: this.#heldBy,
      inDepartment: this.#inDepartment, unplaced: this.#unplaced, inPool: this.#inPool, inStage: this.#inStage,
      valueTier: Int8Array.from(this.#tiers), spendFen,
      withTag: this.#withTag, withTagGroup: this.#withTagGroup, ungrouped: this.#ungrouped,
      withTask: this.#withTask, inNode: this.#inNode, reachedNode: this.#reachedNode,
    }
  }

  /** Undefined for a customer who came after his page was read. */
  #place(row: unknown): number | undefined {
    return this.#placeOf.get(textIn(row, 'customer') ?? '')
  }
}
