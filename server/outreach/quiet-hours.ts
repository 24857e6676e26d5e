import type { EntityManager } from 'typeorm'
import { dayOf, daysLater, instantOn, minuteOfDay } from '../company-day.ts'
import { outreachSettings } from './outreach.entity.ts'

/** Minutes since midnight; over midnight when `from` is the later one. */
export interface QuietMinutes {
  readonly from: number
  readonly until: number
}

/** 21:00 to 08:00 (S42). */
export const shippedQuietHours: QuietMinutes = { from: 21 * 60, until: 8 * 60 }

/** Tasks that nobody confirmed are taken back this long before (S42), so none is made then either. */
const withdrawnBeforeMinutes = 10
const minutesOfDay = 1_440
/** Shorter than this there would be no day left to send in. */
export const shortestOpenMinutes = 60

/** How long the day is open with these quiet hours. */
export const openMinutes = ({ from, until }: QuietMinutes): number => (from - until + minutesOfDay) % minutesOfDay

/** Whether some minute that was quiet is not quiet any more. */
export function opensMore(before: QuietMinutes, after: QuietMinutes): boolean {
  const isQuiet = ({ from, until }: QuietMinutes, minute: number): boolean => (from < until ? minute >= from && minute < until : minute >= from || minute < until)
  return Array.from({ length: minutesOfDay }, (_, minute) => minute).some((minute) => isQuiet(before, minute) && !isQuiet(after, minute))
}

/** The company's night, in its own zone. */
export interface QuietHours {
  /** Nothing may be made, and what nobody confirmed is to be taken back: the night and the ten minutes before. */
  isClosed(at: number): boolean
  /** When tasks may be made: `at` itself unless it is closed. */
  opensAt(at: number): number
  /** When it closes next; `at` itself while it is closed. */
  closesAt(at: number): number
}

export function quietHours({ from, until }: QuietMinutes, zone: string): QuietHours {
  const closing = (from - withdrawnBeforeMinutes + minutesOfDay) % minutesOfDay
  const isClosed = (at: number): boolean => {
    const minute = minuteOfDay(at, zone)
    return closing < until ? minute >= closing && minute < until : minute >= closing || minute < until
  }
  const next = (at: number, minute: number): number => {
    const day = dayOf(at, zone)
    const today = instantOn(day, minute, zone)
    return today > at ? today : instantOn(daysLater(day, 1), minute, zone)
  }
  return { isClosed, opensAt: (at) => (isClosed(at) ? next(at, until) : at), closesAt: (at) => (isClosed(at) ? at : next(at, closing)) }
}

export const timeOf = (minutes: number): string => `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`

/** What the company decided, or what is shipped. */
export async function readQuietMinutes(db: EntityManager): Promise<QuietMinutes & { readonly version: number }> {
  const row = await db.findOneBy(outreachSettings, { id: 'company' })
  return row === null ? { ...shippedQuietHours, version: 0 } : { from: row.quietFrom, until: row.quietUntil, version: row.version }
}
