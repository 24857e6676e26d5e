import axios from 'axios'
import { WecomUnreachable } from './errors.ts'

export interface WireRequest {
  readonly endpoint: string
  readonly method: 'GET' | 'POST'
  readonly query: Readonly<Record<string, string>>
  readonly body?: unknown
  readonly form?: FormData | undefined
  readonly timeoutMs: number
}

export interface WireAnswer {
  /** Absent counts as 0: some endpoints leave it out on success. */
  readonly errcode: number
  readonly body: Readonly<Record<string, unknown>>
}

const mostAnswerBytes = 32 * 1024 * 1024
const mostUploadBytes = 24 * 1024 * 1024

/** These happen before a request is written. */
const neverSent: ReadonlySet<string> = new Set([
  'ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'ERR_INVALID_URL', 'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT', 'SELF_SIGNED_CERT_IN_CHAIN', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'ERR_TLS_CERT_ALTNAME_INVALID',
])

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The errcode of a body; null if it is there but no integer. */
function errcodeOf(body: Readonly<Record<string, unknown>>): number | null {
  const { errcode } = body
  if (errcode === undefined || errcode === null) return 0
  const code = typeof errcode === 'string' && /^-?\d{1,9}$/.test(errcode) ? Number(errcode) : errcode
  return typeof code === 'number' && Number.isInteger(code) ? code : null
}

function failureOf(endpoint: string, error: unknown): WecomUnreachable {
  if (axios.isCancel(error)) return new WecomUnreachable(endpoint, 'timeout', true)
  const code = axios.isAxiosError(error) && error.code !== undefined ? error.code : 'unknown'
  return new WecomUnreachable(endpoint, code, !neverSent.has(code))
}

function parseAnswer(endpoint: string, status: number, text: unknown): WireAnswer {
  if (status !== 200) throw new WecomUnreachable(endpoint, `http-${String(status)}`, true)
  let body: unknown
  try {
    body = typeof text === 'string' ? JSON.parse(text) : undefined
  } catch {
    throw new WecomUnreachable(endpoint, 'not-json', true)
  }
  const errcode = isRecord(body) ? errcodeOf(body) : null
  if (errcode === null || !isRecord(body)) throw new WecomUnreachable(endpoint, 'not-an-answer', true)
  return { errcode, body }
}

/**
 * One HTTP attempt. The verdict is `errcode`; HTTP errors, time-outs and broken connections are `WecomUnreachable`.
 * Errors of the HTTP library never leave here: they carry the address, and with it the token or the secret.
 */
export function createTransport(apiBase: string): (request: WireRequest) => Promise<WireAnswer> {
  const base = apiBase.replace(/\/+$/, '')
  const http = axios.create({
    responseType: 'text',
    transformResponse: (data: unknown) => data,
    validateStatus: () => true,
    maxRedirects: 0,
    maxContentLength: mostAnswerBytes,
    maxBodyLength: mostUploadBytes,
  })

  return async (request) => {
    const { endpoint } = request
    try {
      const response = await http.request<unknown>({
        method: request.method,
        url: `${base}/cgi-bin/${endpoint}?${new URLSearchParams(request.query).toString()}`,
        signal: AbortSignal.timeout(request.timeoutMs),
        ...(request.form === undefined ? {} : { data: request.form }),
        ...(request.body === undefined ? {} : { data: JSON.stringify(request.body), headers: { 'content-type': 'application/json; charset=utf-8' } }),
      })
      return parseAnswer(endpoint, response.status, response.data)
    } catch (error) {
      throw error instanceof WecomUnreachable ? error : failureOf(endpoint, error)
    }
  }
}
