import { Agent, createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** One reading of a customer, from its arrival at WeCom to the end of its answer; ms of one clock. */
export interface Reading {
  readonly by: string
  readonly externalUserId: string
  readonly from: number
  readonly to: number
}

export interface RecordingProxy {
  /** WeCom's address for a server of this name. */
  urlFor(name: string): string
  readonly readings: readonly Reading[]
  /** How many readings of this server are under way now. */
  underWay(name: string): number
  stop(): Promise<void>
}

const agent = () => new Agent({ keepAlive: true })

/** Stands before WeCom's API and notes when which customer is read. */
export async function startRecordingProxy(target: string): Promise<RecordingProxy> {
  const readings: Reading[] = []
  const open = new Map<string, number>()
  const { origin } = new URL(target)
  const kept = agent()
  const proxy = await listen((incoming, outgoing) => {
    const [, by = '', path = ''] = /^\/([^/]+)(\/.*)$/.exec(incoming.url ?? '') ?? []
    const url = new URL(path, origin)
    const externalUserId = url.pathname.endsWith('/externalcontact/get') ? url.searchParams.get('external_userid') : null
    if (externalUserId !== null) {
      const from = performance.now()
      open.set(by, (open.get(by) ?? 0) + 1)
      outgoing.once('close', () => {
        open.set(by, (open.get(by) ?? 0) - 1)
        readings.push({ by, externalUserId, from, to: performance.now() })
      })
    }
    forward(incoming, outgoing, url, kept)
  })
  return {
    readings, urlFor: (name) => `${proxy.url}/${name}`, underWay: (name) => open.get(name) ?? 0,
    stop: () => proxy.stop().finally(() => kept.destroy()),
  }
}

export interface Balancer {
  /** Stands for all servers, in turn, dead or alive. */
  readonly url: string
  stop(): Promise<void>
}

/** A load balancer without health checks: a dead server is a 502 to whoever was sent there. */
export async function startBalancer(ports: readonly number[]): Promise<Balancer> {
  const kept = agent()
  let turn = 0
  const balancer = await listen((incoming, outgoing) => {
    turn += 1
    forward(incoming, outgoing, new URL(incoming.url ?? '/', `http://127.0.0.1:${ports[turn % ports.length]}`), kept)
  })
  return { url: balancer.url, stop: () => balancer.stop().finally(() => kept.destroy()) }
}

function forward(incoming: IncomingMessage, outgoing: ServerResponse, url: URL, kept: Agent): void {
  const onward = request(url, { method: incoming.method ?? 'GET', headers: incoming.headers, agent: kept }, (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
    answer.pipe(outgoing)
  })
  onward.on('error', () => {
    if (outgoing.headersSent) outgoing.destroy()
    else outgoing.writeHead(502).end()
  })
  incoming.pipe(onward)
}

async function listen(answer: (incoming: IncomingMessage, outgoing: ServerResponse) => void): Promise<{ url: string; stop(): Promise<void> }> {
  const server: Server = createServer(answer)
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () => new Promise((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    }),
  }
}

/** Customers of whom two readings were under way at the same moment: their events were not handled one after the other. */
export function readTwiceAtOnce(readings: readonly Reading[]): string[] {
  const byCustomer = new Map<string, Reading[]>()
  for (const reading of readings) byCustomer.set(reading.externalUserId, [...byCustomer.get(reading.externalUserId) ?? [], reading])
  return [...byCustomer].filter(([, list]) => {
    const sorted = list.sort((one, other) => one.from - other.from)
    return sorted.some((reading, place) => place > 0 && (sorted[place - 1]?.to ?? 0) > reading.from)
  }).map(([externalUserId]) => externalUserId)
}
