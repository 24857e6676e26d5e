import { encrypt, getSignature } from '@wecom/crypto'
import { callbackNonce } from '../ids.ts'
import type { CallbackTarget } from '../options.ts'
import { toXml } from './xml.ts'

export interface Envelope {
  readonly url: string
  readonly body: string
}

/** Encrypts and signs one delivery with a fresh nonce (WeCom doc path/90968). */
export function sealEvent(target: CallbackTarget, corpId: string, agentId: number | null, message: string, nowMs: number): Envelope {
  const encrypted = encrypt(target.aesKey, message, corpId)
  const body = toXml([
    ['ToUserName', corpId],
    ...(agentId === null ? [] : [['AgentID', String(agentId)] as const]),
    ['Encrypt', encrypted],
  ])
  return { url: signedUrl(target, encrypted, nowMs, {}), body }
}

/** The GET that checks a callback address; `echo` must come back as it is. */
export function sealEcho(target: CallbackTarget, corpId: string, echo: string, nowMs: number): string {
  const echostr = encrypt(target.aesKey, echo, corpId)
  return signedUrl(target, echostr, nowMs, { echostr })
}

function signedUrl(target: CallbackTarget, encrypted: string, nowMs: number, extra: Record<string, string>): string {
  const timestamp = String(Math.floor(nowMs / 1000))
  const nonce = callbackNonce()
  const url = new URL(target.url)
  const query = { msg_signature: getSignature(target.token, timestamp, nonce, encrypted), timestamp, nonce, ...extra }
  // encodeURIComponent and not URLSearchParams: WeCom escapes "+" and "/", and never writes a blank as "+"
  const text = Object.entries(query).map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&')
  return `${url.origin}${url.pathname}${url.search === '' ? '?' : `${url.search}&`}${text}`
}
