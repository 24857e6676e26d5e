import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { fakeServer, ok, refusal, type FakeServer } from '../testing/fake-server.ts'
import { renderScreen, settled, type Screen } from '../testing/render.ts'
import { aViewer } from '../testing/sample.ts'
import ConsoleApp from './ConsoleApp.vue'

const draft = { version: 3, base: 1, active: 1, entries: 1630, added: 1, changed: 0, removed: 0, hosts: ['qq.com'], blockedHosts: [] }

let server: FakeServer = fakeServer()
let screen: Screen | null = null
beforeEach(() => {
  server = fakeServer()
  holding('marketing.strategy.view', 'marketing.strategy.edit', 'marketing.strategy.operate')
  server.on('GET /api/screening/draft', () => ok(draft))
})
afterEach(() => screen?.close())

const holding = (...operations: string[]): void => server.on('GET /api/me', () => ok(aViewer({ operations })))

async function open(): Promise<Screen> {
  screen = await renderScreen(ConsoleApp, { server, at: '/words' })
  await vi.waitFor(() => expect(screen?.root.querySelector('main h1, main [role=status], main [role=alert]')).not.toBeNull(), { timeout: 20_000 })
  await settled()
  return screen
}
function type(root: Element, place: string, text: string): void {
  const field = root.querySelector<HTMLTextAreaElement | HTMLInputElement>(place)
  if (field === null) throw new Error(`there is no ${place}`)
  field.value = text
  field.dispatchEvent(new Event('input'))
}

describe('the screen of the word lists', { timeout: 30_000 }, () => {
  it('S39 marks what would be stopped in a text, and says why', async () => {
    const text = '全场最低价，加微信'
    server.on('POST /api/screening/test', () => ok({ verdict: 'block', hits: [
      { start: 2, end: 5, category: 'advertising', severity: 'block', word: '最低价', reason: 'word', proposal: '优惠价' },
      { start: 6, end: 9, category: 'diversion', severity: 'review', word: '加微信', reason: 'word.disguised', proposal: null },
    ] }))
    const { root, text: shown, press } = await open()
    type(root, 'textarea', text)
    await settled()
    await press('检测')
    expect(server.calls.find((call) => call.path === '/api/screening/test')?.body).toEqual({ text, list: 'active' })
    expect([...root.querySelectorAll('mark')].map((mark) => [mark.getAttribute('data-severity'), mark.textContent])).toEqual([['block', '最低价'], ['review', '加微信']])
    expect(shown()).toContain('不能发送')
    expect(shown()).toContain('广告法 · 词条「最低价」')
    expect(shown()).toContain('建议：优惠价')
    expect(shown()).toContain('变形的「加微信」')
  })

  it('publishes only with a reason, under the version that was read, and shows what the draft changes', async () => {
    server.on('POST /api/screening/draft/publish', () => {
      server.on('GET /api/screening/draft', () => ok({ ...draft, version: 0, base: 2, active: 2, added: 0 }))
      return ok({ number: 2, approvalId: null })
    })
    const { root, text, press } = await open()
    expect(text()).toContain('草稿：新增 1，修改 0，删除 0，共 1630 条')
    const button = [...root.querySelectorAll('button')].find((one) => one.textContent?.trim() === '发布')
    expect(button?.disabled).toBe(true)
    type(root, 'input[placeholder*="为什么改"]', '补充竞品')
    await settled()
    await press('发布')
    expect(server.calls.find((call) => call.method === 'POST')?.body).toEqual({ version: 3, note: '补充竞品' })
    expect(text()).toContain('没有正在修改的草稿。现行版本 v2')
  })

  it('says that somebody else was faster, and loses nothing', async () => {
    server.on('POST /api/screening/draft/publish', () => refusal(409, 'screening.version_conflict'))
    const { root, press } = await open()
    type(root, 'input[placeholder*="为什么改"]', '补充竞品')
    await settled()
    await press('发布')
    expect(root.querySelector('[role=alert]')?.textContent).not.toBe('')
    expect(root.querySelector<HTMLInputElement>('input[placeholder*="为什么改"]')?.value).toBe('补充竞品')
  })

  it('lets whoever may only look try texts and read, and offers no change', async () => {
    holding('marketing.strategy.view')
    const { root, text } = await open()
    expect([...root.querySelectorAll('button')].map((button) => button.textContent?.trim())).not.toContain('发布')
    expect(text()).not.toContain('放弃草稿')
    expect(text()).toContain('检测文字')
  })
})
