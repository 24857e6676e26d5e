import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { fakeServer, ok, refusal, type FakeServer } from '../testing/fake-server.ts'
import { renderScreen, settled, type Screen } from '../testing/render.ts'
import { aViewer } from '../testing/sample.ts'
import ConsoleApp from './ConsoleApp.vue'

const id = '0199d3a0-0000-7000-8000-0000000000b1'
const templateId = '0199d3a0-0000-7000-8000-0000000000a1'
const broadcast = {
  id, version: 3, name: '周末活动', status: 'draft', mine: true, creator: { userid: 'lin', name: '林小满' }, plannedAt: 1_780_000_000_000, senders: 'self', category: null, recipients: null, progress: null,
  steps: [], createdAt: 1_779_000_000_000, submittedAt: null, content: { templateId, values: {}, audience: { stages: ['intent'] } }, excluded: [], texts: [],
}
const preflight = {
  kept: { value: 12 }, dropped: [{ reason: 'frequency', count: { suppressed: true } }, { reason: 'below-spend', count: { value: 7 } }],
  senders: [{ userid: 'lin', name: '林小满', kept: { value: 12 }, left: 5, enough: false }], moreSenders: 0, verdict: 'pass', texts: [], tasks: 1, seconds: 30, steps: ['manager'], examples: [],
}
const nothing = { value: 0 }
const progress = { planned: nothing, leaving: { value: 2 }, sent: { value: 6 }, notFriend: { value: 1 }, overLimit: nothing, unsent: nothing, leftOut: { value: 1 }, withdrawn: nothing }

let server: FakeServer = fakeServer()
let screen: Screen | null = null
beforeEach(() => {
  server = fakeServer()
  holding('marketing.broadcasts.view', 'marketing.broadcasts.edit', 'marketing.broadcasts.operate')
  server.on('GET /api/templates', () => ok({ items: [], nextCursor: null }))
  server.on(`GET /api/broadcasts/${id}`, () => ok(broadcast))
})
afterEach(() => screen?.close())

const holding = (...operations: string[]): void => server.on('GET /api/me', () => ok(aViewer({ operations })))
async function open(at: string): Promise<Screen> {
  screen = await renderScreen(ConsoleApp, { server, at })
  await vi.waitFor(() => expect(screen?.root.querySelector('main h1, main [role=status], main [role=alert]')).not.toBeNull(), { timeout: 20_000 })
  await settled()
  return screen
}
const button = (root: Element, name: string) => [...root.querySelectorAll('button')].find((one) => one.textContent?.trim() === name)

describe('the screens of broadcasts', { timeout: 30_000 }, () => {
  it('S40 S43 show before a submission whom it reaches, whom not and why, and whose quota is short; of small groups no number', async () => {
    server.on(`POST /api/broadcasts/${id}/preflight`, () => ok(preflight))
    const { text, press } = await open(`/broadcasts/${id}`)
    await press('重新预检')
    expect(text()).toContain('将发给12')
    expect(text()).toContain('近期已发过少于 5 人')
    expect(text()).toContain('消费未达到7')
    expect(text()).toContain('额度不足：林小满')
    expect(text()).toContain('提交后由主管审批')
  })

  it('S39 mark what stops the text, and let nobody submit it', async () => {
    const hit = { start: 2, end: 5, category: 'advertising', severity: 'block', word: '最低价', reason: 'word', proposal: null }
    server.on(`POST /api/broadcasts/${id}/preflight`, () => ok({ ...preflight, verdict: 'block', texts: [{ userid: 'lin', text: '全场最低价', verdict: 'block', hits: [hit] }] }))
    const { root, press } = await open(`/broadcasts/${id}`)
    await press('重新预检')
    expect(root.querySelector('mark')?.textContent).toBe('最低价')
    expect(button(root, '提交审批')?.disabled).toBe(true)
  })

  it('submit the version that was checked, and then show who must agree', async () => {
    server.on(`POST /api/broadcasts/${id}/preflight`, () => ok(preflight))
    server.on(`POST /api/broadcasts/${id}/submit`, () => {
      server.on(`GET /api/broadcasts/${id}`, () => ok({ ...broadcast, version: 4, status: 'waiting', recipients: { value: 12 }, steps: [{ step: 'manager', agreed: false }] }))
      return ok({ ...broadcast, version: 4, status: 'waiting' })
    })
    const { text, press } = await open(`/broadcasts/${id}`)
    await press('重新预检')
    await press('提交审批')
    expect(server.calls.find((call) => call.path === `/api/broadcasts/${id}/submit`)?.body).toEqual({ version: 3 })
    expect(text()).toContain('审批中')
    expect(text()).toContain('主管：待审批')
  })

  it('keep what was checked when the submission is refused, and say why', async () => {
    server.on(`POST /api/broadcasts/${id}/preflight`, () => ok(preflight))
    server.on(`POST /api/broadcasts/${id}/submit`, () => refusal(409, 'broadcast.quota_exceeded'))
    const { root, text, press } = await open(`/broadcasts/${id}`)
    await press('重新预检')
    await press('提交审批')
    expect(root.querySelector('[role=alert]')).not.toBeNull()
    expect(text()).toContain('将发给12')
  })

  it('T19 warn that an edit of a scheduled one begins anew, and ask before ending it', async () => {
    server.on(`GET /api/broadcasts/${id}`, () => ok({ ...broadcast, status: 'scheduled', recipients: { value: 12 }, progress }))
    server.on(`POST /api/broadcasts/${id}/cancel`, () => ok({ ...broadcast, status: 'canceled' }))
    const { text, press } = await open(`/broadcasts/${id}`)
    expect(text()).toContain('已送达6')
    await press('取消群发')
    expect(server.calls.some((call) => call.path.endsWith('/cancel'))).toBe(false)
    await press('确定取消')
    expect(server.calls.find((call) => call.path.endsWith('/cancel'))?.body).toEqual({ version: 3 })
    await press('修改')
    expect(text()).toContain('修改后会退回额度，并重新预检和审批')
  })

  it('offer a draft to nobody who may not write one', async () => {
    holding('marketing.broadcasts.view')
    server.on('GET /api/broadcasts', () => ok({ items: [], nextCursor: null }))
    const { root } = await open('/broadcasts')
    expect(button(root, '新建群发')).toBeUndefined()
    expect(server.calls.some((call) => call.path === '/api/broadcast-quota')).toBe(false)
  })

  it('S42 change the quiet hours only by whoever may publish, under the version that was read', async () => {
    holding('marketing.strategy.view', 'marketing.strategy.edit', 'marketing.strategy.operate')
    const rules = { quotas: [{ roles: [], monthsFrom: 0, monthsBelow: null, levelAtLeast: 0, category: null, tierBelow: null, perMonth: 200, perDay: 50 }], frequency: { messages: 2, days: 7 }, approval: { leadFrom: 500, riskyCategories: [] } }
    const shown = { version: 1, rules, updatedAt: null, updatedBy: null }
    server.on('GET /api/broadcast-rules', () => ok({ active: shown, draft: { ...shown, version: 5 } }))
    server.on('GET /api/outreach/quiet-hours', () => ok({ from: '21:00', until: '08:00', version: 2 }))
    server.on('PUT /api/outreach/quiet-hours', () => ok({ from: '21:00', until: '08:00', version: 3, approvalId: null }))
    server.on('GET /api/template-words', () => ok({ roles: [], variables: [] }))
    server.on('POST /api/broadcast-rules/publish', () => ok({ version: null, approvalId: 'a7' }))
    const { press, root, text } = await open('/limits')
    await press('保存时段')
    expect(server.calls.find((call) => call.method === 'PUT')?.body).toEqual({ from: '21:00', until: '08:00', version: 2 })
    await press('发布')
    expect(server.calls.find((call) => call.path === '/api/broadcast-rules/publish')?.body).toEqual({ version: 5 })
    expect([text(), root.querySelector('a[href$="/approvals/a7"]')?.textContent]).toEqual([expect.stringContaining('等待另一位有权发布的同事确认'), '查看审批'])
  })
})
