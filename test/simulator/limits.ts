import { WecomFault } from './fault.ts'
import type { FrequencyLimits } from './options.ts'

interface Window {
  from: number
  count: number
}

const minuteMs = 60_000
const hourMs = 3_600_000
const dayMs = 86_400_000
const official: NonNullable<FrequencyLimits['byPath']> = {
  '/cgi-bin/get_jsapi_ticket': { perHour: 100 },
  '/cgi-bin/ticket/get': { perHour: 100 },
  '/cgi-bin/media/uploadimg': { perDay: 1_000 },
}

/** Counts calls per API; whoever exceeds a window is shut out for the length of that window (WeCom doc path/90312). */
export class FrequencyLimiter {
  readonly #limits: FrequencyLimits
  readonly #windows = new Map<string, Window>()
  readonly #blockedUntil = new Map<string, number>()

  constructor(limits: FrequencyLimits) {
    this.#limits = limits
  }

  /** Counts one call; 45009 while the API is shut. */
  check(path: string, now: number, debug: boolean): void {
    const rules = { ...official[path], ...this.#limits.byPath?.[path] }
    if ((this.#blockedUntil.get(path) ?? 0) > now) throw new WecomFault(45009)
    this.#count(path, 'minute', minuteMs, debug ? 5 : rules.perMinute ?? this.#limits.perMinute ?? 10_000, now)
    this.#count(path, 'hour', hourMs, rules.perHour ?? this.#limits.perHour ?? 150_000, now)
    if (rules.perDay !== undefined) this.#count(path, 'day', dayMs, rules.perDay, now)
  }

  #count(path: string, name: string, lengthMs: number, max: number, now: number): void {
    const key = `${path} ${name}`
    const known = this.#windows.get(key)
    const window = known !== undefined && now - known.from < lengthMs ? known : { from: now, count: 0 }
    window.count += 1
    this.#windows.set(key, window)
    if (window.count <= max) return
    this.#blockedUntil.set(path, now + lengthMs)
    throw new WecomFault(45009)
  }
}
