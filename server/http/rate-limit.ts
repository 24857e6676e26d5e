import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes, type RateLimiterAbstract } from 'rate-limiter-flexible'
import type { Redis } from 'ioredis'
import { RateLimited } from '../errors.ts'

export interface RateLimit {
  /** Counts one use for `key`; throws `RateLimited` with the seconds to wait. */
  use(key: string): Promise<void>
}

/** At most `points` uses in `seconds`, shared by all processes when Redis is there. */
export function createRateLimit(name: string, points: number, seconds: number, redis: Redis | null): RateLimit {
  const memory = new RateLimiterMemory({ keyPrefix: name, points, duration: seconds })
  // Without Redis for a moment the local count still limits.
  const limiter: RateLimiterAbstract = redis === null
    ? memory
    : new RateLimiterRedis({ storeClient: redis, keyPrefix: `scrm:limit:${name}`, points, duration: seconds, insuranceLimiter: memory })
  return {
    use: async (key) => {
      try {
        await limiter.consume(key)
      } catch (error) {
        if (error instanceof RateLimiterRes) throw new RateLimited(Math.max(1, Math.ceil(error.msBeforeNext / 1000)))
        throw error
      }
    },
  }
}
