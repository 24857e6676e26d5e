import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { fakeServer, ok, refusal, type FakeServer } from '../testing/fake-server.ts'
import { renderScreen, settled, type Screen } from '../testing/render.ts'
import { aViewer } from '../testing/sample.ts'
import ConsoleApp from './ConsoleApp.vue'

let server: FakeServer = fakeServer()
let screen: Screen | null = null
beforeEach(() => {
  server = fakeServer()
  holding('marketing.broadcasts.view')
})
afterEach(() => screen?.close())

const holding = (...operations: string[]): void => server.on('GET /api/me', () => ok(aViewer({ operations })))
async function open(at: string): Promise<Screen> {
  screen = await renderScreen(ConsoleApp, { server, at })
  await vi.waitFor(() => expect(screen?.root.querySelector('main h1, main [role=status], main [role=alert]')).not.toBeNull(), { timeout: 20_000 })
  await settled()
  return screen
}
const zero = { value: 0 }
const figures = (more: object = {}) => ({ sent: { value: 30 }, leaving: zero, unsent: { value: 10 }, notFriend: zero, overLimit: zero, leftOut: zero, replied: { value: 9 }, visited: zero, ordered: zero, contracted: zero, ...more })

describe('the screen of results', { timeout: 30_000 }, () => {
  it('S48 draws what became of the messages of each, as long as there are many, with the share of those who answered', async () => {
    server.on('GET /api/broadcast-results', () => ok({
      month: '2026-06', by: 'staff', days: 7, total: figures({ sent: { value: 50 } }), more: 3,
      items: [{ id: 'lin', name: '林小满', of: '国贸店', figures: figures() }, { id: 'wu', name: '吴', of: '望京店', figures: figures({ sent: { value: 20 }, unsent: zero, replied: { suppressed: true } }) }],
    }))
    const { root, text } = await open('/results')
    expect(server.calls.find((call) => call.path === '/api/broadcast-results')?.query.get('by')).toBe('staff')
    const bars = [...root.querySelectorAll('svg.bar')].map((bar) => [...bar.querySelectorAll('rect')].map((rect) => [rect.getAttribute('class'), rect.getAttribute('x'), rect.getAttribute('width')]))
    expect(bars).toEqual([[['sent', '0', '75'], ['unsent', '75', '25']], [['sent', '0', '50']]])
    expect(root.querySelector('svg.bar')?.getAttribute('aria-label')).toContain('送达 30')
    expect([...root.querySelectorAll('tbody tr')].map((row) => [...row.querySelectorAll('td')].slice(1, 3).map((cell) => cell.textContent?.trim()))).toEqual([['30', '9 30%'], ['20', '少于 5 人']])
    expect(text()).toContain('另有 3 项未列出')
    expect(text()).toContain('您看不到的客户少于 5 位')
  })

  it('S48 asks anew for another way of telling apart, and says what to do without figures', async () => {
    server.on('GET /api/broadcast-results', () => ok({ month: '2026-06', by: 'staff', days: 7, total: figures(), items: [], more: 0 }))
    const { root, text } = await open('/results')
    expect(text()).toContain('这个月还没有发出的群发')
    ;[...root.querySelectorAll<HTMLInputElement>('input[type=radio]')].find((one) => one.value === 'template')?.click()
    await settled()
    expect(server.calls.filter((call) => call.path === '/api/broadcast-results').map((call) => call.query.get('by'))).toEqual(['staff', 'template'])
    server.on('GET /api/broadcast-results', () => refusal(500, 'server.failed', ''))
    ;[...root.querySelectorAll<HTMLInputElement>('input[type=radio]')].find((one) => one.value === 'store')?.click()
    await settled()
    expect(text()).toContain('服务出错了')
  })

  it('is not offered without the operation', async () => {
    holding('talk.visits.view')
    expect((await open('/results')).text()).toContain('这个页面不在您的权限内')
  })
})

describe('broadcasts of unknown fate', { timeout: 30_000 }, () => {
  const parked = { id: 'p1', source: 'broadcast', sourceId: 's1', sender: { userid: 'lin', name: '林小满' }, customers: 40, intentAt: Date.UTC(2026, 5, 2, 2), candidates: ['msgA', 'msgB'] }
  beforeEach(() => {
    holding('system.integration.view', 'system.integration.operate')
    server.on('GET /api/parked', () => ok({ items: [], nextCursor: null }))
    server.on('GET /api/outreach/parked', () => ok({ items: [parked], nextCursor: null }))
    server.on('POST /api/outreach/parked/p1/resolve', () => {
      server.on('GET /api/outreach/parked', () => ok({ items: [], nextCursor: null }))
      return ok({ resolved: true })
    })
  })
  async function openTab(): Promise<Screen> {
    const opened = await open('/parked')
    ;[...opened.root.querySelectorAll<HTMLElement>('[role=tab]')].find((one) => one.textContent?.trim() === '群发去向不明')?.click()
    await settled()
    return opened
  }
  const sent = () => server.calls.find((call) => call.method === 'POST')?.body

  it('wait for somebody who says which one it is', async () => {
    const { root, text, press, button } = await openTab()
    expect(text()).toContain('林小满（lin）')
    expect(button('就是这条')?.disabled).toBe(true)
    ;[...root.querySelectorAll<HTMLElement>('.el-select__wrapper')].at(-1)?.click()
    await settled()
    ;[...root.querySelectorAll<HTMLElement>('.el-select-dropdown__item')].find((one) => one.textContent?.trim() === 'msgB')?.click()
    await settled()
    await press('就是这条')
    expect(sent()).toEqual({ msgid: 'msgB' })
    expect(text()).toContain('没有去向不明的群发')
  })

  it('are given up only by a second press', async () => {
    const { press } = await openTab()
    await press('放弃')
    expect(sent()).toBeUndefined()
    await press('确认放弃，不再发送')
    expect(sent()).toEqual({ giveUp: true })
  })

  it('are read only for whoever looks and does not act', async () => {
    holding('system.integration.view')
    const { text, button } = await openTab()
    expect(text()).toContain('msgA、msgB')
    expect(button('放弃')).toBeNull()
  })
})

describe('the levels of consultants', { timeout: 30_000 }, () => {
  it('S41 are listed and set by whoever publishes the strategy, by userid too', async () => {
    holding('marketing.strategy.view', 'marketing.strategy.operate')
    server.on('GET /api/outreach/quiet-hours', () => ok({ from: '21:00', until: '08:00', version: 0 }))
    server.on('GET /api/broadcast-rules', () => refusal(500, 'server.failed', ''))
    server.on('GET /api/staff-levels', () => ok({ items: [{ userid: 'lin', name: '林小满', level: 2 }] }))
    server.on('PUT /api/staff/wu/level', () => ok({ level: 1 }))
    const { root, text, press } = await open('/limits')
    expect(text()).toContain('林小满 lin')
    const field = root.querySelector<HTMLInputElement>('input[aria-label=成员账号]')
    if (field === null) throw new Error('no field for the userid')
    field.value = 'wu'
    field.dispatchEvent(new Event('input'))
    await settled()
    await press('设定等级')
    expect(server.calls.find((call) => call.method === 'PUT')).toMatchObject({ path: '/api/staff/wu/level', body: { level: 1 } })
  })
})
