import { Redis } from 'ioredis'

/** A connection to the Redis of the tests, or null when none answers; with CI=true a missing one is an error. */
export async function testRedis(): Promise<Redis | null> {
  const url = process.env['TEST_REDIS_URL'] ?? 'redis://127.0.0.1:6379'
  const redis = new Redis(url, { lazyConnect: true, connectTimeout: 2_000, maxRetriesPerRequest: 1, retryStrategy: () => null })
  redis.on('error', () => undefined)
  try {
    await redis.connect()
    return redis
  } catch (error) {
    redis.disconnect()
    if (process.env['CI'] === 'true') throw new Error(`no Redis at ${url}`, { cause: error })
    return null
  }
}
