import { describe, expect, it } from 'vitest'
import { oauthUrl, webLoginUrl } from './sign-in.ts'

const address = { corpId: 'wwa1', agentId: 1000002, redirectUri: 'https://crm.example.com/auth/wecom/return?a=b&c=d', state: 'abc123' }

describe('sign-in addresses', () => {
  it('leads into WeCom with the mandatory fragment', () => {
    const url = new URL(oauthUrl({ ...address, base: 'https://open.weixin.qq.com/' }))
    expect(url.origin + url.pathname).toBe('https://open.weixin.qq.com/connect/oauth2/authorize')
    expect(Object.fromEntries(url.searchParams)).toEqual({
      appid: 'wwa1', redirect_uri: address.redirectUri, response_type: 'code', scope: 'snsapi_base', state: 'abc123', agentid: '1000002',
    })
    expect(url.hash).toBe('#wechat_redirect')
  })

  it('leads a browser to the QR code', () => {
    const url = new URL(webLoginUrl({ ...address, base: 'https://login.work.weixin.qq.com', language: 'zh' }))
    expect(url.pathname).toBe('/wwlogin/sso/login')
    expect(Object.fromEntries(url.searchParams)).toEqual({
      login_type: 'CorpApp', appid: 'wwa1', agentid: '1000002', redirect_uri: address.redirectUri, state: 'abc123', lang: 'zh',
    })
  })

  it.each(['', 'a b', 'x'.repeat(129), 'a&scope=snsapi_privateinfo'])('refuses the state %j', (state) => {
    expect(() => oauthUrl({ ...address, base: 'https://open.weixin.qq.com', state })).toThrow()
  })
})
