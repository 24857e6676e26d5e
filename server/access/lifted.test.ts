import { describe, expect, it } from 'vitest'
import type { RoleGrant } from '#shared/access/index'
import { deny, grant, narrowed, profile, roleGrants, smallTree } from '../../test/access/support/small-policy.ts'
import type { CompanyPolicy } from './company-policy.ts'
import { liftsRestriction, wouldHoldAnything } from './lifted.ts'
import type { RestrictionInput } from './policy.ts'

function company(restrictions: readonly RestrictionInput[], byRole: Readonly<Record<string, readonly RoleGrant[]>> = {}): CompanyPolicy {
  return { tree: smallTree, grantsByRole: new Map(Object.entries(byRole).map(([roleKey, grants]) => [roleKey, roleGrants(grants)])), nodeGrants: [], restrictions, problems: [] }
}

describe('a change of roles lifts a restriction', () => {
  const of = (subject: object, more: Partial<RestrictionInput> = {}) => company([{ ...deny(['customer.contact.view'], { subject }), ...more }])
  const lifts = (rules: CompanyPolicy, before: readonly string[], after: readonly string[]) => liftsRestriction(rules, { staffId: 'me', before, after })

  it('when it met him as the holder of a role that he holds no longer, and of no other that it names', () => {
    const clerks = of({ roles: ['clerk', 'sales'] })
    expect([lifts(clerks, ['clerk'], []), lifts(clerks, ['clerk', 'service'], ['service']), lifts(clerks, ['clerk'], ['sales']), lifts(clerks, ['clerk', 'sales'], ['sales']), lifts(clerks, [], ['clerk']), lifts(clerks, ['service'], [])])
      .toEqual([true, true, false, false, false, false])
  })

  it('not when it meets him anyway, or never did', () => {
    for (const subject of [{ roles: ['clerk'], everyone: true }, { roles: ['clerk'], staffIds: ['me'] }, { roles: ['clerk'], except: ['me'] }]) expect([subject, lifts(of(subject), ['clerk'], [])]).toEqual([subject, false])
    expect(lifts(of({ roles: ['clerk'], staffIds: ['you'] }), ['clerk'], [])).toBe(true)
    expect(lifts(of({ roles: ['clerk'] }, { endedAt: 1 }), ['clerk'], [])).toBe(false)
    expect(lifts(company([{ id: 'unreadable', restriction: null }]), ['clerk'], [])).toBe(false)
    expect(lifts(company([deny(['customer.contact.view'], { subject: { roles: ['service'] } }), deny(['customer.contact.view'], { subject: { roles: ['clerk'] } })]), ['clerk'], [])).toBe(true)
  })
})

describe('something would be left to somebody', () => {
  const person = { staffId: 'me', active: true, roleKeys: ['clerk'], departmentIds: [2], temporary: [], shares: [], freezes: [] }
  const forATime = (until: number) => [{ id: 'temporary:1', source: { kind: 'temporary', grantId: '1' } as const, grant: grant(['customer.contact.view'], narrowed), until }]
  const clerks = company([], { clerk: [profile], empty: [] })

  it('by a role that gives something, and not by the one that goes', () => {
    expect([wouldHoldAnything(clerks, person, ['clerk'], 0), wouldHoldAnything(clerks, person, [], 0), wouldHoldAnything(clerks, person, ['empty'], 0)]).toEqual([true, false, false])
  })

  it('by what he holds for a time that is not over', () => {
    expect([9, 10, 11].map((until) => wouldHoldAnything(clerks, { ...person, temporary: forATime(until) }, [], 10))).toEqual([false, false, true])
  })
})
