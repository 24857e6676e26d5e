import { describe, expect, it } from 'vitest'
import { customerFieldNames, customerFields } from '#shared/access/index'
import { deny, factsOf, grant, policyOf, profile, signed } from '../../test/access/support/small-policy.ts'
import { prepare } from './decide.ts'
import { fieldsFor } from './fields.ts'
import type { Policy } from './policy.ts'

const lead = factsOf()
const shown = (rules: Policy, facts = lead) => fieldsFor(rules, prepare(rules, facts), 0)

describe('fieldsFor', () => {
  it('shows each field of every unit that one holds, as the unit says', () => {
    const units = [...new Set(customerFieldNames.map((field) => customerFields[field].unit))]
    const fields = shown(policyOf([grant(units.map((unit) => `${unit}.view`))]))
    expect(fields.visible()).toEqual(customerFieldNames)
    expect(customerFieldNames.map((field) => fields.presentation(field))).toEqual(customerFieldNames.map((field) => customerFields[field].default))
    expect([...fields.writable]).toEqual([])
  })

  it('lets the widest grant win, whatever the order', () => {
    const contact = (mobile: string) => grant(['customer.contact.view'], { fields: { mobile } })
    for (const order of [['clear', 'masked'], ['masked', 'clear'], ['hidden', 'clear'], ['clear', 'hidden']]) expect(shown(policyOf([profile, ...order.map(contact)])).presentation('mobile')).toBe('clear')
    expect(shown(policyOf([profile, contact('hidden'), contact('masked')])).presentation('mobile')).toBe('masked')
  })

  it('lets nobody write what a restriction takes: the operation that writes it, or the field', () => {
    const editor = [profile, grant(['customer.contact.edit', 'customer.labels.edit'])]
    const writable = (restrictions: Parameters<typeof policyOf>[1], facts = lead) => [...shown(policyOf(editor, restrictions), facts).writable]
    expect(writable([])).toEqual(['mobile', 'email', 'address', 'stage'])
    expect(writable([deny(['customer.contact.edit'])])).toEqual(['stage'])
    expect(writable([deny(['customer.contact.edit'], signed)])).toEqual(['mobile', 'email', 'address', 'stage'])
    expect(writable([deny(['customer.contact.edit'], signed)], factsOf({ stage: 'signed' }))).toEqual(['stage'])
    expect(writable([deny(['customer.contact.view'])])).toEqual(['stage'])
    expect(writable([deny(['customer.contact.view'], { fields: { mobile: 'hidden', email: 'masked' } })])).toEqual(['email', 'address', 'stage'])
  })

  it('takes no field that a grant hides into what may be written', () => {
    expect([...shown(policyOf([profile, grant(['customer.contact.edit'], { fields: { mobile: 'hidden' } })])).writable]).toEqual(['email', 'address'])
  })

  it('shows an amount to those who sign where signing is not taken, and never wider than a restriction lets', () => {
    const amount = (restrictions: Parameters<typeof policyOf>[1], stage: string) => shown(policyOf([profile, grant(['customer.contract.operate'])], restrictions), factsOf({ stage })).presentation('contractAmountFen')
    const taken = [deny(['customer.contract.operate'], signed)]
    expect([amount(taken, 'lead'), amount(taken, 'signed')]).toEqual(['clear', 'masked'])
    const tight = [deny(['customer.contract.view'], { ...signed, fields: { contractAmountFen: 'hidden' } })]
    expect([amount(tight, 'lead'), amount(tight, 'signed')]).toEqual(['clear', 'hidden'])
  })

  it('are worked out once for customers to whom the same rules apply, and only for those', () => {
    const rules = policyOf([profile, grant(['customer.labels.view'], signed)])
    const one = shown(rules)
    expect(shown(rules, factsOf({ customerId: 'other', valueTier: 3 }))).toBe(one)
    expect(shown(rules, factsOf({ stage: 'signed' }))).not.toBe(one)
    expect([one.presentation('stage'), shown(rules, factsOf({ stage: 'signed' })).presentation('stage')]).toEqual(['hidden', 'clear'])
  })
})
