import type { Timers } from './ports.ts'

export interface RateLimit {
  readonly perSecond: number
  /** How many calls may go at once after a quiet time. */
  readonly burst: number
  /** The longest time that a call queues here before it is refused with the time to wait. */
  readonly maxWaitMs: number
}

/**
 * WeCom allows 10,000 calls a minute and 150,000 an hour per corp and API (WeCom doc path/90312);
 * 20 a second stay below both, with room for a second process.
 */
const usual: RateLimit = { perSecond: 20, burst: 200, maxWaitMs: 2_000 }

const special: Readonly<Record<string, RateLimit>> = {
  // 100 an hour per app; with caching we need one every two hours
  'get_jsapi_ticket': { perSecond: 60 / 3600, burst: 10, maxWaitMs: 0 },
  'ticket/get': { perSecond: 60 / 3600, burst: 10, maxWaitMs: 0 },
  'gettoken': { perSecond: 0.5, burst: 10, maxWaitMs: 2_000 },
  'media/upload': { perSecond: 5, burst: 10, maxWaitMs: 5_000 },
}

/** The limit of an endpoint: ours, then what the settings override. */
export function limitOf(endpoint: string, overrides: Readonly<Record<string, Partial<RateLimit>>> = {}): RateLimit {
  return { ...(special[endpoint] ?? usual), ...overrides[endpoint] }
}

export type Admission = { readonly admitted: true, readonly waitMs: number } | { readonly admitted: false, readonly retryAfterMs: number }

/** A token bucket per endpoint. A refused call takes nothing from the bucket. */
export function createRateLimiter(limits: (endpoint: string) => RateLimit, timers: Pick<Timers, 'now'>) {
  const buckets = new Map<string, { limit: RateLimit, tokens: number, at: number }>()

  return {
    /** Takes a place in the queue: go after `waitMs`, or come back after `retryAfterMs`. */
    admit(endpoint: string): Admission {
      const now = timers.now()
      const known = buckets.get(endpoint)
      const limit = known?.limit ?? limits(endpoint)
      const refilled = known === undefined ? limit.burst : known.tokens + ((now - known.at) / 1000) * limit.perSecond
      const tokens = Math.min(limit.burst, refilled) - 1
      const waitMs = tokens >= 0 ? 0 : (-tokens / limit.perSecond) * 1000
      if (waitMs > limit.maxWaitMs) {
        buckets.set(endpoint, { limit, tokens: tokens + 1, at: now })
        return { admitted: false, retryAfterMs: waitMs }
      }
      buckets.set(endpoint, { limit, tokens, at: now })
      return { admitted: true, waitMs }
    },
  }
}

const shortestPenaltyMs = 60_000
const longestPenaltyMs = 60 * 60_000

/**
 * Remembers which endpoints WeCom has closed (45009). The answer does not say which window was exceeded, so the
 * first penalty is a minute and each further one without a success between doubles, up to an hour.
 */
export function createPenalties(timers: Pick<Timers, 'now'>) {
  const closed = new Map<string, { until: number, lengthMs: number }>()

  return {
    /** Milliseconds until the endpoint may be called again; 0 if it is open. */
    remaining(endpoint: string): number {
      const entry = closed.get(endpoint)
      return entry === undefined ? 0 : Math.max(0, entry.until - timers.now())
    },
    /** Closes the endpoint and returns for how long. Calls that were under way together count once. */
    close(endpoint: string): number {
      const before = closed.get(endpoint)
      const now = timers.now()
      if (before !== undefined && before.until > now) return before.until - now
      const lengthMs = before === undefined ? shortestPenaltyMs : Math.min(longestPenaltyMs, before.lengthMs * 2)
      closed.set(endpoint, { until: now + lengthMs, lengthMs })
      return lengthMs
    },
    succeeded(endpoint: string): void {
      const entry = closed.get(endpoint)
      if (entry !== undefined && entry.until <= timers.now()) closed.delete(endpoint)
    },
  }
}
