import { describe, expect, it } from 'vitest'
import { deny, factsOf, grant, narrowed, policyOf, profile, signed } from '../../test/access/support/small-policy.ts'
import type { CustomerField, RoleGrant } from '#shared/access/index'
import { prepare } from './decide.ts'
import { explainField, isTightened } from './explain-field.ts'
import type { RestrictionInput } from './policy.ts'
import { mayReveal } from './reveal.ts'
import { isTakenEverywhere } from './taken.ts'

const lead = factsOf()
const customer = factsOf({ stage: 'signed' })
const named = (id: string, one: RestrictionInput): RestrictionInput => ({ ...one, id })
const contact = (mobile: string, more: object = {}) => grant(['customer.contact.view'], { fields: { mobile }, ...more })
const tighten = (fields: object, more: object = {}) => deny(['customer.contact.view'], { fields, ...more })

describe('explainField', () => {
  const explained = (grants: readonly RoleGrant[], restrictions: readonly RestrictionInput[], field: CustomerField, facts = lead) => {
    const rules = policyOf(grants, restrictions)
    const { presentation, because } = explainField(rules, field, prepare(rules, facts), 0)
    return [presentation, ...because]
  }

  it('names the grants that show the field as widely as it is shown, and that reach the customer', () => {
    const grants = [profile, contact('masked'), contact('clear'), contact('clear', signed), contact('hidden'), grant(['customer.labels.view'])]
    expect(explained(grants, [], 'mobile')).toEqual(['clear', 'g2'])
    expect(explained(grants, [], 'mobile', customer)).toEqual(['clear', 'g2', 'g3'])
    expect(explained(grants.slice(0, 2), [], 'mobile')).toEqual(['masked', 'g1'])
    expect(explained([profile, contact('hidden')], [], 'mobile')).toEqual(['hidden'])
  })

  it('names the restrictions that tighten it, or that take the operation, where they reach the customer and make a difference', () => {
    const grants = [profile, contact('masked'), contact('clear')]
    const tight = [named('hides', tighten({ mobile: 'hidden' }, signed)), named('masks', tighten({ mobile: 'masked' })), named('other', tighten({ email: 'hidden' }))]
    expect(explained(grants, tight, 'mobile')).toEqual(['masked', 'g1', 'g2', 'masks'])
    expect(explained(grants, tight, 'mobile', customer)).toEqual(['hidden', 'hides', 'masks'])
    expect(explained(grants.slice(0, 2), tight.slice(1), 'mobile')).toEqual(['masked', 'g1'])
    expect(explained(grants, [deny(['customer.contact.view'], signed)], 'mobile')).toEqual(['clear', 'g2'])
    expect(explained(grants, [deny(['customer.contact.view'], signed)], 'mobile', customer)).toEqual(['hidden', 'no'])
    expect(explained([profile], tight, 'mobile', customer)).toEqual(['hidden'])
  })

  it('names who signs for an amount in clear, unless signing is taken', () => {
    const grants = [profile, grant(['customer.contract.operate']), grant(['customer.contract.view'])]
    const taken = [deny(['customer.contract.operate'], signed)]
    expect(explained(grants, taken, 'contractAmountFen')).toEqual(['clear', 'g1'])
    expect(explained(grants, taken, 'contractAmountFen', customer)).toEqual(['masked', 'g1', 'g2'])
    const masks = named('masks', deny(['customer.contract.view'], { fields: { contractAmountFen: 'masked' } }))
    expect(explained(grants, [...taken, masks], 'contractAmountFen')).toEqual(['masked', 'g1', 'g2', 'masks'])
    expect(explained(grants, [...taken, masks], 'contractAmountFen', customer)).toEqual(['masked', 'g1', 'g2'])
  })
})

describe('isTightened', () => {
  it('holds where any restriction in force tightens this field of this customer', () => {
    const rules = policyOf([profile], [named('a', tighten({ mobile: 'masked' }, { ...signed, from: 10, until: 20 })), named('b', tighten({ email: 'hidden' }))])
    const held = (field: CustomerField, facts = customer, now = 10) => isTightened(rules, field, prepare(rules, facts), now)
    expect([held('mobile'), held('email'), held('address')]).toEqual([true, true, false])
    expect([held('mobile', lead), held('mobile', customer, 9), held('mobile', customer, 19), held('mobile', customer, 20)]).toEqual([false, false, true, false])
  })
})

describe('mayReveal', () => {
  const reveals = (grants: readonly RoleGrant[], restrictions: readonly RestrictionInput[] = [], field: CustomerField = 'mobile') => {
    const rules = policyOf(grants, restrictions)
    return mayReveal(rules, field, prepare(rules, lead), 0)
  }
  const revealer = [profile, grant(['customer.contact.operate'])]

  it('of a masked field, by whoever holds its operation', () => {
    expect(reveals(revealer)).toBe(true)
    expect(reveals([profile, grant(['customer.contact.view'])])).toBe(false)
    expect(reveals(revealer, [deny(['customer.contact.operate'])])).toBe(false)
    expect(reveals(revealer, [deny(['customer.contact.operate'], signed)])).toBe(true)
  })

  it('never of what is hidden, clear already, or has no such operation', () => {
    expect(reveals([profile, grant(['customer.contact.operate'], { fields: { mobile: 'hidden' } })])).toBe(false)
    expect(reveals([...revealer, contact('clear')])).toBe(false)
    expect(reveals([profile, grant(['customer.labels.operate'], { fields: { stage: 'masked' } })], [], 'stage')).toBe(false)
    expect(reveals([grant(['customer.contact.operate'])])).toBe(false)
  })

  it('never of what a restriction masks, whatever one holds', () => {
    expect(reveals([...revealer, contact('clear')], [tighten({ mobile: 'masked' })])).toBe(false)
    expect(reveals(revealer, [tighten({ mobile: 'masked' })])).toBe(false)
    expect(reveals(revealer, [tighten({ email: 'masked' })])).toBe(true)
    expect(reveals(revealer, [tighten({ mobile: 'masked' }, signed)])).toBe(true)
  })

  it('S15: never by a grant that is narrowed to the records of my stores', () => {
    const amount = [profile, grant(['customer.contract.view'])]
    expect(reveals([...amount, grant(['customer.contract.operate'], narrowed)], [], 'contractAmountFen')).toBe(false)
    expect(reveals([...amount, grant(['customer.contract.operate'], { fields: { contractAmountFen: 'masked' } })], [], 'contractAmountFen')).toBe(true)
  })
})

describe('isTakenEverywhere', () => {
  const taken = (more: object, now = 0) => isTakenEverywhere(policyOf([profile], [deny(['customer.labels.view'], more)]), 'customer.labels.edit', now)

  it('holds for what a restriction without any condition takes, while it is in force', () => {
    expect(taken({})).toBe(true)
    expect([9, 10, 19, 20].map((now) => taken({ from: 10, until: 20 }, now))).toEqual([false, true, true, false])
    expect(taken(signed)).toBe(false)
    expect(taken({ conditions: [{ kind: 'campaign', anyOf: ['spring'] }] })).toBe(false)
    expect(taken({ ...signed, from: 10 }, 5)).toBe(false)
    expect(isTakenEverywhere(policyOf([profile], [deny(['customer.labels.edit'])]), 'customer.labels.view', 0)).toBe(false)
    expect(isTakenEverywhere(policyOf([profile]), 'customer.labels.view', 0)).toBe(false)
  })

  it('holds when one of several restrictions does so', () => {
    const several = [named('a', deny(['customer.labels.view'], signed)), named('b', deny(['customer.labels.view']))]
    expect(isTakenEverywhere(policyOf([profile], several), 'customer.labels.view', 0)).toBe(true)
  })

  it('holds for whatever is bound to a customer when the profile is taken', () => {
    const rules = policyOf([profile], [deny(['customer.profile.view'])])
    expect((['talk.visits.edit', 'customer.labels.view', 'marketing.reports.view'] as const).map((operation) => isTakenEverywhere(rules, operation, 0))).toEqual([true, true, false])
  })
})
