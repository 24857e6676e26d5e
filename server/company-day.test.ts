import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { companyDay, dayOf, daysBefore, daysLater, isDay, startOfDay } from './company-day.ts'

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

const zones = ['Asia/Shanghai', 'America/New_York', 'Europe/Berlin', 'America/Sao_Paulo', 'Asia/Kathmandu', 'Pacific/Apia', 'UTC']

describe('the calendar of the company', () => {
  it('begin at midnight of the company, not of the machine', () => {
    expect(dayOf(Date.UTC(2026, 0, 14, 15, 59, 59, 999), 'Asia/Shanghai')).toBe('2026-01-14')
    expect(dayOf(Date.UTC(2026, 0, 14, 16), 'Asia/Shanghai')).toBe('2026-01-15')
    expect(startOfDay('2026-01-15', 'Asia/Shanghai')).toBe(Date.UTC(2026, 0, 14, 16))
  })

  it('begin at the first instant where clocks skip midnight, and at the first of two midnights', () => {
    expect(startOfDay('2017-10-15', 'America/Sao_Paulo')).toBe(Date.UTC(2017, 9, 15, 3))
    expect(startOfDay('2018-02-18', 'America/Sao_Paulo')).toBe(Date.UTC(2018, 1, 18, 3))
    expect(startOfDay('2026-03-30', 'Europe/Berlin')).toBe(Date.UTC(2026, 2, 29, 22))
  })

  it('cover all time without gap or overlap', () => {
    fc.assert(fc.property(fc.constantFrom(...zones), fc.integer({ min: Date.UTC(2012, 0, 1), max: Date.UTC(2030, 0, 1) }), (zone, instant) => {
      const day = dayOf(instant, zone)
      const start = startOfDay(day, zone)
      expect(start).toBeLessThanOrEqual(instant)
      expect(dayOf(start, zone)).toBe(day)
      expect(dayOf(start - 1, zone) < day).toBe(true)
    }))
  })

  it('count on over months and leap days, and are told from what is no day', () => {
    expect([daysLater('2028-02-28', 1), daysLater('2026-01-01', -1), daysLater('2026-12-31', 1)]).toEqual(['2028-02-29', '2025-12-31', '2027-01-01'])
    expect(['2026-02-28', '2028-02-29'].map(isDay)).toEqual([true, true])
    expect(['2026-02-29', '2026-2-1', '2026-13-01', 'x', '', '2026-01-15T00:00:00Z'].map(isDay)).toEqual([false, false, false, false, false, false])
  })
})
