import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { RefusalLiftReason } from '#shared/contracts/contact-refusals'
import type { CustomerCard } from '#shared/contracts/customers'
import { fakeServer, ok, refusal, type FakeServer } from '../testing/fake-server.ts'
import { renderScreen, settled, type Screen } from '../testing/render.ts'
import { aCard, juneSecond } from '../testing/sample.ts'
import { zhCN } from '../locales/zh-CN.ts'
import ContactRefusal from './ContactRefusal.vue'

let server: FakeServer = fakeServer()
let screen: Screen | null = null
beforeEach(() => { server = fakeServer() })
afterEach(() => screen?.close())

const wish = { id: 'r1', since: juneSecond, source: 'staff', by: '林小满' } as const
async function show(card: CustomerCard): Promise<Screen> {
  screen = await renderScreen(ContactRefusal, { server, props: { card } })
  return screen
}

describe('a customer who asked not to be contacted', () => {
  it('has words for every reason of the contract', () => {
    expect(Object.keys(zhCN.refusalReason).sort()).toEqual([...RefusalLiftReason.options].sort())
  })

  it('is shown as such to everybody, with who wrote it down', async () => {
    const { text, root } = await show(aCard({ contactRefusal: wish }))
    expect(text()).toMatch(/勿扰.*6\/2 · 林小满登记.*不会再收到群发/)
    expect(root.querySelector('button')).toBeNull()
    screen?.close()
    expect((await show(aCard({ contactRefusal: { ...wish, source: 'message', by: null } }))).text()).toContain('客户自己发来消息')
  })

  it('is written down at the second tap, by whoever may send to him', async () => {
    expect((await show(aCard())).text()).toBe('')
    screen?.close()
    server.on('PUT /api/customers/wmChen/contact-refusal', () => ok({ contactRefusal: wish }))
    const { press, text } = await show(aCard({ operations: ['customer.profile.view', 'marketing.broadcasts.edit'] }))
    await press('登记勿扰')
    expect([server.calls.length, text()]).toEqual([0, expect.stringContaining('客户明确说过')])
    await press('登记')
    expect(server.calls.map((call) => call.path)).toEqual(['/api/customers/wmChen/contact-refusal'])
  })

  it('is lifted with a reason, and says when somebody was faster', async () => {
    server.on('POST /api/customers/wmChen/contact-refusal/lift', () => ok({ contactRefusal: null }))
    const { press, root, text } = await show(aCard({ operations: ['customer.profile.edit'], contactRefusal: wish }))
    await press('解除')
    await press('客户同意再联系')
    expect(server.calls.at(-1)?.body).toEqual({ id: 'r1', reason: 'asked-again' })
    server.on('POST /api/customers/wmChen/contact-refusal/lift', () => refusal(409, 'contact_refusal.not_in_force', '这条勿扰已不是当前的，请刷新后重试'))
    await press('解除')
    await press('其他')
    const input = root.querySelector('input')
    if (input !== null) input.value = '来电同意'
    input?.dispatchEvent(new Event('input'))
    await settled()
    root.querySelector('form')?.dispatchEvent(new Event('submit', { cancelable: true }))
    await settled()
    expect([server.calls.at(-1)?.body, text()]).toEqual([{ id: 'r1', reason: 'other', note: '来电同意' }, expect.stringContaining('已不是当前的')])
  })
})
