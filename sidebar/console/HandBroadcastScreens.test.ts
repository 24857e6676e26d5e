import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { fakeServer, ok, refusal, type FakeServer } from '../testing/fake-server.ts'
import { renderScreen, settled, type Screen } from '../testing/render.ts'
import { aViewer } from '../testing/sample.ts'
import ConsoleApp from './ConsoleApp.vue'

const id = '0199d3a0-0000-7000-8000-0000000000c1'
const sent = { id, sender: { userid: 'lin', name: '林小满' }, department: '静安店', sentAt: 1_780_000_000_000, personal: true, reached: { value: 12 }, overFrequency: { value: 3 }, overQuota: true, verdict: 'block' }

let server: FakeServer = fakeServer()
let screen: Screen | null = null
beforeEach(() => {
  server = fakeServer()
  server.on('GET /api/me', () => ok(aViewer({ operations: ['marketing.broadcasts.view'] })))
  server.on('GET /api/broadcasts', () => ok({ items: [], nextCursor: null }))
})
afterEach(() => screen?.close())

async function open(at: string): Promise<Screen> {
  screen = await renderScreen(ConsoleApp, { server, at })
  await vi.waitFor(() => expect(screen?.root.querySelector('main h1, main [role=status], main [role=alert]')).not.toBeNull(), { timeout: 20_000 })
  await settled()
  return screen
}

async function openTab({ root }: Screen): Promise<void> {
  const tab = [...root.querySelectorAll<HTMLElement>('[role=tab]')].find((one) => one.textContent?.trim() === '员工自发群发')
  tab?.click()
  await settled()
}

describe('the screens of broadcasts sent by hand', { timeout: 30_000 }, () => {
  it('S40 S43 S17 tell who sent when to how many and what was too much; of small groups no number', async () => {
    server.on('GET /api/hand-broadcasts', () => ok({ items: [sent, { ...sent, reached: { suppressed: true }, overFrequency: { suppressed: true }, overQuota: false, verdict: 'pass', personal: false }], nextCursor: null }))
    const opened = await open('/broadcasts')
    await openTab(opened)
    const rows = [...opened.root.querySelectorAll('tbody tr')].map((row) => row.textContent ?? '')
    expect(rows[0]).toMatch(/林小满静安店.*123超出额度超出频次内容违规/)
    expect(rows[1]).toMatch(/少于 5 人少于 5 人企微后台创建超出频次$/)
  })

  it('say that nothing was sent, and that the list could not be read', async () => {
    server.on('GET /api/hand-broadcasts', () => ok({ items: [], nextCursor: null }))
    const opened = await open('/broadcasts')
    await openTab(opened)
    expect(opened.text()).toContain('没有自发群发')
    server.on('GET /api/hand-broadcasts', () => refusal(500, 'internal'))
    opened.close()
    const again = await open('/broadcasts')
    await openTab(again)
    expect(again.root.querySelector('[role=alert]')).not.toBeNull()
  })

  it('S39 show the text with what the screening finds in it, and that it is too late', async () => {
    server.on(`GET /api/hand-broadcasts/${id}`, () => ok({ ...sent, text: '稳赚不赔，电话138****1234', findings: [{ category: 'finance', severity: 'block', reason: 'word' }, { category: 'personal', severity: 'block', reason: 'personal.phone' }] }))
    const { text } = await open(`/hand-broadcasts/${id}`)
    expect(text()).toContain('稳赚不赔，电话138****1234')
    expect(text()).toContain('金融 · 敏感词')
    expect(text()).toContain('个人信息 · 完整手机号')
    expect(text()).toContain('已经发出，无法拦截')
  })

  it('say that somebody else\'s is not there', async () => {
    server.on(`GET /api/hand-broadcasts/${id}`, () => refusal(404, 'broadcast.not_found'))
    const { root } = await open(`/hand-broadcasts/${id}`)
    expect(root.querySelector('[role=alert]')).not.toBeNull()
  })
})
