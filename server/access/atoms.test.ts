import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDatabase, type Database } from '../database/database.ts'
import {
  followedBy, hasOpenTask, inDepartments, inPools, inStage, isOneOf, ownedBy, spentAtLeast, standsInNode, tagged, tagGrouped, tierAtLeast,
  type Atom, type Certainty, type Match, type Resource,
} from './atoms.ts'
import { loadFacts, type CustomerFacts } from './facts.ts'
import { not, selectNamed, SqlBuilder, sqlText, type Expression } from './sql.ts'
import { Departments } from './tree.ts'

/** The columns that statements read, and nothing else. */
const schema = [
  'CREATE TABLE customers (id TEXT, owner_staff_id TEXT, owner_department_id INTEGER, pool_department_id INTEGER, stage TEXT, value_tier INTEGER)',
  'CREATE TABLE follows (customer_id TEXT, staff_id TEXT, department_id INTEGER, ended_at INTEGER, live_key TEXT)',
  'CREATE INDEX ix_follows_customer ON follows (customer_id)',
  'CREATE TABLE customer_tags (customer_id TEXT, tag_id TEXT, follow_id TEXT)',
  'CREATE TABLE tags (id TEXT, group_id TEXT)',
  'CREATE TABLE orders (customer_id TEXT, amount_fen INTEGER)',
  'CREATE TABLE customer_task_facts (customer_id TEXT, task_type TEXT)',
  'CREATE TABLE customer_node_facts (customer_id TEXT, node_key TEXT, left_at INTEGER)',
  'CREATE TABLE things (id TEXT, department INTEGER, creator TEXT)',
]

interface Follow { readonly by: string, readonly in: number | null, readonly ended?: true | 'by time' | 'by key' }

interface Customer {
  readonly owner?: string
  readonly ownerIn?: number
  readonly pool?: number
  readonly follows?: readonly Follow[]
  readonly stage?: string
  readonly tier?: number
  /** Each set through a follow of its own. */
  readonly tags?: readonly string[]
  readonly orders?: readonly number[]
  readonly tasks?: readonly string[]
  readonly nodes?: readonly { readonly key: string, readonly left?: true }[]
}

const customers: Readonly<Record<string, Customer>> = {
  'nobody': {},
  'mine': { owner: 'me', ownerIn: 2 },
  'mine, nowhere': { owner: 'me' },
  'yours': { owner: 'you', ownerIn: 5 },
  'without owner, in 2': { ownerIn: 2 },
  'pooled in 2': { pool: 2 },
  'pooled in 5': { pool: 5 },
  'followed by us': { follows: [{ by: 'me', in: 2 }, { by: 'you', in: 5 }] },
  'followed by you': { follows: [{ by: 'you', in: 5 }] },
  'followed from nowhere': { follows: [{ by: 'you', in: null }] },
  'followed once': { follows: [{ by: 'me', in: 2, ended: true }] },
  'followed, ended by time': { follows: [{ by: 'me', in: 2, ended: 'by time' }] },
  'followed, ended by key': { follows: [{ by: 'me', in: 2, ended: 'by key' }] },
  'a': { tags: ['a'] },
  'a twice': { tags: ['a', 'a'] },
  'a, b of one group': { tags: ['a', 'b'] },
  'a, c': { tags: ['a', 'c'] },
  'c': { tags: ['c'] },
  'other': { tags: ['x'] },
  'lost': { tags: ['lost'] },
  'a, lost': { tags: ['a', 'lost'] },
  'other, lost': { tags: ['x', 'lost'] },
  'signed': { stage: 'signed' },
  'tier 2': { tier: 2 },
  'tier 3': { tier: 3 },
  'tier 4': { tier: 4 },
  'spent 599': { orders: [599] },
  'spent 600 in two': { orders: [250, 350] },
  'spent 700': { orders: [700] },
  'returns': { tasks: ['return'] },
  'calls': { tasks: ['call'] },
  'in the node': { nodes: [{ key: 'signing' }] },
  'was in the node': { nodes: [{ key: 'signing', left: true }, { key: 'delivery' }] },
}
const everybody = Object.keys(customers)
const without = (...names: readonly string[]) => everybody.filter((name) => !names.includes(name))

const groups: Readonly<Record<string, string>> = { a: 'first', b: 'first', c: 'second', x: 'third' }

const things: Readonly<Record<string, Resource>> = {
  'of nobody': { departmentId: null, creatorStaffId: null },
  'mine in 2': { departmentId: 2, creatorStaffId: 'me' },
  'yours in 2': { departmentId: 2, creatorStaffId: 'you' },
  'yours in 5': { departmentId: 5, creatorStaffId: 'you' },
}

let database: Database
let facts: ReadonlyMap<string, CustomerFacts>

beforeAll(async () => {
  database = await openDatabase({ url: 'sqlite::memory:', entities: [], migrations: [] })
  for (const statement of schema) await database.db.query(statement)
  const insert = async (table: string, values: readonly unknown[]) => { await database.db.query(`INSERT INTO ${table} VALUES (${values.map(() => '?').join()})`, [...values]) }
  for (const [id, one] of Object.entries(customers)) {
    await insert('customers', [id, one.owner ?? null, one.ownerIn ?? null, one.pool ?? null, one.stage ?? 'lead', one.tier ?? null])
    for (const { by, in: department, ended } of one.follows ?? []) {
      await insert('follows', [id, by, department, ended === true || ended === 'by time' ? 1 : null, ended === true || ended === 'by key' ? null : `${id} ${by}`])
    }
    for (const [place, tag] of (one.tags ?? []).entries()) await insert('customer_tags', [id, tag, `follow ${place}`])
    for (const amount of one.orders ?? []) await insert('orders', [id, amount])
    for (const task of one.tasks ?? []) await insert('customer_task_facts', [id, task])
    for (const { key, left } of one.nodes ?? []) await insert('customer_node_facts', [id, key, left === undefined ? null : 1])
  }
  for (const [id, group] of Object.entries(groups)) await insert('tags', [id, group])
  for (const [id, { departmentId, creatorStaffId }] of Object.entries(things)) await insert('things', [id, departmentId, creatorStaffId])
  facts = await loadFacts(database.db, everybody)
})

afterAll(async () => { await database.close() })

/** Whose rows the query gives, in the order above. Asked with its negation, which must give all others: a statement is never NULL. */
async function rowsOf(table: 'customers' | 'things', write: (to: SqlBuilder) => Expression): Promise<readonly string[]> {
  const to = new SqlBuilder('sqlite')
  const expression = write(to)
  const read = async (condition: Expression) => {
    const rows = await selectNamed(database.db, `SELECT id FROM ${table} WHERE ${sqlText(condition)} ORDER BY rowid`, to.parameters)
    return rows.map((row) => (typeof row === 'object' && row !== null && 'id' in row ? String(row.id) : ''))
  }
  const found = await read(expression)
  const all = table === 'customers' ? everybody : Object.keys(things)
  expect(await read(not(expression))).toEqual(all.filter((name) => !found.includes(name)))
  return found
}

/** The customers for whom the statement holds: in memory and in the database, which must agree. */
async function holdsFor(atom: Atom): Promise<readonly string[]> {
  const inMemory = everybody.filter((name) => {
    const known = facts.get(name)
    return known !== undefined && atom.holds(known)
  })
  expect(await rowsOf('customers', (to) => atom.sql(to))).toEqual(inMemory)
  return inMemory
}

async function holdsForThings(atom: Atom): Promise<readonly string[]> {
  const inMemory = Object.entries(things).flatMap(([name, thing]) => (atom.holdsFor(thing) ? [name] : []))
  expect(await rowsOf('things', (to) => atom.resourceSql(to, { department: 'things.department', creator: 'things.creator' }))).toEqual(inMemory)
  return inMemory
}

const both = async (make: (certainty: Certainty) => Atom) => ({ certain: await holdsFor(make('certain')), possible: await holdsFor(make('possible')) })
const bothForThings = async (make: (certainty: Certainty) => Atom) => ({ certain: await holdsForThings(make('certain')), possible: await holdsForThings(make('possible')) })
/** Of what is never unknown, a grant and a restriction say the same. */
const known = (names: readonly string[]) => ({ certain: names, possible: names })

const departments = (...ids: readonly number[]) => new Departments([new Set(ids)])

describe('who is reached', () => {
  it('owned: by me and nobody else, whatever the department', async () => {
    expect(await both((certainty) => ownedBy('me', certainty))).toEqual(known(['mine', 'mine, nowhere']))
  })

  it('followed: owned by me, or followed by me until the follow ends by either of its marks', async () => {
    expect(await both((certainty) => followedBy('me', certainty))).toEqual(known(['mine', 'mine, nowhere', 'followed by us']))
  })

  it('T02: in a department by ownership, pool or follow; what nobody recorded closes a grant and applies a restriction', async () => {
    const certain = ['mine', 'without owner, in 2', 'pooled in 2', 'followed by us']
    expect(await both((certainty) => inDepartments('mine', departments(2), certainty))).toEqual({
      certain, possible: ['mine', 'mine, nowhere', 'without owner, in 2', 'pooled in 2', 'followed by us', 'followed from nowhere'],
    })
  })

  it('T02: in no department at all is nobody for a grant, known before the query runs, and whoever might be somewhere for a restriction', async () => {
    expect(await both((certainty) => inDepartments('none', departments(), certainty))).toEqual({ certain: [], possible: ['mine, nowhere', 'followed from nowhere'] })
    expect(inDepartments('none', departments(), 'certain').sql(new SqlBuilder('sqlite'))).toBe(false)
  })

  it('in a pool: by the pool alone', async () => {
    expect(await both((certainty) => inPools('pools', new Set([2]), certainty))).toEqual(known(['pooled in 2']))
    expect(await both((certainty) => inPools('pools', new Set([2, 5]), certainty))).toEqual(known(['pooled in 2', 'pooled in 5']))
  })

  it('by name: these customers', async () => {
    expect(await both((certainty) => isOneOf(new Set(['mine', 'a']), certainty))).toEqual(known(['mine', 'a']))
  })
})

describe('tags', () => {
  const withTags = async (match: Match, ...ids: readonly string[]) => await both((certainty) => tagged(match, new Set(ids), certainty))

  it('any and none of them', async () => {
    const some = ['a', 'a twice', 'a, b of one group', 'a, c', 'c', 'a, lost']
    expect(await withTags('any', 'a', 'c')).toEqual(known(some))
    expect(await withTags('none', 'a', 'c')).toEqual(known(without(...some)))
  })

  it('all of them are different tags: the same one through two follows is one', async () => {
    expect(await withTags('all', 'a', 'b')).toEqual(known(['a, b of one group']))
    expect(await withTags('all', 'a')).toEqual(known(['a', 'a twice', 'a, b of one group', 'a, c', 'a, lost']))
  })
})

describe('tag groups', () => {
  const withGroups = async (match: Match, ...ids: readonly string[]) => await both((certainty) => tagGrouped(match, new Set(ids), certainty))
  const lost = ['lost', 'a, lost', 'other, lost']

  it('any: a tag without a known group might be in the group, which only a restriction counts', async () => {
    const certain = ['a', 'a twice', 'a, b of one group', 'a, c', 'a, lost']
    expect(await withGroups('any', 'first')).toEqual({ certain, possible: everybody.filter((name) => certain.includes(name) || lost.includes(name)) })
  })

  it('all: of different groups, however many tags of one there are', async () => {
    expect(await withGroups('all', 'first', 'second')).toEqual({ certain: ['a, c'], possible: ['a, c', ...lost] })
  })

  it('none: a tag without a known group closes a grant, and does not lift a restriction', async () => {
    const some = ['a', 'a twice', 'a, b of one group', 'a, c', 'a, lost']
    expect(await withGroups('none', 'first')).toEqual({ certain: without(...some, ...lost), possible: without(...some) })
  })
})

describe('what else is known of a customer', () => {
  it('stage', async () => {
    expect(await both((certainty) => inStage(new Set(['signed']), certainty))).toEqual(known(['signed']))
  })

  it('value tier: the tier itself is enough; one that nobody computed closes a grant and applies a restriction', async () => {
    expect(await both((certainty) => tierAtLeast(3, certainty))).toEqual({ certain: ['tier 3', 'tier 4'], possible: without('tier 2') })
  })

  it('spend: the sum over all orders, nothing without any', async () => {
    expect(await both((certainty) => spentAtLeast(600, certainty))).toEqual(known(['spent 600 in two', 'spent 700']))
    expect(await both((certainty) => spentAtLeast(0, certainty))).toEqual(known(everybody))
  })

  it('open task', async () => {
    expect(await both((certainty) => hasOpenTask(new Set(['return']), certainty))).toEqual(known(['returns']))
  })

  it('S21: journey node: where the customer stands, or also where he went on from', async () => {
    expect(await both((certainty) => standsInNode('current', new Set(['signing']), certainty))).toEqual(known(['in the node']))
    expect(await both((certainty) => standsInNode('reached', new Set(['signing']), certainty))).toEqual(known(['in the node', 'was in the node']))
  })
})

describe('things of marketing', () => {
  it('are mine when I made them; a creator whom nobody recorded closes a grant and applies a restriction', async () => {
    const mine = { certain: ['mine in 2'], possible: ['of nobody', 'mine in 2'] }
    expect(await bothForThings((certainty) => ownedBy('me', certainty))).toEqual(mine)
    expect(await bothForThings((certainty) => followedBy('me', certainty))).toEqual(mine)
  })

  it('stand in their department; without one they might stand anywhere', async () => {
    expect(await bothForThings((certainty) => inDepartments('mine', departments(2), certainty))).toEqual({ certain: ['mine in 2', 'yours in 2'], possible: ['of nobody', 'mine in 2', 'yours in 2'] })
  })

  it('have nothing of what only customers have', async () => {
    const atoms: ((certainty: Certainty) => Atom)[] = [
      (certainty) => inPools('pools', new Set([2]), certainty), (certainty) => tagged('any', new Set(['a']), certainty), (certainty) => tagGrouped('any', new Set(['first']), certainty),
      (certainty) => inStage(new Set(['lead']), certainty), (certainty) => tierAtLeast(1, certainty), (certainty) => spentAtLeast(0, certainty),
      (certainty) => hasOpenTask(new Set(['return']), certainty), (certainty) => standsInNode('reached', new Set(['signing']), certainty), (certainty) => isOneOf(new Set(['mine']), certainty),
    ]
    for (const make of atoms) expect(await bothForThings(make)).toEqual({ certain: [], possible: Object.keys(things) })
  })
})
