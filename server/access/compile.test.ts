import { describe, expect, it } from 'vitest'
import { deny, factsOf, grant, narrowed, own, policyOf, profile, roleGrants, signed } from '../../test/access/support/small-policy.ts'
import { decide, decideSystem, prepare } from './decide.ts'
import { shows } from './presentation.ts'
import { customerFieldNames } from '#shared/access/index'

describe('compilePolicy', () => {
  it('gives reasons in the order of their ids, whatever the order in which the rules came', () => {
    const grants = roleGrants([profile, profile, profile])
    const restrictions = ['a', 'b', 'c'].map((id) => ({ ...deny(['customer.profile.view'], signed), id }))
    for (const order of [[0, 1, 2], [2, 1, 0], [1, 2, 0]]) {
      const rules = policyOf([], order.flatMap((place) => restrictions[place] ?? []), { grants: order.flatMap((place) => grants[place] ?? []) })
      const because = (stage: string) => decide(rules, 'customer.profile.view', prepare(rules, factsOf({ stage })), 0).because
      expect([because('lead'), because('signed')]).toEqual([['g0', 'g1', 'g2'], ['a', 'b', 'c']])
    }
  })

  it('keeps the order of what has one id, as the parts of a share have', () => {
    const parts = ['own', 'team', 'all', 'followed'].map((kind) => ({ id: 'share:1', source: { kind: 'share', shareId: '1' } as const, grant: grant(['customer.profile.view'], { scope: { kind } }) }))
    const names = policyOf([], [], { grants: parts }).grants.map((one) => one.missing.map((missing) => (missing.kind === 'scope' ? missing.scope : '')).join())
    expect(names).toEqual(['own', 'team', '', 'followed'])
  })

  it('keeps no rule that gives or takes nothing', () => {
    expect(policyOf([grant(['customer.profile.view', 'system.audit.view'], narrowed), grant(['system.audit.view'], own), grant(['marketing.strategy.view'], signed)]).rules).toEqual([])
    expect(policyOf([], [deny(['system.audit.view'], own)]).rules.map((rule) => [...rule.operations])).toEqual([['system.audit.view', 'system.audit.operate']])
    expect(policyOf([], [deny(['customer.labels.edit', 'system.audit.operate'], own)]).rules.map((rule) => [...rule.operations])).toEqual([['customer.labels.edit'], ['system.audit.operate']])
  })

  it('keeps what tightens fields apart from what takes operations', () => {
    const rules = policyOf([profile], [deny(['customer.labels.view']), { ...deny(['customer.labels.view'], { fields: { stage: 'hidden' } }), id: 'tight' }])
    expect(rules.tightenings.map((rule) => rule.id)).toEqual(['tight'])
    expect(rules.restrictionsOf.flat().map((rule) => rule.id)).toEqual(['no', 'no', 'no'])
  })

  it('takes what the system knows only as a whole, whatever the scope of the restriction', () => {
    const rules = policyOf([grant(['system.audit.view'])], [deny(['system.audit.view'], { ...own, ...signed })])
    expect(decideSystem(rules, 'system.audit.view', 0)).toMatchObject({ allowed: false, because: ['no'] })
  })
})

describe('what a grant shows', () => {
  const named = (operations: readonly string[], more: object = {}) => {
    const speaking = grant(operations, more)
    return shows({ operations: new Set(speaking.operations), ownStoreOnly: false, fields: speaking.fields })
      .map(({ place, width, widthToSigner }) => [customerFieldNames[place], width, widthToSigner])
  }

  it('are the fields of its units, in clear to those who sign, and none that it hides', () => {
    expect(named(['customer.contract.view'])).toEqual([['contractState', 2, 2], ['priceList', 2, 2], ['contractAmountFen', 1, 1]])
    expect(named(['customer.contract.view', 'customer.contract.operate'], { fields: { priceList: 'hidden' } })).toEqual([['contractState', 2, 2], ['contractAmountFen', 1, 2]])
    expect(named(['talk.visits.view'])).toEqual([])
  })
})
