import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { decrypt, getSignature } from '@wecom/crypto'
import * as z from 'zod'
import { generateCompany } from '../company/generate.ts'
import { startSimulator } from './index.ts'
import type { Simulator, SimulatorOptions } from './index.ts'
import { readBody } from './web/http.ts'

export const corpId = 'wwa1b2c3d4e5f60718'
export const callbackToken = 'ScrmDemoToken2026'
export const callbackKey = 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG'
export const company = generateCompany({ customers: 600 })

export const Answer = z.looseObject({ errcode: z.number(), errmsg: z.string() })
export type Answered = z.infer<typeof Answer>

/** A receiver in place of our server: remembers decrypted messages, answers as `reply` says. */
export interface Receiver {
  readonly url: string
  readonly messages: string[]
  readonly bodies: string[]
  reply: (request: IncomingMessage, response: ServerResponse, attempt: number) => void
  stop(): Promise<void>
}

export async function startReceiver(): Promise<Receiver> {
  const server = createServer((request, response) => {
    void receive(request, response)
  })
  async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = (await readBody(request)).toString('utf8')
    const query = new URL(request.url ?? '/', 'http://receiver').searchParams
    const encrypted = /<Encrypt><!\[CDATA\[(.*?)\]\]>/.exec(body)?.[1] ?? ''
    const signature = getSignature(callbackToken, query.get('timestamp') ?? '', query.get('nonce') ?? '', encrypted)
    if (request.method === 'POST' && signature !== query.get('msg_signature')) return void response.writeHead(403).end()
    if (request.method === 'POST') {
      const opened = decrypt(callbackKey, encrypted)
      if (opened.id === corpId) receiver.messages.push(opened.message)
      receiver.bodies.push(body)
    }
    receiver.reply(request, response, receiver.messages.length)
  }
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', () => resolve()) })
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const receiver: Receiver = {
    url: `http://127.0.0.1:${port}/wecom/callback`, messages: [], bodies: [],
    reply: (_request, response) => void response.end(),
    stop: () => new Promise((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    }),
  }
  return receiver
}

export interface Bench {
  readonly simulator: Simulator
  readonly receiver: Receiver
  /** Unix ms; moved with `simulator.controls.advance`. */
  readonly start: number
  token(secret?: string): Promise<string>
  get(path: string, query?: Record<string, string>): Promise<Answered>
  post(path: string, body?: unknown): Promise<Answered>
  stop(): Promise<void>
}

/** A simulator over a small company with a receiver; calls carry a token of the app. */
export async function startBench(change: Partial<SimulatorOptions> = {}): Promise<Bench> {
  const receiver = await startReceiver()
  const start = Date.UTC(2026, 0, 15, 3, 0, 0)
  const simulator = await startSimulator({
    company, corpId, agentId: 1000002, secret: 'app-secret', contactSecret: 'contact-secret',
    callback: { url: receiver.url, token: callbackToken, aesKey: callbackKey },
    contactCallback: { url: receiver.url, token: callbackToken, aesKey: callbackKey },
    clock: () => start, callbacks: { retryDelayMs: 5 }, ...change,
  })
  const call = async (path: string, query: Record<string, string>, init?: RequestInit): Promise<Answered> => {
    const answer = await fetch(`${simulator.apiBase}/cgi-bin/${path}${path.includes('?') ? '&' : '?'}${new URLSearchParams(query)}`, init)
    if (answer.status !== 200) throw new Error(`HTTP ${answer.status}`)
    return Answer.parse(await answer.json())
  }
  const token = async (secret = 'app-secret'): Promise<string> => {
    const answer = await call('gettoken', { corpid: corpId, corpsecret: secret })
    return String(answer.access_token)
  }
  return {
    simulator, receiver, start, token,
    get: async (path, query = {}) => call(path, { access_token: await token(), ...query }),
    post: async (path, body = {}) => call(path, { access_token: await token() }, { method: 'POST', body: JSON.stringify(body) }),
    stop: async () => {
      await simulator.stop()
      await receiver.stop()
    },
  }
}

/** Reads one element of a callback. */
export function element(xml: string, name: string): string | null {
  return new RegExp(`<${name}>(?:<!\\[CDATA\\[)?(.*?)(?:\\]\\]>)?</${name}>`).exec(xml)?.[1] ?? null
}
