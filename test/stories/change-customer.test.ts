import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { auditEntries } from '../../server/audit/audit.entity.ts'
import { follows } from '../../server/customers/index.ts'
import { outbox } from '../../server/jobs/jobs.entity.ts'
import { testDatabaseKinds } from '../support/databases.ts'
import type { Person } from '../support/person.ts'
import { sorted } from './support/answers.ts'
import { personOfRole } from './support/role-table.ts'
import { storyApp, type StoryApp } from './support/story-app.ts'

/** A value that may be written, for every field that anybody may write. */
const values = {
  name: '新名字', birthday: '1991-02-03', preferences: ['少糖'], remark: '我的备注', mobile: '13611110000', email: 'neu@kunde.example', address: '苏州市观前街1号',
  contractAmountFen: 4_455_600, stage: 'signed', memberLevel: 2,
} as const

describe.each(await testDatabaseKinds())('changing a customer, on %s', (kind) => {
  let app: StoryApp
  let sales: Person
  let mine = ''
  beforeAll(async () => {
    app = await storyApp({ database: kind })
    sales = await app.person('sales01')
    mine = app.simulator.controls.memberAddsCustomer('sales01', { newCustomer: { name: '顾问的客户' } }).externalUserId
    await app.settle()
    await app.knows(mine, { ownerStaffId: (await app.staffOf('sales01')).id, ownerDepartmentId: app.storeOf('sales01'), mobile: '13955556666', email: 'alt@kunde.example', contractAmountFen: 8_800 })
  })
  afterAll(() => app.stop())

  const version = async () => (await app.customer(mine)).version
  const patch = async (person: Person, body: object) => person.patch(`/api/customers/${mine}`, { version: await version(), ...body })
  const follow = async (userid: string) => {
    const { id } = await app.staffOf(userid)
    return (await app.liveFollows(mine)).find((one) => one.staffId === id)
  }
  const remarkCalls = () => app.simulator.controls.calls('/cgi-bin/externalcontact/remark').map((call) => call.input)

  it('writes what one may, each field of it, and shows the new card', async () => {
    const reply = await patch(sales, { name: '王先生', birthday: '1990-05-06', preferences: ['少糖', '周末客'], stage: 'intent', mobile: '+86 139-5555-7777', email: 'neu@kunde.example', address: '上海市静安区南京西路9号' })
    expect(reply.status).toBe(200)
    expect(reply.body.customer).toMatchObject({ name: '王先生', birthday: '1990-05-06', preferences: ['少糖', '周末客'], stage: 'intent', mobile: '139****7777', email: 'n***@kunde.example', version: await version() })
    const read = await sales.get(`/api/customers/${mine}`)
    expect(read.body).toEqual(reply.body)
    expect((await patch(sales, { birthday: null, preferences: [] })).body.customer).toMatchObject({ birthday: null, preferences: [] })
  })

  it('one forbidden field refuses everything, and all forbidden ones are named', async () => {
    const before = await app.customer(mine)
    const refused = await patch(sales, { name: '不该写入', memberLevel: 3, contractAmountFen: 1, stage: 'lead' })
    expect([refused.status, refused.body.error.code, refused.body.error.data]).toEqual([403, 'fields.not_writable', { fields: ['contractAmountFen', 'memberLevel'] }])
    expect(await app.customer(mine)).toEqual(before)
    const entry = await app.services.database.db.getRepository(auditEntries).findOneByOrFail({ requestId: refused.body.error.requestId })
    expect(entry).toMatchObject({ action: 'customer.changed', outcome: 'refused', subjectId: before.id })
  })

  it('every role may write exactly the fields that its card names as writable', async () => {
    for (const userid of Object.values(personOfRole)) {
      const person = await app.person(userid)
      const card = await person.get(`/api/customers/${mine}`)
      const writable: string[] = card.status === 200 ? card.body.abilities.writable : []
      for (const [field, value] of Object.entries(values)) {
        // A version that is not the present one: what is permitted ends in a conflict, and nothing changes.
        const reply = await person.patch(`/api/customers/${mine}`, { version: 999_999, [field]: value })
        const own = field !== 'remark' || await follow(userid) !== undefined
        const expected = card.status !== 200 ? card.status : writable.includes(field) && own ? 409 : 403
        expect([userid, field, reply.status]).toEqual([userid, field, expected])
      }
    }
  })

  it('a value that still holds a mask is refused, so that no mask is ever saved', async () => {
    const before = await app.customer(mine)
    for (const body of [{ mobile: '139****7777' }, { mobile: '139＊＊＊＊7777' }, { email: 'n***@kunde.example' }, { address: '上海市静安区****' }, { name: '王****' }, { preferences: ['少糖', '回电139****7777'] }, { remark: '客户****' }, { name: '好名字', mobile: '139•••7777' }]) {
      const refused = await patch(sales, body)
      expect([JSON.stringify(body), refused.status, refused.body.error.code]).toEqual([JSON.stringify(body), 400, 'fields.masked_value'])
      expect(refused.body.error.data.fields).toEqual(Object.entries(body).filter(([, value]) => /[*＊•]{3}/.test(JSON.stringify(value))).map(([name]) => name))
    }
    await app.giveRole('manager01', 'director')
    await app.services.database.transaction(async (work) => {
      await work.db.getRepository('roles').insert({ roleKey: 'contract-writer', label: '合同', grants: [{ operations: ['customer.contract.edit'], scope: { kind: 'all' }, conditions: [], fields: {} }], version: 1, updatedAt: Date.now() })
      await app.services.access.raiseEpoch(work)
    })
    await app.giveRole('manager01', 'contract-writer')
    const manager = await app.person('manager01')
    expect((await patch(manager, { contractAmountFen: '¥***' })).body.error).toMatchObject({ code: 'fields.masked_value', data: { fields: ['contractAmountFen'] } })
    expect((await patch(manager, { contractAmountFen: '8800' })).body.error.code).toBe('request.invalid')
    expect(await app.customer(mine)).toEqual(before)
    expect((await patch(manager, { contractAmountFen: 12_345_600 })).body.customer.contractAmountFen).toBe(12_345_600)
    for (const role of ['director', 'contract-writer']) await app.takeRole('manager01', role)
  })

  it('what is no phone number or e-mail address is refused', async () => {
    for (const body of [{ mobile: '12345' }, { mobile: '138000012345678901' }, { mobile: 'not a number' }, { email: 'nobody' }, { email: 'a b@c.de' }, { email: 'a@b' }]) {
      const refused = await patch(sales, body)
      expect([refused.status, refused.body.error.data.issues]).toEqual([400, [`body.${Object.keys(body)[0]}`]])
    }
  })

  it('a stale version is a conflict; of two changes at once exactly one is written', async () => {
    const stale = await sales.patch(`/api/customers/${mine}`, { version: await version() - 1, name: '过期' })
    expect([stale.status, stale.body.error.code]).toEqual([409, 'customer.version_conflict'])
    const present = await version()
    const both = await Promise.all(['甲', '乙', '丙', '丁'].map((name) => sales.patch(`/api/customers/${mine}`, { version: present, name })))
    expect(both.map((reply) => reply.status).sort()).toEqual([200, 409, 409, 409])
    const winner = both.find((reply) => reply.status === 200)
    expect(await app.customer(mine)).toMatchObject({ name: winner?.body.customer.name, version: present + 1 })
  })

  it('a remark goes to WeCom on one\'s own follow, and only there', async () => {
    app.simulator.controls.memberAddsCustomer('service01', { externalUserId: mine })
    await app.settle()
    const before = remarkCalls().length
    expect((await patch(sales, { remark: '周六回访' })).body.customer.remark).toBe('周六回访')
    await app.settle()
    expect(remarkCalls().slice(before)).toEqual([{ userid: 'sales01', external_userid: mine, remark: '周六回访' }])
    expect(app.simulator.state.follows.get(mine)?.get('sales01')?.remark).toBe('周六回访')
    expect(app.simulator.state.follows.get(mine)?.get('service01')?.remark).toBe('')
    expect((await follow('service01'))?.remark).toBe('')
    expect((await (await app.person('service01')).get(`/api/customers/${mine}`)).body.customer.remark).toBe('')
  })

  it('somebody who may edit the profile but does not follow has no remark to write', async () => {
    const manager = await app.person('manager01')
    const before = remarkCalls().length
    const refused = await patch(manager, { name: '店长改名', remark: '店长备注' })
    expect([refused.status, refused.body.error.data]).toEqual([403, { fields: ['remark'] }])
    expect((await patch(manager, { name: '店长改名' })).status).toBe(200)
    await app.settle()
    expect(remarkCalls()).toHaveLength(before)
    expect((await app.services.database.db.getRepository(follows).findBy({ remark: '店长备注' }))).toEqual([])
  })

  it('a remark whose sending fails arrives when WeCom is back, and an event in between does not undo it', async () => {
    app.simulator.controls.addApiFault({ path: '/cgi-bin/externalcontact/remark', kind: 'http', status: 502 })
    expect((await patch(sales, { remark: '断网时写的' })).status).toBe(200)
    await app.settle()
    app.simulator.controls.memberEditsCustomer('sales01', mine, { description: '别处的修改' })
    await app.settle()
    expect((await sales.get(`/api/customers/${mine}`)).body.customer.remark).toBe('断网时写的')
    app.simulator.controls.clearApiFaults()
    await app.services.database.db.getRepository('outbox').update({ state: 'new' }, { nextAt: Date.now() })
    await app.settle()
    expect(app.simulator.state.follows.get(mine)?.get('sales01')?.remark).toBe('断网时写的')
    expect(await follow('sales01')).toMatchObject({ remark: '断网时写的', description: '别处的修改' })
  })

  it('a remark for a relation that WeCom has ended meanwhile is dropped, not parked, and the customer is read anew', async () => {
    const other = app.simulator.controls.memberAddsCustomer('sales01', { newCustomer: { name: '马上删除' } }).externalUserId
    await app.settle()
    await app.knows(other, { ownerStaffId: (await app.staffOf('sales01')).id, ownerDepartmentId: app.storeOf('sales01') })
    app.simulator.state.follows.get(other)?.delete('sales01')
    const reads = app.simulator.controls.calls('/cgi-bin/externalcontact/get').length
    const reply = await sales.patch(`/api/customers/${other}`, { version: (await app.customer(other)).version, remark: '来不及了' })
    expect(reply.status).toBe(200)
    await app.settle()
    expect(app.simulator.controls.calls('/cgi-bin/externalcontact/remark').at(-1)).toMatchObject({ errcode: 84061 })
    expect(await app.services.database.db.getRepository(outbox).findBy({ kind: 'customer.remark', state: 'dead' })).toEqual([])
    expect(app.simulator.controls.calls('/cgi-bin/externalcontact/get').slice(reads).map((call) => JSON.stringify(call.input))).toEqual([expect.stringContaining(other)])
  })

  it('contact data, birthday, stage and amounts never leave for WeCom', async () => {
    const before = app.simulator.controls.calls().length
    expect((await patch(sales, { mobile: '13677778888', email: 'geheim@kunde.example', address: '宁波市天一广场7号', birthday: '1988-08-08', stage: 'negotiating', name: '不给微信看的名字' })).status).toBe(200)
    await app.settle()
    const sent = JSON.stringify(app.simulator.controls.calls())
    for (const value of ['13677778888', '77778888', 'geheim@', '天一广场', '1988-08-08', 'negotiating', '不给微信看的名字']) expect(sent).not.toContain(value)
    expect(app.simulator.controls.calls().slice(before).map((call) => call.path)).toEqual([])
    expect(app.simulator.state.customers.get(mine)?.name).toBe('顾问的客户')
  })

  it('a change is on the audit with the names of its fields and none of its values', async () => {
    const reply = await patch(sales, { mobile: '13699990000', name: '审计用名' })
    const entry = await app.services.database.db.getRepository(auditEntries).findOneByOrFail({ requestId: reply.headers.get('x-request-id') ?? '' })
    expect(entry).toMatchObject({ action: 'customer.changed', outcome: 'done', actorId: (await app.staffOf('sales01')).id, subjectId: (await app.customer(mine)).id })
    expect(sorted(entry.details['fields'] as string[])).toEqual(['mobile', 'name'])
    expect(JSON.stringify(entry)).not.toMatch(/13699990000|审计用名/)
  })
})
