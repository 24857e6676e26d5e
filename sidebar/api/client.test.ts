import { describe, expect, it, vi } from 'vitest'
import { apiOf, fakeServer, later, ok, refusal } from '../testing/fake-server.ts'
import { aCard } from '../testing/sample.ts'
import { deskRoutes } from './desk/routes.ts'
import { ApiFailure, Superseded } from './failure.ts'
import { routes } from './routes.ts'

const chen = { params: { externalUserId: 'wmChen' } }

async function failureOf(work: Promise<unknown>): Promise<ApiFailure> {
  const thrown = await work.catch((error: unknown) => error)
  if (thrown instanceof ApiFailure) return thrown
  throw new Error('did not fail')
}

describe('the client', () => {
  it('fills the path, sends query and language, and escapes what is foreign', async () => {
    const server = fakeServer()
    server.on('GET /api/customers/a%2Fb%3F/orders', () => ok({ items: [], nextCursor: null }))
    await apiOf(server).call(routes.listOrders, { params: { externalUserId: 'a/b?' }, query: { cursor: undefined, limit: 20 } })
    expect(server.calls[0]?.query.toString()).toBe('limit=20')
    expect(server.calls[0]?.headers.get('accept-language')).toBe('zh-CN')
  })

  it('sends a write that has nothing to say as JSON too: the server takes no other', async () => {
    const server = fakeServer()
    server.on('POST /api/policy/drafts/d1/preview', () => ok({ previewId: 'p1', state: 'running' }))
    await apiOf(server).call(deskRoutes.startPolicyPreview, { params: { id: 'd1' } })
    expect(server.calls[0]?.headers.get('content-type')).toBe('application/json')
    expect(server.calls[0]?.body).toEqual({})
  })

  it('sends a write as JSON', async () => {
    const server = fakeServer()
    server.on('PATCH /api/customers/wmChen', () => ok(aCard()))
    await apiOf(server).call(routes.patchCustomer, { ...chen, body: { version: 3, name: '陈晓' } })
    expect(server.calls[0]).toMatchObject({ method: 'PATCH', body: { version: 3, name: '陈晓' } })
    expect(server.calls[0]?.headers.get('content-type')).toBe('application/json')
  })

  it.each([[401, 'signedOut'], [403, 'refused'], [404, 'missing'], [409, 'conflict'], [400, 'invalid'], [429, 'invalid'], [503, 'server']])(
    'reads a %i as %s, with code, message and data', async (status, kind) => {
      const server = fakeServer()
      server.on('GET /api/customers/wmChen', () => refusal(status, 'some.code', '说明', { fields: ['mobile'] }))
      const failure = await failureOf(apiOf(server).call(routes.readCustomer, chen))
      expect(failure).toMatchObject({ kind, code: 'some.code', message: '说明', data: { fields: ['mobile'] }, requestId: 'req-1' })
    })

  it('takes a body of another shape as a failure of the server, and a missing network as offline', async () => {
    const server = fakeServer()
    server.on('GET /api/customers/wmChen', () => ({ status: 502, body: 'Bad gateway' }))
    const api = apiOf(server)
    expect(await failureOf(api.call(routes.readCustomer, chen))).toMatchObject({ kind: 'server', code: 'internal.unexpected' })
    server.isDown = true
    expect(await failureOf(api.call(routes.readCustomer, chen))).toMatchObject({ kind: 'offline' })
  })

  it('says that the session ended', async () => {
    const server = fakeServer()
    server.on('GET /api/me', () => refusal(401, 'session.required'))
    const onSignedOut = vi.fn()
    await failureOf(apiOf(server, onSignedOut).call(routes.readMe, {}))
    expect(onSignedOut).toHaveBeenCalledOnce()
  })

  it('S26 starts a new generation when the epoch differs, not with the first answer', async () => {
    const server = fakeServer()
    const api = apiOf(server)
    await api.call(routes.readEpoch, {}, { anyEpoch: true })
    await api.call(routes.readEpoch, {}, { anyEpoch: true })
    expect(api.epoch.generation.value).toBe(0)
    server.epoch = 8
    await api.call(routes.readEpoch, {}, { anyEpoch: true })
    expect(api.epoch.generation.value).toBe(1)
  })

  it('S51 throws away a read that was asked before a right ended by the clock', async () => {
    const server = fakeServer()
    const slow = later<{ body: unknown }>()
    server.on('GET /api/customers/wmChen', () => slow.promise)
    const api = apiOf(server)
    await api.call(routes.readEpoch, {})
    const read = api.call(routes.readCustomer, chen).catch((error: unknown) => error)
    server.since = 1_763_978_400_000
    await api.call(routes.readEpoch, {}, { anyEpoch: true })
    slow.give(ok(aCard()))
    expect(await read).toBeInstanceOf(Superseded)
  })

  it('S26 throws away a read that was asked under former rules, but keeps what a write answered', async () => {
    const server = fakeServer()
    const slow = later<{ body: unknown }>()
    server.on('GET /api/customers/wmChen', () => slow.promise)
    server.on('PATCH /api/customers/wmChen', () => { server.epoch = 8; return ok(aCard()) })
    const api = apiOf(server)
    await api.call(routes.readEpoch, {})
    const read = api.call(routes.readCustomer, chen).catch((error: unknown) => error)
    expect(await api.call(routes.patchCustomer, { ...chen, body: { version: 3 } })).toEqual(aCard())
    slow.give(ok(aCard()))
    expect(await read).toBeInstanceOf(Superseded)
  })

  it('ends with Superseded when the caller turned away', async () => {
    const server = fakeServer()
    server.on('GET /api/customers/wmChen', () => ok(aCard()))
    const controller = new AbortController()
    const read = apiOf(server).call(routes.readCustomer, chen, { signal: controller.signal }).catch((error: unknown) => error)
    controller.abort()
    expect(await read).toBeInstanceOf(Superseded)
  })

  it('gives up after the usual time, or after that of a call that takes longer', async () => {
    vi.useFakeTimers()
    const waits = async (timeoutMs: number | undefined, passes: number): Promise<unknown> => {
      const server = fakeServer()
      const answer = later<ReturnType<typeof ok>>()
      server.on('GET /api/customers/wmChen', () => answer.promise)
      const read = apiOf(server).call(routes.readCustomer, chen, { timeoutMs }).then(() => 'answered', (error: unknown) => error)
      await vi.advanceTimersByTimeAsync(passes)
      answer.give(ok(aCard()))
      return read
    }
    try {
      expect(await waits(undefined, 14_000)).toBe('answered')
      expect(await waits(undefined, 16_000)).toBeInstanceOf(ApiFailure)
      expect(await waits(180_000, 170_000)).toBe('answered')
    } finally {
      vi.useRealTimers()
    }
  })
})
