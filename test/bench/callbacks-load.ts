import { connect } from 'node:net'
import { callbackRequest } from './callbacks-material.ts'

/** The load generator, a process of its own so that the server keeps its core: whole requests are built before the clock runs. */
export interface LoadOrder {
  readonly port: number
  readonly first: number
  readonly count: number
  readonly connections: number
  /** As many as this each second; without it as fast as the answers come. */
  readonly perSecond?: number
}

export interface LoadResult {
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly refused: number
}

function isOrder(value: unknown): value is LoadOrder {
  return typeof value === 'object' && value !== null && 'port' in value && 'count' in value
}

interface Next {
  readonly request: Buffer
  readonly waitMs: number
}

/** One keep-alive connection that sends the next request as soon as the answer before is complete and its time has come. */
function runConnection(port: number, next: () => Next | undefined, onAnswer: (ms: number, ok: boolean) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    let began = 0
    let answer = ''
    const write = (request: Buffer): void => {
      answer = ''
      began = performance.now()
      socket.write(request)
    }
    const send = (): void => {
      const one = next()
      if (one === undefined) {
        socket.end()
        resolve()
        return
      }
      if (one.waitMs > 1) setTimeout(write, one.waitMs, one.request)
      else write(one.request)
    }
    socket.on('connect', send)
    socket.on('error', reject)
    socket.on('data', (chunk: Buffer) => {
      answer += chunk.toString('latin1')
      const headEnd = answer.indexOf('\r\n\r\n')
      if (headEnd === -1) return
      const length = Number(/\r\ncontent-length: (\d+)/i.exec(answer)?.[1] ?? 0)
      if (answer.length < headEnd + 4 + length) return
      onAnswer(performance.now() - began, answer.startsWith('HTTP/1.1 200'))
      send()
    })
  })
}

async function run(order: LoadOrder): Promise<LoadResult> {
  const now = Date.now()
  const requests = Array.from({ length: order.count }, (_unused, place) => callbackRequest(order.first + place, now))
  const times: number[] = []
  let refused = 0
  let place = 0
  const began = performance.now()
  const next = (): Next | undefined => {
    const request = requests[place]
    const dueAt = order.perSecond === undefined ? 0 : began + (place / order.perSecond) * 1000
    place += 1
    return request === undefined ? undefined : { request, waitMs: dueAt - performance.now() }
  }
  await Promise.all(Array.from({ length: order.connections }, () => runConnection(order.port, next, (ms, ok) => {
    times.push(ms)
    if (!ok) refused += 1
  })))
  const seconds = (performance.now() - began) / 1000
  times.sort((one, other) => one - other)
  const at = (share: number): number => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0
  return { perSecond: order.count / seconds, p50Ms: at(0.5), p99Ms: at(0.99), refused }
}

process.on('message', (value: unknown) => {
  if (isOrder(value)) void run(value).then((result) => process.send?.(result))
})
process.on('disconnect', () => process.exit())
