import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fakeServer, ok, refusal, type FakeServer } from '../testing/fake-server.ts'
import { renderScreen, type Screen } from '../testing/render.ts'
import { juneSecond } from '../testing/sample.ts'
import BlocksScreen from './BlocksScreen.vue'

let server: FakeServer = fakeServer()
let screen: Screen | null = null
beforeEach(() => { server = fakeServer() })
afterEach(() => screen?.close())

const block = (unit: string, state: string, more: object = {}) => ({ unit, state, until: null, askedAt: null, partly: false, ...more })
const explainPath = 'GET /api/customers/wmChen/explain'

async function show(items: readonly object[], language: 'zh-CN' | 'en' = 'zh-CN'): Promise<Screen> {
  server.on('GET /api/customers/wmChen/blocks', () => ok({ items }))
  screen = await renderScreen(BlocksScreen, { server, props: { externalUserId: 'wmChen' }, language })
  return screen
}

describe('S51 the screen on which one asks', () => {
  it('lists every block with how it stands, what can be asked for first, and says that the list is no statement about the customer', async () => {
    const { text, button } = await show([
      block('customer.contact', 'have'), block('customer.contract', 'may'), block('talk.followups', 'may', { partly: true }), block('talk.history', 'refused', { until: juneSecond }), block('talk.visits', 'waiting', { askedAt: juneSecond }),
      block('talk.tasks', 'closed'), block('customer.spending', 'have', { until: juneSecond }),
    ])
    expect(text()).toMatch(/不代表这位客户有这些资料。合同与签约金额可申请.*跟进记录本店记录可查看，可申请全部.*历史版本未获批准，(2026\/)?6\/2 12:00 后可再申请.*到店记录审批中，(2026\/)?6\/2 12:00 提交.*SOP任务按规定不开放.*联系方式可查看.*消费数据可查看，到 (2026\/)?6\/2 12:00/)
    expect(button('申请 合同与签约金额')).not.toBeNull()
    for (const name of ['联系方式', '历史版本', '到店记录', 'SOP任务']) expect(button(`申请 ${name}`)).toBeNull()
  })

  it('sends reason and days, and then says that it waits', async () => {
    server.on('POST /api/customers/wmChen/block-requests', () => ok(block('customer.contract', 'waiting', { askedAt: juneSecond })))
    const { press, type, text, button } = await show([block('customer.contract', 'may')])
    await press('申请 合同与签约金额')
    expect(button('提交申请')?.disabled).toBe(true)
    await type('申请原因', '客户来店续约')
    await press('30 天')
    await press('提交申请')
    expect(server.calls.at(-1)?.body).toEqual({ unit: 'customer.contract', reason: '客户来店续约', days: 30 })
    expect(text()).toContain('已提交，等待主管审批')
    expect(button('申请 合同与签约金额')).toBeNull()
  })

  it('keeps what was typed when it could not be sent', async () => {
    const { press, type, input, text } = await show([block('customer.contract', 'may')])
    await press('申请 合同与签约金额')
    await type('申请原因', '客户来店续约')
    server.isDown = true
    await press('提交申请')
    expect(text()).toContain('内容没有丢失')
    expect(input('申请原因').value).toBe('客户来店续约')
    server.isDown = false
    server.on('POST /api/customers/wmChen/block-requests', () => refusal(409, 'block.already_asked', '您已经申请过，正在等待审批'))
    await press('重试')
    expect(text()).toContain('您已经申请过')
  })

  it('says why one sees a block', async () => {
    server.on(explainPath, (call) => ok({
      operation: call.query.get('operation'), presentation: null, allowed: true, nearMisses: [], changes: [],
      because: [{ kind: 'role', id: 'role:clerk#1', roleKey: 'clerk', label: '导购', scope: 'team', onlyOwnRecords: true }, { kind: 'share', id: 'share:1', sharedBy: '吴江', reason: '代班', until: juneSecond }],
    }))
    const { press, text } = await show([block('talk.visits', 'have')])
    await press('为什么 到店记录')
    expect(server.calls.at(-1)?.query.get('operation')).toBe('talk.visits.view')
    expect(text()).toContain('您能查看，因为：')
    expect(text()).toContain('角色「导购」可看本部门的客户 · 仅限本店产生的记录')
    expect(text()).toMatch(/吴江 把这位客户分享给您，到 (2026\/)?6\/2 12:00/)
    await press('为什么 到店记录')
    expect(text()).not.toContain('您能查看，因为：')
  })

  it('says why not, and what would be nearest, without what the server withheld', async () => {
    server.on(explainPath, () => ok({
      operation: 'customer.contract.view', presentation: null, allowed: false, because: [], changes: [],
      nearMisses: [{ grant: { kind: 'role', id: 'role:sales#1', roleKey: 'sales', label: '顾问', scope: 'own', onlyOwnRecords: false }, missing: [
        { kind: 'scope', scope: 'own', departments: [] }, { kind: 'condition', condition: 'stage', wants: ['signed'], has: ['lead'] },
        { kind: 'condition', condition: 'spend', wants: ['500000'], has: null }, { kind: 'withheld' },
      ] }],
    }))
    const { press, text } = await show([block('customer.contract', 'may')])
    await press('为什么 合同与签约金额')
    expect(text()).toContain('您不能查看。')
    expect(text()).toContain('客户属于：自己名下的客户，阶段为：已签约（现在：线索），消费达到 ¥5,000，还有您不能查看的条件')
    expect(text()).toContain('按「角色「顾问」可看自己名下的客户」')
  })

  it('names a restriction, and says it when the role has nothing of the kind', async () => {
    server.on(explainPath, () => ok({ operation: 'x', presentation: null, allowed: false, because: [{ kind: 'restriction', id: 'restriction:1' }], nearMisses: [], changes: [] }))
    const { press, text } = await show([block('talk.tasks', 'closed')])
    await press('为什么 SOP任务')
    expect(text()).toContain('有禁止规则，优先于任何授权')
    await press('为什么 SOP任务')
    server.on(explainPath, () => ok({ operation: 'x', presentation: null, allowed: false, because: [], nearMisses: [], changes: [] }))
    await press('为什么 SOP任务')
    expect(text()).toContain('您的角色没有这项内容的权限。')
  })

  it('S55 puts a limit and a freeze into words, with the time when it opens', async () => {
    server.on('GET /api/customers/wmChen/blocks', () => refusal(429, 'cards.limit_reached', '', { window: 'day', limit: 600, opensAt: juneSecond }))
    screen = await renderScreen(BlocksScreen, { server, props: { externalUserId: 'wmChen' } })
    expect(screen.text()).toContain('今天查看的客户数已达上限')
    expect(screen.text()).toMatch(/看过的客户仍可打开，(2026\/)?6\/2 12:00 恢复/)
    expect(screen.button('重试')).toBeNull()
    screen.close()
    server.on('GET /api/customers/wmChen/blocks', () => refusal(403, 'access.frozen'))
    screen = await renderScreen(BlocksScreen, { server, props: { externalUserId: 'wmChen' } })
    expect(screen.text()).toContain('查看客户的权限已冻结')
    expect(screen.text()).toContain('请联系主管或管理员')
  })

  it('says that there is nothing, and speaks English', async () => {
    expect((await show([])).text()).toContain('没有可以申请的内容')
    screen?.close()
    const english = await show([block('customer.contract', 'may')], 'en')
    expect(english.text()).toContain('ContractMay be asked for')
    expect(english.button('Ask Contract')).not.toBeNull()
  })
})
