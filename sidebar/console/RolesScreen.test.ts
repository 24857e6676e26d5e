import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { fakeServer, ok, type FakeServer } from '../testing/fake-server.ts'
import { renderScreen, settled, type Screen } from '../testing/render.ts'
import { aViewer } from '../testing/sample.ts'
import ConsoleApp from './ConsoleApp.vue'

const grant = (operations: string[], scope: object, more: object = {}) => ({ operations, scope, conditions: [], fields: {}, ...more })
const template = [grant(['customer.profile.view'], { kind: 'team' }), grant(['customer.spending.view'], { kind: 'team' }, { conditions: [{ kind: 'recordStoreIsMine' }] })]
const changed = [...template, grant(['customer.contact.view'], { kind: 'own' })]
const document = {
  roles: [{ roleKey: 'clerk', label: '导购', grants: changed }, { roleKey: 'trainee', label: '实习', grants: [grant(['customer.profile.view'], { kind: 'followed' })] }],
  templateRules: [], restrictions: [], nodeGrants: [], limits: [], settings: { temporaryGrantDays: 180, shareDays: 90 },
}
const version = { number: 4, contentHash: 'h', kind: 'published', restores: null, note: '', createdAt: 1, createdBy: null, approvedBy: null }
const policy = {
  version, document, templates: [{ roleKey: 'clerk', label: '导购', grants: template }], unreadable: [], people: [],
  differences: [{ roleKey: 'clerk', own: false, cells: [{ operation: 'customer.contact.view', change: 'added' }] }], holders: [{ roleKey: 'clerk', staff: 24 }],
}
const words = { departments: [{ id: 5, name: '国贸店', parentId: 1, kind: 'store' }], tagGroups: [], taskTypes: [], nodeKeys: [], campaigns: [] }
const draftId = '0199d3a0-0000-7000-8000-000000000001'
const aDraft = (over: object = {}) => ({
  id: draftId, name: '修改', state: 'open', version: 1, baseNumber: 4, currentNumber: 4, restores: null, createdBy: null, updatedAt: 1, updatedBy: null,
  requestId: null, publishedNumber: null, document, flaws: [], changes: [], narrowing: null, previewId: null, people: [], ...over,
})

let server: FakeServer = fakeServer()
let screen: Screen | null = null
beforeEach(() => {
  server = fakeServer()
  server.on('GET /api/me', () => ok(aViewer({ operations: ['system.policy.view', 'system.policy.operate'] })))
  server.on('GET /api/policy', () => ok(policy))
  server.on('GET /api/policy/words', () => ok(words))
})
afterEach(() => screen?.close())

async function open(at: string): Promise<Screen> {
  screen = await renderScreen(ConsoleApp, { server, at })
  await settled()
  return screen
}

const cell = (root: Element, unit: string, level: number): Element | undefined =>
  [...root.querySelectorAll('tbody tr')].find((row) => row.querySelector('th')?.textContent === unit)?.querySelectorAll('td')[level]

describe('the role matrix', () => {
  it('shows the scope in a word, what narrows it, and what differs from the template', { timeout: 30_000 }, async () => {
    const { root, text } = await open('/policy')
    expect(cell(root, '客户资料', 0)?.textContent).toContain('本部门')
    expect(cell(root, '消费数据', 0)?.textContent).toContain('仅本店记录')
    expect(cell(root, '联系方式', 0)?.textContent).toContain('新增')
    expect(cell(root, '合同与签约金额', 0)?.textContent).toBe('–')
    expect(text()).toContain('24 人')
  })

  it('is not editable in force: a change begins with a draft', { timeout: 30_000 }, async () => {
    server.on('POST /api/policy/drafts', () => ok(aDraft()))
    server.on(`GET /api/policy/drafts/${draftId}`, () => ok(aDraft()))
    const { root, press } = await open('/policy')
    expect(cell(root, '客户资料', 0)?.querySelector('button')).toBeNull()
    await press('起草修改')
    await vi.waitFor(() => expect(cell(root, '客户资料', 0)?.querySelector('button') ?? null).not.toBeNull(), { timeout: 20_000 })
  })

  it('saves one emptied cell of a draft with its version and leaves the other cells as they were', { timeout: 30_000 }, async () => {
    server.on(`GET /api/policy/drafts/${draftId}`, () => ok(aDraft()))
    server.on(`PUT /api/policy/drafts/${draftId}`, () => ok(aDraft({ version: 2 })))
    const { root, press } = await open(`/policy/drafts/${draftId}`)
    await vi.waitFor(() => expect(cell(root, '联系方式', 0)).toBeDefined(), { timeout: 20_000 })
    cell(root, '联系方式', 0)?.querySelector('button')?.click()
    await settled()
    await press('删除')
    await press('确定')
    const sent = server.calls.find((call) => call.method === 'PUT')?.body
    expect(sent).toMatchObject({ version: 1, document: { roles: [{ roleKey: 'clerk', grants: template }, document.roles[1]] } })
  })

  it('names every flaw and does not let a flawed draft be published', async () => {
    server.on(`GET /api/policy/drafts/${draftId}`, () => ok(aDraft({
      flaws: [{ place: 'roles.0.grants.0.operations.0', item: '导购', code: 'unknown_operation', what: 'customer.nothing.view', blocking: true }], changes: [{ part: 'roles', key: 'clerk', change: 'changed', operations: [] }],
    })))
    const { text, button } = await open(`/policy/drafts/${draftId}`)
    expect(text()).toContain('没有这个操作')
    expect(text()).toContain('customer.nothing.view')
    expect(button('提交确认')?.disabled).toBe(true)
  })

  it('tells a reader without the right to change only what there is', async () => {
    server.on('GET /api/me', () => ok(aViewer({ operations: ['system.policy.view'] })))
    const { button } = await open('/policy')
    expect(button('起草修改')).toBeNull()
  })
})
