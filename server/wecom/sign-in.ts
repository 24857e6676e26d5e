import { z } from 'zod'
import { Invariant } from '../errors.ts'
import type { Caller } from './call.ts'
import { textOrNull } from './wire.ts'

/** Who stands behind a sign-in code. Only `staff` is a person of this company; the visible range is still to be checked. */
export type WecomIdentity =
  | { readonly kind: 'staff', readonly userid: string }
  | { readonly kind: 'linked-staff', readonly corpId: string, readonly userid: string }
  | { readonly kind: 'external', readonly openId: string | null, readonly externalUserId: string | null }

const identityWire = z.object({ userid: textOrNull, openid: textOrNull, external_userid: textOrNull })
  .refine((wire) => wire.userid !== null || wire.openid !== null || wire.external_userid !== null)
  .transform((wire): WecomIdentity => {
    if (wire.userid === null) return { kind: 'external', openId: wire.openid, externalUserId: wire.external_userid }
    // people of a linked company (互联企业) come as CorpId/userid; a userid itself has no slash
    const slash = wire.userid.indexOf('/')
    return slash === -1
      ? { kind: 'staff', userid: wire.userid.toLowerCase() }
      : { kind: 'linked-staff', corpId: wire.userid.slice(0, slash), userid: wire.userid.slice(slash + 1).toLowerCase() }
  })

export function signInCalls(call: Caller) {
  return {
    /** Exchanges a code, once within 5 minutes (WeCom doc path/91023); 40029, 42003 and 42022 mean: start again. */
    identify: (code: string): Promise<WecomIdentity> => call({ endpoint: 'auth/getuserinfo', query: { code }, answer: identityWire }),
  }
}

const stateForm = /^[a-zA-Z0-9]{1,128}$/

function checkState(state: string): string {
  if (!stateForm.test(state)) throw new Invariant('the state of a sign-in must be 1 to 128 letters and digits')
  return state
}

export interface SignInAddress {
  /** Origin: `https://open.weixin.qq.com` or `https://login.work.weixin.qq.com`, or the simulator's. */
  readonly base: string
  readonly corpId: string
  readonly agentId: number
  readonly redirectUri: string
  readonly state: string
}

/** Where a browser inside WeCom signs in silently (WeCom doc path/91335). */
export function oauthUrl(address: SignInAddress): string {
  const query = new URLSearchParams({
    appid: address.corpId,
    redirect_uri: address.redirectUri,
    response_type: 'code',
    scope: 'snsapi_base',
    state: checkState(address.state),
    agentid: String(address.agentId),
  })
  return `${address.base.replace(/\/+$/, '')}/connect/oauth2/authorize?${query.toString()}#wechat_redirect`
}

/** Where any other browser signs in with a QR code (WeCom doc path/98152). */
export function webLoginUrl(address: SignInAddress & { readonly language: 'zh' | 'en' }): string {
  const query = new URLSearchParams({
    login_type: 'CorpApp',
    appid: address.corpId,
    agentid: String(address.agentId),
    redirect_uri: address.redirectUri,
    state: checkState(address.state),
    lang: address.language,
  })
  return `${address.base.replace(/\/+$/, '')}/wwlogin/sso/login?${query.toString()}`
}
