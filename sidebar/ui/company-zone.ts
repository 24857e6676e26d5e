import { shallowRef } from 'vue'

/** Until the server has told. */
const usual = 'Asia/Shanghai'
const zone = shallowRef(usual)
const formats = new Map<string, Intl.DateTimeFormat>()

/** The company's zone, as the server tells it: days and times on the screens are its own, wherever the browser is. */
export const companyZone = (): string => zone.value

/** Called when it is known who is signed in. */
export function setCompanyZone(told: string): void {
  zone.value = told
}

function formatOf(name: string): Intl.DateTimeFormat {
  const format = formats.get(name) ?? new Intl.DateTimeFormat('en-US', {
    timeZone: name, hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit',
  })
  formats.set(name, format)
  return format
}

/** What the company's clocks show at an instant (Unix ms), read as if it were UTC. */
function wallClock(instant: number): number {
  const parts = new Map(formatOf(zone.value).formatToParts(instant).map((part) => [part.type, Number(part.value)]))
  const part = (name: Intl.DateTimeFormatPartTypes) => parts.get(name) ?? 0
  return Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'))
}

/** `2026-06-02T14:03` on the company's clocks. */
export const wallText = (instant: number): string => new Date(wallClock(instant)).toISOString().slice(0, 16)

/** The instant at which the company's clocks show this; null for what is no time. Where clocks skip it, as much later. */
export function instantOf(text: string): number | null {
  const wall = /^[1-9]\d{3}-\d\d-\d\dT\d\d:\d\d$/.test(text) ? Date.parse(`${text}:00Z`) : Number.NaN
  if (Number.isNaN(wall)) return null
  // The offset there a day before and after: around a change of clocks one of them is right.
  const day = 86_400_000
  const [first = wall, second = first] = [wall - (wallClock(wall - day) - (wall - day)), wall - (wallClock(wall + day) - (wall + day))]
  return [first, second].find((instant) => wallClock(instant) === wall) ?? Math.max(first, second)
}

/** The month of the company: `2026-06`. */
export const companyMonth = (instant: number): string => wallText(instant).slice(0, 7)
