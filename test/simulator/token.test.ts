import { afterEach, describe, expect, it } from 'vitest'
import { corpId, startBench } from './testing.ts'
import type { Bench } from './testing.ts'
import { jsonFixture, shapeDifferences } from './shape.ts'

let bench: Bench
afterEach(() => bench.stop())

async function raw(path: string, query: Record<string, string>, init?: RequestInit): Promise<number> {
  const answer = await fetch(`${bench.simulator.apiBase}/cgi-bin/${path}?${new URLSearchParams(query)}`, init)
  const body: unknown = await answer.json()
  return typeof body === 'object' && body !== null && 'errcode' in body ? Number(body.errcode) : NaN
}

describe('gettoken', () => {
  it('names every wrong credential with its own code', async () => {
    bench = await startBench()
    expect(await raw('gettoken', { corpsecret: 'app-secret' })).toBe(41002)
    expect(await raw('gettoken', { corpid: corpId })).toBe(41004)
    expect(await raw('gettoken', { corpid: 'wwother', corpsecret: 'app-secret' })).toBe(40013)
    expect(await raw('gettoken', { corpid: corpId, corpsecret: 'wrong' })).toBe(40001)
  })

  it('gives one token per secret until it ends', async () => {
    bench = await startBench()
    const first = await bench.token()
    expect(await bench.token()).toBe(first)
    expect(await bench.token('contact-secret')).not.toBe(first)
    bench.simulator.controls.advance(7_200_001)
    expect(await bench.token()).not.toBe(first)
  })

  it('answers in the documented shape', async () => {
    bench = await startBench()
    const answer = await bench.get('gettoken', { corpid: corpId, corpsecret: 'app-secret' })
    expect(shapeDifferences(jsonFixture('response/gettoken.json'), answer)).toEqual([])
    expect(answer.expires_in).toBe(7200)
  })
})

describe('tokens in use', () => {
  it('41001 without one, also when it is in the body', async () => {
    bench = await startBench()
    const access_token = await bench.token()
    expect(await raw('externalcontact/get_corp_tag_list', {}, { method: 'POST', body: JSON.stringify({ access_token }) })).toBe(41001)
  })

  it('40014 for an unknown one, 42001 for an expired one, 40014 after a reset of the secret', async () => {
    bench = await startBench()
    const access_token = await bench.token()
    expect(await raw('agent/list', { access_token: 'nonsense' })).toBe(40014)
    bench.simulator.controls.expireTokens()
    expect(await raw('agent/list', { access_token })).toBe(42001)
    const next = await bench.token()
    expect(await raw('agent/list', { access_token: next })).toBe(0)
    bench.simulator.controls.revokeTokens()
    expect(await raw('agent/list', { access_token: next })).toBe(40014)
  })

  it('48002 with the wrong secret\'s token and for an app without customer APIs', async () => {
    bench = await startBench({ strict: { customerApi: false } })
    expect(await raw('user/get', { access_token: await bench.token('contact-secret'), userid: 'clerk01' })).toBe(48002)
    expect(await raw('externalcontact/get_follow_user_list', { access_token: await bench.token() })).toBe(48002)
    expect(await raw('user/list_id', { access_token: await bench.token() }, { method: 'POST', body: '{}' })).toBe(48002)
  })

  it('60020 from an address that is not trusted', async () => {
    bench = await startBench({ strict: { trustedIps: ['203.0.113.7'] } })
    expect(await raw('agent/list', { access_token: await bench.token() })).toBe(60020)
  })

  it('writes the hint into errmsg', async () => {
    bench = await startBench()
    const answer = await bench.get('externalcontact/get', { external_userid: 'wmnobody' })
    expect(answer.errmsg).toMatch(/^.+, hint: \[\d{10}_1_[0-9a-f]{32}\], from ip: 127\.0\.0\.1, more info at https:\/\/open\.work\.weixin\.qq\.com\/devtool\/query\?e=40096$/)
  })
})

describe('wrong requests', () => {
  it('a GET to a POST API ignores the body: 40063; bad JSON: 40058', async () => {
    bench = await startBench()
    const access_token = await bench.token()
    expect(await raw('externalcontact/del_contact_way', { access_token })).toBe(41043)
    expect(await raw('message/recall', { access_token })).toBe(40063)
    expect(await raw('message/recall', { access_token }, { method: 'POST', body: '{"msgid":' })).toBe(40058)
  })
})

describe('frequency limits', () => {
  it('45009 for the whole length of the window once it is exceeded', async () => {
    bench = await startBench({ limits: { byPath: { '/cgi-bin/agent/list': { perMinute: 3 } } } })
    const codes: number[] = []
    for (let call = 0; call < 4; call += 1) codes.push((await bench.get('agent/list')).errcode)
    expect(codes).toEqual([0, 0, 0, 45009])
    bench.simulator.controls.advance(59_000)
    expect((await bench.get('agent/list')).errcode).toBe(45009)
    expect((await bench.get('tag/list')).errcode).toBe(0)
    bench.simulator.controls.advance(2_000)
    expect((await bench.get('agent/list')).errcode).toBe(0)
  })

  it('debug=1 allows five calls a minute', async () => {
    bench = await startBench()
    const codes: number[] = []
    for (let call = 0; call < 6; call += 1) codes.push((await bench.get('agent/list', { debug: '1' })).errcode)
    expect(codes).toEqual([0, 0, 0, 0, 0, 45009])
  })

  it('jsapi tickets: 100 an hour', async () => {
    bench = await startBench()
    for (let call = 0; call < 100; call += 1) await bench.get('get_jsapi_ticket')
    expect((await bench.get('get_jsapi_ticket')).errcode).toBe(45009)
    bench.simulator.controls.advance(3_600_001)
    expect((await bench.get('get_jsapi_ticket')).errcode).toBe(0)
  })
})

describe('planned faults', () => {
  it('busy, limit, any errcode, HTTP errors and cut connections, as often as told', async () => {
    bench = await startBench()
    const { controls } = bench.simulator
    const access_token = await bench.token()
    const path = '/cgi-bin/agent/list'
    controls.addApiFault({ path, kind: 'busy', times: 1 })
    controls.addApiFault({ path, kind: 'limit', times: 1 })
    controls.addApiFault({ path, kind: 'errcode', errcode: 45033, times: 1 })
    expect([await raw('agent/list', { access_token }), await raw('agent/list', { access_token }), await raw('agent/list', { access_token })]).toEqual([-1, 45009, 45033])
    controls.addApiFault({ path, kind: 'http', status: 503, times: 1 })
    expect((await fetch(`${bench.simulator.apiBase}${path}?access_token=${access_token}`)).status).toBe(503)
    controls.addApiFault({ path, kind: 'cut', times: 1 })
    await expect(raw('agent/list', { access_token })).rejects.toThrow()
    expect(await raw('agent/list', { access_token })).toBe(0)
  })

  it('a lost answer: the work is done, the caller never learns', async () => {
    bench = await startBench()
    bench.simulator.controls.addApiFault({ path: '/cgi-bin/externalcontact/add_corp_tag', kind: 'lost', times: 1 })
    await expect(bench.post('externalcontact/add_corp_tag', { group_name: '测试组', tag: [{ name: '甲' }] })).rejects.toThrow()
    expect([...bench.simulator.state.tagGroups.values()].some((group) => group.name === '测试组')).toBe(true)
  })

  it('a slow answer still comes', async () => {
    bench = await startBench()
    bench.simulator.controls.addApiFault({ path: '*', kind: 'slow', ms: 60, times: 1 })
    const started = performance.now()
    await bench.token()
    expect(performance.now() - started).toBeGreaterThanOrEqual(50)
  })
})
