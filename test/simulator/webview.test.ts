import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { CookieJar } from './web/cookie-jar.ts'
import { injectScript, webviewScript } from './web/inject.ts'
import { company, corpId, startBench } from './testing.ts'
import type { Bench } from './testing.ts'

describe('the cookie jar', () => {
  it('keeps path, age and deletion', () => {
    const jar = new CookieJar()
    jar.store('sid=1; Path=/; HttpOnly; Secure', '/auth/return', 0)
    jar.store('deep=2; Path=/api; Max-Age=10', '/api/me', 0)
    jar.store('here=3', '/auth/return', 0)
    expect(jar.header('/api/me', 1)).toBe('deep=2; sid=1')
    expect(jar.header('/apiary', 1)).toBe('sid=1')
    expect(jar.header('/auth/x', 1)).toBe('here=3; sid=1')
    expect(jar.header('/api/me', 10_001)).toBe('sid=1')
    jar.store('sid=; Path=/; Max-Age=0', '/', 5)
    expect(jar.header('/', 6)).toBeUndefined()
  })
})

describe('the script', () => {
  it('stands before the first script, also before preloaded modules', () => {
    const html = '<!doctype html><html><head><title>t</title><link rel="modulepreload" href="/a.js"><script type="module" src="/b.js"></script></head></html>'
    expect(injectScript(html)).toBe(html.replace('<link rel="modulepreload"', `${webviewScript}<link rel="modulepreload"`))
    expect(injectScript('<head></head><body></body>')).toBe(`<head>${webviewScript}</head><body></body>`)
  })
})

describe('the reverse proxy', () => {
  let bench: Bench
  let server: Server
  let seen: IncomingMessage[]
  let reply: (request: IncomingMessage, response: ServerResponse) => void
  const policy = "default-src 'self'; script-src 'self'"

  beforeEach(async () => {
    seen = []
    reply = (_request, response) => void response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
    server = createServer((request, response) => {
      seen.push(request)
      reply(request, response)
    })
    await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', () => resolve()) })
    const address = server.address()
    bench = await startBench({ webview: { target: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}` } })
  })
  afterEach(async () => {
    await bench.stop()
    server.closeAllConnections()
    await new Promise((resolve) => { server.close(resolve) })
  })

  const open = (path: string, cookie: string, init: RequestInit = {}) =>
    fetch(bench.simulator.publicUrl + path, { redirect: 'manual', ...init, headers: { ...init.headers, cookie } })

  it('keeps our cookies to itself, one jar for each staff member', async () => {
    reply = (request, response) => void response.writeHead(204, { 'set-cookie': `sid=${request.url?.slice(1) ?? ''}; Path=/; HttpOnly` }).end()
    const first = await open('/one', 'sim_staff=clerk01; theirs=x')
    expect(first.headers.get('set-cookie')).toBeNull()
    await open('/two', 'sim_staff=manager01')
    await open('/three', 'sim_staff=clerk01')
    await open('/four', 'sim_staff=manager01')
    expect(seen.map((request) => request.headers.cookie)).toEqual([undefined, undefined, 'sid=one', 'sid=two'])
  })

  it('a visitor who picks a name on the sign-in page keeps the cookies of that sign-in', async () => {
    reply = (_request, response) => void response.writeHead(200, { 'set-cookie': 'state=s1; Path=/' }).end()
    const start = await open('/auth/wecom', '')
    const browser = start.headers.getSetCookie().find((each) => each.startsWith('sim_browser='))?.split(';')[0] ?? ''
    const query = new URLSearchParams({
      appid: corpId, redirect_uri: `${bench.simulator.publicUrl}/auth/wecom/return`, response_type: 'code', scope: 'snsapi_base', state: 's1', sim_staff: 'clerk01',
    })
    const signed = await open(`/connect/oauth2/authorize?${query}`, browser)
    expect([signed.status, signed.headers.getSetCookie()]).toEqual([302, ['sim_staff=clerk01; Path=/; SameSite=Lax']])
    await open('/auth/wecom/return', 'sim_staff=clerk01')
    await open('/other', browser)
    expect(seen.map((request) => request.headers.cookie)).toEqual([undefined, 'state=s1', undefined])
  })

  it('adds the script to pages, compressed ones too, and leaves the policy and everything else alone', async () => {
    const html = '<html><head><script src="/a.js"></script></head></html>'
    reply = (request, response) => {
      const isPage = request.url === '/page'
      const bytes = isPage ? gzipSync(html) : Buffer.from('<script>')
      response.writeHead(200, {
        'content-type': isPage ? 'text/html; charset=utf-8' : 'text/javascript', 'content-security-policy': policy, 'content-length': bytes.length,
        ...(isPage ? { 'content-encoding': 'gzip', etag: '"1"' } : {}),
      }).end(bytes)
    }
    const page = await open('/page', 'sim_staff=clerk01', { headers: { accept: 'text/html' } })
    expect(await page.text()).toBe(html.replace('<script', `${webviewScript}<script`))
    expect([page.headers.get('content-security-policy'), page.headers.get('etag'), page.headers.get('content-encoding')]).toEqual([policy, null, null])
    expect(seen[0]?.headers['accept-encoding']).toBeUndefined()
    expect(await (await open('/a.js', '')).text()).toBe('<script>')
  })

  it('passes method, body, Origin and query on, with WeCom\'s user agent and the public host', async () => {
    const bodies: string[] = []
    reply = (request, response) => {
      request.on('data', (part) => bodies.push(String(part)))
      request.on('end', () => response.writeHead(201).end('made'))
    }
    const answer = await open('/api/x?y=1', 'sim_staff=clerk01', { method: 'POST', body: '{"a":1}', headers: { origin: 'https://somewhere.example' } })
    expect([answer.status, await answer.text(), bodies]).toEqual([201, 'made', ['{"a":1}']])
    expect(seen[0]?.url).toBe('/api/x?y=1')
    expect(seen[0]?.headers).toMatchObject({ origin: 'https://somewhere.example', host: new URL(bench.simulator.publicUrl).host })
    expect(seen[0]?.headers['user-agent']).toContain('wxwork/4.1.0 MicroMessenger/7.0.1')
  })

  it('answers 502 while our server is down, and follows when it is pointed elsewhere', async () => {
    bench.simulator.connect({ target: 'http://127.0.0.1:9' })
    expect((await open('/x', 'sim_staff=clerk01')).status).toBe(502)
    const address = server.address()
    bench.simulator.connect({ target: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}` })
    expect((await open('/x', 'sim_staff=clerk01')).status).toBe(200)
  })

  it('serves the page and its parts itself, and nothing outside of them', async () => {
    for (const path of ['/__simulator/', '/__simulator/page.js', '/__simulator/page.css', '/__simulator/webview.js', '/__simulator/login.css']) {
      expect([path, (await open(path, '')).status]).toEqual([path, 200])
    }
    expect((await open('/__simulator/..%2Fstate.ts', '')).status).toBe(404)
    expect((await open('/__simulator/nothing.js', '')).status).toBe(404)
    expect(seen).toEqual([])
  })

  it('tells the bridge which chat is open, and puts the sidebar\'s message into it', async () => {
    const customer = company.customers.find((each) => each.follows.some((follow) => follow.userid === 'clerk01'))?.externalUserId ?? ''
    const context = async (cookie: string): Promise<unknown> => (await open('/__simulator/api/webview/context', cookie)).json()
    expect(await context('sim_staff=clerk01')).toEqual({ entry: 'normal', externalUserId: '', permitted: true })
    expect(await context(`sim_staff=clerk01; sim_chat=${customer}`)).toEqual({ entry: 'single_chat_tools', externalUserId: customer, permitted: true })
    expect(await context(`sim_staff=nobody; sim_chat=${customer}`)).toMatchObject({ permitted: false })
    const message = { msgtype: 'text', text: { content: '话术一' } }
    const sent = await open('/__simulator/api/webview/send', `sim_staff=clerk01; sim_chat=${customer}`, { method: 'POST', body: JSON.stringify(message) })
    expect(await sent.json()).toEqual({ sent: true })
    expect(bench.simulator.controls.chat('clerk01', customer).map((line) => [line.from, line.text])).toEqual([['staff', '话术一']])
    const refused = await open('/__simulator/api/webview/send', `sim_staff=admin01; sim_chat=${customer}`, { method: 'POST', body: JSON.stringify(message) })
    expect(refused.status).toBe(400)
  })

  it('offers every control over HTTP, and says what went wrong', async () => {
    const call = (name: string, args: unknown[]) => open(`/__simulator/api/call/${name}`, '', { method: 'POST', body: JSON.stringify({ args }) })
    expect(await (await call('openBroadcasts', ['clerk01'])).json()).toEqual({ result: [] })
    const refused = await call('tapCard', ['clerk01', { taskId: 'none' }, 'yes'])
    expect([refused.status, await refused.json()]).toEqual([400, { error: 'clerk01 has no such card' }])
    expect((await call('toString', [])).status).toBe(400)
    const state: unknown = await (await open('/__simulator/api/state?staff=clerk01', '')).json()
    expect(state).toMatchObject({ kf: [{ name: '客服中心' }], ways: [], deliveries: [] })
  })
})
