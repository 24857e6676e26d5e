import { describe, expect, it } from 'vitest'
import { RoleGrant, Restriction, type Operation } from '#shared/access/index'
import { Invariant } from '../errors.ts'
import { compilePolicy } from './compile.ts'
import { decide, decideRecord, decideResource, decideSystem, mightEver, prepare } from './decide.ts'
import { explain } from './explain.ts'
import type { CustomerFacts } from './facts.ts'
import { fieldsFor } from './fields.ts'
import type { Policy, RestrictionInput } from './policy.ts'
import { canFilterBy, recordFilter, rowFilter } from './row-filter.ts'
import { DepartmentTree } from './tree.ts'

const tree = new DepartmentTree([
  { id: 1, path: '/1/', deleted: false }, { id: 2, path: '/1/2/', deleted: false },
  { id: 3, path: '/1/2/3/', deleted: false }, { id: 4, path: '/1/2/4/', deleted: true }, { id: 5, path: '/1/5/', deleted: false },
])

const facts = (more: Partial<CustomerFacts> = {}): CustomerFacts => ({
  customerId: 'c', ownerStaffId: null, ownerDepartmentId: null, poolDepartmentId: null, stage: 'lead', valueTier: null, spendFen: 0,
  follows: [], tagIds: new Set(), tagGroupIds: new Set(), hasUngroupedTag: false, openTasks: new Set(), nodes: new Set(), reachedNodes: new Set(), ...more,
})
const mine = facts({ ownerStaffId: 'me', ownerDepartmentId: 2 })

const grant = (operations: readonly string[], more: object = {}) => RoleGrant.parse({ operations, scope: { kind: 'all' }, ...more })
const deny = (operations: readonly string[], more: object = {}): RestrictionInput =>
  ({ id: 'no', restriction: Restriction.parse({ subject: { everyone: true }, operations, scope: { kind: 'all' }, ...more }) })

interface Given {
  readonly grants: readonly RoleGrant[]
  readonly restrictions?: readonly RestrictionInput[]
  readonly departmentIds?: readonly number[]
  readonly active?: boolean
  readonly from?: number
  readonly until?: number
}

function policy(given: Given): Policy {
  return compilePolicy({
    staffId: 'me', active: given.active ?? true, roleKeys: ['some'], departmentIds: given.departmentIds ?? [2], tree,
    grants: given.grants.map((one, place) => ({ id: `g${place}`, source: { kind: 'role', roleKey: 'some' }, grant: one, from: given.from, until: given.until })),
    restrictions: given.restrictions ?? [],
  })
}
const may = (rules: Policy, operation: Operation, one = mine, now = 0) => decide(rules, operation, prepare(rules, one), now).allowed
const profile = grant(['customer.profile.view'])

describe('decide', () => {
  it('T01: nothing without a grant, nothing for an unknown operation, nothing for somebody inactive', () => {
    expect(may(policy({ grants: [] }), 'customer.profile.view')).toBe(false)
    const everything = grant(['customer.profile.operate'])
    const unknown: Operation = JSON.parse('"customer.profile.delete"')
    expect(may(policy({ grants: [everything] }), unknown)).toBe(false)
    expect(may(policy({ grants: [everything], active: false }), 'customer.profile.view')).toBe(false)
  })

  it('edit implies view, operate implies view, neither implies the other', () => {
    const editor = policy({ grants: [profile, grant(['customer.labels.edit'])] })
    const operator = policy({ grants: [profile, grant(['customer.labels.operate'])] })
    expect([may(editor, 'customer.labels.view'), may(editor, 'customer.labels.edit'), may(editor, 'customer.labels.operate')]).toEqual([true, true, false])
    expect([may(operator, 'customer.labels.view'), may(operator, 'customer.labels.edit'), may(operator, 'customer.labels.operate')]).toEqual([true, false, true])
  })

  it('what is bound to a customer needs his profile; a broadcast reaches customers whom its author cannot see', () => {
    const blind = policy({ grants: [grant(['customer.contact.view', 'talk.tasks.view', 'marketing.broadcasts.operate'])] })
    expect(may(blind, 'customer.contact.view')).toBe(false)
    expect(may(blind, 'talk.tasks.view')).toBe(false)
    expect(may(blind, 'marketing.broadcasts.operate')).toBe(true)
  })

  it('a restriction of view takes edit and operate along, one of the profile whatever is bound to the customer', () => {
    const grants = [profile, grant(['customer.labels.edit', 'customer.labels.operate', 'talk.tasks.edit', 'marketing.reports.view'])]
    const noLabels = policy({ grants, restrictions: [deny(['customer.labels.view'])] })
    expect(['customer.labels.view', 'customer.labels.edit', 'customer.labels.operate', 'talk.tasks.edit'].map((one) => may(noLabels, JSON.parse(`"${one}"`)))).toEqual([false, false, false, true])
    const noProfile = policy({ grants, restrictions: [deny(['customer.profile.view'])] })
    expect(may(noProfile, 'talk.tasks.edit')).toBe(false)
    expect(may(noProfile, 'marketing.reports.view')).toBe(true)
    const noEdit = policy({ grants, restrictions: [deny(['customer.labels.edit'])] })
    expect([may(noEdit, 'customer.labels.view'), may(noEdit, 'customer.labels.edit')]).toEqual([true, false])
  })

  it('a grant holds from its beginning up to, and not at, its end', () => {
    const timed = policy({ grants: [profile], from: 100, until: 200 })
    expect([99, 100, 199, 200].map((now) => may(timed, 'customer.profile.view', mine, now))).toEqual([false, true, true, false])
    const banned = policy({ grants: [profile], restrictions: [deny(['customer.profile.view'], { from: 100, until: 200 })] })
    expect([99, 100, 199, 200].map((now) => may(banned, 'customer.profile.view', mine, now))).toEqual([true, false, false, true])
    const ended = policy({ grants: [profile], restrictions: [{ ...deny(['customer.profile.view']), endedAt: 150 }] })
    expect([149, 150].map((now) => may(ended, 'customer.profile.view', mine, now))).toEqual([false, true])
  })

  it('T01: an unknown fact closes a grant and applies a restriction', () => {
    const tier = { conditions: [{ kind: 'valueTier', atLeast: 3 }] }
    expect(may(policy({ grants: [grant(['customer.profile.view'], tier)] }), 'customer.profile.view', facts({ valueTier: null }))).toBe(false)
    const banned = policy({ grants: [profile], restrictions: [deny(['customer.profile.view'], tier)] })
    expect([null, 2, 3].map((valueTier) => may(banned, 'customer.profile.view', facts({ valueTier })))).toEqual([false, true, false])
  })

  it('T01: a restriction that cannot be read takes everything, from everybody, the administrator too', () => {
    const rules = policy({ grants: [profile, grant(['system.policy.operate'])], restrictions: [{ id: 'broken', restriction: null }] })
    expect(decide(rules, 'customer.profile.view', prepare(rules, mine), 0)).toEqual({ operation: 'customer.profile.view', allowed: false, because: ['broken'] })
    expect(decideSystem(rules, 'system.policy.operate', 0).allowed).toBe(false)
    expect(mightEver(rules, 0)).toEqual([])
  })

  it('a restriction on "my team" of somebody without departments could mean anybody, so it applies', () => {
    const team = { scope: { kind: 'team' } }
    expect(may(policy({ grants: [profile], restrictions: [deny(['customer.profile.view'], team)], departmentIds: [] }), 'customer.profile.view')).toBe(false)
    expect(may(policy({ grants: [profile], restrictions: [deny(['customer.profile.view'], team)], departmentIds: [5] }), 'customer.profile.view')).toBe(true)
    expect(may(policy({ grants: [grant(['customer.profile.view'], team)], departmentIds: [] }), 'customer.profile.view')).toBe(false)
  })

  it('a deleted department ends the reach of grants and keeps that of restrictions', () => {
    const gone = facts({ ownerStaffId: 'x', ownerDepartmentId: 4 })
    const below = { scope: { kind: 'departments', departmentIds: [2] } }
    expect(may(policy({ grants: [grant(['customer.profile.view'], below)] }), 'customer.profile.view', gone)).toBe(false)
    expect(may(policy({ grants: [profile], restrictions: [deny(['customer.profile.view'], below)] }), 'customer.profile.view', gone)).toBe(false)
  })

  it('exceptions of a restriction are people, never roles', () => {
    const subject = (except: string[]) => ({ subject: { everyone: true, except } })
    expect(may(policy({ grants: [profile], restrictions: [deny(['customer.profile.view'], subject(['me']))] }), 'customer.profile.view')).toBe(true)
    expect(may(policy({ grants: [profile], restrictions: [deny(['customer.profile.view'], subject(['some']))] }), 'customer.profile.view')).toBe(false)
  })

  it('stops with an Invariant when a fact was not loaded', () => {
    const incomplete: CustomerFacts = JSON.parse('{"customerId":"c","follows":[]}')
    expect(() => prepare(policy({ grants: [profile] }), incomplete)).toThrow(Invariant)
  })

  it('gives the grants or the restrictions as reasons, sorted and once', () => {
    const rules = policy({ grants: [profile, profile], restrictions: [deny(['customer.profile.view'], { conditions: [{ kind: 'stage', anyOf: ['signed'] }] })] })
    expect(decide(rules, 'customer.profile.view', prepare(rules, mine), 0).because).toEqual(['g0', 'g1'])
    expect(decide(rules, 'customer.profile.view', prepare(rules, facts({ stage: 'signed' })), 0).because).toEqual(['no'])
  })
})

describe('records of my store', () => {
  const narrowed = grant(['talk.visits.edit', 'customer.profile.view'], { conditions: [{ kind: 'recordStoreIsMine' }] })

  it('S15: "some records" of the customer, and the one record only where it was made in my department itself', () => {
    const rules = policy({ grants: [profile, narrowed] })
    const at = (storeDepartmentId: number | null) => decideRecord(rules, 'talk.visits.edit', prepare(rules, mine), { storeDepartmentId }, 0).allowed
    expect(may(rules, 'talk.visits.edit')).toBe(true)
    expect([2, 3, 5, null].map(at)).toEqual([true, false, false, false])
  })

  it('mean nothing for units without records, and nothing without a department', () => {
    expect(may(policy({ grants: [narrowed] }), 'customer.profile.view')).toBe(false)
    expect(may(policy({ grants: [profile, narrowed], departmentIds: [] }), 'talk.visits.view')).toBe(false)
    expect(() => recordFilter(policy({ grants: [narrowed] }), 'customer.profile.view', { now: 0, dialect: 'sqlite' }, { alias: 'visits', storeColumn: 's' })).toThrow(Invariant)
  })

  it('in a restriction cannot be told from the customer, so the whole operation is denied', () => {
    const rules = policy({ grants: [profile, grant(['talk.visits.view'])], restrictions: [deny(['talk.visits.view'], { conditions: [{ kind: 'recordStoreIsMine' }] })] })
    expect(may(rules, 'talk.visits.view')).toBe(false)
    expect(decideRecord(rules, 'talk.visits.view', prepare(rules, mine), { storeDepartmentId: 5 }, 0).allowed).toBe(false)
  })
})

describe('marketing things and the system', () => {
  const at = (departmentId: number | null, creatorStaffId: string | null, more: object = {}) => ({ departmentId, creatorStaffId, ...more })

  it('reach by department and creator', () => {
    const team = policy({ grants: [grant(['marketing.entrances.view'], { scope: { kind: 'team' } })] })
    const own = policy({ grants: [grant(['marketing.entrances.view'], { scope: { kind: 'own' } })] })
    expect([at(2, null), at(3, 'me'), at(null, 'me')].map((one) => decideResource(team, 'marketing.entrances.view', one, 0).allowed)).toEqual([true, false, false])
    expect([at(5, 'me'), at(2, 'x'), at(2, null)].map((one) => decideResource(own, 'marketing.entrances.view', one, 0).allowed)).toEqual([true, false, false])
  })

  it('conditions about customers are unknown there; category and campaign are known when given', () => {
    const staged = policy({ grants: [grant(['marketing.templates.view'], { conditions: [{ kind: 'stage', anyOf: ['lead'] }] })] })
    expect(decideResource(staged, 'marketing.templates.view', at(2, 'me'), 0).allowed).toBe(false)
    const care = policy({ grants: [grant(['marketing.templates.view'], { conditions: [{ kind: 'templateCategory', anyOf: ['care'] }] })] })
    expect(decideResource(care, 'marketing.templates.view', at(2, 'me', { templateCategory: 'care' }), 0).allowed).toBe(true)
    expect(decideResource(care, 'marketing.templates.view', at(2, 'me'), 0).allowed).toBe(false)
    const banned = policy({ grants: [grant(['marketing.templates.view'])], restrictions: [deny(['marketing.templates.view'], { conditions: [{ kind: 'templateCategory', anyOf: ['care'] }] })] })
    expect([at(2, 'me', { templateCategory: 'sale' }), at(2, 'me')].map((one) => decideResource(banned, 'marketing.templates.view', one, 0).allowed)).toEqual([true, false])
  })

  it('never answer for what is bound to a customer', () => {
    expect(decideResource(policy({ grants: [profile] }), 'customer.profile.view', at(2, 'me'), 0).allowed).toBe(false)
  })

  it('system and strategy know only "all", and a restriction of them is not narrowed by a scope', () => {
    const own = { scope: { kind: 'own' } }
    expect(decideSystem(policy({ grants: [grant(['system.audit.view'], own)] }), 'system.audit.view', 0).allowed).toBe(false)
    expect(decideSystem(policy({ grants: [grant(['system.audit.operate'])] }), 'system.audit.view', 0).allowed).toBe(true)
    expect(decideSystem(policy({ grants: [grant(['system.audit.operate'])], restrictions: [deny(['system.audit.view'], own)] }), 'system.audit.operate', 0).allowed).toBe(false)
  })
})

describe('fieldsFor', () => {
  const shown = (rules: Policy, one = mine) => fieldsFor(rules, prepare(rules, one), 0)

  it('starts from the unit, lets the widest grant win, then tightens', () => {
    expect(shown(policy({ grants: [profile, grant(['customer.contact.view'])] })).presentation('mobile')).toBe('masked')
    const wide = [profile, grant(['customer.contact.view'], { fields: { mobile: 'hidden' } }), grant(['customer.contact.view'], { fields: { mobile: 'clear' } })]
    expect(shown(policy({ grants: wide })).presentation('mobile')).toBe('clear')
    const tight = policy({ grants: wide, restrictions: [deny(['customer.contact.view'], { fields: { mobile: 'masked', email: 'hidden' } })] })
    expect([shown(tight).presentation('mobile'), shown(tight).presentation('email'), shown(tight).presentation('address')]).toEqual(['masked', 'hidden', 'masked'])
    expect(may(tight, 'customer.contact.view')).toBe(true)
  })

  it('shows contract amounts in clear to those who may sign, unless signing is taken', () => {
    const signer = [profile, grant(['customer.contract.operate'])]
    expect(shown(policy({ grants: [profile, grant(['customer.contract.view'])] })).presentation('contractAmountFen')).toBe('masked')
    expect(shown(policy({ grants: signer })).presentation('contractAmountFen')).toBe('clear')
    expect(shown(policy({ grants: signer, restrictions: [deny(['customer.contract.operate'])] })).presentation('contractAmountFen')).toBe('masked')
  })

  it('lets write what is shown and whose operation is held', () => {
    const rules = policy({ grants: [profile, grant(['customer.contact.edit', 'customer.labels.edit'], { fields: { stage: 'hidden' } })] })
    expect([...shown(rules).writable]).toEqual(['mobile', 'email', 'address'])
    expect([...shown(rules, facts({ ownerStaffId: 'x' })).writable]).toEqual(['mobile', 'email', 'address'])
    expect(shown(policy({ grants: [grant(['customer.contact.edit'])] })).visible()).toEqual([])
  })

  it('S15: a grant narrowed to the records of my stores lets write no field of the customer', () => {
    const rules = policy({ grants: [profile, grant(['customer.contract.view']), grant(['customer.contract.edit'], { conditions: [{ kind: 'recordStoreIsMine' }] })] })
    expect(shown(rules).presentation('contractAmountFen')).toBe('masked')
    expect([...shown(rules).writable]).toEqual([])
    expect([...shown(policy({ grants: [profile, grant(['customer.contract.edit'])] })).writable]).toEqual(['contractAmountFen'])
  })

  it('T10: a field that is nowhere clear cannot be filtered by', () => {
    const at = { now: 0, dialect: 'sqlite' as const }
    const masked = policy({ grants: [profile, grant(['customer.contact.view', 'customer.labels.view'])] })
    expect([canFilterBy(masked, 'mobile', at), canFilterBy(masked, 'stage', at), canFilterBy(masked, 'valueTier', at)]).toEqual([false, true, false])
    const hidden = policy({ grants: [profile, grant(['customer.labels.view'])], restrictions: [deny(['customer.labels.view'], { fields: { stage: 'masked' } })] })
    expect(canFilterBy(hidden, 'stage', at)).toBe(false)
  })
})

describe('explain', () => {
  it('names what was missing, nearest first, and no value of the customer', () => {
    const rules = policy({
      grants: [
        grant(['customer.profile.view'], { scope: { kind: 'own' }, conditions: [{ kind: 'stage', anyOf: ['signed'] }] }),
        grant(['customer.profile.view'], { scope: { kind: 'team' } }),
      ],
    })
    expect(explain(rules, 'customer.profile.view', prepare(rules, facts({ stage: 'secret' })), 0)).toEqual({
      operation: 'customer.profile.view', allowed: false, because: [],
      nearMisses: [
        { grant: 'g1', missing: [{ kind: 'scope', scope: 'team' }] },
        { grant: 'g0', missing: [{ kind: 'scope', scope: 'own' }, { kind: 'condition', condition: 'stage' }] },
      ],
    })
    const over = policy({ grants: [profile, grant(['customer.labels.view'])], until: 10 })
    expect(explain(over, 'customer.labels.view', prepare(over, mine), 10).nearMisses[0]).toEqual({
      grant: 'g1', missing: [{ kind: 'time', from: null, until: 10 }, { kind: 'operation', operation: 'customer.profile.view' }],
    })
    expect(explain(over, 'customer.labels.view', prepare(over, mine), 9)).toMatchObject({ allowed: true, because: ['g1'], nearMisses: [] })
  })

  it('names the category and the campaign that the action is not about', () => {
    const about = (kind: string) => grant(['customer.profile.view'], { conditions: [{ kind, anyOf: ['a', 'b'] }] })
    const rules = policy({ grants: [about('templateCategory'), about('campaign')] })
    const missing = (context: object) => explain(rules, 'customer.profile.view', prepare(rules, mine), 0, context).nearMisses.map((miss) => [miss.grant, ...miss.missing.map((one) => ('condition' in one ? one.condition : one.kind))])
    expect(missing({})).toEqual([['g0', 'templateCategory'], ['g1', 'campaign']])
    expect(missing({ templateCategory: 'x', campaign: 'x' })).toEqual([['g0', 'templateCategory'], ['g1', 'campaign']])
    expect(missing({ templateCategory: 'a' })).toEqual([])
    expect(explain(rules, 'customer.profile.view', prepare(rules, mine), 0, { templateCategory: 'a' }).because).toEqual(['g0'])
  })

  it('names the lacking category of a grant that lacks something else as well, and only what lacks', () => {
    const rules = policy({ grants: [grant(['customer.profile.view'], { conditions: [{ kind: 'stage', anyOf: ['signed'] }, { kind: 'templateCategory', anyOf: ['a'] }, { kind: 'campaign', anyOf: ['b'] }] })] })
    const missing = (context: object) => explain(rules, 'customer.profile.view', prepare(rules, mine), 0, context).nearMisses[0]?.missing.map((one) => ('condition' in one ? one.condition : one.kind))
    expect([missing({ templateCategory: 'a', campaign: 'b' }), missing({ templateCategory: 'a' }), missing({ campaign: 'b' }), missing({})]).toEqual([['stage'], ['stage', 'campaign'], ['stage', 'templateCategory'], ['stage', 'templateCategory', 'campaign']])
  })

  it('says the same of a grant whatever was asked of it before: another time, another customer, hidden or not', () => {
    const timed = () => policy({ grants: [grant(['customer.labels.view'], { scope: { kind: 'own' }, conditions: [{ kind: 'stage', anyOf: ['signed'] }] })], from: 10, until: 20 })
    const asked = [9, 10, 19, 20].flatMap((now) => [mine, facts(), facts({ stage: 'signed' })].map((one) => ({ now, one })))
    const saysOf = (rules: Policy, { now, one }: (typeof asked)[number]) => explain(rules, 'customer.labels.view', prepare(rules, one), now).nearMisses
    for (const before of asked) {
      for (const then of asked) {
        const rules = timed()
        saysOf(rules, before)
        expect(saysOf(rules, then)).toEqual(saysOf(timed(), then))
      }
    }
    const time = { kind: 'time', from: 10, until: 20 }
    const times = [9, 10, 19, 20].map((now) => saysOf(timed(), { now, one: mine })[0]?.missing.filter((one) => one.kind === 'time'))
    expect(times).toEqual([[time], [], [], [time]])
  })

  it('keeps what it said of a grant with up to five statements, in force and about nothing', () => {
    const stages = (count: number, more: readonly object[] = []) => grant(['customer.profile.view'], { conditions: [...Array.from({ length: count }, (_, place) => ({ kind: 'stage', anyOf: [`s${place}`] })), ...more] })
    const kept = (one: RoleGrant, now = 10) => {
      const rules = policy({ grants: [one], from: 10, until: 20 })
      const [first, again] = [0, 1].map(() => explain(rules, 'customer.profile.view', prepare(rules, mine), now).nearMisses[0])
      expect(again).toEqual(first)
      return first !== undefined && again === first
    }
    expect([kept(stages(1)), kept(stages(5)), kept(stages(6)), kept(stages(1), 9), kept(stages(1), 20)]).toEqual([true, true, false, false, false])
    expect(kept(stages(1, [{ kind: 'campaign', anyOf: ['spring'] }]))).toBe(false)
  })
})

describe('rowFilter', () => {
  it('does not ask the same twice and knows when nothing can match', () => {
    const rules = policy({ grants: [grant(['customer.profile.view', 'customer.labels.view'], { scope: { kind: 'own' } })] })
    const filter = rowFilter(rules, 'customer.labels.view', { now: 0, dialect: 'sqlite' })
    expect(filter.sql.match(/owner_staff_id =/g)).toHaveLength(1)
    expect(rowFilter(policy({ grants: [] }), 'customer.labels.view', { now: 0, dialect: 'sqlite' })).toMatchObject({ sql: '(1 = 0)', isNothing: true })
    const other = rowFilter(rules, 'customer.labels.view', { now: 0, dialect: 'sqlite' })
    expect(Object.keys(filter.parameters).some((name) => name in other.parameters)).toBe(false)
  })
})
