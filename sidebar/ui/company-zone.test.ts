import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { companyMonth, companyZone, instantOf, setCompanyZone, wallText } from './company-zone.ts'
import { formatDay, formatMoment } from './format.ts'

describe('the company\'s zone', () => {
  beforeEach(() => setCompanyZone('Asia/Shanghai'))
  afterEach(() => setCompanyZone('Asia/Shanghai'))

  it('is the one that the server tells', () => {
    setCompanyZone('Europe/Berlin')
    expect([companyZone(), wallText(Date.UTC(2026, 5, 1, 22, 30)), companyMonth(Date.UTC(2026, 5, 30, 22, 30))]).toEqual(['Europe/Berlin', '2026-06-02T00:30', '2026-07'])
    const now = Date.UTC(2026, 5, 10)
    expect([formatDay(Date.UTC(2026, 5, 1, 22, 30), now), formatMoment(Date.UTC(2025, 11, 31, 22, 30), now)]).toEqual(['6/2', '2025/12/31 23:30'])
  })

  it.each([['Asia/Shanghai', '2026-11-26T10:00', Date.UTC(2026, 10, 26, 2)], ['America/New_York', '2026-11-26T10:00', Date.UTC(2026, 10, 26, 15)], ['Europe/Berlin', '2026-06-02T00:30', Date.UTC(2026, 5, 1, 22, 30)]])(
    'in %s %s is one instant, and back', (zone, text, instant) => {
      setCompanyZone(zone)
      expect([instantOf(text), wallText(instant)]).toEqual([instant, text])
    })

  it('knows an instant for the hour that clocks skip, and one of the two for the hour that they repeat', () => {
    setCompanyZone('Europe/Berlin')
    expect(wallText(instantOf('2026-03-29T02:30') ?? 0)).toBe('2026-03-29T03:30')
    expect(wallText(instantOf('2026-10-25T02:30') ?? 0)).toBe('2026-10-25T02:30')
  })

  it.each(['', '2026-06-02', '2026-13-01T00:00', '0002-06-02T10:00', 'tomorrow'])('%j is no time', (text) => expect(instantOf(text)).toBeNull())
})
