import { flushPromises } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { apiOf, fakeServer, ok } from '../testing/fake-server.ts'
import { runAlone } from '../testing/render.ts'
import { aViewer } from '../testing/sample.ts'
import { routes } from './routes.ts'
import { useEpochPoll } from './useEpochPoll.ts'

beforeEach(() => vi.useFakeTimers())
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

describe('the epoch poll', () => {
  it('S26 asks every ten seconds and finds a change', async () => {
    const server = fakeServer()
    const api = apiOf(server)
    const { stop } = runAlone(() => useEpochPoll(api))
    await vi.advanceTimersByTimeAsync(10_000)
    server.epoch = 8
    await vi.advanceTimersByTimeAsync(10_000)
    expect(api.epoch.generation.value).toBe(1)
    stop()
    await vi.advanceTimersByTimeAsync(60_000)
    expect(server.calls).toHaveLength(2)
  })

  it('S18 S51 finds an end by the clock: the same epoch, another instant', async () => {
    const server = fakeServer()
    const api = apiOf(server)
    const { stop } = runAlone(() => useEpochPoll(api))
    await vi.advanceTimersByTimeAsync(20_000)
    expect(api.epoch.generation.value).toBe(0)
    server.since = 1_763_978_400_000
    await vi.advanceTimersByTimeAsync(20_000)
    expect(api.epoch.generation.value).toBe(1)
    stop()
  })

  it('S51 finds an end that came before its first question: what was read carries the instant too', async () => {
    const server = fakeServer()
    server.on('GET /api/me', () => ok(aViewer()))
    const api = apiOf(server)
    const { stop } = runAlone(() => useEpochPoll(api))
    await api.call(routes.readMe, {})
    server.since = 1_763_978_400_000
    await vi.advanceTimersByTimeAsync(10_000)
    expect(api.epoch.generation.value).toBe(1)
    stop()
  })

  it('asks nothing while nobody looks, and at once when somebody does', async () => {
    const server = fakeServer()
    const visibility = vi.spyOn(document, 'visibilityState', 'get').mockReturnValue('hidden')
    const { stop } = runAlone(() => useEpochPoll(apiOf(server)))
    await vi.advanceTimersByTimeAsync(30_000)
    expect(server.calls).toHaveLength(0)
    visibility.mockReturnValue('visible')
    document.dispatchEvent(new Event('visibilitychange'))
    await flushPromises()
    expect(server.calls).toHaveLength(1)
    stop()
  })

  it('says offline at the first silence, and expired after a minute of it', async () => {
    const server = fakeServer()
    const { result, stop } = runAlone(() => useEpochPoll(apiOf(server)))
    server.isDown = true
    await vi.advanceTimersByTimeAsync(10_000)
    expect([result.isOffline.value, result.isExpired.value]).toEqual([true, false])
    await vi.advanceTimersByTimeAsync(60_000)
    expect(result.isExpired.value).toBe(true)
    server.isDown = false
    await vi.advanceTimersByTimeAsync(10_000)
    expect([result.isOffline.value, result.isExpired.value]).toEqual([false, false])
    stop()
  })
})
