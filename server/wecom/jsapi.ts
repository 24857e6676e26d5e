import { createHash, randomBytes } from 'node:crypto'

export interface JsapiSignature {
  /** Seconds, as the page needs it. */
  readonly timestamp: number
  readonly nonceStr: string
  readonly signature: string
}

/** Corp identity (old `wx.config`) or the app's own (`wx.agentConfig`). */
export type JsapiKind = 'corp' | 'agent'

/** Signs a page address with a ticket: fixed order, raw values, address without `#…` (WeCom doc path/90506). */
export function signPage(page: { readonly url: string, readonly ticket: string, readonly timestamp: number, readonly nonceStr: string }): JsapiSignature {
  const hash = page.url.indexOf('#')
  const url = hash === -1 ? page.url : page.url.slice(0, hash)
  const signature = createHash('sha1')
    .update(`jsapi_ticket=${page.ticket}&noncestr=${page.nonceStr}&timestamp=${String(page.timestamp)}&url=${url}`)
    .digest('hex')
  return { timestamp: page.timestamp, nonceStr: page.nonceStr, signature }
}

/** Signs with a ticket that is looked up when needed; `clock` in ms. */
export function jsapiSigner(ticketOf: (kind: JsapiKind) => Promise<string>, clock: () => number) {
  return async (page: { readonly url: string, readonly kind: JsapiKind }): Promise<JsapiSignature> => signPage({
    url: page.url,
    ticket: await ticketOf(page.kind),
    timestamp: Math.floor(clock() / 1000),
    nonceStr: randomBytes(12).toString('hex'),
  })
}
