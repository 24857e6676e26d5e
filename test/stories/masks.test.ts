import { v7 as uuid } from 'uuid'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { roles } from '../../server/access/index.ts'
import { orders } from '../../server/records/index.ts'
import { demoKfId } from '../simulator/index.ts'
import { everyItem } from './support/answers.ts'
import { storyApp, type StoryApp } from './support/story-app.ts'

const mobile = '13777776666'
const wideMobile = '１３７７７７７６６６６'

describe('masks', () => {
  let app: StoryApp
  let mine = ''
  let other = ''
  beforeAll(async () => {
    app = await storyApp()
    mine = app.simulator.controls.customerSendsKf(demoKfId, { newCustomer: { name: '客服来客甲' } }, `我的电话是${mobile}，卡号6222021234567890123，身份证110101199003071234`)
    other = app.simulator.controls.customerSendsKf(demoKfId, { newCustomer: { name: '客服来客乙' } }, '乙的第一条消息')
    app.simulator.controls.memberTakesKf(demoKfId, mine, 'service01')
    app.simulator.controls.memberSendsKf(demoKfId, mine, '合同¥128,000.00已收到，尾款三千五百元')
    for (let count = 0; count < 5; count += 1) app.simulator.controls.customerSendsKf(demoKfId, { externalUserId: count % 2 === 0 ? mine : other }, `交替消息${count}`)
    for (const id of [mine, other]) app.simulator.controls.memberAddsCustomer('sales01', { externalUserId: id })
    await app.settle()
    for (const [id, number] of [[mine, mobile], [other, '13788887777']] as const) {
      await app.knows(id, {
        ownerStaffId: (await app.staffOf('sales01')).id, ownerDepartmentId: app.storeOf('sales01'), mobile: number, email: `${number}@kunde.example`, address: '上海市静安区南京西路1号',
        contractAmountFen: 12_345_600, contractState: 'signed', name: `孙女士${number}`, preferences: [`打${number}`, '少糖', `座机010-62345678`],
      })
    }
    await app.services.database.db.getRepository('follows').update({ customerId: (await app.customer(mine)).id }, { remark: `备注${wideMobile}` })
    await app.visitsStore(mine, app.storeOf('sales01'), `留下${mobile}，预付5000元，卡号6222021234567890123`)
    await app.visitsStore(other, app.storeOf('sales01'), '乙的到访')
    await app.buys(mine, app.storeOf('sales01'), 4_200)
    await app.buys(other, app.storeOf('sales01'), 9_900)
  })
  afterAll(() => app.stop())

  const traces = [mobile, wideMobile, '7777 6666', '77776666', '6222021234567890123', '110101199003071234', '62345678', '128,000', '128000', '三千五百元', '12345600', '123456', '南京西路', '5000元']
  const expectNone = (text: string) => expect(traces.filter((trace) => text.includes(trace))).toEqual([])

  it('T06 hold on the card, in the list, in arrays, in search hits and in records', async () => {
    for (const userid of ['sales01', 'manager01', 'regional01', 'saleshead01']) {
      const person = await app.person(userid)
      for (const path of [`/api/customers/${mine}`, '/api/customers?limit=100', `/api/customers?q=${encodeURIComponent('孙女士')}`, `/api/customers/${mine}/visits`, `/api/customers/${mine}/messages`, `/api/customers/${mine}/orders`]) {
        const reply = await person.get(path)
        expect([userid, path, reply.status]).toEqual([userid, path, 200])
        expectNone(reply.text)
      }
      const card = (await person.get(`/api/customers/${mine}`)).body
      expect(card.customer).toMatchObject({ mobile: '137****6666', email: '1***@kunde.example', address: '上海市静安区****', contractAmountFen: '¥***', name: '孙女士137****6666', preferences: ['打137****6666', '少糖', '座机****'] })
      expect(card.fields).toMatchObject({ mobile: 'masked', email: 'masked', address: 'masked', contractAmountFen: 'masked', name: 'clear' })
    }
    const found = await (await app.person('sales01')).get(`/api/customers?phone=${mobile}`)
    expect(found.body.items).toHaveLength(1)
    expectNone(found.text)
  })

  it('T06 hold in what is said of a refused value', async () => {
    const sales = await app.person('sales01')
    const { version } = (await sales.get(`/api/customers/${mine}`)).body.customer
    for (const body of [{ mobile: `${mobile}9999999` }, { mobile: '137****6666' }, { email: `${mobile}@` }, { contractAmountFen: 12_345_600 }, { remark: mobile.repeat(3) }, { name: mobile.repeat(10) }, { [mobile]: 1 }, { memberLevel: Number(mobile) }]) {
      const refused = await sales.patch(`/api/customers/${mine}`, { version, ...body })
      expect([400, 403]).toContain(refused.status)
      expect(refused.text).not.toContain(mobile)
      expectNone(refused.text)
    }
    for (const path of [`/api/customers/${mobile}`, `/api/customers?stage=${mobile}`, `/api/customers?${mobile}=1`, `/api/customers/${mobile}/orders`]) {
      const refused = await sales.get(path)
      expect([path, refused.status >= 400, refused.text.includes(mobile)]).toEqual([path, true, false])
    }
  })

  it('T07 an identifier that contains the number is shown in clear only to whom the number is clear', async () => {
    await app.services.database.transaction(async (work) => {
      await work.db.getRepository(roles).insert({ roleKey: 'reader-in-clear', label: '可见号码', version: 1, updatedAt: Date.now(), grants: [{ operations: ['customer.profile.view', 'customer.contact.view'], scope: { kind: 'all' }, conditions: [], fields: { mobile: 'clear' } }] })
      await app.services.access.raiseEpoch(work)
    })
    await app.giveRole('operations02', 'reader-in-clear')
    const clear = (await (await app.person('operations02')).get(`/api/customers/${mine}`)).body
    expect(clear.fields).toMatchObject({ mobile: 'clear', email: 'masked' })
    expect(clear.customer).toMatchObject({ mobile: `+86${mobile}`, name: `孙女士${mobile}`, email: '1***@kunde.example' })
    const masked = (await (await app.person('operations01')).get(`/api/customers/${mine}`)).body
    expect(masked.customer.name).toBe('孙女士137****6666')
    expect(Object.keys(masked.customer)).not.toContain('mobile')
    expect((await (await app.person('sales01')).get(`/api/customers/${mine}`)).body.customer.remark).toBe('备注137****6666')
  })

  it('T07 a restriction that masks the number masks the name again', async () => {
    const id = await app.restrict({ subject: { everyone: true, roles: [], staffIds: [], except: [] }, operations: ['customer.contact.view'], scope: { kind: 'all' }, fields: { mobile: 'masked' } })
    const card = (await (await app.person('operations02')).get(`/api/customers/${mine}`)).body
    expect(card.customer).toMatchObject({ mobile: '137****6666', name: '孙女士137****6666' })
    await app.lift(id)
  })

  it('T07 an order number made from the phone number is masked in it, and clear to whom the number is clear', async () => {
    const store = app.storeOf('sales01')
    await app.services.database.db.getRepository(orders).insert({ id: uuid(), customerId: (await app.customer(mine)).id, storeDepartmentId: store, orderNo: `20260602${mobile}`, amountFen: 100, placedAt: 1, items: [`代收 ${mobile}`] })
    const numbers = async (userid: string) => (await (await app.person(userid)).get(`/api/customers/${mine}/orders`)).body.items.filter((item: { amountFen: number }) => item.amountFen === 100)
    for (const userid of ['sales01', 'manager01']) expect(await numbers(userid)).toMatchObject([{ orderNo: '20260602137****6666', items: ['代收 137****6666'] }])
    expect(await numbers('operations02')).toMatchObject([{ orderNo: `20260602${mobile}`, items: [`代收 ${mobile}`] }])
    await app.services.database.db.getRepository(orders).delete({ orderNo: `20260602${mobile}` })
  })

  it('T06 a value that holds a mask is refused in every field that takes a text, and nothing is written', async () => {
    const sales = await app.person('sales01')
    const { version } = (await sales.get(`/api/customers/${mine}`)).body.customer
    for (const body of [{ name: '孙女士137****6666' }, { remark: '备注137****6666' }, { preferences: ['少糖', '打137****6666'] }, { mobile: '137****6666' }, { email: '1***@kunde.example' }, { address: '上海市静安区****' }, { name: '孙＊＊＊' }, { remark: '备注•••' }]) {
      const refused = await sales.patch(`/api/customers/${mine}`, { version, ...body })
      expect([body, refused.status, refused.body.error.code, refused.body.error.data]).toEqual([body, 400, 'fields.masked_value', { fields: Object.keys(body) }])
    }
    expect((await sales.get(`/api/customers/${mine}`)).body.customer.version).toBe(version)
  })

  it('T08 the timeline of messages holds this customer\'s messages only, on every page', async () => {
    const sales = await app.person('sales01')
    const ofMine = await everyItem<{ id: string; text: string; staffName: string | null; sentAt: number }>(sales, `/api/customers/${mine}/messages`, 2)
    const ofOther = await everyItem<{ id: string; text: string }>(sales, `/api/customers/${other}/messages`, 2)
    const texts = (items: readonly { text: string }[]) => items.map((item) => item.text)
    expect(texts(ofMine)).toEqual(expect.arrayContaining(['交替消息0', '交替消息2', '交替消息4']))
    expect(texts(ofMine).some((text) => ['交替消息1', '交替消息3', '乙的第一条消息'].includes(text))).toBe(false)
    expect(texts(ofOther)).toEqual(expect.arrayContaining(['乙的第一条消息', '交替消息1', '交替消息3']))
    expect(ofMine.filter((item) => ofOther.some((one) => one.id === item.id))).toEqual([])
    expect(ofMine.map((item) => item.sentAt)).toEqual([...ofMine.map((item) => item.sentAt)].sort((one, two) => two - one))
    expect(texts(ofMine)).toContain('合同¥***已收到，尾款¥***')
    expect(ofMine.find((item) => item.text.startsWith('合同'))?.staffName).toBe((await app.staffOf('service01')).name)
  })

  it('S15 T01 a grant that is narrowed to the records of my stores gives no messages: they carry no store', async () => {
    const { database, access } = app.services
    await database.transaction(async (work) => {
      await work.db.getRepository(roles).insert({ roleKey: 'store-records', label: '本店记录', version: 1, updatedAt: 0, grants: [
        { operations: ['customer.profile.view'], scope: { kind: 'all' }, conditions: [], fields: {} },
        { operations: ['talk.messages.operate', 'talk.visits.view'], scope: { kind: 'all' }, conditions: [{ kind: 'recordStoreIsMine' }], fields: {} },
      ] })
      await access.raiseEpoch(work)
    })
    await app.giveRole('clerk02', 'store-records')
    const clerk = await app.person('clerk02')
    const card = await clerk.get(`/api/customers/${mine}`)
    expect([card.status, card.body.abilities.operations.filter((operation: string) => operation.startsWith('talk.'))]).toEqual([200, ['talk.visits.view']])
    expect([(await clerk.get(`/api/customers/${mine}/messages`)).status, (await clerk.get(`/api/customers/${mine}/visits`)).status]).toEqual([403, 200])
    const listed = (await clerk.get('/api/customers?limit=100')).body.items.find((one: { customer: { externalUserId: string } }) => one.customer.externalUserId === mine)
    expect(Object.keys(listed.customer)).not.toContain('lastActiveAt')
    expect(Object.keys(listed)).not.toContain('lastActiveAt')
    await app.takeRole('clerk02', 'store-records')
  })

  it('T08 visits and orders are this customer\'s only, and a colleague outside the scope gets none of it', async () => {
    const sales = await app.person('sales01')
    expect((await sales.get(`/api/customers/${mine}/visits`)).body.items.map((item: { note: string }) => item.note)).toEqual(['留下137****6666，预付¥***，卡号****0123'])
    expect((await sales.get(`/api/customers/${other}/visits`)).body.items.map((item: { note: string }) => item.note)).toEqual(['乙的到访'])
    expect((await sales.get(`/api/customers/${mine}/orders`)).body.items.map((item: { amountFen: number }) => item.amountFen)).toEqual([4_200])
    for (const part of ['messages', 'visits', 'orders']) expect((await (await app.person('sales02')).get(`/api/customers/${mine}/${part}`)).status).toBe(404)
    for (const part of ['messages', 'orders']) expect((await (await app.person('service01')).get(`/api/customers/${mine}/${part}`)).status).toBeGreaterThanOrEqual(403)
  })
})
