import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { customers, newCustomer } from '../../server/customers/index.ts'
import { departments } from '../../server/organization/index.ts'
import { testDatabaseKinds } from '../support/databases.ts'
import { relist } from '../support/lists.ts'
import { everyItem, expectHidden, expectLikeUnknown, fieldsOf, idsOf, sorted } from './support/answers.ts'
import { grantOf, publishPolicy } from './support/publishing.ts'
import { storyApp, type StoryApp } from './support/story-app.ts'

describe.each(await testDatabaseKinds())('who sees what, on %s', (kind) => {
  let app: StoryApp
  let storeA = 0
  let storeB = 0
  /** Came through store A's code; bought and visited in both stores. */
  let shared = ''
  /** Who owns the shared customer in A, and who follows him in B. */
  let ownerInA = ''
  let followerInB = ''

  beforeAll(async () => {
    app = await storyApp({ database: kind })
    storeA = app.storeOf('clerk01')
    storeB = app.storeOf('clerk02')
    const first = await app.arrives(storeA, { name: '两店客户' })
    shared = first.externalUserId
    ownerInA = first.userid
    followerInB = (await app.arrives(storeB, shared)).userid
    await app.knows(shared, { mobile: '13912345678', email: 'shared@example.com', address: '上海市静安区南京西路1号', contractAmountFen: 87_654_300, contractState: 'signed', valueTier: 4 })
    await app.buys(shared, storeA, 111_100)
    await app.buys(shared, storeA, 22_200)
    await app.buys(shared, storeB, 3_333_300)
    await app.visitsStore(shared, storeA, '甲店到访')
    await app.visitsStore(shared, storeB, '乙店到访')
  })
  afterAll(() => app.stop())

  it('S01 a store manager sees the spending of her store\'s customers', async () => {
    const manager = await app.person('manager01')
    const card = await manager.get(`/api/customers/${shared}`)
    expect(card.status).toBe(200)
    expect(card.body.customer).toMatchObject({ spendTotalFen: 3_466_600, orderCount: 3, valueTier: 4 })
    expect((await manager.get(`/api/customers/${shared}/orders`)).body.items).toHaveLength(3)
    const listed = await everyItem<{ customer: { externalUserId: string; spendTotalFen: number } }>(manager, '/api/customers')
    expect(listed.find((item) => item.customer.externalUserId === shared)?.customer.spendTotalFen).toBe(3_466_600)
  })

  it('S01 a customer of any other store does not exist for a store manager', async () => {
    const manager = await app.person('manager03')
    await expectHidden(manager, shared)
    await expectLikeUnknown(manager, (id) => `/api/customers/${id}`, shared, { method: 'PATCH', body: { version: 1, name: '改名' } })
  })

  it('S03 a sales rep sees the complete card of a customer assigned to him', async () => {
    const assigned = await assignedTo('sales01')
    const card = await (await app.person('sales01')).get(`/api/customers/${assigned}`)
    expect(card.status).toBe(200)
    expect(Object.keys(card.body.fields).sort()).toEqual(fieldsOf('profile', 'contact', 'spending', 'contract', 'labels', 'ownership').sort())
    expect(card.body.customer).toMatchObject({ mobile: '137****0001', contractAmountFen: '¥***', spendTotalFen: 55_500 })
    for (const part of ['orders', 'visits', 'messages']) expect((await (await app.person('sales01')).get(`/api/customers/${assigned}/${part}`)).status).toBe(200)
  })

  it('S03 and no others: a colleague\'s customer is not there, one he only follows shows the profile and its owner', async () => {
    const sales = await app.person('sales01')
    const colleagues = app.simulator.controls.memberAddsCustomer('clerk01', { newCustomer: { name: '同事的客户' } })
    await app.settle()
    await ownedBy(colleagues.externalUserId, 'clerk01')
    await expectHidden(sales, colleagues.externalUserId)
    app.simulator.controls.memberAddsCustomer('sales01', { externalUserId: colleagues.externalUserId })
    await app.settle()
    const followed = await sales.get(`/api/customers/${colleagues.externalUserId}`)
    expect(Object.keys(followed.body.fields).sort()).toEqual(fieldsOf('profile', 'ownership'))
    expect((await sales.get(`/api/customers/${colleagues.externalUserId}/orders`)).status).toBe(403)
  })

  it('S11 a trainee sees the profile of a customer he follows, and nothing else of him', async () => {
    const scan = app.simulator.controls.memberAddsCustomer('trainee01', { newCustomer: { name: '实习生的客户' } })
    await app.settle()
    await app.knows(scan.externalUserId, { mobile: '13812340000', contractAmountFen: 4_200 })
    const trainee = await app.person('trainee01')
    const card = await trainee.get(`/api/customers/${scan.externalUserId}`)
    expect(card.status).toBe(200)
    expect(Object.keys(card.body.fields).sort()).toEqual(fieldsOf('profile'))
    expect(card.body.abilities).toEqual({ operations: ['customer.profile.view'], writable: [], revealable: [] })
    for (const part of ['orders', 'visits', 'messages']) {
      const refused = await trainee.get(`/api/customers/${scan.externalUserId}/${part}`)
      expect([refused.status, refused.body.error.code]).toEqual([403, 'access.denied'])
    }
    const written = await trainee.patch(`/api/customers/${scan.externalUserId}`, { version: card.body.customer.version, name: '改名' })
    expect([written.status, written.body.error.data]).toEqual([403, { fields: ['name'] }])
    await expectHidden(trainee, shared)
  })

  it('S11 S27 when a customer was last active is for whoever may read his messages, and no page or cursor tells the others', async () => {
    const { externalUserId } = app.simulator.controls.memberAddsCustomer('clerk01', { newCustomer: { name: '常来信的客户' } })
    await app.settle()
    await ownedBy(externalUserId, 'clerk01')
    // A trainee and a colleague of another store befriend the customer by themselves: name and picture, no more.
    const colleague = 'clerk02'
    for (const userid of ['trainee01', colleague]) app.simulator.controls.memberAddsCustomer(userid, { externalUserId })
    await app.settle()
    const item = async (userid: string) => (await everyItem<{ customer: { externalUserId: string }, lastActiveAt?: number }>(await app.person(userid), '/api/customers'))
      .find((one) => one.customer.externalUserId === externalUserId) ?? expect.fail(`${userid} does not see the customer`)
    const later = (await app.customer(externalUserId)).lastActiveAt + 3 * 60_000
    await app.knows(externalUserId, { lastActiveAt: later })
    for (const userid of ['clerk01', 'director01']) {
      expect([userid, (await (await app.person(userid)).get(`/api/customers/${externalUserId}/messages`)).status, (await item(userid)).lastActiveAt]).toEqual([userid, 200, later])
    }
    for (const userid of ['trainee01', colleague]) {
      const person = await app.person(userid)
      expect([userid, (await person.get(`/api/customers/${externalUserId}/messages`)).status, 'lastActiveAt' in await item(userid)]).toEqual([userid, 403, false])
      // The newest of the list, alone on its page: the cursor stands at his instant.
      const page = await person.get('/api/customers?limit=1')
      expect([userid, page.body.items[0].customer.externalUserId, typeof page.body.nextCursor]).toEqual([userid, externalUserId, 'string'])
      const cursor = page.body.nextCursor as string
      const read = [page.text, ...cursor.split('.').map((part) => Buffer.from(part, 'base64url').toString('latin1'))].join('\n')
      expect([userid, read.includes(String(later))]).toEqual([userid, false])
    }
    // The rules decide at each request, as about any other part.
    await app.giveRole('trainee01', 'director')
    expect((await item('trainee01')).lastActiveAt).toBe(later)
    await app.takeRole('trainee01', 'director')
    expect('lastActiveAt' in await item('trainee01')).toBe(false)
  })

  it('S12 headquarters, a region and a store ask the same question over 500 stores and get three scopes', async () => {
    await openStores(488)
    const all = sorted(await idsOf(await app.person('operations01')))
    const region = sorted(await idsOf(await app.person('regional01')))
    const store = sorted(await idsOf(await app.person('manager01')))
    const regionId = app.storeOf('regional01')
    const stores = await app.services.database.db.getRepository(departments).findBy({ kind: 'store' })
    const storesOfRegion = stores.filter((one) => one.parentId === regionId).map((one) => one.id)
    expect(stores).toHaveLength(500)
    expect(all).toHaveLength(await app.services.database.db.getRepository('customers').count())
    expect(region).toEqual(await standingIn([regionId, ...storesOfRegion]))
    expect(store).toEqual(await standingIn([storeA]))
    expect(storesOfRegion).toContain(storeA)
    expect(storesOfRegion.length).toBeGreaterThan(150)
    expect([store.length + 100 < region.length, region.length + 100 < all.length]).toEqual([true, true])
  })

  it('S12 the codes of stores follow the same three scopes; whoever has no codes to show is refused', async () => {
    const codes = async (userid: string) => (await (await app.person(userid)).get('/api/entrances')).body.items as { departmentId: number; mine: boolean; qrCode: string | null }[]
    expect((await codes('operations01')).map((one) => one.departmentId)).toHaveLength(12)
    const inRegion = app.company.departments.filter((one) => one.parentId === app.storeOf('regional01') && one.kind === 'store').map((one) => one.id)
    expect((await codes('regional01')).map((one) => one.departmentId)).toEqual(inRegion)
    for (const userid of ['manager01', 'clerk01']) expect(await codes(userid)).toEqual([expect.objectContaining({ departmentId: storeA, mine: true, qrCode: expect.stringContaining('http') })])
    for (const userid of ['trainee01', 'service01', 'admin01']) expect((await (await app.person(userid)).get('/api/entrances')).status).toBe(403)
  })

  it('S12 the regional manager sees profiles and cannot change them; the store manager can', async () => {
    const region = await app.person('regional01')
    const card = await region.get(`/api/customers/${shared}`)
    expect(card.body.abilities.writable).toEqual([])
    const refused = await region.patch(`/api/customers/${shared}`, { version: card.body.customer.version, name: '区域改名', birthday: '1990-01-02' })
    expect([refused.status, refused.body.error.code, refused.body.error.data]).toEqual([403, 'fields.not_writable', { fields: ['name', 'birthday'] }])
    expect((await app.customer(shared)).name).toBe('两店客户')
    const changed = await (await app.person('manager01')).patch(`/api/customers/${shared}`, { version: card.body.customer.version, birthday: '1990-01-02' })
    expect([changed.status, changed.body.customer.birthday]).toEqual([200, '1990-01-02'])
  })

  it('S15 the managers of both stores see the full profile of a customer of two stores', async () => {
    for (const userid of ['manager01', 'manager02']) {
      const card = await (await app.person(userid)).get(`/api/customers/${shared}`)
      expect(Object.keys(card.body.fields).sort()).toEqual(fieldsOf('profile', 'contact', 'spending', 'contract', 'labels', 'ownership').sort())
    }
  })

  it('S15 a clerk sees orders, visits and totals of her store only, and no other block', async () => {
    const seen = { clerkA: await clerkOf(storeA, ownerInA), clerkB: await clerkOf(storeB, followerInB) }
    for (const [userid, total, count, note] of [[seen.clerkA, 133_300, 2, '甲店到访'], [seen.clerkB, 3_333_300, 1, '乙店到访']] as const) {
      const clerk = await app.person(userid)
      const card = await clerk.get(`/api/customers/${shared}`)
      expect(card.body.customer).toMatchObject({ spendTotalFen: total, orderCount: count })
      expect(Object.keys(card.body.fields)).not.toContain('valueTier')
      expect(Object.keys(card.body.fields)).not.toContain('contractState')
      expect((await clerk.get(`/api/customers/${shared}/orders`)).body.items.map((one: { amountFen: number }) => one.amountFen).sort()).toEqual(count === 2 ? [111_100, 22_200] : [3_333_300])
      expect((await clerk.get(`/api/customers/${shared}/visits`)).body.items.map((one: { note: string }) => one.note)).toEqual([note])
      const listed = await everyItem<{ customer: { externalUserId: string; spendTotalFen: number } }>(clerk, '/api/customers')
      expect(listed.find((item) => item.customer.externalUserId === shared)?.customer.spendTotalFen).toBe(total)
    }
    await expectHidden(await app.person('clerk03'), shared)
  })

  it('S15 T06 a second role that reaches more records and masks them shows no more of them, in rows, totals and lists', async () => {
    const userid = await clerkOf(storeA, ownerInA)
    await publishPolicy(app, (document) => {
      document.roles.push({ roleKey: 'overview', label: '消费概览', grants: [grantOf(['customer.spending.view'], { fields: { spendTotalFen: 'masked', orderCount: 'hidden', lastOrderAt: 'hidden' } })] })
    })
    const before = await (await app.person(userid)).get(`/api/customers/${shared}`)
    await app.giveRole(userid, 'overview')
    const clerk = await app.person(userid)
    const card = await clerk.get(`/api/customers/${shared}`)
    for (const field of ['spendTotalFen', 'orderCount', 'lastOrderAt']) expect([field, card.body.customer[field]]).toEqual([field, before.body.customer[field]])
    const rows = (await clerk.get(`/api/customers/${shared}/orders`)).body.items.map((one: { storeName: string, amountFen: unknown }) => one.amountFen)
    expect(rows.map(String).sort()).toEqual(['111100', '22200', '¥***'])
    const listed = await everyItem<{ customer: { externalUserId: string; spendTotalFen: number } }>(clerk, '/api/customers')
    expect(listed.find((item) => item.customer.externalUserId === shared)?.customer.spendTotalFen).toBe(133_300)
    await app.takeRole(userid, 'overview')
  })

  it('S15 contact data belong to the owner: the clerk of the other store does not see them', async () => {
    const other = await (await app.person(await clerkOf(storeB, followerInB))).get(`/api/customers/${shared}`)
    expect(Object.keys(other.body.customer)).not.toContain('mobile')
    await ownedBy(shared, 'clerk01')
    const owner = await (await app.person('clerk01')).get(`/api/customers/${shared}`)
    expect(owner.body.customer).toMatchObject({ mobile: '139****5678', email: 's***@example.com' })
  })

  /** More stores, dealt out to the regions, each with one customer of its own. */
  async function openStores(count: number): Promise<void> {
    const { db } = app.services.database
    const regions = app.company.departments.filter((one) => one.kind === 'region').map((one) => one.id)
    const opened = Array.from({ length: count }, (_, place) => ({ id: 5_000 + place, parentId: regions[place % regions.length] ?? 0 }))
    const now = Date.now()
    for (let from = 0; from < count; from += 100) {
      const part = opened.slice(from, from + 100)
      await db.getRepository(departments).insert(part.map(({ id, parentId }) => ({ id, name: `分店${id}`, parentId, path: `/1/${parentId}/${id}/`, position: 0, kind: 'store' as const, updatedAt: now, deletedAt: null })))
      await db.getRepository(customers).insert(part.map(({ id }) => ({ ...newCustomer(`wmStore${id}`, `分店${id}的客户`, now), poolDepartmentId: id })))
    }
    await relist(app.services.database)
    await app.services.database.transaction((work) => app.services.access.raiseEpoch(work))
  }

  /** A customer whom this person owns, with everything that a card can hold. */
  async function assignedTo(userid: string): Promise<string> {
    const { externalUserId } = app.simulator.controls.memberAddsCustomer(userid, { newCustomer: { name: '分给他的客户' } })
    await app.settle()
    await ownedBy(externalUserId, userid)
    await app.knows(externalUserId, { mobile: '13700000001', contractAmountFen: 66_600, contractState: 'signed' })
    await app.buys(externalUserId, app.storeOf(userid), 55_500)
    return externalUserId
  }

  async function ownedBy(externalUserId: string, userid: string): Promise<void> {
    await app.knows(externalUserId, { ownerStaffId: (await app.staffOf(userid)).id, ownerDepartmentId: app.storeOf(userid), poolDepartmentId: null })
  }

  /** A clerk of this store, preferably the one who met the customer. */
  async function clerkOf(departmentId: number, met: string): Promise<string> {
    const clerks = app.company.staff.filter((person) => person.role === 'clerk' && person.departmentIds.includes(departmentId)).map((person) => person.userid)
    return clerks.includes(met) ? met : (clerks[0] ?? '')
  }

  /** By hand: everybody with an owner, a follow or a pool in one of these departments. */
  async function standingIn(departmentIds: readonly number[]): Promise<string[]> {
    const marks = departmentIds.map(() => '?').join(', ')
    const rows: { id: string }[] = await app.services.database.db.query(
      `select external_user_id as id from customers c where owner_department_id in (${marks}) or pool_department_id in (${marks})
       or exists (select 1 from follows f where f.customer_id = c.id and f.ended_at is null and f.department_id in (${marks}))`,
      [...departmentIds, ...departmentIds, ...departmentIds],
    )
    return sorted(rows.map((row) => row.id))
  }
})
