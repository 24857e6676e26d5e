import { createServer } from 'node:http'
import type { RequestListener, Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ApiFaults } from './api-faults.ts'
import { answerApi } from './api-server.ts'
import type { ApiParts } from './api-server.ts'
import { CallbackSender } from './callbacks/sender.ts'
import { createControls } from './controls/index.ts'
import type { Controls } from './controls/index.ts'
import type { Core } from './core.ts'
import { FrequencyLimiter } from './limits.ts'
import type { CallbackTarget, SimulatorOptions } from './options.ts'
import { createState } from './state.ts'
import type { State } from './state.ts'
import { answerSite } from './web/site.ts'
import type { Site } from './web/site.ts'
import { Webview } from './web/webview.ts'

export type { SimulatorOptions, CallbackTarget, FrequencyLimits, StrictRules, CallbackRules, VisibleRange } from './options.ts'
export type { Controls } from './controls/index.ts'
export type { Who, Scan, ScanResult } from './controls/customers.ts'
export type { ApiFault } from './api-faults.ts'
export type { ApiCallRecord } from './api-server.ts'
export type { Delivery, DeliveryFaults } from './callbacks/sender.ts'
export type { AppMessageRecord, ChatLine } from './records.ts'
export { demoKfId } from './state.ts'

export interface Simulator {
  /** WECOM_API_BASE; `/cgi-bin/…` follows. */
  readonly apiBase: string
  /** WECOM_OAUTH_BASE; `/connect/oauth2/authorize?…` follows. */
  readonly oauthBase: string
  /** WECOM_LOGIN_BASE; `/wwlogin/sso/login?…` follows. */
  readonly loginBase: string
  /** PUBLIC_URL: the webview's origin; without a webview the API's. */
  readonly publicUrl: string
  readonly controls: Controls
  /** For assertions; change it through `controls`. */
  readonly state: State
  /** Points the simulator at our server once its address is known. */
  connect(to: { target?: string, callbackUrl?: string, contactCallbackUrl?: string, trustedDomain?: string }): void
  stop(): Promise<void>
}

/** Starts the simulated WeCom; with `webview` also the reverse proxy that plays its browser. */
export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const clock = { offsetMs: 0 }
  const now = (): number => (options.clock ?? Date.now)() + clock.offsetMs
  const targets: { app: CallbackTarget, contact: CallbackTarget | undefined } = { app: options.callback, contact: options.contactCallback }
  const callbacks = new CallbackSender({ corpId: options.corpId, agentId: options.agentId, rules: options.callbacks ?? {}, targets, now })
  const addresses = { api: '', webview: '', trusted: options.trustedDomain }
  const core: Core = { options, state: createState(options), callbacks, now, origin: () => addresses.webview || addresses.api }
  const parts: ApiParts = { core, faults: new ApiFaults(), limiter: new FrequencyLimiter(options.limits ?? {}), calls: [] }
  const controls = createControls(parts, clock)
  const site: Site = { core, controls, faults: parts.faults, trustedDomain: () => addresses.trusted ?? new URL(core.origin()).host }

  const api = createServer(safely(async (request, response) => {
    const url = new URL(request.url ?? '/', addresses.api)
    if (url.pathname.startsWith('/cgi-bin/')) return answerApi(parts, request, response, url)
    if (await answerSite(site, request, response, url)) return
    response.writeHead(404).end()
  }))
  addresses.api = await listen(api, options.port ?? 0)
  const webview = options.webview === undefined ? null : new Webview(site, options.webview.target)
  const front = webview === null ? null : createServer(safely((request, response) => webview.answer(request, response)))
  if (front !== null) addresses.webview = await listen(front, options.webview?.port ?? 0)
  const publicUrl = core.origin()

  return {
    apiBase: addresses.api, oauthBase: publicUrl, loginBase: publicUrl, publicUrl, controls, state: core.state,
    connect: ({ target, callbackUrl, contactCallbackUrl, trustedDomain }) => {
      addresses.trusted = trustedDomain ?? addresses.trusted
      if (target !== undefined) webview?.pointAt(target)
      if (callbackUrl !== undefined) targets.app = { ...targets.app, url: callbackUrl }
      if (contactCallbackUrl !== undefined && targets.contact !== undefined) targets.contact = { ...targets.contact, url: contactCallbackUrl }
    },
    stop: async () => {
      await callbacks.stop()
      await Promise.all([api, front].map((server) => (server === null ? undefined : close(server))))
    },
  }
}

type Answering = (...parameters: Parameters<RequestListener>) => Promise<unknown>

/** A bug in the simulator must be seen, and must not take the process down. */
function safely(answer: Answering): RequestListener {
  return (request, response) => {
    answer(request, response).catch((error: unknown) => {
      console.error('simulator:', error)
      if (response.headersSent) response.destroy()
      else response.writeHead(500, { 'content-type': 'text/plain' }).end(String(error))
    })
  }
}

function listen(server: Server, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => resolve(`http://127.0.0.1:${portOf(server.address())}`))
  })
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('not a network address')
  return address.port
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
