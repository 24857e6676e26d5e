import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { fakeServer, ok, refusal, type FakeServer } from '../testing/fake-server.ts'
import { renderScreen, settled, type Screen } from '../testing/render.ts'
import { aViewer } from '../testing/sample.ts'
import ConsoleApp from './ConsoleApp.vue'

const content = {
  name: '店庆预告', category: 'promotion', text: '店庆来啦，赌 bo', attachments: [], uses: ['quick-reply'], roles: ['clerk'], levelAtLeast: 0, spendAtLeastFen: null, valueTierAtLeast: null, validFrom: null, validUntil: null,
}
const item = {
  id: 't1', number: 7, name: '店庆预告', category: 'promotion', state: 'published', edit: 'waiting', text: content.text, attachments: 0, uses: ['quick-reply'], levelAtLeast: 0, spendAtLeastFen: null,
  valueTierAtLeast: null, validFrom: null, validUntil: null, creator: { userid: 'lin', name: '林小满' }, updatedAt: 1_780_000_000_000, version: 3,
}
const hit = { part: 'text', start: 5, end: 9, category: 'gambling', severity: 'block', word: '赌博', reason: 'word.pinyin', proposal: null }
const detail = (more: object = {}) => ({
  ...item, state: 'draft', edit: null, departmentId: null, content, variables: [], verdict: 'block', hits: [hit], abilities: { edit: true, submit: false, retire: false }, approvalId: null, ...more,
})

let server: FakeServer = fakeServer()
let screen: Screen | null = null
const holding = (...operations: string[]): void => server.on('GET /api/me', () => ok(aViewer({ operations })))

beforeEach(() => {
  server = fakeServer()
  holding('marketing.templates.view', 'marketing.templates.edit', 'marketing.templates.operate')
  server.on('GET /api/templates', () => ok({ items: [item], nextCursor: null }))
  server.on('GET /api/template-words', () => ok({ roles: [{ key: 'clerk', label: '导购' }], variables: [{ name: 'sender_name', kind: 'sender' }, { name: 'customer_name', kind: 'customer' }] }))
  server.on('POST /api/template-screening', () => ok({ verdict: 'block', hits: [hit], unknownVariables: [], bytes: 20 }))
  server.on('GET /api/templates/t1/versions', () => ok({ items: [] }))
})
afterEach(() => screen?.close())

async function open(at: string): Promise<Screen> {
  screen = await renderScreen(ConsoleApp, { server, at })
  await vi.waitFor(() => expect(screen?.root.querySelector('main h1, main [role=status], main [role=alert]')).not.toBeNull(), { timeout: 20_000 })
  await settled()
  return screen
}
const tagsIn = (root: Element): string[] => [...root.querySelectorAll('tbody .el-tag')].map((tag) => tag.textContent?.trim() ?? '')

describe('the screens of templates', { timeout: 30_000 }, () => {
  it('S37 lists what is in use, and an edit of it that waits beside it', async () => {
    const { root, text } = await open('/templates')
    expect(tagsIn(root)).toEqual(['使用中', '修改：待确认'])
    expect(text()).toContain('#7')
    expect(server.calls.find((call) => call.path === '/api/templates')?.query.get('which')).toBe('all')
  })

  it('S38 shows the twenty with the most conversions to whoever leads them, and to nobody else', async () => {
    server.on('GET /api/template-results', () => ok({ items: [{ id: 't1', number: 7, name: '店庆预告', category: 'promotion', uses: 10, converted: 4, replies: 3, visits: 1, orders: 2 }] }))
    const { root, text } = await open('/templates')
    root.querySelector<HTMLElement>('input[value="top"]')?.click()
    await settled()
    expect(text()).toContain('4 / 10 次')
    screen?.close()
    holding('marketing.templates.view')
    const { root: clerks } = await open('/templates')
    expect(clerks.querySelector('input[value="top"]')).toBeNull()
    expect(clerks.textContent).not.toContain('新建话术')
  })

  it('S39 marks while it is written what must not leave, with the reason, and does not offer to submit it', async () => {
    server.on('GET /api/templates/t1', () => ok(detail()))
    const { root, text, button } = await open('/templates/t1')
    await vi.waitFor(() => expect(root.querySelector('mark')?.textContent).toBe('赌 bo'), { timeout: 5000 })
    expect(text()).toContain('不能发出拼音写的敏感词「赌博」')
    expect(button('提交确认')).toBeNull()
  })

  it('S37 saves and submits with the version that was read, and says what stands in the way', async () => {
    server.on('POST /api/template-screening', () => ok({ verdict: 'pass', hits: [], unknownVariables: [], bytes: 20 }))
    server.on('GET /api/templates/t1', () => ok(detail({ state: 'screened', verdict: 'pass', hits: [], abilities: { edit: true, submit: true, retire: false } })))
    server.on('POST /api/templates/t1/submit', () => refusal(409, 'template.version_conflict', '话术已被他人修改'))
    const { press, text, root, button } = await open('/templates/t1')
    await press('提交确认')
    expect(server.calls.find((call) => call.path.endsWith('/submit'))?.body).toEqual({ version: 3 })
    expect(text()).toContain('话术已被他人修改')
    await press('客户姓名')
    const area = root.querySelector('textarea')
    expect(area instanceof HTMLTextAreaElement && area.value).toContain('{{customer_name}}')
    expect(button('提交确认')?.disabled).toBe(true)
    server.on('PUT /api/templates/t1', () => ok({ id: 't1', version: 4, state: 'screened', verdict: 'pass', hits: [] }))
    await press('保存')
    expect(server.calls.find((call) => call.method === 'PUT')?.body).toMatchObject({ version: 3, content: { text: `${content.text}{{customer_name}}` } })
  })

  it('S37 asks once more before it takes a template out of use', async () => {
    server.on('GET /api/templates/t1', () => ok(detail({ state: 'published', hits: [], verdict: 'pass', abilities: { edit: false, submit: false, retire: true } })))
    server.on('POST /api/templates/t1/retire', () => ok({ retired: true }))
    const { press, root } = await open('/templates/t1')
    await press('停用')
    expect(server.calls.some((call) => call.path.endsWith('/retire'))).toBe(false)
    root.querySelector<HTMLElement>('.el-dialog .el-button--danger')?.click()
    await settled()
    expect(server.calls.find((call) => call.path.endsWith('/retire'))?.body).toEqual({ version: 3 })
  })
})
