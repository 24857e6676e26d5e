import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { Restriction, RoleGrant } from '#shared/access/index'
import { Invariant } from '../errors.ts'
import { compilePolicy } from './compile.ts'
import { decideSystem, mightEver } from './decide.ts'
import type { Policy, RestrictionInput } from './policy.ts'
import { canFilterBy, nothingFilter, recordFilter, resourceFilter, rowFilter, systemFilter, systemRecordFilter } from './row-filter.ts'
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

/** The stores of the records that a filter gives, and of those that its negation gives. */
function storesOf(rules: Policy): { readonly found: unknown[], readonly rest: unknown[] } {
  const { sql, parameters } = recordFilter(rules, 'talk.visits.view', at, { alias: 'visits', storeColumn: 'store' })
  const values: unknown[] = []
  const text = sql.replace(/:(?:\.\.\.)?(\w+)/g, (_, name: string) => {
    const list = [parameters[name]].flat()
    values.push(...list)
    return list.map(() => '?').join()
  })
  const database = new Database(':memory:')
  try {
    database.exec('CREATE TABLE visits (store INTEGER); INSERT INTO visits VALUES (1), (2), (3), (NULL)')
    const select = (where: string) => database.prepare(`SELECT store FROM visits WHERE ${where} ORDER BY store`).pluck().all(...values)
    return { found: select(text), rest: select(`NOT ${text}`) }
  } finally {
    database.close()
  }
}

describe('recordFilter', () => {
  it('S15: narrowed to my store gives the records made in my department itself, and a record without a store to nobody', () => {
    expect(storesOf(policy([profile, grant(['talk.visits.view'], mine)]))).toEqual({ found: [2], rest: [null, 1, 3] })
  })

  it('gives all records to whoever holds the operation for the whole customer', () => {
    expect(storesOf(policy([profile, grant(['talk.visits.view'])]))).toEqual({ found: [null, 1, 2, 3], rest: [] })
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
