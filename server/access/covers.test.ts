import { describe, expect, it } from 'vitest'
import { Condition, type Scope } from '#shared/access/index'
import { grant } from '../../test/access/support/small-policy.ts'
import { grantsCover, isStepDown, staysNear } from './covers.ts'

const labels = (more: object = {}) => grant(['customer.labels.view'], more)
const covers = (wide: object, narrow: object) => grantsCover([labels(wide)], [labels(narrow)])

const scopes: readonly Scope[] = [
  { kind: 'own' }, { kind: 'followed' }, { kind: 'team' }, { kind: 'subtree' }, { kind: 'pool' }, { kind: 'departments', departmentIds: [2, 3] }, { kind: 'departments', departmentIds: [2] },
  { kind: 'customers', customerIds: ['a', 'b'] }, { kind: 'customers', customerIds: ['a'] }, { kind: 'all' },
]
const nameOf = (scope: Scope) => (scope.kind === 'departments' ? `departments ${scope.departmentIds.join()}` : scope.kind === 'customers' ? `customers ${scope.customerIds.join()}` : scope.kind)
/** The scopes in which a grant is no wider than in this one. */
const within = (is: (wide: Scope, narrow: Scope) => boolean) => Object.fromEntries(scopes.map((wide) => [nameOf(wide), scopes.filter((narrow) => is(wide, narrow)).map(nameOf)]))

describe('a grant is covered', () => {
  it('by a scope that reaches at least the same customers, whoever they are', () => {
    expect(within((wide, narrow) => covers({ scope: wide }, { scope: narrow }))).toEqual({
      'own': ['own'], 'followed': ['own', 'followed'], 'team': ['team'], 'subtree': ['team', 'subtree'], 'pool': ['pool'],
      'departments 2,3': ['departments 2,3', 'departments 2'], 'departments 2': ['departments 2'],
      'customers a,b': ['customers a,b', 'customers a'], 'customers a': ['customers a'], 'all': scopes.map(nameOf),
    })
  })

  it('operation by operation, by one grant each, with the views that edit and operate imply', () => {
    const [view, edit, operate] = [labels(), grant(['customer.labels.edit']), grant(['customer.labels.operate'])]
    expect([grantsCover([edit], [view]), grantsCover([view], [edit]), grantsCover([edit], [operate]), grantsCover([edit, operate], [grant(['customer.labels.edit', 'customer.labels.operate'])])]).toEqual([true, false, false, true])
    expect([grantsCover([], [view]), grantsCover([], []), grantsCover([view], [])]).toEqual([false, true, true])
    // Half of the customers by one grant and half by another is not all of them by one.
    expect(grantsCover([labels({ scope: { kind: 'own' } }), labels({ scope: { kind: 'team' } })], [labels({ scope: { kind: 'subtree' } })])).toBe(false)
    expect(grantsCover([view], [view, grant(['customer.contact.view'])])).toBe(false)
  })

  it('by conditions that ask no more: each of its own must hold wherever the other\'s hold', () => {
    const [lead, tier] = [{ kind: 'stage', anyOf: ['lead'] }, { kind: 'valueTier', atLeast: 3 }]
    expect([
      covers({}, { conditions: [lead] }), covers({ conditions: [lead] }, {}), covers({ conditions: [lead] }, { conditions: [tier, lead] }), covers({ conditions: [lead, tier] }, { conditions: [lead] }),
    ]).toEqual([true, false, true, false])
  })

  interface Words { readonly kind: string, readonly match?: string, readonly [more: string]: unknown }
  /** Each condition beside a narrower one. A condition covers itself; a narrower one does not cover the wider. */
  const pairs: readonly (readonly [wide: Words, narrow: Words])[] = [
    [{ kind: 'stage', anyOf: ['lead', 'signed'] }, { kind: 'stage', anyOf: ['lead'] }],
    [{ kind: 'openTask', anyOf: ['return', 'call'] }, { kind: 'openTask', anyOf: ['call'] }],
    [{ kind: 'templateCategory', anyOf: ['care', 'sale'] }, { kind: 'templateCategory', anyOf: ['care'] }],
    [{ kind: 'campaign', anyOf: ['spring', 'summer'] }, { kind: 'campaign', anyOf: ['spring'] }],
    [{ kind: 'journeyNode', match: 'current', anyOf: ['one', 'two'] }, { kind: 'journeyNode', match: 'current', anyOf: ['two'] }],
    [{ kind: 'journeyNode', match: 'reached', anyOf: ['one', 'two'] }, { kind: 'journeyNode', match: 'reached', anyOf: ['two'] }],
    [{ kind: 'journeyNode', match: 'reached', anyOf: ['one'] }, { kind: 'journeyNode', match: 'current', anyOf: ['one'] }],
    [{ kind: 'valueTier', atLeast: 2 }, { kind: 'valueTier', atLeast: 3 }],
    [{ kind: 'spend', atLeastFen: 100 }, { kind: 'spend', atLeastFen: 101 }],
    [{ kind: 'pool', departmentIds: [2, 3] }, { kind: 'pool', departmentIds: [3] }],
    [{ kind: 'tags', match: 'any', tagIds: ['a', 'b'] }, { kind: 'tags', match: 'any', tagIds: ['a'] }],
    [{ kind: 'tags', match: 'all', tagIds: ['a'] }, { kind: 'tags', match: 'all', tagIds: ['a', 'b'] }],
    [{ kind: 'tags', match: 'none', tagIds: ['a'] }, { kind: 'tags', match: 'none', tagIds: ['a', 'b'] }],
    [{ kind: 'tagGroups', match: 'any', groupIds: ['a', 'b'] }, { kind: 'tagGroups', match: 'any', groupIds: ['a'] }],
    [{ kind: 'tagGroups', match: 'all', groupIds: ['a'] }, { kind: 'tagGroups', match: 'all', groupIds: ['a', 'b'] }],
    [{ kind: 'tagGroups', match: 'none', groupIds: ['a'] }, { kind: 'tagGroups', match: 'none', groupIds: ['a', 'b'] }],
  ]
  const conditionCovers = (wide: object, narrow: object) => covers({ conditions: [wide] }, { conditions: [narrow] })

  it.each(pairs)('%o covers %o', (wide, narrow) => {
    expect([conditionCovers(wide, narrow), conditionCovers(narrow, wide), conditionCovers(wide, wide), conditionCovers(narrow, narrow)]).toEqual([true, false, true, true])
  })

  it('by the same condition in another order of what it names', () => {
    for (const [one, other] of [
      [{ kind: 'stage', anyOf: ['lead', 'signed'] }, { kind: 'stage', anyOf: ['signed', 'lead'] }],
      [{ kind: 'tags', match: 'all', tagIds: ['a', 'b'] }, { kind: 'tags', match: 'all', tagIds: ['b', 'a'] }],
    ] as const) expect([conditionCovers(one, other), conditionCovers(other, one)]).toEqual([true, true])
    expect(conditionCovers({ kind: 'recordStoreIsMine' }, { kind: 'recordStoreIsMine' })).toBe(true)
  })

  it('by no condition of another kind, and by no other match, whatever they name', () => {
    const wide = new Map([...pairs].reverse().map(([one]) => [`${one.kind} ${one.match ?? ''}`, one]))
    const kinds: readonly Words[] = [{ kind: 'recordStoreIsMine' }, ...wide.values()]
    expect(new Set(kinds.map((one) => one.kind))).toEqual(new Set(Condition.options.map((option) => option.shape.kind.value)))
    for (const one of kinds) {
      for (const other of kinds) {
        const standsWhereReached = one.match === 'reached' && other.match === 'current'
        expect([one, other, conditionCovers(one, other)]).toEqual([one, other, one === other || standsWhereReached])
      }
    }
    expect(conditionCovers({ kind: 'tags', match: 'any', tagIds: ['a'] }, { kind: 'tags', match: 'all', tagIds: ['a'] })).toBe(false)
  })

  it('by fields that are shown as widely, of the units of the operation alone', () => {
    const contract = (fields: object, more: readonly string[] = []) => grant(['customer.contract.view', ...more], { fields })
    const shown = (wide: object, narrow: object) => grantsCover([contract(wide)], [contract(narrow)])
    // The amount is masked unless something else is said.
    expect([shown({}, {}), shown({ contractAmountFen: 'masked' }, {}), shown({ contractAmountFen: 'hidden' }, {}), shown({}, { contractAmountFen: 'clear' }), shown({ contractAmountFen: 'clear' }, {})]).toEqual([true, true, false, false, true])
    expect(shown({}, { mobile: 'clear' })).toBe(true)
    // Whoever signs sees the amount in clear by the same grant, unless it says otherwise.
    const signs = ['customer.contract.operate']
    expect(grantsCover([contract({}, signs)], [contract({ contractAmountFen: 'clear' })])).toBe(true)
    expect(grantsCover([contract({ contractAmountFen: 'masked' }, signs)], [contract({ contractAmountFen: 'clear' })])).toBe(false)
    expect(grantsCover([contract({}), grant(['customer.contract.operate'], { fields: { contractAmountFen: 'masked' } })], [contract({}, signs)])).toBe(false)
  })
})

describe('a step down', () => {
  it('counts own customers as fewer than a team\'s, and a team\'s as fewer than a region\'s', () => {
    expect(within((from, to) => isStepDown([labels({ scope: from })], [labels({ scope: to })]))).toEqual({
      'own': ['own'], 'followed': ['own', 'followed'], 'team': ['own', 'followed', 'team', 'pool'], 'pool': ['own', 'followed', 'team', 'pool'], 'subtree': ['own', 'followed', 'team', 'subtree', 'pool'],
      'departments 2,3': ['departments 2,3', 'departments 2'], 'departments 2': ['departments 2'],
      'customers a,b': ['customers a,b', 'customers a'], 'customers a': ['customers a'], 'all': scopes.map(nameOf),
    })
  })

  it('gives no sight of pools to whoever saw no pool', () => {
    const sees = (kind: string) => [grant(['customer.profile.view'], { scope: { kind } })]
    const steps = [['subtree', 'pool'], ['pool', 'own'], ['pool', 'pool'], ['all', 'pool'], ['subtree', 'own'], ['team', 'followed']] as const
    expect(steps.map(([from, to]) => isStepDown(sees(from), sees(to)))).toEqual([false, false, true, true, true, true])
    const claims = (kind: string) => [grant(['customer.ownership.edit'], { scope: { kind } })]
    expect(isStepDown(claims('subtree'), claims('pool'))).toBe(true)
  })

  it('gives no operation, and no field, that was not there', () => {
    expect(isStepDown([labels()], [grant(['customer.labels.edit'])])).toBe(false)
    expect(isStepDown([grant(['customer.contact.view'])], [grant(['customer.contact.view'], { scope: { kind: 'own' }, fields: { mobile: 'clear' } })])).toBe(false)
    expect(isStepDown([labels({ conditions: [{ kind: 'stage', anyOf: ['lead'] }] })], [labels({ scope: { kind: 'own' } })])).toBe(false)
  })
})

describe('a role stays near', () => {
  const near = (operation: string, kind: string) => staysNear([grant([operation], { scope: kind === 'departments' ? { kind, departmentIds: [2] } : { kind } })])
  const kinds = ['own', 'followed', 'team', 'pool', 'subtree', 'departments', 'all'] as const

  it('with customers and decisions about requests of its holder and his departments themselves', () => {
    for (const operation of ['customer.profile.view', 'talk.visits.edit', 'marketing.approvals.view', 'marketing.approvals.operate']) {
      expect([operation, kinds.filter((kind) => near(operation, kind))]).toEqual([operation, ['own', 'followed', 'team', 'pool']])
    }
  })

  it('with the rest of marketing anywhere, except what sets the strategy, and with nothing of the system', () => {
    for (const operation of ['marketing.templates.view', 'marketing.reports.operate', 'marketing.strategy.edit']) expect([operation, kinds.filter((kind) => near(operation, kind))]).toEqual([operation, [...kinds]])
    for (const operation of ['marketing.strategy.operate', 'system.audit.view']) expect([operation, kinds.filter((kind) => near(operation, kind))]).toEqual([operation, []])
  })

  it('with all of its grants, and all of their operations', () => {
    expect(staysNear([])).toBe(true)
    expect(staysNear([labels({ scope: { kind: 'own' } }), labels()])).toBe(false)
    expect(staysNear([grant(['marketing.templates.view', 'customer.labels.view'])])).toBe(false)
  })
})
