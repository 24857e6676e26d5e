import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ApiFault, ApiFaults } from './api-faults.ts'
import { endpoints } from './api/index.ts'
import { callerOf } from './api/token.ts'
import type { Core } from './core.ts'
import { FileAnswer } from './endpoint.ts'
import type { Answer, Call, Endpoint, Upload } from './endpoint.ts'
import { faultBody, WecomFault } from './fault.ts'
import type { FrequencyLimiter } from './limits.ts'
import { readBody, sendJson } from './web/http.ts'

export interface ApiCallRecord {
  readonly at: number
  readonly method: string
  readonly path: string
  /** The request's JSON, or the query of a GET; never a token or secret. */
  readonly input: unknown
  readonly errcode: number | null
}

const keptCalls = 20_000

export interface ApiParts {
  readonly core: Core
  readonly faults: ApiFaults
  readonly limiter: FrequencyLimiter
  /** Everything that was asked, newest last; for assertions. */
  readonly calls: ApiCallRecord[]
}

/** Answers one `/cgi-bin/…` call: HTTP 200 whatever happens, the verdict is errcode (WeCom doc path/90664). */
export async function answerApi(parts: ApiParts, request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
  const { core } = parts
  const ip = (request.socket.remoteAddress ?? '').replace(/^::ffff:/, '')
  const fault = parts.faults.take(url.pathname)
  if (await strikeBefore(fault, response)) return
  const api = endpoints.get(url.pathname)
  if (api === undefined) return sendJson(response, { errcode: 404, errmsg: `the simulator has no ${url.pathname}` }, 404)
  const body = await readBody(request)
  const answer = await attempt(parts, api, { url, request, body, ip, fault })
  const errcode = answer instanceof FileAnswer ? 0 : Number(answer.errcode)
  const input = api.method === 'GET' || request.method !== 'POST' ? queryObject(url.searchParams) : parseJson(body)
  remember(parts.calls, { at: core.now(), method: request.method ?? 'GET', path: url.pathname, input: api.callers === 'open' ? {} : input, errcode })
  if (fault?.kind === 'lost') return void response.destroy()
  if (answer instanceof FileAnswer) {
    response.writeHead(answer.status, { ...answer.headers, 'content-length': answer.bytes.length })
    response.end(answer.bytes)
    return
  }
  sendJson(response, fault?.kind === 'changed' ? fault.change?.(answer) : answer)
}

/** Keeps the newest calls; a demo may run for days. */
function remember(calls: ApiCallRecord[], call: ApiCallRecord): void {
  calls.push(call)
  if (calls.length > keptCalls) calls.splice(0, calls.length - keptCalls)
}

/** Faults that need no work; true when the connection is dealt with. */
async function strikeBefore(fault: ApiFault | undefined, response: ServerResponse): Promise<boolean> {
  if (fault?.ms !== undefined) await new Promise((resolve) => { setTimeout(resolve, fault.ms) })
  if (fault?.kind === 'cut') {
    response.destroy()
    return true
  }
  if (fault?.kind === 'http') {
    response.writeHead(fault.status ?? 502, { 'content-type': 'text/html' })
    response.end('<html>bad gateway</html>')
    return true
  }
  return false
}

interface Incoming {
  readonly url: URL
  readonly request: IncomingMessage
  readonly body: Buffer
  readonly ip: string
  readonly fault: ApiFault | undefined
}

async function attempt(parts: ApiParts, api: Endpoint, incoming: Incoming): Promise<Answer | FileAnswer> {
  const { core } = parts
  try {
    const answer = await run(parts, api, incoming)
    return answer instanceof FileAnswer ? answer : { errcode: 0, errmsg: 'ok', ...answer }
  } catch (error) {
    if (!(error instanceof WecomFault)) throw error
    return faultBody(error, core.now(), incoming.ip)
  }
}

async function run(parts: ApiParts, api: Endpoint, incoming: Incoming): Promise<Answer | FileAnswer> {
  const { core } = parts
  const { url, request, fault } = incoming
  const query = url.searchParams
  const { strict } = core.options
  if (fault?.kind === 'busy') throw new WecomFault(-1)
  if (fault?.kind === 'limit') throw new WecomFault(45009)
  if (fault?.kind === 'errcode') throw new WecomFault(fault.errcode ?? -1)
  const caller = api.callers === 'open' ? 'app' : callerOf(core.state.tokens, query, core.now())
  if (strict?.trustedIps !== undefined && api.callers !== 'open' && !strict.trustedIps.includes(incoming.ip)) throw new WecomFault(60020)
  if (api.callers !== 'open' && !api.callers.includes(caller)) throw new WecomFault(48002)
  if (api.customerApi && strict?.customerApi === false) throw new WecomFault(48002)
  parts.limiter.check(url.pathname, core.now(), query.get('debug') === '1')
  const isUpload = (request.headers['content-type'] ?? '').startsWith('multipart/form-data')
  const upload = isUpload && request.method === 'POST' ? await uploadOf(incoming.body, request.headers['content-type'] ?? '') : null
  const call: Call = { core, caller, query, headers: request.headers, ip: incoming.ip, upload, text: incoming.body.toString('utf8') }
  return api.run(inputOf(api, incoming, isUpload), call)
}

/** A GET takes its query, a POST its JSON; the body of a GET sent to a POST API is ignored. */
function inputOf(api: Endpoint, incoming: Incoming, isUpload: boolean): unknown {
  if (api.method === 'GET') return queryObject(incoming.url.searchParams)
  if (incoming.request.method !== 'POST' || isUpload || incoming.body.length === 0) return {}
  const parsed = parseJson(incoming.body)
  if (parsed === undefined) throw new WecomFault(40058, { errmsg: 'invalid parameter, Warning: wrong json format.' })
  return parsed
}

function queryObject(query: URLSearchParams): Record<string, string> {
  return Object.fromEntries([...query].filter(([name]) => name !== 'access_token'))
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    return undefined
  }
}

async function uploadOf(body: Buffer, contentType: string): Promise<Upload | null> {
  try {
    const form = await new Response(new Uint8Array(body), { headers: { 'content-type': contentType } }).formData()
    for (const [, part] of form) {
      if (typeof part === 'string') continue
      return { filename: part.name, contentType: part.type === '' ? 'application/octet-stream' : part.type, bytes: Buffer.from(await part.arrayBuffer()) }
    }
    return null
  } catch {
    return null
  }
}
