import { describe, expect, it, vi } from 'vitest'
import { apiOf, fakeServer } from '../testing/fake-server.ts'
import { createSdkBridge } from './sdk-bridge.ts'

/** The SDK looks at the user agent once, while it loads. */
vi.hoisted(() => vi.stubGlobal('navigator', { userAgent: 'Mozilla/5.0 (X11; Linux x86_64) Chrome/120' }))

describe('the SDK bridge in an ordinary browser', () => {
  it('knows that this is not WeCom, and asks nothing', () => {
    const server = fakeServer()
    expect(createSdkBridge(apiOf(server), () => 'https://scrm.example/sidebar/').isInside).toBe(false)
    expect(server.calls).toHaveLength(0)
  })
})
