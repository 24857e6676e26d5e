import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { RevealReason } from '#shared/contracts/reveal'
import type { CustomerCard } from '#shared/contracts/customers'
import { fakeServer, later, ok, refusal, type FakeServer } from '../testing/fake-server.ts'
import { renderScreen, settled, type Screen } from '../testing/render.ts'
import { aCard, juneSecond } from '../testing/sample.ts'
import CardScreen from './CardScreen.vue'
import RecordsScreen from './RecordsScreen.vue'
import { revealReasons } from './useReveal.ts'

let server: FakeServer = fakeServer()
let screen: Screen | null = null
beforeEach(() => { server = fakeServer() })
afterEach(() => {
  screen?.close()
  vi.useRealTimers()
})

const masked: CustomerCard = aCard({ customer: { mobile: '138****1234', email: 'c***@example.com' }, fields: { mobile: 'masked', email: 'masked' }, revealable: ['mobile'] })
const revealPath = 'POST /api/customers/wmChen/reveal'

async function show(card: CustomerCard = masked): Promise<Screen> {
  screen = await renderScreen(CardScreen, { server, props: { card, viewerId: 'lin' } })
  return screen
}

/** Opens the sheet, which is fetched with the first tap. */
async function askFor(label = '查看手机号明文'): Promise<Screen> {
  const opened = screen ?? await show()
  await opened.press(label)
  await vi.waitFor(() => expect(opened.button('电话联系客户')).not.toBeNull())
  return opened
}

describe('a masked value', () => {
  it('has the presets of the contract', () => {
    expect([...revealReasons].sort()).toEqual([...RevealReason.options].sort())
  })

  it('can be seen in clear with two taps, and says what is left', async () => {
    server.on(revealPath, () => ok({ field: 'mobile', value: '+8613812341234', left: 7 }))
    await show()
    const { press, text, root } = await askFor()
    await press('电话联系客户')
    expect(server.calls.at(-1)?.body).toEqual({ field: 'mobile', reason: 'call' })
    expect(text()).toContain('138 1234 1234')
    expect(text()).toContain('今天剩 7 次')
    expect(root.querySelector('a[href^="tel:"]')?.getAttribute('href')).toBe('tel:+8613812341234')
    expect(text()).not.toContain('138****1234')
  })

  it('has no such button where the server says that there is nothing to reveal', async () => {
    const { button } = await show()
    expect(button('查看手机号明文')).not.toBeNull()
    expect(button('查看邮箱明文')).toBeNull()
    screen?.close()
    screen = null
    expect((await show(aCard({ customer: { mobile: '138****1234' }, fields: { mobile: 'masked' }, operations: ['customer.contact.operate'] }))).button('查看手机号明文')).toBeNull()
  })

  it('is masked again after thirty seconds, or at once when hidden', async () => {
    server.on(revealPath, () => ok({ field: 'mobile', value: '+8613812341234', left: 7 }))
    await show()
    await askFor()
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date'] })
    const { press, text } = await askFor()
    await press('寄送或上门')
    expect(text()).toContain('138 1234 1234')
    vi.advanceTimersByTime(29_000)
    await settled()
    expect(text()).toContain('1 秒后隐藏')
    vi.advanceTimersByTime(1_000)
    await settled()
    expect(text()).toContain('138****1234')
    expect(text()).not.toContain('138 1234 1234')
    await askFor()
    await press('核对身份')
    await press('隐藏')
    expect(text()).not.toContain('138 1234 1234')
  })

  it('is not shown when the webview slept over its time', async () => {
    server.on(revealPath, () => ok({ field: 'mobile', value: '+8613812341234', left: 7 }))
    await show()
    const { press, text } = await askFor()
    await press('电话联系客户')
    vi.useFakeTimers({ now: Date.now() + 31_000, toFake: ['Date'] })
    document.dispatchEvent(new Event('visibilitychange'))
    await settled()
    expect(text()).not.toContain('138 1234 1234')
  })

  it('wants a word for "other"', async () => {
    server.on(revealPath, () => ok({ field: 'mobile', value: null, left: 0 }))
    await show()
    const { press, type, button, text } = await askFor()
    await press('其他')
    expect(button('查看')?.disabled).toBe(true)
    await type('写明原因', ' 客户要求改约 ')
    await press('查看')
    expect(server.calls.at(-1)?.body).toEqual({ field: 'mobile', reason: 'other', note: '客户要求改约' })
    expect(text()).toContain('未登记')
  })

  it('says when the day is used up, when it is refused, and that nothing was lost without a network', async () => {
    await show()
    server.on(revealPath, () => refusal(429, 'reveal.limit_reached', '', { limit: 20 }))
    const { press, text } = await askFor()
    await press('电话联系客户')
    expect(text()).toContain('今天查看明文的次数已用完')
    await press('取消')
    server.on(revealPath, () => refusal(403, 'access.denied', '您没有这项操作的权限'))
    await askFor()
    await press('电话联系客户')
    expect(text()).toContain('您没有查看权限')
    await press('取消')
    server.isDown = true
    await askFor()
    await press('处理投诉')
    expect(text()).toContain('内容没有丢失')
    server.isDown = false
    server.on(revealPath, () => ok({ field: 'mobile', value: '+8613812341234', left: 7 }))
    await press('重试')
    expect(server.calls.at(-1)?.body).toEqual({ field: 'mobile', reason: 'complaint' })
    expect(text()).toContain('138 1234 1234')
  })

  it('never comes up when the screen was left or the rules changed meanwhile', async () => {
    server.on(revealPath, () => ok({ field: 'mobile', value: '+8613812341234', left: 8 }))
    await show()
    const { press, text, close } = await askFor()
    await press('电话联系客户')
    await press('隐藏')
    const answer = later<{ body: unknown }>()
    server.on(revealPath, () => answer.promise)
    await askFor()
    await press('电话联系客户')
    server.epoch = 8
    answer.give(ok({ field: 'mobile', value: '+8613812341234', left: 7 }))
    await settled()
    expect(text()).not.toContain('138 1234 1234')
    close()
    screen = null
    expect(document.body.textContent).not.toContain('138 1234 1234')
  })

  it('S36 may be a message: only where something was masked, and only for whoever may unmask', async () => {
    const messages = [
      { id: 'm1', channel: 'kf', direction: 'in', kind: 'text', text: '卡号****0123', masked: true, staffName: null, sentAt: juneSecond },
      { id: 'm2', channel: 'kf', direction: 'in', kind: 'text', text: '你好', masked: false, staffName: null, sentAt: juneSecond },
    ]
    server.on('GET /api/customers/wmChen/messages', () => ok({ items: messages, nextCursor: null }))
    server.on('POST /api/customers/wmChen/messages/m1/reveal', () => ok({ id: 'm1', text: '卡号6222021234567890123', left: 3 }))
    const open = (operations: string[]) => renderScreen(RecordsScreen, { server, props: { card: aCard({ operations: ['talk.messages.view', ...operations] }), tab: 'messages' } })
    screen = await open([])
    expect(screen.button('查看这条消息的明文')).toBeNull()
    screen.close()
    screen = await open(['talk.messages.operate'])
    expect(screen.root.querySelectorAll('[aria-label="查看这条消息的明文"]')).toHaveLength(1)
    await askFor('查看这条消息的明文')
    await screen.press('处理投诉')
    expect(screen.text()).toContain('卡号6222021234567890123')
  })
})
