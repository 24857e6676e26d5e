import { describe, expect, it } from 'vitest'
import { openMinutes, quietHours, shippedQuietHours } from './quiet-hours.ts'

const shanghai = 'Asia/Shanghai'
const at = (text: string) => Date.parse(text)
const iso = (instant: number) => new Date(instant).toISOString()

describe('S42 quiet hours', () => {
  const night = quietHours(shippedQuietHours, shanghai)

  it.each([
    ['2026-06-01T20:49:59.999+08:00', false], ['2026-06-01T20:50:00+08:00', true], ['2026-06-01T21:00:00+08:00', true], ['2026-06-02T00:00:00+08:00', true],
    ['2026-06-02T07:59:59.999+08:00', true], ['2026-06-02T08:00:00+08:00', false], ['2026-06-02T12:00:00+08:00', false],
  ])('%s is closed: %s', (text, closed) => {
    expect(night.isClosed(at(text))).toBe(closed)
  })

  it('says when it opens and closes next', () => {
    for (const text of ['2026-06-01T20:50:00+08:00', '2026-06-01T23:10:00+08:00', '2026-06-02T07:59:59+08:00']) expect(iso(night.opensAt(at(text)))).toBe('2026-06-02T00:00:00.000Z')
    expect(night.opensAt(at('2026-06-01T10:00:00+08:00'))).toBe(at('2026-06-01T10:00:00+08:00'))
    for (const text of ['2026-06-01T08:00:00+08:00', '2026-06-01T20:49:00+08:00']) expect(iso(night.closesAt(at(text)))).toBe('2026-06-01T12:50:00.000Z')
    expect(night.closesAt(at('2026-06-01T22:00:00+08:00'))).toBe(at('2026-06-01T22:00:00+08:00'))
  })

  it('may lie within a day, or leave little of it open', () => {
    const noon = quietHours({ from: 12 * 60, until: 13 * 60 }, shanghai)
    expect([at('2026-06-01T11:49:00+08:00'), at('2026-06-01T11:50:00+08:00'), at('2026-06-01T13:00:00+08:00')].map((instant) => noon.isClosed(instant))).toEqual([false, true, false])
    const early = quietHours({ from: 5, until: 60 }, shanghai)
    expect([at('2026-06-01T23:54:00+08:00'), at('2026-06-01T23:55:00+08:00'), at('2026-06-02T00:30:00+08:00'), at('2026-06-02T01:00:00+08:00')].map((instant) => early.isClosed(instant))).toEqual([false, true, true, false])
    expect([openMinutes(shippedQuietHours), openMinutes({ from: 480, until: 480 }), openMinutes({ from: 510, until: 480 })]).toEqual([780, 0, 30])
  })

  it('follow the clocks of the company where they are changed', () => {
    const newYork = quietHours(shippedQuietHours, 'America/New_York')
    // 2026-03-08: 02:00 becomes 03:00; 2026-11-01: 02:00 becomes 01:00.
    expect(iso(newYork.opensAt(at('2026-03-07T23:00:00-05:00')))).toBe('2026-03-08T12:00:00.000Z')
    expect(iso(newYork.opensAt(at('2026-10-31T23:00:00-04:00')))).toBe('2026-11-01T13:00:00.000Z')
    const gap = quietHours({ from: 21 * 60, until: 150 }, 'America/New_York')
    const opens = gap.opensAt(at('2026-03-07T23:00:00-05:00'))
    expect([iso(opens), gap.isClosed(opens)]).toEqual(['2026-03-08T07:30:00.000Z', false])
  })

  it('a step that waits for the opening never finds itself at the same instant, over a year in three zones', () => {
    for (const zone of [shanghai, 'America/New_York', 'Australia/Lord_Howe']) {
      const hours = quietHours({ from: 21 * 60 + 7, until: 2 * 60 + 30 }, zone)
      for (let instant = at('2026-01-01T00:00:00Z'); instant < at('2027-01-01T00:00:00Z'); instant += 7 * 3_600_000 + 60_000) {
        const [opens, closes] = [hours.opensAt(instant), hours.closesAt(instant)]
        expect([hours.isClosed(instant) ? opens > instant : opens === instant, hours.isClosed(instant) ? closes === instant : closes > instant, opens - instant < 26 * 3_600_000]).toEqual([true, true, true])
      }
    }
  })
})
