import { getJsApiSignature } from '@wecom/crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { verifyAgentConfig } from './api/jsapi.ts'
import { company, corpId, startBench } from './testing.ts'
import type { Bench } from './testing.ts'
import { jsonFixture, shapeDifferences } from './shape.ts'

let bench: Bench
beforeEach(async () => { bench = await startBench({ trustedDomain: 'crm.example.com', visible: { departmentIds: [100] } }) })
afterEach(() => bench.stop())

const info = (code: string) => bench.get('auth/getuserinfo', { code })

async function authorize(change: Record<string, string> = {}, cookie = 'sim_staff=clerk01', path = 'connect/oauth2/authorize') {
  const query = {
    appid: corpId, redirect_uri: 'https://crm.example.com/auth/wecom/return?a=1', response_type: 'code', scope: 'snsapi_base', state: 'abc123', agentid: '1000002', ...change,
  }
  const answer = await fetch(`${bench.simulator.oauthBase}/${path}?${new URLSearchParams(query)}`, { redirect: 'manual', headers: { cookie } })
  return { status: answer.status, text: await answer.text(), location: answer.headers.get('location'), setCookie: answer.headers.get('set-cookie') }
}

describe('the authorize page', () => {
  it('sends the signed-in member back with code and state', async () => {
    const { status, location } = await authorize()
    const back = new URL(location ?? '')
    expect([status, back.origin + back.pathname, back.searchParams.get('a'), back.searchParams.get('state')]).toEqual([302, 'https://crm.example.com/auth/wecom/return', '1', 'abc123'])
    const answer = await info(back.searchParams.get('code') ?? '')
    expect(shapeDifferences(jsonFixture('response/auth_getuserinfo.member.json'), answer)).toEqual([])
    expect(answer.userid).toBe('clerk01')
  })

  it('refuses another app, another host or port, a bad state, scope or response type', async () => {
    const refused = async (change: Record<string, string>) => (await authorize(change)).status
    expect(await refused({ appid: 'wwother' })).toBe(400)
    expect(await refused({ redirect_uri: 'https://evil.example.com/' })).toBe(400)
    expect(await refused({ redirect_uri: 'https://crm.example.com:8443/' })).toBe(400)
    expect(await refused({ redirect_uri: 'https://sub.crm.example.com/' })).toBe(400)
    expect(await refused({ state: 'a-b' })).toBe(400)
    expect(await refused({ state: 'a'.repeat(129) })).toBe(400)
    expect(await refused({ scope: 'snsapi_userinfo' })).toBe(400)
    expect(await refused({ response_type: 'token' })).toBe(400)
    expect(await refused({ agentid: '1' })).toBe(400)
  })

  it('asks who it is when nobody is chosen, and remembers the choice', async () => {
    const asked = await authorize({}, '')
    expect([asked.status, asked.location]).toEqual([200, null])
    expect(asked.text).toContain('sim_staff=manager01')
    const chosen = await authorize({ sim_staff: 'manager01' }, '')
    expect([chosen.status, chosen.setCookie]).toEqual([302, 'sim_staff=manager01; Path=/; SameSite=Lax'])
  })

  it('the browser\'s sign-in page needs login_type and agentid', async () => {
    const path = 'wwlogin/sso/login'
    expect((await authorize({ login_type: 'CorpApp' }, 'sim_staff=clerk01', path)).status).toBe(302)
    expect((await authorize({}, 'sim_staff=clerk01', path)).status).toBe(400)
  })
})

describe('codes', () => {
  it('work once (40029) and for five minutes (42003)', async () => {
    const { controls } = bench.simulator
    const code = controls.oauthCode('clerk01')
    expect([(await info(code)).errcode, (await info(code)).errcode, (await info('made-up')).errcode]).toEqual([0, 40029, 40029])
    const late = controls.oauthCode('clerk01')
    controls.advance(300_001)
    expect((await info(late)).errcode).toBe(42003)
  })

  it('name members outside the visible range too, people of linked companies, and customers of visible followers', async () => {
    const { controls } = bench.simulator
    expect((await info(controls.oauthCode('clerk02'))).userid).toBe('clerk02')
    expect((await info(controls.oauthCode('wwlinked/alice'))).userid).toBe('wwlinked/alice')
    const seen = company.customers.find((customer) => customer.follows.some((follow) => follow.userid === 'clerk01'))?.externalUserId ?? ''
    const unseen = company.customers.find((customer) => customer.follows.length === 1 && customer.follows[0]?.userid === 'clerk02')?.externalUserId ?? ''
    const answer = await info(controls.oauthCode('openid:oX', { externalUserId: seen }))
    expect(shapeDifferences(jsonFixture('response/auth_getuserinfo.external.json'), answer)).toEqual([])
    expect(await info(controls.oauthCode('openid:oX', { externalUserId: unseen }))).not.toHaveProperty('external_userid')
  })

  it('give a user ticket only with consent and inside the range; it lasts 1,800 s', async () => {
    const { controls } = bench.simulator
    const answer = await info(controls.oauthCode('clerk01', { privateInfo: true }))
    expect(shapeDifferences(jsonFixture('response/auth_getuserinfo.member_private.json'), answer)).toEqual([])
    expect(await info(controls.oauthCode('clerk02', { privateInfo: true }))).not.toHaveProperty('user_ticket')
    const detail = () => bench.post('auth/getuserdetail', { user_ticket: answer.user_ticket })
    expect(shapeDifferences(jsonFixture('response/auth_getuserdetail.json'), await detail())).toEqual([])
    expect((await bench.post('auth/getuserdetail', { user_ticket: 'x' })).errcode).toBe(84015)
    controls.advance(1_800_001)
    expect((await detail()).errcode).toBe(84014)
  })
})

describe('signatures for the sidebar', () => {
  it('only the app ticket signs agentConfig: 42012 for the corp ticket\'s, 40093 for another address', async () => {
    const url = 'https://crm.example.com/sidebar/?x=1'
    const agent = await bench.get('ticket/get', { type: 'agent_config' })
    const corp = await bench.get('get_jsapi_ticket')
    expect(shapeDifferences(jsonFixture('response/ticket_get.agent_config.json'), agent)).toEqual([])
    expect(shapeDifferences(jsonFixture('response/get_jsapi_ticket.json'), corp)).toEqual([])
    expect((await bench.get('ticket/get', { type: 'corp' })).errcode).toBe(40058)
    const verify = async (ticket: unknown, page: string) => {
      const { signature, nonceStr, timestamp } = getJsApiSignature({ url, ticket: String(ticket), nonceStr: 'n', timestamp: 1 })
      const answer = await fetch(`${bench.simulator.publicUrl}/__simulator/api/jsapi/verify`, {
        method: 'POST', body: JSON.stringify({ url: page, corpid: corpId, agentid: '1000002', timestamp: String(timestamp), nonceStr, signature }),
      })
      return answer.json()
    }
    expect(await verify(agent.ticket, `${url}#tab`)).toEqual({ errcode: 0 })
    expect(await verify(corp.ticket, url)).toEqual({ errcode: 42012 })
    expect(await verify(agent.ticket, `${url}&y=2`)).toEqual({ errcode: 40093 })
    expect(verifyAgentConfig).toBeTypeOf('function')
  })
})
