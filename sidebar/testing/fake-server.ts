import { createApi, type Api } from '../api/client.ts'

export interface Call {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: Headers
  readonly body: unknown
}

type Reply = { readonly status?: number, readonly body: unknown }
type Handler = (call: Call) => Reply | Promise<Reply>

/** A server at the border of the browser: answers by method and path, remembers what it was asked. */
export interface FakeServer {
  readonly fetch: typeof fetch
  readonly calls: Call[]
  readonly on: (route: string, handler: Handler) => void
  /** The epoch that every answer carries from now on. */
  epoch: number
  /** The instant that every answer carries: the last one at which the clock changed the viewer's rules. */
  since: number
  isDown: boolean
}

/** An error answer in the shape of the contract. */
export const refusal = (status: number, code: string, message = '', data: object = {}): Reply =>
  ({ status, body: { error: { code, message, data, requestId: 'req-1' } } })

export const ok = (body: unknown): Reply => ({ body })

export function fakeServer(): FakeServer {
  const handlers = new Map<string, Handler>()
  const server: FakeServer = {
    calls: [],
    epoch: 7,
    since: 0,
    isDown: false,
    on: (route, handler) => { handlers.set(route, handler) },
    async fetch(input, init = {}) {
      const url = new URL(String(input), 'http://localhost')
      const call: Call = {
        method: init.method ?? 'GET', path: url.pathname, query: url.searchParams, headers: new Headers(init.headers),
        body: typeof init.body === 'string' ? JSON.parse(init.body) : null,
      }
      server.calls.push(call)
      if (server.isDown) throw new TypeError('Failed to fetch')
      const handler = handlers.get(`${call.method} ${call.path}`)
      const reply = handler ? await handler(call) : refusal(404, 'request.not_found')
      if (init.signal?.aborted) throw new DOMException('aborted', 'AbortError')
      return new Response(JSON.stringify(reply.body), {
        status: reply.status ?? 200, headers: { 'content-type': 'application/json', 'x-access-epoch': String(server.epoch), 'x-access-since': String(server.since) },
      })
    },
  }
  server.on('GET /api/epoch', () => ok({ epoch: server.epoch, since: server.since }))
  return server
}

export function apiOf(server: FakeServer, onSignedOut: () => void = () => {}): Api {
  return createApi({ fetch: server.fetch, language: () => 'zh-CN', onSignedOut })
}

/** An answer that the test gives when it wants to. */
export function later<T>(): { readonly promise: Promise<T>, readonly give: (value: T) => void } {
  let give: (value: T) => void = () => {}
  const promise = new Promise<T>((resolve) => { give = resolve })
  return { promise, give }
}
