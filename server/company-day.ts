/** A day of the company, as its people count it: quotas and limits by day begin anew at its midnight. */
export interface CompanyDay {
  /** `2026-06-02`. */
  readonly day: string
  /** The next midnight, Unix ms. */
  readonly endsAt: number
}

const formats = new Map<string, Intl.DateTimeFormat>()

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone)
  if (known !== undefined) return known
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone, hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit',
  })
  formats.set(zone, format)
  return format
}

/** What a clock on the wall shows there, read as if it were UTC. */
function wallClock(instant: number, zone: string): number {
  const parts = new Map(formatOf(zone).formatToParts(instant).map((part) => [part.type, Number(part.value)]))
  const part = (name: Intl.DateTimeFormatPartTypes) => parts.get(name) ?? 0
  return Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'))
}

const dayMs = 86_400_000
const dayText = (utc: number): string => new Date(utc).toISOString().slice(0, 10)

/** The company's calendar day at an instant (Unix ms). */
export function dayOf(instant: number, zone: string): string {
  return dayText(wallClock(instant, zone))
}

/** The first instant of a day there, also where clocks are changed at midnight. */
export function startOfDay(day: string, zone: string): number {
  const utc = Date.parse(`${day}T00:00:00Z`)
  const offsetAt = (instant: number) => wallClock(instant, zone) - instant
  const [first = utc, second = first] = [utc - offsetAt(utc - dayMs), utc - offsetAt(utc + dayMs)].sort((one, other) => one - other)
  return dayOf(first, zone) === day ? first : second
}

/** The day in this zone (COMPANY_ZONE) to which an instant belongs; a day of 23 or 25 hours ends when its clocks say so. */
export function companyDay(instant: number, zone: string): CompanyDay {
  const day = dayOf(instant, zone)
  return { day, endsAt: startOfDay(daysLater(day, 1), zone) }
}

/** Minutes since midnight on the company's clocks. */
export function minuteOfDay(instant: number, zone: string): number {
  return Math.floor((wallClock(instant, zone) % dayMs) / 60_000)
}

/** The instant of a day at which its clocks show this minute; where they skip it, as many minutes after midnight. */
export function instantOn(day: string, minute: number, zone: string): number {
  const counted = startOfDay(day, zone) + minute * 60_000
  const shown = counted + (minute - minuteOfDay(counted, zone)) * 60_000
  return dayOf(shown, zone) === day && minuteOfDay(shown, zone) === minute ? shown : counted
}

/** The day so many days later, in the calendar alone. */
export function daysLater(day: string, days: number): string {
  return dayText(Date.parse(`${day}T00:00:00Z`) + days * dayMs)
}

/** The day so many days earlier. */
export const daysBefore = (day: string, count: number): string => daysLater(day, -count)

/** Whether the text is a day that exists. */
export function isDay(text: string): boolean {
  const utc = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN
  return !Number.isNaN(utc) && dayText(utc) === text
}
