import { describe, expect, it } from 'vitest'
import { figuresOf } from './hidden-figures.ts'
import { isOverWecomLimit, isTooOften, daysAround } from './audience/frequency.ts'

const group = (count: number, hidden = count) => ({ count, hidden })

describe('figures about customers of whom some are hidden', () => {
  it('S17 are exact without hidden ones, and from five on', () => {
    expect(figuresOf([group(3, 0), group(0), group(5)])).toEqual([{ value: 3 }, { value: 0 }, { value: 5 }])
  })

  it('S17 are withheld below five, also where the visible ones are many', () => {
    expect(figuresOf([group(100, 4), group(9, 3)])).toEqual([{ suppressed: true }, { suppressed: true }])
  })

  it('S17 withhold another one where the sum of all would tell a single small one', () => {
    expect(figuresOf([group(2), group(30), group(7), group(1, 0)])).toEqual([{ suppressed: true }, { value: 30 }, { suppressed: true }, { value: 1 }])
    expect(figuresOf([group(2), group(3), group(7)])).toEqual([{ suppressed: true }, { suppressed: true }, { value: 7 }])
  })
})

describe('how often a customer may be written to', () => {
  it('S43 no window of the rule holds more messages than it says, before or after the planned day', () => {
    const rule = { messages: 2, days: 7 }
    expect(isTooOften(['2026-11-20'], '2026-11-25', rule)).toBe(false)
    expect(isTooOften(['2026-11-20', '2026-11-25'], '2026-11-25', rule)).toBe(true)
    expect(isTooOften(['2026-11-19', '2026-12-01'], '2026-11-25', rule)).toBe(false)
    expect(isTooOften(['2026-11-22', '2026-11-28'], '2026-11-25', rule)).toBe(true)
    expect(isTooOften(['2026-11-18', '2026-12-02'], '2026-11-25', rule)).toBe(false)
    expect(isTooOften(['2026-11-19'], '2026-11-25', { messages: 1, days: 7 })).toBe(true)
    expect(isTooOften(['2026-11-24'], '2026-11-25', { messages: 1, days: 1 })).toBe(false)
  })

  it('knows WeCom\'s own limit: as many in a month as it has days', () => {
    const days = Array.from({ length: 28 }, (_, nth) => `2026-02-${String(nth + 1).padStart(2, '0')}`)
    expect([isOverWecomLimit(days, '2026-02-10'), isOverWecomLimit(days.slice(1), '2026-02-10'), isOverWecomLimit(days, '2026-03-10')]).toEqual([true, false, false])
    expect(daysAround('2026-02-03', { messages: 1, days: 7 })).toEqual({ from: '2026-01-28', to: '2026-02-28' })
  })
})
