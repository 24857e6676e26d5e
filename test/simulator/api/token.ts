import * as z from 'zod'
import { endpoint } from '../endpoint.ts'
import type { Call } from '../endpoint.ts'
import { WecomFault } from '../fault.ts'
import { randomText } from '../ids.ts'
import { fails } from '../schema.ts'
import type { SecretKind, TokenRecord } from '../state.ts'

const lifeMs = 7_200_000

/** WeCom doc path/91039: one token per secret, the same one until it ends. */
const gettoken = endpoint({
  method: 'GET',
  path: 'gettoken',
  callers: 'open',
  input: z.object({ corpid: z.string(fails(41002, 41002)).min(1, '41002'), corpsecret: z.string(fails(41004, 41004)).min(1, '41004') }),
  handle: ({ corpid, corpsecret }, { core }) => {
    if (corpid !== core.options.corpId) throw new WecomFault(40013)
    const kind = secretKind(core.options.secret, core.options.contactSecret, corpsecret)
    const now = core.now()
    const current = [...core.state.tokens.values()].find((token) => token.secretKind === kind && token.expiresAt > now)
    const token = current ?? issue(core.state.tokens, kind, now)
    return { access_token: token.token, expires_in: Math.ceil((token.expiresAt - now) / 1000) }
  },
})

function secretKind(appSecret: string, contactSecret: string | undefined, given: string): SecretKind {
  if (given === appSecret) return 'app'
  if (contactSecret !== undefined && given === contactSecret) return 'contact'
  throw new WecomFault(40001)
}

function issue(tokens: Map<string, TokenRecord>, secretKind: SecretKind, now: number): TokenRecord {
  const record = { token: randomText(180), secretKind, expiresAt: now + lifeMs }
  tokens.set(record.token, record)
  return record
}

/** Whose token a call carries: 41001 without one, 40014 for an unknown one, 42001 for an old one. */
export function callerOf(tokens: ReadonlyMap<string, TokenRecord>, query: URLSearchParams, now: number): SecretKind {
  const token = query.get('access_token')
  if (token === null || token === '') throw new WecomFault(41001)
  const record = tokens.get(token)
  if (record === undefined) throw new WecomFault(40014)
  if (record.expiresAt <= now) throw new WecomFault(42001)
  return record.secretKind
}

const addresses = (_input: unknown, _call: Call) => ({ ip_list: ['127.0.0.1', '203.0.113.*', '198.51.100.7'] })
const anything = z.looseObject({})

export const tokenEndpoints = [
  gettoken,
  endpoint({ method: 'GET', path: 'get_api_domain_ip', callers: ['app', 'contact'], input: anything, handle: addresses }),
  endpoint({ method: 'GET', path: 'getcallbackip', callers: ['app', 'contact'], input: anything, handle: addresses }),
]
