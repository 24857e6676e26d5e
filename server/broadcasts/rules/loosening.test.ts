import { describe, expect, it } from 'vitest'
import { looseningOf } from './loosening.ts'
import { defaultRules, type BroadcastRules, type QuotaRule } from './rules.ts'

const rule = (more: Partial<QuotaRule> = {}): QuotaRule => ({ roles: [], monthsFrom: 0, monthsBelow: null, levelAtLeast: 0, category: null, tierBelow: null, perMonth: 100, perDay: 50, ...more })
const rules = (quotas: QuotaRule[], more: Partial<BroadcastRules> = {}): BroadcastRules => ({ quotas, frequency: { messages: 2, days: 7 }, approval: { leadFrom: 500, riskyCategories: ['promotion'] }, ...more })
const base = rules([rule({ roles: ['sales'], perMonth: 300 }), rule({ monthsBelow: 3, perMonth: 50 }), rule()])

describe('rules of broadcasts that give more than those before', () => {
  it('are not the same ones, lower caps, a longer window, an earlier lead, or one more cap beside them', () => {
    expect(looseningOf(defaultRules, defaultRules)).toEqual([])
    expect(looseningOf(base, rules([rule({ roles: ['sales'], perMonth: 200 }), rule({ monthsBelow: 3, perMonth: 50 }), rule({ perDay: 10 }), rule({ category: 'promotion', perMonth: 1 })]))).toEqual([])
    expect(looseningOf(base, { ...base, frequency: { messages: 1, days: 14 }, approval: { leadFrom: 10, riskyCategories: ['promotion', 'benefit'] } })).toEqual([])
    expect(looseningOf(base, rules([rule({ monthsBelow: 6, perMonth: 50 }), ...base.quotas]))).toEqual([])
  })

  it.each([
    ['a higher cap of a month', [rule({ roles: ['sales'], perMonth: 301 }), ...base.quotas.slice(1)]],
    ['a higher cap of a day', [...base.quotas.slice(0, 2), rule({ perDay: 51 })]],
    ['a shorter time as a newcomer', [base.quotas[0] ?? rule(), rule({ monthsBelow: 2, perMonth: 50 }), rule()]],
    ['one more role with the higher cap', [rule({ roles: ['sales', 'clerk'], perMonth: 300 }), ...base.quotas.slice(1)]],
    ['a level with a higher cap', [rule({ levelAtLeast: 2, perMonth: 400 }), ...base.quotas]],
    ['another order', [rule({ perMonth: 100 }), ...base.quotas]],
  ])('are %s', (_, quotas) => { expect(looseningOf(base, rules(quotas))).toEqual(['quotas']) })

  it('are rules for certain messages that are gone, and those that only two roles together tell apart', () => {
    const withCategory = rules([...base.quotas, rule({ category: 'promotion', perMonth: 5 })])
    expect(looseningOf(withCategory, base)).toEqual(['quotas'])
    const [a, b] = [rule({ roles: ['a'], perMonth: 10 }), rule({ roles: ['b'], perMonth: 20 })]
    expect(looseningOf(rules([a, b, rule()]), rules([b, a, rule()]))).toEqual(['quotas'])
  })

  it('are more messages to one customer, a shorter window, a later lead, a category that is risky no more', () => {
    for (const frequency of [{ messages: 3, days: 7 }, { messages: 2, days: 6 }]) expect(looseningOf(base, { ...base, frequency })).toEqual(['frequency'])
    for (const approval of [{ leadFrom: 501, riskyCategories: ['promotion'] }, { leadFrom: 500, riskyCategories: [] }]) expect(looseningOf(base, { ...base, approval })).toEqual(['approval'])
  })

  it('are told for rules about so many roles that nobody compares them', () => {
    const many = rules(Array.from({ length: 100 }, (_, place) => rule({ roles: Array.from({ length: 50 }, (_unused, one) => `r${place}-${one}`), monthsFrom: place })))
    expect(looseningOf(many, many)).toEqual(['quotas'])
  })
})
