import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { BridgeFailure } from '../wecom/bridge.ts'
import { chatWith, fakeBridge, type FakeBridge } from '../testing/fake-bridge.ts'
import { fakeServer, later, ok, refusal, type FakeServer } from '../testing/fake-server.ts'
import { renderScreen, settled, type Screen } from '../testing/render.ts'
import { aCard, aViewer } from '../testing/sample.ts'
import ChatApp from './ChatApp.vue'

let server: FakeServer = fakeServer()
let bridge: FakeBridge = fakeBridge(chatWith('wmChen'))
let screen: Screen | null = null

beforeEach(() => {
  sessionStorage.clear()
  history.replaceState(null, '')
  server = fakeServer()
  bridge = fakeBridge(chatWith('wmChen'))
  server.on('GET /api/me', () => ok(aViewer()))
  server.on('GET /api/customers/wmChen', () => ok(aCard({ customer: { mobile: '138****1234' }, fields: { mobile: 'masked' }, writable: ['name'] })))
  server.on('GET /api/customers/wmWang', () => ok(aCard({ customer: { externalUserId: 'wmWang', name: '王先生' } })))
})
afterEach(() => {
  screen?.close()
  vi.useRealTimers()
})

async function open(): Promise<Screen> {
  screen = await renderScreen(ChatApp, { server, props: { bridge } })
  return screen
}

/** Another chat comes to the front. */
async function switchTo(answer: FakeBridge['answer']): Promise<void> {
  bridge.answer = answer
  window.dispatchEvent(new Event('focus'))
  await new Promise((resolve) => setTimeout(resolve, 60))
  await settled()
}

/** The page asks for the epoch of the rules. */
async function poll(): Promise<void> {
  document.dispatchEvent(new Event('visibilitychange'))
  await settled()
}

describe('the sidebar', () => {
  it('shows the customer of the open chat, under the viewer\'s watermark', async () => {
    const { text, root } = await open()
    expect(text()).toContain('陈女士')
    expect(root.querySelector('.watermark')?.textContent).toContain('林小满 lin')
    expect(root.querySelector('.watermark')?.getAttribute('aria-hidden')).toBe('true')
  })

  it('drops everything of the former customer at once, before the next is there', async () => {
    const { text } = await open()
    const wang = later<{ body: unknown }>()
    server.on('GET /api/customers/wmWang', () => wang.promise)
    await switchTo(chatWith('wmWang'))
    expect(text()).not.toContain('陈女士')
    expect(text()).not.toContain('138')
    wang.give(ok(aCard({ customer: { externalUserId: 'wmWang', name: '王先生' } })))
    await settled()
    expect(text()).toContain('王先生')
  })

  it('never shows a late answer of the former chat', async () => {
    const chen = later<{ body: unknown }>()
    server.on('GET /api/customers/wmChen', () => chen.promise)
    const { text } = await open()
    await switchTo(chatWith('wmWang'))
    chen.give(ok(aCard()))
    await settled()
    expect(text()).toContain('王先生')
    expect(text()).not.toContain('陈女士')
  })

  it('closes the edit screen of the former customer', async () => {
    const { press, text } = await open()
    await press('编辑')
    await vi.waitFor(() => expect(text()).toContain('编辑客户资料'))
    await switchTo(chatWith('wmWang'))
    expect(text()).not.toContain('编辑客户资料')
    expect(text()).toContain('王先生')
  })

  it('comes back to the edit screen after a reload of the webview', async () => {
    await (await open()).press('编辑')
    await vi.waitFor(() => expect(screen?.text()).toContain('编辑客户资料'))
    screen?.close()
    const { text } = await open()
    await vi.waitFor(() => expect(text()).toContain('编辑客户资料'))
  })

  it.each([
    ['S26', 'the rules change', () => { server.epoch = 8 }],
    ['S18 S51', 'a right ends by the clock, with the epoch unchanged', () => { server.since = 1_763_978_400_000 }],
  ])('%s drops what is shown when %s, and loads anew', async (_story, _what, change) => {
    const { text } = await open()
    expect(text()).toContain('138****1234')
    const fresh = later<{ body: unknown }>()
    server.on('GET /api/customers/wmChen', () => fresh.promise)
    change()
    await poll()
    expect(text()).not.toContain('陈女士')
    expect(text()).not.toContain('138****1234')
    fresh.give(ok(aCard()))
    await settled()
    expect(text()).toContain('陈女士')
    expect(text()).not.toContain('138****1234')
  })

  it('S26 shows nothing any more when the customer is no longer visible', async () => {
    const { text } = await open()
    server.on('GET /api/customers/wmChen', () => refusal(404, 'customer.not_found', '没有找到该客户'))
    server.epoch = 8
    await poll()
    expect(text()).not.toContain('陈女士')
    expect(text()).toContain('没有找到该客户，或您没有查看权限')
  })

  it('has the same words for a customer who is hidden and one who does not exist', async () => {
    server.on('GET /api/customers/wmChen', () => refusal(404, 'customer.not_found', '没有找到该客户'))
    const hidden = (await open()).text()
    screen?.close()
    bridge = fakeBridge(chatWith('wmNobody'))
    server.on('GET /api/customers/wmNobody', () => refusal(404, 'customer.not_found', '没有找到该客户'))
    expect((await open()).text()).toBe(hidden)
  })

  it('S29 goes to the sign-in once and keeps nothing on the screen when the session ends', async () => {
    const { text, wentTo } = await open()
    server.on('GET /api/epoch', () => refusal(401, 'session.required'))
    await poll()
    expect(text()).not.toContain('陈女士')
    expect(wentTo).toEqual(['/auth/wecom?surface=sidebar&return=%2Fsidebar%2F%3Ffrom%3Dchat'])
  })

  it('has only the buttons for what may be done', async () => {
    const first = await open()
    expect(first.button('编辑')).not.toBeNull()
    expect(first.button('店码')).not.toBeNull()
    first.close()
    server.on('GET /api/me', () => ok(aViewer({ operations: [] })))
    await new Promise((resolve) => setTimeout(resolve, 0))
    bridge = fakeBridge(chatWith('wmWang'))
    const second = await open()
    expect(second.button('编辑')).toBeNull()
    expect(second.button('店码')).toBeNull()
    expect(second.button('刷新')).not.toBeNull()
  })

  it('says what is safe when the network is gone, and goes on after it', async () => {
    server.isDown = true
    const { text, press } = await open()
    expect(text()).toContain('内容没有丢失')
    server.isDown = false
    await press('重试')
    await settled()
    expect(text()).toContain('陈女士')
  })

  it('keeps the card under a warning at the first silence of the server, and drops it after a minute', async () => {
    const { text } = await open()
    server.isDown = true
    await poll()
    expect(text()).toContain('网络已断开')
    expect(text()).toContain('陈女士')
    vi.useFakeTimers({ now: Date.now() + 61_000, toFake: ['Date'] })
    await poll()
    expect(text()).not.toContain('陈女士')
  })

  it.each([['permission', '客户联系'], ['signature', '可信域名'], ['timeout', '企业微信没有回应'], ['no_context', '从与客户的聊天中打开']] as const)(
    'puts WeCom\'s %s into words and offers to try again', async (trouble, words) => {
      bridge = fakeBridge(() => Promise.reject(new BridgeFailure(trouble)))
      const { text, press } = await open()
      expect(text()).toContain(words)
      bridge.answer = chatWith('wmChen')
      await press('重试')
      expect(text()).toContain('陈女士')
    })

  it('is a workbench in a group chat: who I am, my store\'s code, the console', async () => {
    server.on('GET /api/entrances', () => ok({ items: [
      { id: 'e1', storeName: '国贸店', departmentId: 5, qrCode: 'https://wework.qpic.cn/a', status: 'ready', staffCount: 6, mine: true },
      { id: 'e2', storeName: '望京店', departmentId: 6, qrCode: 'https://wework.qpic.cn/b', status: 'ready', staffCount: 2, mine: false },
    ] }))
    bridge = fakeBridge(() => Promise.resolve({ entry: 'group_chat_tools', chatId: 'wr1' }))
    const { text, root } = await open()
    expect(text()).toContain('林小满')
    expect(text()).toContain('国贸店 · 导购')
    expect([...root.querySelectorAll('img')].map((image) => image.getAttribute('src'))).toEqual(['https://wework.qpic.cn/a'])
    expect(text()).not.toContain('望京店')
    expect(root.querySelector('a')?.getAttribute('href')).toBe('/console/')
  })

  it('asks nothing of the server outside WeCom and says where to open it', async () => {
    bridge = fakeBridge(() => new Promise(() => {}), false)
    const { text, root, wentTo } = await open()
    expect(text()).toContain('请在企业微信聊天侧边栏中打开')
    expect(root.querySelector('a')?.getAttribute('href')).toBe('/console/')
    expect(server.calls).toHaveLength(0)
    expect(wentTo).toEqual([])
  })

  it('speaks English when chosen', async () => {
    bridge = fakeBridge(() => new Promise(() => {}), false)
    screen = await renderScreen(ChatApp, { server, props: { bridge }, language: 'en' })
    expect(screen.text()).toContain('Please open this in the WeCom chat sidebar')
  })
})
