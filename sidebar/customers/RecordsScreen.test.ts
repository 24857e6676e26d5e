import { afterEach, describe, expect, it } from 'vitest'
import { fakeServer, ok, refusal } from '../testing/fake-server.ts'
import { renderScreen, type Screen } from '../testing/render.ts'
import { aCard, juneSecond } from '../testing/sample.ts'
import RecordsScreen from './RecordsScreen.vue'

let screen: Screen | null = null
afterEach(() => screen?.close())

const order = (orderNo: string) => ({ orderNo, storeName: '国贸店', amountFen: 26800, placedAt: juneSecond, items: ['经典礼盒'] })

describe('the records', () => {
  it('come page by page', async () => {
    const server = fakeServer()
    server.on('GET /api/customers/wmChen/orders', ({ query }) => (
      query.get('cursor') === 'c2' ? ok({ items: [order('A2')], nextCursor: null }) : ok({ items: [order('A1')], nextCursor: 'c2' })
    ))
    screen = await renderScreen(RecordsScreen, { server, props: { card: aCard({ operations: ['customer.spending.view'] }), tab: 'orders' } })
    expect(screen.text()).toContain('A1')
    await screen.press('加载更多')
    expect(screen.text()).toMatch(/A1.*A2/)
    expect(screen.button('加载更多')).toBeNull()
  })

  it('keep what was read when a later page fails, and go on from there', async () => {
    const server = fakeServer()
    let fails = true
    server.on('GET /api/customers/wmChen/orders', ({ query }) => {
      if (query.get('cursor') === null) return ok({ items: [order('A1')], nextCursor: 'c2' })
      return fails ? refusal(500, 'internal.unexpected') : ok({ items: [order('A2')], nextCursor: null })
    })
    screen = await renderScreen(RecordsScreen, { server, props: { card: aCard({ operations: ['customer.spending.view'] }), tab: 'orders' } })
    await screen.press('加载更多')
    expect(screen.text()).toContain('A1')
    fails = false
    await screen.press('重试')
    expect(screen.text()).toMatch(/A1.*A2/)
  })

  it('have tabs only for what may be seen; a tab that is gone gives way', async () => {
    const server = fakeServer()
    server.on('GET /api/customers/wmChen/visits', () => ok({ items: [], nextCursor: null }))
    screen = await renderScreen(RecordsScreen, { server, props: { card: aCard({ operations: ['talk.visits.view'] }), tab: 'messages' } })
    expect(screen.text()).toContain('还没有可见的到店记录')
    expect(screen.button('聊天')).toBeNull()
    expect(server.calls.map((call) => call.path)).toEqual(['/api/customers/wmChen/visits'])
  })

  it('say who could open what was refused', async () => {
    const server = fakeServer()
    server.on('GET /api/customers/wmChen/messages', () => refusal(403, 'access.denied', '您没有这项操作的权限'))
    screen = await renderScreen(RecordsScreen, { server, props: { card: aCard({ operations: ['talk.messages.view'] }), tab: 'messages' } })
    expect(screen.text()).toContain('请联系主管申请')
  })

  it('name owner and followers as they came', async () => {
    const card = aCard({
      operations: ['customer.ownership.view'],
      customer: { owner: null, followers: [{ userid: 'wu', name: '吴江', departmentName: '客服中心' }] },
    })
    screen = await renderScreen(RecordsScreen, { server: fakeServer(), props: { card, tab: 'ownership' } })
    expect(screen.text()).toContain('暂无归属人')
    expect(screen.text()).toContain('吴江 · 客服中心')
  })
})
