import { dayOf, daysLater, isDay, startOfDay } from '../company-day.ts'
import { ProjectError, RequestInvalid } from '../errors.ts'

/** A closed day or month, and the days of its month up to its end: figures of a day depend on those before it. */
export interface ReportPeriod {
  readonly kind: 'day' | 'month'
  readonly from: string
  readonly to: string
  /** The first instants of the month's days up to `to`, and of the day behind. */
  readonly starts: readonly number[]
}

const firstOfMonth = (day: string): string => `${day.slice(0, 8)}01`
const monthLater = (first: string): string => firstOfMonth(daysLater(first, 31))
const earliest = '2000-01-01'

/** The first day of the present month. */
export function presentMonth(now: number, zone: string): string {
  return firstOfMonth(dayOf(now, zone))
}

/** Throws RequestInvalid for what is no day or no first of a month, `report.period_open` for what is not over. */
export function periodOf(kind: 'day' | 'month', from: string | undefined, now: number, zone: string): ReportPeriod {
  const today = dayOf(now, zone)
  const first = from ?? (kind === 'day' ? daysLater(today, -1) : firstOfMonth(daysLater(firstOfMonth(today), -1)))
  if (!isDay(first) || first < earliest || (kind === 'month' && first !== firstOfMonth(first))) throw new RequestInvalid(['from'])
  const last = kind === 'day' ? first : daysLater(monthLater(first), -1)
  if (last >= today) throw new ProjectError('report.period_open', 400, { until: daysLater(today, -1) })
  const starts: number[] = []
  for (let day = firstOfMonth(first); day <= daysLater(last, 1); day = daysLater(day, 1)) starts.push(startOfDay(day, zone))
  return { kind, from: first, to: last, starts }
}
