import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import { getJsApiSignature } from '@wecom/crypto'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startChromium } from '../support/chromium.ts'
import { corpId, startBench } from './testing.ts'
import type { Bench } from './testing.ts'

const sdk = readFileSync(new URL('../../node_modules/@wecom/jssdk/dist/wecom.prod.js', import.meta.url))

/** A page in place of our sidebar that uses the real SDK under a strict policy. */
const sidebar = `import * as ww from '/jssdk.js'
const sign = async (url) => (await fetch('/sign?url=' + encodeURIComponent(url))).json()
const out = document.querySelector('output')
ww.register({ corpId: '${corpId}', agentId: 1000002, jsApiList: ['getCurExternalContact'], getConfigSignature: sign, getAgentConfigSignature: sign })
try {
  const { entry } = await ww.getContext()
  const { userId } = await ww.getCurExternalContact()
  await ww.sendChatMessage({ msgtype: 'text', text: { content: '来自侧边栏' } })
  out.textContent = [ww.env.isWeCom, entry, userId].join(' ')
} catch (error) {
  out.textContent = 'refused ' + error.errMsg
}`

describe('the page in a browser', () => {
  let bench: Bench
  let server: Server
  let browser: Browser
  let page: Page
  let ticketKind = 'ticket/get'
  const problems: string[] = []

  beforeAll(async () => {
    server = createServer((request, response) => {
      const url = new URL(request.url ?? '/', 'http://app')
      const script = (body: string | Buffer): void => void response.writeHead(200, { 'content-type': 'text/javascript' }).end(body)
      if (url.pathname === '/jssdk.js') return script(sdk)
      if (url.pathname === '/app.js') return script(sidebar)
      if (url.pathname === '/sign') {
        void bench.get(ticketKind, { type: 'agent_config' }).then(({ ticket }) =>
          response.end(JSON.stringify(getJsApiSignature({ url: url.searchParams.get('url') ?? '', ticket: String(ticket) }))))
        return
      }
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': "default-src 'self'; script-src 'self'; frame-ancestors 'self'" })
      response.end('<!doctype html><head><script type="module" src="/app.js"></script></head><body><output>…</output></body>')
    })
    await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', () => resolve()) })
    const address = server.address()
    bench = await startBench({ webview: { target: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}` } })
    browser = await startChromium()
    page = await browser.newPage({ viewport: { width: 1360, height: 800 } })
    page.on('pageerror', (error) => problems.push(error.message))
    page.on('console', (message) => { if (message.type() === 'error') problems.push(message.text()) })
  }, 60_000)

  afterAll(async () => {
    await browser?.close()
    await bench.stop()
    server.closeAllConnections()
  })

  const said = () => page.frameLocator('#sidebar').locator('output')

  it('the real SDK runs in the frame: it knows the customer and writes into the chat', async () => {
    const { config_id } = await bench.post('externalcontact/add_contact_way', { type: 2, scene: 2, state: 'store-1', remark: '一号店码', user: ['clerk01'] })
    await page.goto(`${bench.simulator.publicUrl}/__simulator/?scan=${String(config_id)}`)
    await page.getByRole('button', { name: '一号店码' }).click()
    await said().getByText('true single_chat_tools wm').waitFor()
    await page.locator('#lines').getByText('来自侧边栏').waitFor()
    expect(problems).toEqual([])
  }, 60_000)

  it('a signature with the corp ticket is refused', async () => {
    ticketKind = 'get_jsapi_ticket'
    await page.reload()
    await said().getByText('refused').waitFor()
    expect(await said().textContent()).toBe('refused agentConfig:fail')
    // the SDK itself writes the refusal to the console
    problems.length = 0
    ticketKind = 'ticket/get'
  }, 60_000)

  it('a tap on a card\'s button becomes an event', async () => {
    await bench.post('message/send', {
      touser: 'clerk01', agentid: 1000002, msgtype: 'template_card',
      template_card: { card_type: 'button_interaction', main_title: { title: '请确认' }, task_id: 'page-1', button_list: [{ text: '同意', key: 'yes' }] },
    })
    await page.getByRole('tab', { name: '应用消息' }).click()
    await page.getByRole('button', { name: '同意' }).click()
    await expect.poll(() => bench.receiver.messages.some((message) => message.includes('template_card_event') && message.includes('page-1'))).toBe(true)
    expect(problems).toEqual([])
  }, 60_000)
})
