import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRateLimiter, limitOf } from './rate-limit.ts'

describe('rate limit', () => {
  it('never lets more through than burst plus rate, whatever the arrivals', () => {
    const limit = { perSecond: 5, burst: 3, maxWaitMs: 1_000 }
    fc.assert(fc.property(fc.array(fc.integer({ min: 0, max: 700 }), { minLength: 1, maxLength: 80 }), (gaps) => {
      let now = 0
      const limiter = createRateLimiter(() => limit, { now: () => now })
      const starts: number[] = []
      for (const gap of gaps) {
        now += gap
        const admission = limiter.admit('x')
        if (admission.admitted) {
          expect(admission.waitMs).toBeLessThanOrEqual(limit.maxWaitMs)
          starts.push(now + admission.waitMs)
        } else expect(admission.retryAfterMs).toBeGreaterThan(limit.maxWaitMs)
      }
      expect(starts).toEqual([...starts].sort((left, right) => left - right))
      starts.forEach((start, at) => {
        const within = starts.slice(at).filter((other) => other < start + 1_000).length
        expect(within).toBeLessThanOrEqual(limit.burst + limit.perSecond + 1)
      })
    }))
  })

  it('stays below WeCom’s own limits by default', () => {
    for (const endpoint of ['externalcontact/get', 'gettoken', 'media/upload']) {
      const { perSecond, burst } = limitOf(endpoint)
      expect(burst + perSecond * 60).toBeLessThan(10_000)
      expect(burst + perSecond * 3600).toBeLessThan(150_000)
    }
    for (const endpoint of ['get_jsapi_ticket', 'ticket/get']) {
      const { perSecond, burst } = limitOf(endpoint)
      expect(burst + perSecond * 3600).toBeLessThan(100)
    }
    expect(limitOf('externalcontact/get', { 'externalcontact/get': { burst: 1 } })).toMatchObject({ burst: 1, perSecond: 20 })
  })

  it('keeps endpoints apart', () => {
    const limiter = createRateLimiter(() => ({ perSecond: 1, burst: 1, maxWaitMs: 0 }), { now: () => 0 })
    expect(limiter.admit('a')).toEqual({ admitted: true, waitMs: 0 })
    expect(limiter.admit('b')).toEqual({ admitted: true, waitMs: 0 })
    expect(limiter.admit('a')).toEqual({ admitted: false, retryAfterMs: 1_000 })
  })
})
