import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { fakeServer, ok, refusal, type FakeServer } from '../testing/fake-server.ts'
import { renderScreen, settled, type Screen } from '../testing/render.ts'
import { aViewer } from '../testing/sample.ts'
import ConsoleApp from './ConsoleApp.vue'

const frozen = { id: '0199d3a0-0000-7000-8000-00000000000f', userid: 'lin', name: '林小满', reason: 'card-limit', frozenAt: 1_780_000_000_000 }
const caseId = '0199d3a0-0000-7000-8000-000000000001'
const aCase = { id: caseId, name: '店长只看本店', createdAt: 1_780_000_000_000, createdBy: null }

let server: FakeServer = fakeServer()
let screen: Screen | null = null
beforeEach(() => {
  server = fakeServer()
  holding('system.policy.view', 'system.policy.operate', 'system.audit.view')
})
afterEach(() => screen?.close())

const holding = (...operations: string[]): void => server.on('GET /api/me', () => ok(aViewer({ operations })))

async function open(at: string): Promise<Screen> {
  screen = await renderScreen(ConsoleApp, { server, at })
  await vi.waitFor(() => expect(screen?.root.querySelector('main h1, main [role=status], main [role=alert]')).not.toBeNull(), { timeout: 20_000 })
  await settled()
  return screen
}
const cells = (root: Element): string[][] => [...root.querySelectorAll('tbody tr')].map((row) => [...row.querySelectorAll('td')].map((cell) => cell.textContent?.trim() ?? ''))

describe('the screens of oversight', { timeout: 30_000 }, () => {
  it('S55 names who is frozen and why, and lifts it only with a reason', async () => {
    server.on('GET /api/freezes', () => ok({ items: [frozen] }))
    server.on(`POST /api/freezes/${frozen.id}/lift`, () => {
      server.on('GET /api/freezes', () => ok({ items: [] }))
      return ok({ lifted: true })
    })
    const { root, text, press } = await open('/freezes')
    expect(cells(root)[0]?.slice(0, 2)).toEqual(['林小满（lin）', '一周内两次达到每日查看上限'])
    await press('解除冻结')
    const sure = [...root.querySelectorAll('.el-dialog button')].find((one) => one.textContent?.trim() === '解除冻结')
    expect(sure instanceof HTMLButtonElement && sure.disabled).toBe(true)
    root.querySelector<HTMLElement>('.el-dialog .el-select__wrapper')?.click()
    await settled()
    ;[...root.querySelectorAll<HTMLElement>('.el-select-dropdown__item')].find((one) => one.textContent?.trim() === '误触发')?.click()
    await settled()
    if (sure instanceof HTMLButtonElement) sure.click()
    await settled()
    expect(server.calls.find((call) => call.method === 'POST')?.body).toEqual({ reason: 'mistake' })
    expect(text()).toContain('没有人被冻结')
  })

  it('S55 is offered to superiors and administrators only', async () => {
    holding('customer.profile.view', 'customer.contact.view')
    const { text, root } = await open('/freezes')
    expect(text()).toContain('这个页面不在您的权限内')
    expect([...root.querySelectorAll('nav a')].map((link) => link.textContent)).not.toContain('查看冻结')
    expect(server.calls.some((call) => call.path === '/api/freezes')).toBe(false)
  })

  it('tells who looked at what and why, page by page', async () => {
    const reveal = { id: '1', userid: 'lin', name: '林小满', externalUserId: 'wmChen', subject: 'mobile', reason: 'delivery', note: null, at: 1_780_000_000_000 }
    server.on('GET /api/reveals', ({ query }) => ok(query.get('cursor') === 'two' ? { items: [{ ...reveal, id: '2', subject: 'message', reason: 'other', note: '客户要求核对' }], nextCursor: null } : { items: [reveal], nextCursor: 'two' }))
    const { root, press } = await open('/reveals')
    expect(cells(root)[0]?.slice(1)).toEqual(['林小满（lin）', '手机号', 'wmChen', '寄送或上门', ''])
    await press('加载更多')
    expect(cells(root)[1]?.slice(2)).toEqual(['一条聊天消息', 'wmChen', '其他', '客户要求核对'])
  })

  it('says what to do when reveals cannot be read, and reads them again', async () => {
    server.on('GET /api/reveals', () => refusal(503, 'server.busy'))
    const { text, press } = await open('/reveals')
    expect(text()).toContain('重试')
    server.on('GET /api/reveals', () => ok({ items: [], nextCursor: null }))
    await press('重试')
    expect(text()).toContain('还没有人查看过明文')
  })

  it('shows requests in bulk to whoever may see approvals, and not the trail of reveals', async () => {
    holding('marketing.approvals.view')
    server.on('GET /api/approvals', () => ok({ items: [], nextCursor: null }))
    const { text } = await open('/reveals')
    expect(text()).toContain('没有批量查看申请')
    expect(server.calls.find((call) => call.path === '/api/approvals')?.query.get('kind')).toBe('reveal-bulk')
    expect(server.calls.some((call) => call.path === '/api/reveals')).toBe(false)
  })

  it('draws what a kept case expects and what the policy says instead, line by line', async () => {
    server.on(`GET /api/policy/tests/${caseId}`, () => ok({ ...aCase, text: 'about: x', questions: 3, failures: [{ line: 12, question: 'wu customer.contract.view acme', expected: 'deny', found: 'allow' }] }))
    const { root, text, press } = await open(`/policy/tests/${caseId}`)
    expect(text()).toContain('1 处与预期不符')
    expect(cells(root)).toEqual([['12', 'wu customer.contract.view acme', 'deny', 'allow']])
    server.on(`GET /api/policy/tests/${caseId}`, () => ok({ ...aCase, text: 'about: x', questions: 3, failures: [] }))
    await press('重新运行')
    expect(text()).toContain('全部通过：3 个问题的回答都符合预期')
    expect(cells(root)).toEqual([])
  })

  it('does not count a case that cannot be asked as passed', async () => {
    server.on(`GET /api/policy/tests/${caseId}`, () => ok({ ...aCase, text: 'about: x', questions: 0, failures: [{ line: 3, question: 'staff.lin', expected: null, found: 'no role is called clerk' }] }))
    const { root, text } = await open(`/policy/tests/${caseId}`)
    expect(text()).toContain('这份用例现在无法运行')
    expect(text()).not.toContain('全部通过')
    expect(cells(root)).toEqual([['3', 'staff.lin', 'no role is called clerk']])
  })

  it('keeps the running policy as a case, and offers that only to whoever may', async () => {
    server.on('GET /api/policy/tests', () => ok({ items: [] }))
    server.on('POST /api/policy/tests', () => refusal(409, 'policy.too_many_tests', '权限用例太多，请先清理'))
    const { root, text, press, button } = await open('/policy/tests')
    expect(text()).toContain('还没有用例')
    await press('新增用例')
    const name = root.querySelector<HTMLInputElement>('.el-dialog input[maxlength]')
    if (name === null) throw new Error('no input for the name')
    expect(button('保存')?.disabled).toBe(true)
    name.value = '现行规则'
    name.dispatchEvent(new Event('input'))
    await settled()
    await press('保存')
    expect(server.calls.find((call) => call.method === 'POST')?.body).toEqual({ name: '现行规则' })
    expect(text()).toContain('权限用例太多，请先清理')
    screen?.close()
    holding('system.policy.view')
    expect((await open('/policy/tests')).button('新增用例')).toBeNull()
  })
})
