import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import ChatApp from '../chat/ChatApp.vue'
import { chatWith, fakeBridge, type FakeBridge } from '../testing/fake-bridge.ts'
import { fakeServer, later, ok, refusal, type FakeServer } from '../testing/fake-server.ts'
import { renderScreen, settled, type Screen } from '../testing/render.ts'
import { aCard, aViewer } from '../testing/sample.ts'

let server: FakeServer = fakeServer()
let bridge: FakeBridge = fakeBridge(chatWith('wmChen'))
let screen: Screen | null = null

const path = '/api/customers/wmChen/quick-replies'
const reply = (over: object = {}) => ({ templateId: 't1', versionId: 'v1', number: 1, name: '生日问候', category: 'care', text: '陈女士，生日快乐', attachments: [], refused: null, ...over })
const hit = { part: 'text', start: 4, end: 6, category: 'gambling', severity: 'block', word: '赌博', reason: 'word.pinyin', proposal: null }
const replies = (...items: object[]) => server.on(`GET ${path}`, () => ok({ items, more: false }))

beforeEach(() => {
  sessionStorage.clear()
  server = fakeServer()
  bridge = fakeBridge(chatWith('wmChen'))
  server.on('GET /api/me', () => ok({ ...aViewer(), operations: ['customer.profile.view', 'marketing.templates.view'] }))
  server.on('GET /api/customers/wmChen', () => ok(aCard()))
})
afterEach(() => screen?.close())

async function open(): Promise<Screen> {
  screen = await renderScreen(ChatApp, { server, props: { bridge } })
  await screen.press('话术')
  // The sheet is fetched when it is first opened.
  await vi.waitFor(() => expect(document.querySelector('[role="dialog"] .list')).not.toBeNull(), { timeout: 5000 })
  await settled()
  return screen
}

describe('quick replies', () => {
  it('S39 two taps put the text into the chat as the server gives it at the second', async () => {
    replies(reply())
    server.on(`POST ${path}`, () => ok({ text: '陈女士，生日快乐！', attachments: [{ type: 'link', title: '贺卡', url: 'https://work.weixin.qq.com/a', desc: '', picUrl: null }], receipt: 'r1' }))
    server.on('POST /api/quick-replies/sent', () => ok({ counted: true }))
    const { press, text } = await open()
    expect(text()).toContain('陈女士，生日快乐')
    await press('发送：生日问候')
    expect(server.calls.find((call) => call.method === 'POST')?.body).toEqual({ templateId: 't1', versionId: 'v1' })
    expect(bridge.sent).toEqual([
      { msgtype: 'text', text: { content: '陈女士，生日快乐！' } }, { msgtype: 'news', news: { link: 'https://work.weixin.qq.com/a', title: '贺卡', desc: '', imgUrl: '' } },
    ])
    expect(server.calls.filter((call) => call.path === '/api/quick-replies/sent').map((call) => call.body)).toEqual([{ receipt: 'r1' }])
  })

  it('S39 shows where and why one is stopped, and does not offer to send it', async () => {
    replies(reply({ text: '陈女士，赌博', refused: { code: 'template.blocked', variables: [], hits: [hit] } }))
    const { root, text, button } = await open()
    expect(root.querySelector('mark')?.textContent).toBe('赌博')
    expect(text()).toContain('不能发出拼音写的敏感词「赌博」')
    expect(button('发送：生日问候')).toBeNull()
  })

  it.each([
    [{ code: 'template.missing_value', variables: ['customer_name:masked'], hits: [] }, '缺少客户姓名（您看到的内容带掩码）'],
    [{ code: 'template.not_for_customer', variables: [], hits: [] }, '不适用于这位客户'],
  ])('S39 says in words why it cannot be sent', async (refused, words) => {
    replies(reply({ refused }))
    expect((await open()).text()).toContain(words)
  })

  it('S39 says what the server found at the tap, and sends nothing', async () => {
    replies(reply())
    server.on(`POST ${path}`, () => refusal(422, 'template.blocked', '内容未通过质检', { hits: [hit] }))
    const { press, text } = await open()
    await press('发送：生日问候')
    expect(text()).toContain('内容未通过质检不能发出拼音写的敏感词「赌博」')
    expect(bridge.sent).toEqual([])
  })

  it.each([['cancel', '已取消发送'], ['no permission', '企业微信没有开放客户信息'], ['else', '企业微信没有发出']])('stays open when WeCom answers %s', async (errMsg, words) => {
    replies(reply())
    server.on(`POST ${path}`, () => ok({ text: '您好', attachments: [], receipt: 'r1' }))
    const { press, text, button } = await open()
    bridge.take = () => Promise.reject(Object.assign(new Error(), { errMsg }))
    await press('发送：生日问候')
    expect(text()).toContain(words)
    expect(button('发送：生日问候')?.disabled).toBe(false)
    expect(server.calls.some((call) => call.path === '/api/quick-replies/sent')).toBe(false)
  })

  it('says what to do while it loads, when there is none, and when it is refused', async () => {
    const answer = later<{ body: unknown }>()
    server.on(`GET ${path}`, () => answer.promise)
    const { root, text } = await open()
    expect(root.querySelector('[role="dialog"] .lines')).not.toBeNull()
    answer.give(ok({ items: [], more: false }))
    await settled()
    expect(text()).toContain('没有可用的话术')
    screen?.close()
    server.on(`GET ${path}`, () => refusal(403, 'access.denied'))
    expect((await open()).text()).toContain('请联系主管申请')
  })

  it('is not offered to somebody without the right', async () => {
    server.on('GET /api/me', () => ok({ ...aViewer(), operations: ['customer.profile.view'] }))
    screen = await renderScreen(ChatApp, { server, props: { bridge } })
    expect(screen.button('话术')).toBeNull()
  })
})
