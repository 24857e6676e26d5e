import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Random } from '../../company/random.ts'

export interface SlowWecom {
  readonly apiBase: string
  stop(): Promise<void>
}

/**
 * Stands before WeCom and takes its time with one endpoint: some calls are held before WeCom has heard of them, some after it has done
 * the work. A caller that dies meanwhile leaves either behind, and nothing tells him which.
 */
export async function startSlowWecom(target: string, endpoint: string, longestMs: number, random: Random): Promise<SlowWecom> {
  const { origin } = new URL(target)
  const pass = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const pieces: Buffer[] = []
    for await (const piece of incoming) if (Buffer.isBuffer(piece)) pieces.push(piece)
    const isSlow = incoming.url?.includes(endpoint) === true
    const wait = isSlow ? random.integer(0, longestMs) : 0
    const isHeldBefore = isSlow && random.chance(0.5)
    if (isHeldBefore) await pause(wait)
    if (isHeldBefore && outgoing.destroyed) return
    const body = Buffer.concat(pieces)
    const answer = await fetch(new URL(incoming.url ?? '/', origin), { method: incoming.method ?? 'GET', ...(body.length === 0 ? {} : { body, headers: { 'content-type': incoming.headers['content-type'] ?? '' } }) })
    const content = Buffer.from(await answer.arrayBuffer())
    if (!isHeldBefore) await pause(wait)
    outgoing.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? 'application/json' }).end(content)
  }
  const server = createServer((incoming, outgoing) => { pass(incoming, outgoing).catch(() => outgoing.destroy()) })
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
  return {
    apiBase: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () => new Promise((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    }),
  }
}

const pause = (ms: number) => new Promise((resolve) => { setTimeout(resolve, ms) })
