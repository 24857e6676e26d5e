import { createServer, type IncomingMessage } from 'node:http'
import { createWecomClient } from '../../server/wecom/client.ts'
import type { CallOutcome, TokenStore, WecomClientOptions } from '../../server/wecom/ports.ts'

/** For tests: one HTTP request as WeCom would see it. */
export interface Recorded {
  readonly endpoint: string
  readonly method: string
  readonly query: Readonly<Record<string, string>>
  readonly contentType: string
  readonly raw: Buffer
  readonly body: unknown
}

export type Reply =
  | { readonly json: unknown }
  | { readonly status: number, readonly text: string }
  | 'cut'
  | 'hang'

type Route = Reply | ((request: Recorded, nth: number) => Reply | Promise<Reply>)

export const ok = (fields: object = {}): Reply => ({ json: { errcode: 0, errmsg: 'ok', ...fields } })
export const fail = (errcode: number): Reply => ({ json: { errcode, errmsg: `refused SECRET-IN-ERRMSG, hint: [1_1_a]` } })

async function record(request: IncomingMessage): Promise<Recorded> {
  const chunks: Buffer[] = []
  for await (const chunk of request) if (Buffer.isBuffer(chunk)) chunks.push(chunk)
  const url = new URL(request.url ?? '/', 'http://localhost')
  const raw = Buffer.concat(chunks)
  const contentType = request.headers['content-type'] ?? ''
  const body: unknown = contentType.startsWith('application/json') ? JSON.parse(raw.toString()) : null
  return {
    endpoint: url.pathname.replace(/^\/cgi-bin\//, ''), method: request.method ?? '', query: Object.fromEntries(url.searchParams), contentType, raw, body,
  }
}

/** A store in memory, as another part of the system would offer it. */
export function memoryStore(): TokenStore & { readonly entries: Map<string, { value: string, expiresAt: number }> } {
  const entries = new Map<string, { value: string, expiresAt: number }>()
  return {
    entries,
    read: (key) => Promise.resolve(entries.get(key) ?? null),
    write: (key, value, expiresAt) => {
      entries.set(key, { value, expiresAt })
      return Promise.resolve()
    },
    drop: (key, value) => {
      if (entries.get(key)?.value === value) entries.delete(key)
      return Promise.resolve()
    },
  }
}

/** For tests: a server on a free port that answers by endpoint, and a client that talks to it without real waiting. */
export async function cannedWecom(routes: Readonly<Record<string, Route>>, settings: Partial<WecomClientOptions> = {}) {
  const requests: Recorded[] = []
  const counts = new Map<string, number>()
  const all: Readonly<Record<string, Route>> = {
    gettoken: (_request, nth) => ok({ access_token: `TOKEN-${String(nth)}`, expires_in: 7200 }),
    ...routes,
  }
  const server = createServer((request, response) => {
    void record(request).then(async (recorded) => {
      requests.push(recorded)
      const nth = (counts.get(recorded.endpoint) ?? 0) + 1
      counts.set(recorded.endpoint, nth)
      const route = all[recorded.endpoint] ?? { status: 404, text: 'no such route' }
      const reply = typeof route === 'function' ? await route(recorded, nth) : route
      if (reply === 'cut') request.socket.destroy()
      else if (reply !== 'hang') {
        response.statusCode = 'json' in reply ? 200 : reply.status
        response.end('json' in reply ? JSON.stringify(reply.json) : reply.text)
      }
    })
  })
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0

  const time = { wall: 1_767_225_600_000, monotonic: 0, slept: new Array<number>() }
  const logged: { level: string, fields: object, message: string }[] = []
  const outcomes: [string, CallOutcome][] = []
  const options: WecomClientOptions = {
    apiBase: `http://127.0.0.1:${String(port)}`,
    corpId: 'ww-corp', agentId: 1000002, secrets: { app: 'SECRET-APP', contact: 'SECRET-CONTACT' },
    tokens: memoryStore(), clock: () => time.wall, timeoutMs: 400,
    log: {
      warn: (fields, message) => { logged.push({ level: 'warn', fields, message }) },
      info: (fields, message) => { logged.push({ level: 'info', fields, message }) },
    },
    onCall: (endpoint, outcome) => { outcomes.push([endpoint, outcome]) },
    timers: {
      now: () => time.monotonic,
      random: () => 0.5,
      sleep: (ms) => {
        time.slept.push(ms)
        time.monotonic += ms
        return Promise.resolve()
      },
    },
    ...settings,
  }
  return {
    client: createWecomClient(options),
    /** Another process with the same store. */
    secondClient: () => createWecomClient(options),
    time, logged, outcomes, requests,
    countOf: (endpoint: string): number => counts.get(endpoint) ?? 0,
    last: (endpoint: string): Recorded | undefined => requests.findLast((request) => request.endpoint === endpoint),
    close: () => new Promise<void>((resolve) => {
      server.close(() => { resolve() })
      server.closeAllConnections()
    }),
  }
}

export type CannedWecom = Awaited<ReturnType<typeof cannedWecom>>
