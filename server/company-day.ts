/** A day of the company, as its people count it: quotas and limits by day begin anew at its midnight. */
export interface CompanyDay {
  /** `2026-06-02`. */
  readonly day: string
  /** The next midnight, Unix ms. */
  readonly endsAt: number
}

const dayMs = 86_400_000
const formats = new Map<string, Intl.DateTimeFormat>()

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone)
  if (known !== undefined) return known
  const made = new Intl.DateTimeFormat('en-CA', {
    timeZone: zone, hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit',
  })
  formats.set(zone, made)
  return made
}

/** The day in this zone (COMPANY_ZONE) to which an instant belongs; a day of 23 or 25 hours ends when its clocks say so. */
export function companyDay(instant: number, zone: string): CompanyDay {
  const local = localTime(instant, zone)
  let endsAt = instant - local.msOfDay + dayMs
  // Clocks were changed within the day: the guess lies an hour beside midnight.
  const guess = localTime(endsAt, zone)
  if (guess.msOfDay !== 0) endsAt += guess.day === local.day ? dayMs - guess.msOfDay : -guess.msOfDay
  return { day: local.day, endsAt }
}

/** The day so many days earlier, in the calendar alone. */
export function daysBefore(day: string, count: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) - count * dayMs).toISOString().slice(0, 10)
}

function localTime(instant: number, zone: string): { readonly day: string, readonly msOfDay: number } {
  const parts = new Map(formatOf(zone).formatToParts(instant).map((part) => [part.type, part.value]))
  const number = (name: Intl.DateTimeFormatPartTypes) => Number(parts.get(name))
  return {
    day: `${parts.get('year')}-${parts.get('month')}-${parts.get('day')}`,
    msOfDay: ((number('hour') * 60 + number('minute')) * 60 + number('second')) * 1000 + (((instant % 1000) + 1000) % 1000),
  }
}
