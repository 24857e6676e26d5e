import { afterEach, describe, expect, it } from 'vitest'
import type { CustomerCard } from '#shared/contracts/customers'
import { fakeServer, ok, refusal, type FakeServer } from '../testing/fake-server.ts'
import { renderScreen, type Screen } from '../testing/render.ts'
import { aCard, juneSecond } from '../testing/sample.ts'
import CardScreen from './CardScreen.vue'

let screen: Screen | null = null
afterEach(() => screen?.close())

async function show(card: CustomerCard, server: FakeServer = fakeServer()): Promise<Screen> {
  screen = await renderScreen(CardScreen, { server, props: { card, viewerId: 'lin' } })
  return screen
}

const day = 86_400_000
const lin = { userid: 'lin', name: '林小满', departmentName: '国贸店' }

function withRecords(): FakeServer {
  const server = fakeServer()
  server.on('GET /api/customers/wmChen/visits', () => ok({ items: [{ storeName: '国贸店', staffName: '林小满', visitedAt: juneSecond, note: '取走礼盒' }], nextCursor: null }))
  server.on('GET /api/customers/wmChen/orders', () => ok({ items: [{ orderNo: 'A1', storeName: '国贸店', amountFen: 26800, placedAt: juneSecond - day, items: ['经典礼盒'] }], nextCursor: null }))
  server.on('GET /api/customers/wmChen/messages', () => ok({ items: [{ id: 'm1', channel: 'kf', direction: 'in', kind: 'text', text: '还有少糖的吗', staffName: null, sentAt: juneSecond + day }], nextCursor: null }))
  return server
}
const allRecords = ['customer.profile.view', 'talk.visits.view', 'customer.spending.view', 'talk.messages.view', 'customer.ownership.view']

describe('the first screen', () => {
  it('says who this is in one look', async () => {
    const { text } = await show(aCard({ customer: { memberLevel: 3, stage: 'intent', owner: lin, source: 'scan', addedAt: juneSecond } }))
    expect(text()).toContain('陈女士')
    expect(text()).toContain('VIP3')
    expect(text()).toContain('意向')
    expect(text()).toMatch(/归属：我 · 国贸店 · 扫码 (2026\/)?6\/2/)
  })

  it('names another owner, a pool, or that there is none', async () => {
    expect((await show(aCard({ customer: { owner: { ...lin, userid: 'wu', name: '吴江' } } }))).text()).toContain('归属：吴江')
    screen?.close()
    expect((await show(aCard({ customer: { owner: null, pool: { departmentId: 5, name: '国贸店公海' } } }))).text()).toContain('公海：国贸店公海')
    screen?.close()
    expect((await show(aCard({ customer: { owner: null, pool: null } }))).text()).toContain('暂无归属人')
  })

  it('T06 shows a masked value as it came, with a badge, and a clear one without', async () => {
    const masked = await show(aCard({ customer: { mobile: '138****1234', contractAmountFen: '¥***' }, fields: { mobile: 'masked', contractAmountFen: 'masked' } }))
    expect(masked.text()).toContain('138****1234已脱敏')
    expect(masked.text()).toContain('¥***已脱敏')
    masked.close()
    const clear = await show(aCard({ customer: { mobile: '+8613812341234' }, fields: { mobile: 'clear' } }))
    expect(clear.text()).toContain('+8613812341234')
    expect(clear.text()).not.toContain('已脱敏')
  })

  it('has no trace of what is absent', async () => {
    const server = fakeServer()
    const { text, root } = await show(aCard(), server)
    expect(text()).toBe('陈女士申请查看')
    for (const word of ['手机', '消费', '合同', '标签', '最近', '归属', '订单', '到店', '聊天']) expect(root.innerHTML).not.toContain(word)
    expect(server.calls).toHaveLength(0)
  })

  it('T11 says that the total is over the visible orders', async () => {
    const { text } = await show(aCard({ customer: { spendTotalFen: 128000, orderCount: 3, lastOrderAt: juneSecond } }))
    expect(text()).toMatch(/可见消费 ¥1,280 ?3 单 · (2026\/)?6\/2/)
  })

  it('folds many preferences and opens them at a tap', async () => {
    const { text, press } = await show(aCard({ customer: { preferences: ['少糖', '常温', '周末客', '送礼', '自提', '亲子', '电话勿扰'] } }))
    expect(text()).toContain('+2')
    expect(text()).not.toContain('电话勿扰')
    await press('还有 2 个')
    expect(text()).toContain('电话勿扰')
  })

  it('T08 merges visits, orders and messages by time, newest first', async () => {
    const { text } = await show(aCard({ operations: allRecords }), withRecords())
    expect(text()).toMatch(/聊天 ?还有少糖的吗.*到店 ?国贸店 · 取走礼盒.*订单 ?¥268 · 经典礼盒/)
  })

  it('asks only for the records that may be seen', async () => {
    const server = withRecords()
    const { text, button } = await show(aCard({ operations: ['customer.profile.view', 'talk.visits.view'] }), server)
    expect(server.calls.map((call) => call.path)).toEqual(['/api/customers/wmChen/visits'])
    expect(text()).not.toContain('还有少糖的吗')
    expect(button('到店')).not.toBeNull()
    expect(button('订单')).toBeNull()
    expect(button('聊天')).toBeNull()
  })

  it('shows the records that came when another kind failed, and says so', async () => {
    const server = withRecords()
    server.on('GET /api/customers/wmChen/orders', () => refusal(500, 'internal.unexpected'))
    const { text, press } = await show(aCard({ operations: allRecords }), server)
    expect(text()).toContain('取走礼盒')
    expect(text()).toContain('部分记录没有加载出来')
    server.on('GET /api/customers/wmChen/orders', () => ok({ items: [], nextCursor: null }))
    await press('重试')
    expect(text()).not.toContain('部分记录没有加载出来')
  })

  it('says in one sentence that there is nothing yet, and who could open what was refused', async () => {
    const empty = withRecords()
    empty.on('GET /api/customers/wmChen/visits', () => ok({ items: [], nextCursor: null }))
    const operations = ['customer.profile.view', 'talk.visits.view']
    expect((await show(aCard({ operations }), empty)).text()).toContain('还没有可见的记录')
    screen?.close()
    empty.on('GET /api/customers/wmChen/visits', () => refusal(403, 'access.denied'))
    expect((await show(aCard({ operations }), empty)).text()).toContain('您没有查看权限请联系主管申请')
  })
})
