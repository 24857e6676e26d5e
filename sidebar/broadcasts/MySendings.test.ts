import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import ChatApp from '../chat/ChatApp.vue'
import { fakeBridge } from '../testing/fake-bridge.ts'
import { fakeServer, ok, refusal, type FakeServer } from '../testing/fake-server.ts'
import { renderScreen, type Screen } from '../testing/render.ts'
import { aViewer } from '../testing/sample.ts'

let server: FakeServer = fakeServer()
let screen: Screen | null = null
const zero = { value: 0 }
const figures = { sent: { value: 17 }, leaving: zero, unsent: zero, notFriend: { value: 2 }, overLimit: zero, leftOut: zero, replied: { value: 6 }, visited: zero, ordered: { suppressed: true }, contracted: zero }
const at = Date.UTC(2026, 5, 2, 2)
const sendings = {
  waiting: [{ id: 'b1', name: '会员日', customers: 18, since: at, until: at + 72 * 3_600_000 }],
  planned: [{ id: 'b2', name: '周末活动', status: 'waiting', plannedAt: at }],
  items: [{ id: 'b3', name: '新品到店', plannedAt: at, figures }],
}

beforeEach(() => {
  server = fakeServer()
  server.on('GET /api/me', () => ok(aViewer({ operations: ['marketing.broadcasts.view', 'marketing.broadcasts.edit'] })))
  server.on('GET /api/my-broadcasts', () => ok(sendings))
  server.on('GET /api/broadcast-quota', () => ok({ items: [
    { category: null, tierBelow: null, period: 'day', at: '2026-06-02', limit: 200, left: 0 }, { category: null, tierBelow: 3, period: 'month', at: '2026-06', limit: 400, left: 182 },
  ] }))
})
afterEach(() => screen?.close())

async function open(): Promise<Screen> {
  screen = await renderScreen(ChatApp, { server, props: { bridge: fakeBridge(() => Promise.resolve({ entry: 'normal' })) } })
  await vi.waitFor(() => expect(screen?.text()).toContain('剩余额度'), { timeout: 10_000 })
  return screen
}

describe('my broadcasts in the workbench', { timeout: 20_000 }, () => {
  it('S40 S42 says what waits for my confirmation in WeCom, what is left of my quota, and what came of what I sent', async () => {
    const { text } = await open()
    await vi.waitFor(() => expect(text()).toContain('会员日'))
    expect(text()).toMatch(/等我确认会员日18 人 .*前有效/)
    expect(text()).toContain('今天剩 0 / 200')
    expect(text()).toContain('本月 · 3 级以下客户剩 182 / 400')
    expect(text()).toContain('周末活动待审批')
    expect(text()).toMatch(/送达 17.*已非好友 2.*回复 6.*下单 少于 5/)
    expect(text()).not.toContain('签约 0')
  })

  it('says what to do when there is none, and when it fails', async () => {
    server.on('GET /api/my-broadcasts', () => ok({ waiting: [], planned: [], items: [] }))
    await vi.waitFor(async () => expect((await open()).text()).toContain('还没有群发'))
    screen?.close()
    server.on('GET /api/my-broadcasts', () => refusal(500, 'server.failed', ''))
    const { text, button } = await open()
    await vi.waitFor(() => expect(text()).toContain('服务出错了'))
    expect(button('重试')).not.toBeNull()
  })

  it('is not there for whoever sends none', async () => {
    server.on('GET /api/me', () => ok(aViewer({ operations: ['marketing.broadcasts.view'] })))
    screen = await renderScreen(ChatApp, { server, props: { bridge: fakeBridge(() => Promise.resolve({ entry: 'normal' })) } })
    expect(screen.text()).not.toContain('剩余额度')
    expect(server.calls.some((call) => call.path === '/api/my-broadcasts')).toBe(false)
  })
})
