import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { CustomerCard } from '#shared/contracts/customers'
import { fakeServer, ok, refusal, type FakeServer } from '../testing/fake-server.ts'
import { renderScreen, type Screen } from '../testing/render.ts'
import { aCard } from '../testing/sample.ts'
import EditScreen from './EditScreen.vue'

const writable = ['name', 'mobile', 'stage', 'preferences']
const customer = { mobile: '138****1234', stage: 'lead', preferences: ['少糖'] } as const
const fields = { mobile: 'masked' } as const
const chen = (version = 3, name = '陈女士'): CustomerCard =>
  aCard({ writable, fields, customer: { ...customer, preferences: ['少糖'], version, name } })

let screen: Screen | null = null
let server: FakeServer = fakeServer()
beforeEach(() => {
  sessionStorage.clear()
  server = fakeServer()
  server.on('PATCH /api/customers/wmChen', () => ok(chen(4)))
})
afterEach(() => screen?.close())

async function edit(card: CustomerCard = chen()): Promise<Screen> {
  screen = await renderScreen(EditScreen, { server, props: { card, userid: 'lin' } })
  return screen
}
const sent = (): unknown[] => server.calls.map((call) => call.body)

describe('the edit screen', () => {
  it('has exactly the writable fields', async () => {
    const { text } = await edit()
    expect(text()).toContain('姓名')
    for (const word of ['生日', '邮箱', '签约金额', '会员等级']) expect(text()).not.toContain(word)
  })

  it('sends only what was changed, with the version', async () => {
    const { type, press } = await edit()
    await type('姓名', '陈晓')
    await type('阶段', 'intent')
    await press('保存')
    expect(sent()).toEqual([{ version: 3, name: '陈晓', stage: 'intent' }])
    expect(sessionStorage.length).toBe(0)
  })

  it('cannot be saved without a change, and a change that is taken back is none', async () => {
    const { type, press, button } = await edit()
    expect(button('保存')?.disabled).toBe(true)
    await type('姓名', '陈晓')
    expect(button('保存')?.disabled).toBe(false)
    await press('不改了')
    expect(button('保存')?.disabled).toBe(true)
  })

  it('T06 keeps a masked value out of input, draft and request', async () => {
    const { input, type, press, text } = await edit()
    expect(input('手机号').value).toBe('')
    expect(text()).toContain('现在是 138****1234')
    await type('手机号', '138****1234')
    expect(text()).toContain('不能带星号')
    await type('手机号', '')
    await type('姓名', '陈晓')
    expect(JSON.stringify({ ...sessionStorage })).not.toContain('*')
    await press('保存')
    expect(sent()).toEqual([{ version: 3, name: '陈晓' }])
  })

  it('clears a masked value only when asked to', async () => {
    const { press, text } = await edit()
    await press('清空')
    expect(text()).toContain('保存后将被清空')
    await press('保存')
    expect(sent()).toEqual([{ version: 3, mobile: null }])
  })

  it('adds and removes preferences', async () => {
    const { type, press } = await edit()
    await type('偏好', '常温')
    await press('添加')
    await press('去掉 少糖')
    await press('保存')
    expect(sent()).toEqual([{ version: 3, preferences: ['常温'] }])
  })

  it('a draft survives a reload of the webview', async () => {
    await (await edit()).type('姓名', '陈晓')
    screen?.close()
    const again = await edit()
    expect(again.input('姓名').value).toBe('陈晓')
    await again.press('保存')
    expect(sent()).toEqual([{ version: 3, name: '陈晓' }])
  })

  it('a draft of a field that may no longer be written is not sent', async () => {
    await (await edit()).type('姓名', '陈晓')
    await screen?.type('阶段', 'signed')
    screen?.close()
    const again = await edit(aCard({ writable: ['stage'], customer: { stage: 'lead' } }))
    await again.press('保存')
    expect(sent()).toEqual([{ version: 3, stage: 'signed' }])
  })

  it('explains a conflict, keeps the draft, and saves only after a comparison', async () => {
    server.on('PATCH /api/customers/wmChen', () => refusal(409, 'customer.version_conflict', '内容已被他人修改'))
    await (await edit()).type('姓名', '陈晓')
    await screen?.press('保存')
    screen?.close()
    // The parent reads the card anew; it is at version 5 now.
    server.on('PATCH /api/customers/wmChen', () => ok(chen(6)))
    const { text, button, press, input } = await edit(chen(5, '陈大文'))
    expect(text()).toContain('有人在您编辑期间改过这位客户')
    expect(text()).toContain('现在：陈大文')
    expect(input('姓名').value).toBe('陈晓')
    expect(button('保存')?.disabled).toBe(true)
    await press('我已核对')
    await press('保存')
    expect(sent().at(-1)).toEqual({ version: 5, name: '陈晓' })
  })

  it('says what the server refused, and keeps the draft', async () => {
    server.on('PATCH /api/customers/wmChen', () => refusal(403, 'fields.not_writable', '以下内容您不能修改：name', { fields: ['name'] }))
    const { type, press, text, input } = await edit()
    await type('姓名', '陈晓')
    await press('保存')
    expect(text()).toContain('以下内容您不能修改')
    expect(input('姓名').value).toBe('陈晓')
  })

  it('keeps the draft when the network is gone, and sends it again', async () => {
    const { type, press, text } = await edit()
    await type('姓名', '陈晓')
    server.isDown = true
    await press('保存')
    expect(text()).toContain('网络连接不上')
    server.isDown = false
    await press('重试')
    expect(sent().at(-1)).toEqual({ version: 3, name: '陈晓' })
  })

  it('says so when nothing may be written any more', async () => {
    const { text, button } = await edit(aCard())
    expect(text()).toContain('您现在不能修改这位客户的资料')
    expect(button('保存')).toBeNull()
  })
})
