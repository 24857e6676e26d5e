import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { fakeServer, ok, refusal, type FakeServer } from '../testing/fake-server.ts'
import { renderScreen, settled, type Screen } from '../testing/render.ts'
import { aViewer } from '../testing/sample.ts'
import ConsoleApp from './ConsoleApp.vue'

const id = '0199d3a0-0000-7000-8000-0000000000b1'
const templateId = '0199d3a0-0000-7000-8000-0000000000a1'
const broadcast = {
  id, version: 1, name: '群通知', status: 'draft', mine: true, creator: { userid: 'lin', name: '林小满' }, plannedAt: 1_780_000_000_000, senders: 'group-owners', category: null, recipients: null, progress: null,
  steps: [], createdAt: 1_779_000_000_000, submittedAt: null, content: { templateId, values: {}, audience: { chatIds: ['wr1'] } }, excluded: [], texts: [],
}
const preflight = {
  kept: { value: 3 }, dropped: [{ reason: 'unreachable', count: { value: 1 } }], senders: [{ userid: 'lin', name: '林小满', kept: { value: 3 }, left: 50, enough: true }], moreSenders: 0, verdict: 'pass', texts: [],
  tasks: 1, seconds: 1, steps: ['manager'], examples: [],
}
const group = { chatId: 'wr1', name: '一号店会员群', owner: { userid: 'lin', name: '林小满' }, members: 128 }

let server: FakeServer = fakeServer()
let screen: Screen | null = null
beforeEach(() => {
  server = fakeServer()
  server.on('GET /api/me', () => ok(aViewer({ operations: ['marketing.broadcasts.view', 'marketing.broadcasts.edit', 'marketing.broadcasts.operate'] })))
  server.on('GET /api/templates', () => ok({ items: [], nextCursor: null }))
  server.on(`GET /api/broadcasts/${id}`, () => ok(broadcast))
})
afterEach(() => screen?.close())

async function open(at: string): Promise<Screen> {
  screen = await renderScreen(ConsoleApp, { server, at })
  await vi.waitFor(() => expect(screen?.root.querySelector('main h1, main [role=status], main [role=alert]')).not.toBeNull(), { timeout: 20_000 })
  await settled()
  return screen
}

async function chooseGroups({ root }: Screen): Promise<void> {
  const radio = [...root.querySelectorAll<HTMLElement>('label.el-radio-button')].find((one) => one.textContent?.trim() === '客户群')?.querySelector('input')
  radio?.click()
  await settled()
}

describe('the screens of broadcasts to customer groups', { timeout: 30_000 }, () => {
  it('offer the groups instead of conditions on customers once groups are chosen', async () => {
    server.on('GET /api/customer-groups', () => ok({ items: [group], nextCursor: null }))
    const opened = await open('/broadcasts/new')
    expect(server.calls.some((call) => call.path === '/api/customer-groups')).toBe(false)
    expect(opened.text()).toContain('指定客户')
    await chooseGroups(opened)
    expect(opened.text()).toContain('发到哪些群')
    expect(opened.text()).not.toContain('指定客户')
    expect(opened.text()).not.toContain('由谁发送')
  })

  it('say that there is no group, and that they could not be read', async () => {
    server.on('GET /api/customer-groups', () => ok({ items: [], nextCursor: null }))
    const opened = await open('/broadcasts/new')
    await chooseGroups(opened)
    expect(opened.text()).toContain('没有您可以群发的客户群')
    opened.close()
    server.on('GET /api/customer-groups', () => refusal(500, 'internal'))
    const again = await open('/broadcasts/new')
    await chooseGroups(again)
    expect(again.root.querySelector('form [role=alert]')).not.toBeNull()
  })

  it('say of a group broadcast that it is one, and speak of owners and groups', async () => {
    server.on(`POST /api/broadcasts/${id}/preflight`, () => ok(preflight))
    const { text, press } = await open(`/broadcasts/${id}`)
    await press('重新预检')
    expect(text()).toContain('客户群')
    expect(text()).toContain('将发给3')
    expect(text()).toContain('群主不在职1')
    expect(text()).not.toContain('已非好友')
  })
})
