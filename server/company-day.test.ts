import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { companyDay, daysBefore } from './company-day.ts'

describe('a day of the company', () => {
  it('begins and ends at its own midnight', () => {
    const evening = Date.UTC(2026, 5, 2, 15, 59, 59, 999)
    expect(companyDay(evening, 'Asia/Shanghai')).toEqual({ day: '2026-06-02', endsAt: evening + 1 })
    expect(companyDay(evening + 1, 'Asia/Shanghai')).toEqual({ day: '2026-06-03', endsAt: evening + 1 + 86_400_000 })
  })

  it('has 23 or 25 hours where clocks are changed', () => {
    const spring = companyDay(Date.UTC(2026, 2, 29, 0, 30), 'Europe/Berlin')
    expect(spring).toEqual({ day: '2026-03-29', endsAt: Date.UTC(2026, 2, 29, 22) })
    expect(companyDay(Date.UTC(2026, 9, 25, 0, 30), 'Europe/Berlin')).toEqual({ day: '2026-10-25', endsAt: Date.UTC(2026, 9, 25, 23) })
  })

  it('ends exactly where the next one begins', () => {
    fc.assert(fc.property(fc.integer({ min: Date.UTC(2020, 0, 1), max: Date.UTC(2035, 0, 1) }), fc.constantFrom('Asia/Shanghai', 'Asia/Kolkata', 'America/New_York', 'Europe/Berlin'), (instant, zone) => {
      const { day, endsAt } = companyDay(instant, zone)
      expect(endsAt).toBeGreaterThan(instant)
      expect(companyDay(endsAt - 1, zone).day).toBe(day)
      expect(companyDay(endsAt, zone).day).not.toBe(day)
    }), { numRuns: 300 })
  })

  it('counts back over months', () => {
    expect([daysBefore('2026-03-01', 1), daysBefore('2026-06-02', 6)]).toEqual(['2026-02-28', '2026-05-27'])
  })
})
