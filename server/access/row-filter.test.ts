import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { Restriction, RoleGrant } from '#shared/access/index'
import { Invariant } from '../errors.ts'
import { compilePolicy } from './compile.ts'
import { decideResource, decideSystem, mightEver } from './decide.ts'
import { anyway, wayOfOwner } from './listing/ways.ts'
import type { Policy, RestrictionInput } from './policy.ts'
import { canFilterBy, fieldFilter, findFilter, nothingFilter, recordFilter, resourceFilter, rowFilter, systemFilter, systemRecordFilter } from './row-filter.ts'
import { SqlBuilder } from './sql.ts'
import { DepartmentTree } from './tree.ts'
import { recordUnits } from './units.ts'

const tree = new DepartmentTree([{ id: 1, path: '/1/', deleted: false }, { id: 2, path: '/1/2/', deleted: false }, { id: 3, path: '/1/2/3/', deleted: false }])
const at = { now: 0, dialect: 'sqlite' } as const
const grant = (operations: readonly string[], more: object = {}) => RoleGrant.parse({ operations, scope: { kind: 'all' }, ...more })
const deny = (operations: readonly string[], more: object = {}): RestrictionInput =>
  ({ id: 'no', restriction: Restriction.parse({ subject: { everyone: true }, operations, scope: { kind: 'all' }, ...more }) })
const mine = { conditions: [{ kind: 'recordStoreIsMine' }] }
const profile = grant(['customer.profile.view'])

function policy(grants: readonly RoleGrant[], restrictions: readonly RestrictionInput[] = [], until?: number, from?: number): Policy {
  return compilePolicy({
    staffId: 'me', active: true, roleKeys: [], departmentIds: [2], tree, restrictions,
    grants: grants.map((one, place) => ({ id: `g${place}`, source: { kind: 'role', roleKey: 'some' }, grant: one, from, until })),
  })
}

interface Condition { readonly sql: string, readonly parameters: Readonly<Record<string, unknown>> }

/** The first column of the rows of a table that meet the condition, in order. */
function rowsOf(tableSql: string, column: string, { sql, parameters }: Condition): unknown[] {
  const values: unknown[] = []
  const text = sql.replace(/:(?:\.\.\.)?(\w+)/g, (_, name: string) => {
    const list = [parameters[name]].flat()
    values.push(...list)
    return list.map(() => '?').join()
  })
  const database = new Database(':memory:')
  try {
    database.exec(tableSql)
    return database.prepare(`SELECT ${column} FROM ${tableSql.split(' ')[2] ?? ''} WHERE ${text} ORDER BY ${column}`).pluck().all(...values)
  } finally {
    database.close()
  }
}

const visits = 'CREATE TABLE visits (store INTEGER); INSERT INTO visits VALUES (1), (2), (3), (NULL)'
const storeColumn = { alias: 'visits', storeColumn: 'store' } as const

/** The stores of the records that a filter gives, and of those that its negation gives. */
function storesOf(rules: Policy): { readonly found: unknown[], readonly rest: unknown[] } {
  const filter = recordFilter(rules, 'talk.visits.view', at, storeColumn)
  return { found: rowsOf(visits, 'store', filter), rest: rowsOf(visits, 'store', { ...filter, sql: `NOT ${filter.sql}` }) }
}

const customers = `CREATE TABLE customers (id TEXT, owner_staff_id TEXT, stage TEXT);
  INSERT INTO customers VALUES ('my lead', 'me', 'lead'), ('my signed', 'me', 'signed'), ('other lead', 'you', 'lead'), ('other signed', 'you', 'signed')`
const found = (filter: Condition) => rowsOf(customers, 'id', filter)
const own = { scope: { kind: 'own' } }
const signed = { conditions: [{ kind: 'stage', anyOf: ['signed'] }] }

describe('recordFilter', () => {
  it('S15: narrowed to my store gives the records made in my department itself, and a record without a store to nobody', () => {
    expect(storesOf(policy([profile, grant(['talk.visits.view'], mine)]))).toEqual({ found: [2], rest: [null, 1, 3] })
  })

  it('gives all records to whoever holds the operation for the whole customer', () => {
    expect(storesOf(policy([profile, grant(['talk.visits.view'])]))).toEqual({ found: [null, 1, 2, 3], rest: [] })
  })

  it('S15, T06: with a field, gives the records of those grants only that give the field in clear', () => {
    const rules = policy([
      profile, grant(['customer.spending.view'], { ...mine, fields: { spendTotalFen: 'clear' } }), grant(['customer.spending.view'], { fields: { spendTotalFen: 'masked' } }),
    ])
    const stores = (field?: 'spendTotalFen' | 'orderCount') => rowsOf(visits, 'store', recordFilter(rules, 'customer.spending.view', at, storeColumn, field))
    expect(stores()).toEqual([null, 1, 2, 3])
    expect(stores('orderCount')).toEqual([null, 1, 2, 3])
    expect(stores('spendTotalFen')).toEqual([2])
  })

  it('T06: with an amount, gives none to whoever sees it in clear only because he signs, which a restriction may take', () => {
    const rules = (fields: object) => policy([profile, grant(['customer.contract.operate'], { fields })])
    const stores = (fields: object) => rowsOf(visits, 'store', recordFilter(rules(fields), 'customer.contract.view', at, storeColumn, 'contractAmountFen'))
    expect(stores({})).toEqual([])
    expect(stores({ contractAmountFen: 'clear' })).toEqual([null, 1, 2, 3])
  })

  it('takes by a restriction whatever the field', () => {
    const rules = policy([profile, grant(['customer.spending.view'])], [deny(['customer.spending.view'])])
    expect(rowsOf(visits, 'store', recordFilter(rules, 'customer.spending.view', at, storeColumn, 'spendTotalFen'))).toEqual([])
  })

  it('exists for units that are bound to a customer, so that nothing of marketing is ever narrowed to records', () => {
    expect([...recordUnits].filter((unit) => !/^(customer|talk)\./.test(unit))).toEqual([])
  })

  it('takes only names of tables and columns', () => {
    for (const alias of ['', '1a', 'visits; DROP TABLE staff', 'a.b']) {
      expect(() => recordFilter(policy([profile]), 'talk.visits.view', at, { alias, storeColumn: 'store' })).toThrow(Invariant)
    }
  })
})

describe('resourceFilter', () => {
  it('S15: gives nothing of marketing by a grant that is narrowed to the records of my stores', () => {
    const entrances = 'CREATE TABLE entrances (department INTEGER, creator TEXT); INSERT INTO entrances VALUES (2, \'me\'), (3, \'you\')'
    const departments = (more: object) => rowsOf(entrances, 'department', resourceFilter(policy([grant(['marketing.entrances.view'], more)]), 'marketing.entrances.view', at, { department: 'department', creator: 'creator' }))
    expect(departments({})).toEqual([2, 3])
    expect(departments(own)).toEqual([2])
    expect(departments(mine)).toEqual([])
    expect(decideResource(policy([grant(['marketing.entrances.view'], mine)]), 'marketing.entrances.view', { departmentId: 2, creatorStaffId: 'me' }, 0).allowed).toBe(false)
  })
})

describe('findFilter', () => {
  const find = (grants: readonly RoleGrant[], restrictions: readonly RestrictionInput[] = []) =>
    found(findFilter(policy(grants, restrictions), 'customer.contact.operate', 'mobile', at))

  it('S50: finds by a full number those customers only whom the operation and the profile both reach', () => {
    expect(find([profile, grant(['customer.contact.operate'])])).toEqual(['my lead', 'my signed', 'other lead', 'other signed'])
    expect(find([grant(['customer.profile.view'], own), grant(['customer.contact.operate'])])).toEqual(['my lead', 'my signed'])
    expect(find([profile, grant(['customer.contact.operate'], own)])).toEqual(['my lead', 'my signed'])
    expect(find([profile])).toEqual([])
    expect(find([grant(['customer.contact.operate'])])).toEqual([])
  })

  it('S50: finds nobody for whom a restriction tightens the field, or takes operation or profile', () => {
    const grants = [profile, grant(['customer.contact.operate'], own)]
    for (const mobile of ['hidden', 'masked']) expect(find(grants, [deny(['customer.contact.view'], { ...signed, fields: { mobile } })])).toEqual(['my lead'])
    expect(find(grants, [deny(['customer.contact.view'], { ...signed, fields: { email: 'hidden' } })])).toEqual(['my lead', 'my signed'])
    expect(find(grants, [deny(['customer.contact.operate'], signed)])).toEqual(['my lead'])
    expect(find(grants, [deny(['customer.profile.view'], signed)])).toEqual(['my lead'])
  })
})

describe('fieldFilter', () => {
  it('T10: an amount that is clear because one signs is used where signing is not taken', () => {
    const grants = [profile, grant(['customer.contract.operate'])]
    expect(found(fieldFilter(policy(grants), 'contractAmountFen', at))).toEqual(['my lead', 'my signed', 'other lead', 'other signed'])
    expect(found(fieldFilter(policy(grants, [deny(['customer.contract.operate'], signed)]), 'contractAmountFen', at))).toEqual(['my lead', 'other lead'])
    expect(canFilterBy(policy(grants, [deny(['customer.contract.operate'])]), 'contractAmountFen', at)).toBe(false)
  })
})

describe('the customers of an operation', () => {
  it('are asked for the profile once, where each grant of the operation has one of the profile that asks no more', () => {
    const narrower = policy([grant(['customer.profile.view'], own), grant(['customer.labels.view'], { ...own, ...signed })], [deny(['customer.profile.view'], { scope: { kind: 'customers', customerIds: ['secret'] } })])
    const filter = rowFilter(narrower, 'customer.labels.view', at)
    expect(filter.sql.match(/owner_staff_id =/g)).toHaveLength(1)
    expect(found(filter)).toEqual(['my signed'])
    const wider = rowFilter(policy([grant(['customer.profile.view'], signed), grant(['customer.labels.view'], own)]), 'customer.labels.view', at)
    expect(found(wider)).toEqual(['my signed'])
  })

  it('are found through the grants of the operation and those of the profile', () => {
    const rules = policy([grant(['customer.profile.view'], own), grant(['customer.labels.view', 'marketing.broadcasts.operate'])])
    expect(rowFilter(rules, 'customer.labels.view', at).ways()).toEqual([anyway, wayOfOwner('me')])
    expect(rowFilter(rules, 'customer.profile.view', at).ways()).toEqual([wayOfOwner('me')])
  })

  it('of a broadcast are found through its own grants alone: it reaches customers whom its author cannot see', () => {
    const rules = policy([grant(['customer.profile.view'], own), grant(['marketing.broadcasts.operate'])])
    const filter = rowFilter(rules, 'marketing.broadcasts.operate', at)
    expect(found(filter)).toEqual(['my lead', 'my signed', 'other lead', 'other signed'])
    expect(filter.ways()).toEqual([anyway])
  })

  it('are asked about in the same words by two filters of one actor', () => {
    const rules = policy([grant(['customer.profile.view'], own)])
    const shared = { ...at, builder: new SqlBuilder('sqlite') }
    const [one, other] = [rowFilter(rules, 'customer.profile.view', shared), rowFilter(rules, 'customer.profile.view', shared)]
    expect(one.and(other).sql).toBe(one.sql)
    expect(rowFilter(rules, 'customer.profile.view', at).sql).not.toBe(rowFilter(rules, 'customer.profile.view', at).sql)
  })
})

describe('filters', () => {
  it('over things refuse what is bound to a customer', () => {
    expect(() => resourceFilter(policy([profile]), 'customer.profile.view', at, { department: 't.d', creator: 't.c' })).toThrow(Invariant)
  })

  it('T10: a value over records is not searched by whoever sees only those of his store', () => {
    expect(canFilterBy(policy([profile, grant(['customer.spending.view'], mine)]), 'spendTotalFen', at)).toBe(false)
    expect(canFilterBy(policy([profile, grant(['customer.spending.view'])]), 'spendTotalFen', at)).toBe(true)
  })

  it('T10: a grant that is over, or has not begun, makes no field usable', () => {
    const grants = [profile, grant(['customer.labels.view'])]
    expect(canFilterBy(policy(grants, [], 0), 'stage', at)).toBe(false)
    expect(canFilterBy(policy(grants, [], undefined, 1), 'stage', at)).toBe(false)
    expect(canFilterBy(policy(grants, [], 1, 0), 'stage', at)).toBe(true)
  })

  it('for workers need their reason and give every row; the one for nobody gives none', () => {
    for (const make of [systemFilter, systemRecordFilter]) {
      expect(() => make(' ')).toThrow(Invariant)
      expect(make('tests')).toMatchObject({ sql: '(1 = 1)', isNothing: false })
    }
    expect(nothingFilter()).toMatchObject({ sql: '(1 = 0)', isNothing: true })
  })

  it('together give what both give, with the parameters of both', () => {
    const own = rowFilter(policy([grant(['customer.profile.view'], { scope: { kind: 'own' } })]), 'customer.profile.view', at)
    const leads = rowFilter(policy([grant(['customer.profile.view'], { conditions: [{ kind: 'stage', anyOf: ['lead'] }] })]), 'customer.profile.view', at)
    const both = own.and(leads)
    expect(both.isNothing).toBe(false)
    expect(both.parameters).toEqual({ ...own.parameters, ...leads.parameters })
    expect(Object.keys(both.parameters)).toHaveLength(Object.keys(own.parameters).length + Object.keys(leads.parameters).length)
    // each name of a parameter stands where it stood: neither half is lost, and both are joined by AND
    for (const name of Object.keys(both.parameters)) expect(both.sql).toContain(name)
    expect(both.sql).not.toContain(' OR ')
    expect(own.and(rowFilter(policy([profile]), 'customer.profile.view', at)).sql).toBe(own.sql)
    expect([own.and(nothingFilter()).isNothing, nothingFilter().and(own).isNothing]).toEqual([true, true])
  })

  it('together are found by the ways of either, since both lead to all whom both give', () => {
    const mine = rowFilter(policy([grant(['customer.profile.view'], own)]), 'customer.profile.view', at)
    const named = rowFilter(policy([grant(['customer.profile.view'], { scope: { kind: 'customers', customerIds: ['my lead'] } })]), 'customer.profile.view', at)
    expect(mine.and(named).ways()).toEqual([...mine.ways(), ...named.ways()])
    expect(mine.and(named).ways()).toHaveLength(2)
  })

  it('are made by the rules only: what merely looks like one is refused', () => {
    const mine = rowFilter(policy([grant(['customer.profile.view'], own)]), 'customer.profile.view', at)
    const lookalike: typeof mine = Object.create(mine, {})
    expect(() => mine.and(lookalike)).toThrow(TypeError)
  })
})

describe('mightEver', () => {
  it('offers what a grant gives from its beginning up to, and not at, its end', () => {
    const offered = (now: number) => mightEver(policy([profile], [], 200, 100), now).includes('customer.profile.view')
    expect([99, 100, 199, 200].map(offered)).toEqual([false, true, true, false])
  })

  it('leaves out what is taken from everybody, while it is taken, and not what is taken for one campaign', () => {
    const offered = (more: object, now: number) => mightEver(policy([profile], [deny(['customer.profile.view'], more)]), now).includes('customer.profile.view')
    expect([99, 100, 199, 200].map((now) => offered({ from: 100, until: 200 }, now))).toEqual([true, false, false, true])
    expect(offered({ conditions: [{ kind: 'campaign', anyOf: ['spring'] }] }, 0)).toBe(true)
    expect(offered({ conditions: [{ kind: 'stage', anyOf: ['signed'] }] }, 0)).toBe(true)
  })

  it('offers of the system only what is allowed now', () => {
    const rules = policy([grant(['system.audit.view'], { conditions: [{ kind: 'campaign', anyOf: ['spring'] }] })])
    expect(decideSystem(rules, 'system.audit.view', 0).allowed).toBe(false)
    expect(mightEver(rules, 0)).toEqual([])
  })
})
