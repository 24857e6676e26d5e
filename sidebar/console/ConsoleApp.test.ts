import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fakeServer, ok, refusal, type FakeServer } from '../testing/fake-server.ts'
import { renderScreen, settled, type Screen } from '../testing/render.ts'
import { aViewer } from '../testing/sample.ts'
import { formatMoment } from '../ui/format.ts'
import ConsoleApp from './ConsoleApp.vue'

const here = { id: '0199d3a0-0000-7000-8000-000000000001', surface: 'console', createdAt: 1, lastSeenAt: 2, userAgent: 'Windows NT 10.0 Chrome/120 Safari/537', current: true }
const phone = { ...here, id: '0199d3a0-0000-7000-8000-000000000002', surface: 'sidebar', userAgent: 'iPhone wxwork/4.1.0', current: false }

let server: FakeServer = fakeServer()
let screen: Screen | null = null
beforeEach(() => {
  sessionStorage.clear()
  server = fakeServer()
  server.on('GET /api/me', () => ok(aViewer({ operations: ['customer.profile.view', 'customer.profile.edit', 'system.audit.view'] })))
  server.on('GET /api/sessions', () => ok({ items: [here, phone] }))
})
afterEach(() => screen?.close())

async function open(at = '/'): Promise<Screen> {
  screen = await renderScreen(ConsoleApp, { server, at })
  return screen
}

const row = (root: Element, unit: string): (string | null)[] =>
  [...root.querySelectorAll('tbody tr')].filter((line) => line.querySelector('th')?.textContent === unit)
    .flatMap((line) => [...line.querySelectorAll('td span')].map((mark) => mark.getAttribute('aria-label')))

describe('the console', () => {
  it('says who I am and what I might ever do, unit by unit', async () => {
    const { text, root } = await open()
    expect(text()).toContain('林小满')
    expect(text()).toContain('导购')
    expect(row(root, '客户资料')).toEqual(['有', '有', '无'])
    expect(row(root, '系统 · 审计')).toEqual(['有', '无', '无'])
    expect(text()).not.toContain('群发任务')
  })

  it('says so when there is nothing', async () => {
    server.on('GET /api/me', () => ok(aViewer({ operations: [] })))
    expect((await open()).text()).toContain('您目前没有任何权限')
  })

  it('ends another sign-in only after a second tap', async () => {
    server.on(`DELETE /api/sessions/${phone.id}`, () => {
      server.on('GET /api/sessions', () => ok({ items: [here] }))
      return ok({ revoked: true })
    })
    const { text, press } = await open()
    expect(text()).toContain('聊天侧边栏 · 企业微信 · iOS')
    await press('下线')
    expect(server.calls.some((call) => call.method === 'DELETE')).toBe(false)
    await press('确定下线')
    expect(server.calls.filter((call) => call.method === 'DELETE').map((call) => call.path)).toEqual([`/api/sessions/${phone.id}`])
    expect(text()).not.toContain('聊天侧边栏')
  })

  it('goes to the sign-in without a session', async () => {
    server.on('GET /api/me', () => refusal(401, 'session.required'))
    const { wentTo, text } = await open()
    expect(wentTo).toHaveLength(1)
    expect(text()).toContain('登录已失效')
  })

  it('S18 shows the rights in force after one ended by the clock', async () => {
    const { text } = await open()
    server.on('GET /api/me', () => ok(aViewer({ operations: ['talk.visits.view'] })))
    server.since = 1_763_978_400_000
    document.dispatchEvent(new Event('visibilitychange'))
    await settled()
    expect(text()).toContain('到店记录')
    expect(text()).not.toContain('客户资料')
  })

  it('S26 shows the rights in force after they changed', async () => {
    const { text } = await open()
    server.on('GET /api/me', () => ok(aViewer({ operations: ['talk.visits.view'] })))
    server.epoch = 8
    document.dispatchEvent(new Event('visibilitychange'))
    await settled()
    expect(text()).toContain('到店记录')
    expect(text()).not.toContain('客户资料')
  })

  it('offers only the screens that the viewer might use, and says so when another one is opened by its address', async () => {
    server.on('GET /api/me', () => ok(aViewer({ operations: ['system.audit.view'] })))
    const { text, root } = await open('/customers')
    expect([...root.querySelectorAll('nav a')].map((link) => link.textContent)).not.toContain('客户列表')
    expect(text()).toContain('这个页面不在您的权限内')
    expect(server.calls.some((call) => call.path === '/api/customers')).toBe(false)
  })

  const sees = (...operations: string[]) => server.on('GET /api/me', () => ok(aViewer({ operations: ['customer.profile.view', ...operations] })))

  it('lists customers page by page, with what the server gave of each and nothing else', async () => {
    sees('customer.contact.view')
    server.on('GET /api/customers', ({ query }) => ok(query.get('cursor') === 'two'
      ? { items: [{ customer: { externalUserId: 'wm2', name: '王先生' }, fields: {}, lastActiveAt: 2 }], nextCursor: null }
      : { items: [{ customer: { externalUserId: 'wm1', name: '陈女士', mobile: '138****1234' }, fields: { mobile: 'masked' }, lastActiveAt: 3 }], nextCursor: 'two' }))
    const { text, press, root } = await open('/customers')
    expect(text()).toContain('陈女士')
    expect(text()).toContain('138****1234')
    await press('加载更多')
    expect(text()).toContain('王先生')
    expect(root.querySelectorAll('tbody tr')).toHaveLength(2)
    // what this viewer sees of nobody has no column
    expect([...root.querySelectorAll('thead th')].map((cell) => cell.textContent)).toEqual(['姓名', '手机号'])
  })

  it('S11 shows no activity where the server gave none', async () => {
    const at = 1_763_978_400_000
    sees('talk.messages.view')
    server.on('GET /api/customers', () => ok({
      items: [{ customer: { externalUserId: 'wm1', name: '陈女士' }, fields: {}, lastActiveAt: at }, { customer: { externalUserId: 'wm2', name: '王先生' }, fields: {} }], nextCursor: null,
    }))
    const { root } = await open('/customers')
    const last = [...root.querySelectorAll('tbody tr')].map((line) => line.querySelector('td:last-child')?.textContent)
    expect(last).toEqual([formatMoment(at), ''])
  })
})
