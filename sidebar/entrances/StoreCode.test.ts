import { afterEach, describe, expect, it } from 'vitest'
import { fakeServer, ok, refusal } from '../testing/fake-server.ts'
import { renderScreen, type Screen } from '../testing/render.ts'
import StoreCode from './StoreCode.vue'

let screen: Screen | null = null
afterEach(() => screen?.close())

const entrance = (over: object) => ({ id: 'e1', storeName: '国贸店', departmentId: 5, qrCode: null, status: 'creating', staffCount: 6, mine: true, ...over })

async function show(...items: object[]): Promise<Screen> {
  const server = fakeServer()
  server.on('GET /api/entrances', () => ok({ items }))
  screen = await renderScreen(StoreCode, { server })
  return screen
}

describe('my store code', () => {
  it('is the code of my own store', async () => {
    const { root, text } = await show(entrance({ status: 'ready', qrCode: 'https://wework.qpic.cn/a' }))
    expect(root.querySelector('img')?.getAttribute('src')).toBe('https://wework.qpic.cn/a')
    expect(text()).toContain('请顾客用微信扫一扫')
  })

  it.each([['creating', '正在生成'], ['wanted', '正在生成'], ['parked', '请联系管理员处理']])('says what to do while it is %s', async (status, words) => {
    const { text, root } = await show(entrance({ status }))
    expect(text()).toContain(words)
    expect(root.querySelector('img')).toBeNull()
  })

  it('is none without a store, or when it is closed', async () => {
    expect((await show(entrance({ mine: false }), entrance({ status: 'closed' }))).text()).toContain('您的门店还没有店码')
  })

  it('says who could allow it when it is refused', async () => {
    const server = fakeServer()
    server.on('GET /api/entrances', () => refusal(403, 'access.denied'))
    screen = await renderScreen(StoreCode, { server })
    expect(screen.text()).toContain('请联系主管申请')
  })
})
