import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testDatabaseKinds } from '../support/databases.ts'
import type { Person } from '../support/person.ts'
import { expectHidden, fieldsOf, idsOf } from './support/answers.ts'
import { withContactCallback } from './support/contact-callback.ts'
import { codeOf, hour, post, rightsOf } from './support/rights.ts'
import { publishPolicy } from './support/publishing.ts'
import { storyApp, type StoryApp } from './support/story-app.ts'

const changes = { name: '改名', mobile: '13611110000', contractAmountFen: 1, memberLevel: 2, stage: 'lead' } as const

describe.each(await testDatabaseKinds())('roles at work, on %s', (kind) => {
  let app: StoryApp
  let [own, pooled, foreign] = ['', '', '']
  const clock: { at: number | null } = { at: null }

  beforeAll(async () => {
    app = await storyApp({ database: kind, ...withContactCallback, clock: () => clock.at ?? Date.now() })
    own = (await app.arrives(app.storeOf('clerk01'), { name: '一店客户' })).externalUserId
    pooled = (await app.arrives(app.storeOf('clerk02'), { name: '二店客户' })).externalUserId
    foreign = (await app.arrives(app.storeOf('clerk03'), { name: '三店客户' })).externalUserId
    await app.knows(pooled, { ownerStaffId: null, ownerDepartmentId: null, poolDepartmentId: app.storeOf('clerk02') })
    for (const [id, userid] of [[own, 'clerk01'], [pooled, 'clerk02'], [foreign, 'clerk03']] as const) {
      await app.knows(id, { mobile: '13512121212', contractAmountFen: 9_900, contractState: 'signed', priceList: '零售价' })
      await app.buys(id, app.storeOf(userid), 500)
      await app.visitsStore(id, app.storeOf(userid), '到店试穿')
    }
  })
  afterAll(() => app.stop())

  const card = async (person: Person, id: string) => (await person.get(`/api/customers/${id}`)).body
  const operationsOf = async (person: Person, id: string): Promise<string[]> => (await card(person, id)).abilities.operations
  /** Which of these a write is refused for, and nothing is written. */
  async function refusedFields(person: Person, id: string, fields: readonly (keyof typeof changes)[]): Promise<string[]> {
    const before = await app.customer(id)
    const reply = await person.patch(`/api/customers/${id}`, { version: before.version, ...Object.fromEntries(fields.map((field) => [field, changes[field]])) })
    expect([reply.status, await app.customer(id)]).toEqual([403, before])
    return reply.body.error.data.fields
  }

  it('S02 headquarters sees every store\'s customers and figures, and can write, amend or withdraw no follow-up of any', async () => {
    const headquarters = await app.person('operations01')
    expect(await idsOf(headquarters)).toEqual(expect.arrayContaining([own, pooled, foreign]))
    for (const id of [own, pooled, foreign]) {
      expect((await card(headquarters, id)).customer.spendTotalFen).toBe(500)
      expect((await headquarters.get(`/api/customers/${id}/orders`)).body.items).toHaveLength(1)
      const operations = await operationsOf(headquarters, id)
      expect([operations.includes('talk.followups.view'), operations.filter((one) => /^talk\.(followups|history)\.(edit|operate)$/.test(one))]).toEqual([true, []])
      expect((await headquarters.get(`/api/customers/${id}/explain?operation=talk.followups.edit`)).body.allowed).toBe(false)
    }
    expect((await headquarters.get('/api/me')).body.operations.filter((one: string) => /^talk\..*\.(edit|operate)$/.test(one))).toEqual([])
    expect((await headquarters.get('/api/reports/customers?department=1')).status).toBe(200)
    expect(await refusedFields(headquarters, own, ['name', 'mobile', 'contractAmountFen'])).toEqual(expect.arrayContaining(['name', 'mobile', 'contractAmountFen']))
  })

  it('S04 customer service keeps follow-ups and tickets of whom it serves, and cannot change contact data or contracts', async () => {
    const service = await app.person('service01')
    await expectHidden(service, own)
    app.simulator.controls.memberAddsCustomer('service01', { externalUserId: own })
    await app.settle()
    const operations = await operationsOf(service, own)
    expect(operations).toEqual(expect.arrayContaining(['talk.followups.edit', 'talk.tickets.edit', 'talk.tasks.edit']))
    expect(operations.filter((one) => /^customer\..*\.(edit|operate)$/.test(one) || one.startsWith('customer.contract.'))).toEqual([])
    expect(await refusedFields(service, own, ['mobile', 'contractAmountFen'])).toEqual(['mobile', 'contractAmountFen'])
    expect(Object.keys((await card(service, own)).fields)).toEqual(expect.not.arrayContaining(fieldsOf('contract')))
    expect((await post(service, `/api/customers/${own}/reveal`, { field: 'mobile', reason: 'call' })).status).toBe(403)
    await expectHidden(service, foreign)
  })

  it('S06 a marketing director reads no chat and no follow-up of any customer, and changes none', async () => {
    const director = await app.person('marketinglead01')
    expect((await director.get('/api/me')).body.operations).toEqual(expect.arrayContaining(['marketing.strategy.edit', 'marketing.strategy.operate', 'marketing.templates.operate']))
    for (const id of [own, foreign]) {
      expect((await card(director, id)).customer.name).toMatch(/店客户/)
      expect(codeOf(await director.get(`/api/customers/${id}/messages`))).toEqual([403, 'access.denied'])
      expect((await operationsOf(director, id)).filter((one) => one.startsWith('talk.'))).toEqual([])
    }
    expect(await refusedFields(director, own, ['name', 'stage'])).toEqual(['name', 'stage'])
  })

  it('S07 a consultant meets only the customers she follows', async () => {
    const consultant = await app.person('sales03')
    for (const id of [own, foreign]) await expectHidden(consultant, id)
    app.simulator.controls.memberAddsCustomer('sales03', { externalUserId: own })
    await app.settle()
    expect(await idsOf(consultant)).toContain(own)
    const followed = new Set(app.simulator.state.customersOf.get('sales03'))
    const staffId = (await app.staffOf('sales03')).id
    for (const id of await idsOf(consultant)) {
      const { ownerStaffId, poolDepartmentId } = await app.customer(id)
      expect([id, followed.has(id) || ownerStaffId === staffId || poolDepartmentId !== null]).toEqual([id, true])
    }
    await expectHidden(consultant, foreign)
  })

  it('S08 a sales head sees customers of all channels and the price list, and cannot change prices or contract terms', async () => {
    const head = await app.person('saleshead01')
    expect(await idsOf(head)).toEqual(expect.arrayContaining([own, pooled, foreign]))
    for (const id of [own, pooled, foreign]) {
      const shown = await card(head, id)
      expect(shown.customer).toMatchObject({ priceList: '零售价', contractState: 'signed', contractAmountFen: '¥***' })
      expect(shown.abilities.operations.filter((one: string) => /^customer\.contract\.(edit|operate)$/.test(one))).toEqual([])
      expect(await refusedFields(head, id, ['contractAmountFen'])).toEqual(['contractAmountFen'])
    }
    expect((await head.patch(`/api/customers/${own}`, { version: (await app.customer(own)).version, priceList: '免费' })).status).toBe(400)
    expect((await head.patch(`/api/customers/${own}`, { version: (await app.customer(own)).version, stage: 'intent' })).status).toBe(200)
  })

  it('S09 a service lead reads service records of her part of the tree, and can neither amend nor withdraw a follow-up', async () => {
    const lead = await app.person('servicelead01')
    await expectHidden(lead, foreign)
    const { externalUserId: served } = app.simulator.controls.memberAddsCustomer('service02', { newCustomer: { name: '客服的客户' } })
    await app.settle()
    await app.visitsStore(served, app.storeOf('service02'), '来电登记')
    expect((await lead.get(`/api/customers/${served}/visits`)).body.items).toHaveLength(1)
    expect((await lead.get(`/api/customers/${served}/messages`)).status).toBe(200)
    const operations = await operationsOf(lead, served)
    expect([operations.includes('talk.followups.view'), operations.filter((one) => /^talk\.(followups|history)\.(edit|operate)$/.test(one))]).toEqual([true, []])
    expect(await refusedFields(lead, served, ['name', 'mobile'])).toEqual(['name', 'mobile'])
  })

  it('S01 the scope of the store manager is a setting: the template locks her to her store, a changed one shows all stores\' profiles, and nothing more', async () => {
    const manager = await app.person('manager01')
    await expectHidden(manager, foreign)
    await publishPolicy(app, (document) => {
      const role = document.roles.find((one: { roleKey: string }) => one.roleKey === 'store-manager')
      role.grants.push({ operations: ['customer.profile.view'], scope: { kind: 'all' }, conditions: [], fields: {} })
    })
    const shown = await card(manager, foreign)
    expect([Object.keys(shown.fields).sort(), shown.abilities.writable]).toEqual([fieldsOf('profile'), []])
    expect(await idsOf(manager)).toEqual(expect.arrayContaining([own, foreign]))
    for (const part of ['orders', 'visits', 'messages']) expect((await manager.get(`/api/customers/${foreign}/${part}`)).status).toBe(403)
    expect((await card(manager, own)).customer.spendTotalFen).toBe(500)
    await publishPolicy(app, (document) => {
      document.roles.find((one: { roleKey: string }) => one.roleKey === 'store-manager').grants.pop()
    })
    await expectHidden(manager, foreign)
  })

  it('S52 a store moves to another city: the new city\'s manager sees it at the next request, the old one nothing', async () => {
    const regions = app.company.departments.filter((one) => one.kind === 'region').map((one) => one.id)
    const store = app.storeOf('clerk03')
    const from = app.company.departments.find((one) => one.id === store)?.parentId ?? 0
    const to = regions.find((one) => one !== from) ?? 0
    const managerOf = async (region: number) => app.person(`regional0${regions.indexOf(region) + 1}`)
    const [old, next] = [await managerOf(from), await managerOf(to)]
    const storesOf = async (person: Person) => (await person.get('/api/entrances')).body.items.map((one: { departmentId: number }) => one.departmentId)
    expect([await idsOf(old), await storesOf(old)]).toEqual([expect.arrayContaining([foreign]), expect.arrayContaining([store])])
    await expectHidden(next, foreign)
    app.simulator.controls.moveDepartment(store, to)
    await app.settle()
    expect([await idsOf(next), await storesOf(next), (await card(next, foreign)).customer.name]).toEqual([expect.arrayContaining([foreign]), expect.arrayContaining([store]), '三店客户'])
    expect((await next.get(`/api/customers/${foreign}/visits`)).body.items).toHaveLength(1)
    await expectHidden(old, foreign)
    expect(await storesOf(old)).not.toContain(store)
    for (const person of [old, next]) expect([person.userid, (await person.get(`/api/reports/visits?department=${store}&level=staff`)).status]).toEqual([person.userid, person === next ? 200 : 404])
    // Her manager stays the manager of her store.
    expect(await idsOf(await app.person('manager03'))).toContain(foreign)
    app.simulator.controls.moveDepartment(store, from)
    await app.settle()
    await expectHidden(next, foreign)
    expect(await idsOf(old)).toContain(foreign)
  })

  it('a circle in the tree opens nothing to anybody, and when it is mended everything is there again', async () => {
    const region = app.storeOf('regional01')
    const manager = await app.person('regional01')
    for (const [id, name] of [[7_001, '新一店'], [7_002, '新二店']] as const) app.simulator.controls.createDepartment({ id, name, parentId: region })
    await app.settle()
    await app.knows(pooled, { poolDepartmentId: 7_002 })
    expect(await idsOf(manager)).toContain(pooled)
    // Each of the two lies below the other.
    app.simulator.controls.moveDepartment(7_002, 7_001)
    app.simulator.controls.moveDepartment(7_001, 7_002)
    await app.settle()
    await expectHidden(manager, pooled)
    expect(codeOf(await manager.get('/api/reports/visits?department=7002'))).toEqual([404, 'report.department_not_found'])
    for (const userid of ['manager01', 'sales01', 'clerk01']) await expectHidden(await app.person(userid), pooled)
    expect((await (await app.person('director01')).get(`/api/customers/${pooled}`)).status).toBe(200)
    expect(await idsOf(manager)).toContain(own)
    app.simulator.controls.moveDepartment(7_001, region)
    await app.settle()
    expect(await idsOf(manager)).toContain(pooled)
    await app.knows(pooled, { poolDepartmentId: app.storeOf('clerk02') })
  })

  it('somebody in no department reaches nothing that is departmental, whatever his role', async () => {
    const manager = await app.person('manager02')
    expect((await idsOf(manager)).length).toBeGreaterThan(0)
    app.simulator.controls.moveStaff('manager02', [])
    await app.settle()
    // WeCom shows nobody without a department; whoever leaves the visible range has no session.
    expect((await manager.get('/api/customers')).status).toBe(401)
    const { id } = await app.staffOf('manager01')
    const store = app.storeOf('manager01')
    await app.services.database.transaction(async (work) => {
      await work.db.query('DELETE FROM staff_departments WHERE staff_id = ?', [id])
      await app.services.access.raiseEpoch(work)
    })
    const homeless = await app.person('manager01')
    expect((await homeless.get('/api/me')).body.roles).toEqual([expect.objectContaining({ key: 'store-manager' })])
    expect(await idsOf(homeless)).toEqual([])
    await expectHidden(homeless, own)
    expect((await homeless.get('/api/entrances')).body.items ?? []).toEqual([])
    expect((await homeless.get(`/api/reports/visits?department=${store}`)).status).toBe(404)
  })

  it('a grant that is not yet valid gives nothing, one that is over neither, and a clock set back revives nothing', async () => {
    const rights = rightsOf(app)
    const marketing = await app.person('marketing01')
    const now = Date.now()
    const wish = { grant: { operations: ['customer.profile.view'], scope: { kind: 'departments', departmentIds: [app.storeOf('clerk02')] } } }
    const [from, until] = [now + hour, now + 2 * hour]
    expect(codeOf(await rights.ask('marketing01', { ...wish, from: until, until: from }))).toEqual([400, 'grant.flawed'])
    expect(codeOf(await rights.ask('marketing01', { ...wish, until: now - 1 }))).toEqual([400, 'grant.flawed'])
    const asked = await rights.ask('marketing01', { ...wish, from, until })
    expect((await rights.decide('marketinglead01', asked.body.requestId)).body.outcome).toBe('approved')
    await expectHidden(marketing, pooled)
    clock.at = from - 1
    await expectHidden(marketing, pooled)
    clock.at = from
    expect((await marketing.get(`/api/customers/${pooled}`)).status).toBe(200)
    clock.at = until
    await expectHidden(marketing, pooled)
    for (const back of [until - 1, from, now]) {
      clock.at = back
      await expectHidden(marketing, pooled)
    }
  })
})
