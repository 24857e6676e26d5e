import { z } from 'zod'
import { Invariant } from '../errors.ts'
import { broadcastCalls } from './broadcasts.ts'
import { type Caller, createCaller, type Credential } from './call.ts'
import { contactWayCalls } from './contact-ways.ts'
import { createCredential, type FreshCredential } from './credentials.ts'
import { customerCalls } from './customers.ts'
import { directoryCalls } from './directory.ts'
import { groupCalls } from './groups.ts'
import { interceptRuleCalls } from './intercept-rules.ts'
import { jsapiSigner, type JsapiKind } from './jsapi.ts'
import { kfCalls } from './kf.ts'
import { mediaCalls } from './media.ts'
import { messageCalls } from './messages.ts'
import { realTimers, type WecomClientOptions } from './ports.ts'
import { createPenalties, createRateLimiter, limitOf } from './rate-limit.ts'
import { signInCalls } from './sign-in.ts'
import { tagCalls } from './tags.ts'
import { createTransport } from './transport.ts'
import { integer } from './wire.ts'
import { welcomeCalls } from './welcome.ts'

const tokenWire = z.object({ access_token: z.string().min(1), expires_in: integer })
const ticketWire = z.object({ ticket: z.string().min(1), expires_in: integer })

/** The tokens of both secrets; keys in the store name corp, app and kind, never the secret. */
function createTokens(options: WecomClientOptions, call: Caller) {
  const credentialOf = (credential: Credential, secret: string) =>
    createCredential(`wecom:${options.corpId}:${String(options.agentId)}:token:${credential}`, async (): Promise<FreshCredential> => {
      const wire = await call({
        endpoint: 'gettoken', query: { corpid: options.corpId, corpsecret: secret }, credential: 'none', answer: tokenWire,
      })
      return { value: wire.access_token, lifetimeMs: wire.expires_in * 1000 }
    }, { store: options.tokens, clock: options.clock, log: options.log })

  const app = credentialOf('app', options.secrets.app)
  const contact = options.secrets.contact === undefined ? null : credentialOf('contact', options.secrets.contact)
  return (credential: Credential, rejected: string | undefined): Promise<string> => {
    if (credential === 'app') return app.get(rejected)
    if (contact === null) throw new Invariant('the secret of the directory sync assistant is not configured')
    return contact.get(rejected)
  }
}

/** The two tickets that sign pages for the JS-SDK, cached like tokens (WeCom doc path/90506). */
function createTickets(options: WecomClientOptions, call: Caller) {
  const credentialOf = (kind: JsapiKind, request: { endpoint: string, query?: Record<string, string> }) =>
    createCredential(`wecom:${options.corpId}:${String(options.agentId)}:ticket:${kind}`, async (): Promise<FreshCredential> => {
      const wire = await call({ ...request, answer: ticketWire })
      return { value: wire.ticket, lifetimeMs: wire.expires_in * 1000 }
    }, { store: options.tokens, clock: options.clock, log: options.log })

  const corp = credentialOf('corp', { endpoint: 'get_jsapi_ticket' })
  const agent = credentialOf('agent', { endpoint: 'ticket/get', query: { type: 'agent_config' } })
  return (kind: JsapiKind): Promise<string> => (kind === 'corp' ? corp : agent).get()
}

/**
 * The only way to WeCom's API. Every call may throw `WecomError` (an errcode, with its kind), `WecomLimited`
 * (with `retryAfterMs`) or `WecomUnreachable`; what may be repeated says `repeatRules`.
 */
export function createWecomClient(options: WecomClientOptions) {
  const timers = options.timers ?? realTimers
  const timeoutMs = options.timeoutMs ?? 5_000
  const call = createCaller({
    send: createTransport(options.apiBase),
    limiter: createRateLimiter((endpoint) => limitOf(endpoint, options.limits), timers),
    penalties: createPenalties(timers),
    timers,
    timeoutMs,
    log: options.log,
    onCall: options.onCall ?? (() => undefined),
    // `tokens` exists before the first call is made; both need each other
    tokenFor: (credential, rejected) => tokens(credential, rejected),
  })
  const tokens = createTokens(options, call)

  return {
    ...directoryCalls(call, options.agentId),
    ...signInCalls(call),
    ...customerCalls(call),
    ...groupCalls(call),
    ...tagCalls(call),
    ...interceptRuleCalls(call),
    ...contactWayCalls(call),
    ...welcomeCalls(call),
    ...broadcastCalls(call),
    ...messageCalls(call, options.agentId),
    ...kfCalls(call),
    ...mediaCalls(call, timeoutMs * 4),
    /** What a page needs to use the JS-SDK; `url` is the page's address as the SDK passes it. */
    signJsapi: jsapiSigner(createTickets(options, call), options.clock),
    /** Whether `listUserIds` can be used. */
    hasContactSecret: options.secrets.contact !== undefined,
  }
}

export type WecomClient = ReturnType<typeof createWecomClient>
