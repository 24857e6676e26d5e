import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { roles } from '../../server/access/index.ts'
import { demoKfId } from '../simulator/index.ts'
import { testDatabaseKinds } from '../support/databases.ts'
import { everyItem, expectHidden, fieldsOf, idsOf, sorted } from './support/answers.ts'
import { storyApp, type StoryApp } from './support/story-app.ts'

const everyone = { everyone: true, roles: [], staffIds: [], except: [] }

describe.each(await testDatabaseKinds())('the rules in force, on %s', (kind) => {
  let app: StoryApp
  let mine = ''
  beforeAll(async () => {
    app = await storyApp({ database: kind })
    const scan = await app.arrives(app.storeOf('clerk01'), { name: '规则客户' })
    mine = scan.externalUserId
    await app.knows(mine, { mobile: '13500001111', valueTier: 3, contractAmountFen: 9_900_100 })
    await app.buys(mine, app.storeOf('clerk01'), 12_300)
  })
  afterAll(() => app.stop())

  const clerkOwner = async () => {
    await app.knows(mine, { ownerStaffId: (await app.staffOf('clerk01')).id, ownerDepartmentId: app.storeOf('clerk01') })
    return app.person('clerk01')
  }
  const epochOf = async (userid: string) => Number((await (await app.person(userid)).get('/api/epoch')).headers.get('x-access-epoch'))

  it('a changed role raises the epoch, and the very next request of an open session has the new rights', async () => {
    const clerk = await app.person('clerk03')
    await expectHidden(clerk, mine)
    const before = await epochOf('clerk03')
    await app.giveRole('clerk03', 'sales-head')
    const after = await clerk.get(`/api/customers/${mine}`)
    expect([after.status, Number(after.headers.get('x-access-epoch'))]).toEqual([200, before + 1])
    expect((await clerk.get('/api/me')).body.roles.map((role: { key: string }) => role.key).sort()).toEqual(['clerk', 'sales-head'])
    await app.takeRole('clerk03', 'sales-head')
    await expectHidden(clerk, mine)
    expect(await epochOf('clerk03')).toBe(before + 2)
  })

  it('an edited role template holds for the next request too', async () => {
    const table = app.services.database.db.getRepository(roles)
    const former = await table.findOneByOrFail({ roleKey: 'trainee' })
    const set = async (grants: unknown) => app.services.database.transaction(async (work) => {
      await work.db.getRepository(roles).update({ roleKey: 'trainee' }, { grants: grants as object })
      await app.services.access.raiseEpoch(work)
    })
    const trainee = await app.person('trainee01')
    await expectHidden(trainee, mine)
    await set([{ operations: ['customer.profile.view'], scope: { kind: 'all' }, conditions: [], fields: { birthday: 'hidden' } }])
    const open = await trainee.get(`/api/customers/${mine}`)
    expect(Object.keys(open.body.fields).sort()).toEqual(fieldsOf('profile').filter((name) => name !== 'birthday'))
    await set('not grants at all')
    await expectHidden(trainee, mine)
    await set(former.grants)
    await expectHidden(trainee, mine)
  })

  it('T01 a restriction that cannot be read denies everything to everybody, and lifting it gives everything back', async () => {
    const clerk = await clerkOwner()
    for (const unreadable of [
      'nonsense', {}, { subject: everyone, operations: ['customer.profile.wiew'], scope: { kind: 'all' } },
      { subject: everyone, operations: ['customer.profile.view'], scope: { kind: 'galaxy' } },
      { subject: everyone, operations: ['customer.profile.view'], scope: { kind: 'all' }, conditions: [{ kind: 'moonPhase', anyOf: ['full'] }] },
    ]) {
      const id = await app.restrict(unreadable as object)
      expect([(await clerk.get('/api/customers')).status, (await clerk.get('/api/entrances')).status]).toEqual([403, 403])
      expect((await (await app.person('director01')).get(`/api/customers/${mine}`)).status).toBe(403)
      await app.lift(id)
      expect((await clerk.get(`/api/customers/${mine}`)).status).toBe(200)
    }
  })

  it('T01 an unknown operation, staff member or customer is refused by explain', async () => {
    const clerk = await clerkOwner()
    const ask = async (query: string, id = mine) => {
      const { status, body } = await clerk.get(`/api/customers/${id}/explain?${query}`)
      return [status, body.error?.code ?? body.allowed]
    }
    expect(await ask('operation=customer.profile.view')).toEqual([200, true])
    expect(await ask('operation=customer.contract.view')).toEqual([200, false])
    for (const unknown of ['customer.profile.VIEW', 'customer.profile', 'toString', '__proto__', 'customer.profile.view ']) {
      expect(await ask(`operation=${encodeURIComponent(unknown)}`)).toEqual([400, 'access.unknown_operation'])
    }
    expect(await ask('operation=customer.profile.view&staff=manager01')).toEqual([403, 'access.denied'])
    const admin = await app.person('admin01')
    expect((await admin.get(`/api/customers/${mine}/explain?operation=customer.profile.view&staff=manager01`)).body.allowed).toBe(true)
    expect((await admin.get(`/api/customers/${mine}/explain?operation=customer.profile.view&staff=nobody99`)).body.error.code).toBe('staff.not_found')
    expect((await admin.get(`/api/customers/wmNobody/explain?operation=customer.profile.view&staff=manager01`)).body.error.code).toBe('customer.not_found')
  })

  it('T01 a failing condition of a restriction applies: an unknown value tier is not "low"', async () => {
    const clerk = await clerkOwner()
    const id = await app.restrict({ subject: everyone, operations: ['customer.spending.view'], scope: { kind: 'all' }, conditions: [{ kind: 'valueTier', atLeast: 4 }] })
    expect(Object.keys((await clerk.get(`/api/customers/${mine}`)).body.fields)).toContain('spendTotalFen')
    await app.knows(mine, { valueTier: null })
    expect(Object.keys((await clerk.get(`/api/customers/${mine}`)).body.fields)).not.toContain('spendTotalFen')
    expect((await clerk.get(`/api/customers/${mine}/orders`)).status).toBe(403)
    await app.lift(id)
    await app.knows(mine, { valueTier: 3 })
  })

  it('T02 a customer without owner, follow, pool or department is there only for those who see all', async () => {
    const writer = app.simulator.controls.customerSendsKf(demoKfId, { newCustomer: { name: '无主客户' } }, '在吗')
    await app.settle()
    expect(await app.customer(writer)).toMatchObject({ ownerStaffId: null, ownerDepartmentId: null, poolDepartmentId: null })
    expect(await app.liveFollows(writer)).toEqual([])
    for (const userid of ['trainee01', 'clerk01', 'sales01', 'service01', 'servicelead01', 'manager01', 'regional01', 'admin01', 'marketing01']) await expectHidden(await app.person(userid), writer)
    for (const userid of ['saleshead01', 'operations01', 'director01', 'marketinglead01']) expect(await idsOf(await app.person(userid))).toContain(writer)
  })

  it('T01 a right to a part of a customer gives nothing where the customer himself is not there', async () => {
    await app.services.database.transaction(async (work) => {
      await work.db.getRepository(roles).insert({ roleKey: 'parts-only', label: '部分', version: 1, updatedAt: Date.now(), grants: [{ operations: ['customer.spending.view', 'customer.contact.operate', 'talk.messages.view'], scope: { kind: 'all' }, conditions: [], fields: { mobile: 'clear' } }] })
      await app.services.access.raiseEpoch(work)
    })
    const { externalUserId: followed } = app.simulator.controls.memberAddsCustomer('trainee01', { newCustomer: { name: '实习生跟进的' } })
    await app.settle()
    await app.knows(followed, { mobile: '13577778888' })
    await app.giveRole('trainee01', 'parts-only')
    const trainee = await app.person('trainee01')
    await expectHidden(trainee, mine)
    expect((await trainee.get('/api/customers?phone=13500001111')).body.items).toEqual([])
    const card = await trainee.get(`/api/customers/${followed}`)
    expect(card.body.customer).toMatchObject({ mobile: '+8613577778888', spendTotalFen: 0 })
    expect((await trainee.get('/api/customers?phone=13577778888')).body.items).toHaveLength(1)
    await app.takeRole('trainee01', 'trainee')
    await expectHidden(trainee, followed)
    await app.takeRole('trainee01', 'parts-only')
    await app.giveRole('trainee01', 'trainee')
  })

  it('T04 two roles are their union, whichever came first, and each alone gives only its own', async () => {
    const clerk = await clerkOwner()
    const { externalUserId } = app.simulator.controls.memberAddsCustomer('clerk01', { newCustomer: { name: '双角色' } })
    await app.settle()
    await app.knows(externalUserId, { mobile: '13722223333' })
    const see = async () => Object.keys((await clerk.get(`/api/customers/${externalUserId}`)).body.fields).sort()
    const ever = async () => sorted((await clerk.get('/api/me')).body.operations as string[])
    const clerkAlone = { fields: await see(), ever: await ever() }
    expect(clerkAlone.fields).toEqual([...fieldsOf('profile', 'ownership'), 'spendTotalFen', 'orderCount', 'lastOrderAt'].sort())

    await app.giveRole('clerk01', 'service')
    const clerkThenService = { fields: await see(), ever: await ever() }
    await app.takeRole('clerk01', 'clerk')
    const serviceAlone = { fields: await see(), ever: await ever() }
    await app.giveRole('clerk01', 'clerk')
    const serviceThenClerk = { fields: await see(), ever: await ever() }
    expect(serviceAlone.fields).toEqual(fieldsOf('profile', 'contact', 'labels', 'ownership'))
    expect(clerkThenService).toEqual(serviceThenClerk)
    expect(clerkThenService.fields).toEqual(sorted(new Set([...clerkAlone.fields, ...serviceAlone.fields])))
    expect(clerkThenService.ever).toEqual(sorted(new Set([...clerkAlone.ever, ...serviceAlone.ever])))
  })

  it('T04 a restriction beats both roles, in whatever order they stand, and takes edit and operate along', async () => {
    const clerk = await clerkOwner()
    const staffId = (await app.staffOf('clerk01')).id
    const subject = { everyone: false, roles: [], staffIds: [staffId], except: [] }
    expect((await clerk.get('/api/me')).body.roles).toHaveLength(2)
    const contact = await app.restrict({ subject, operations: ['customer.contact.view'], scope: { kind: 'all' } })
    const card = await clerk.get(`/api/customers/${mine}`)
    expect(card.status).toBe(200)
    for (const field of ['mobile', 'email', 'address']) expect(Object.keys(card.body.customer)).not.toContain(field)
    await app.takeRole('clerk01', 'service')
    await app.giveRole('clerk01', 'service')
    expect(Object.keys((await clerk.get(`/api/customers/${mine}`)).body.customer)).not.toContain('mobile')
    expect((await (await app.person('manager01')).get(`/api/customers/${mine}`)).body.fields['mobile']).toBe('masked')

    const profile = await app.restrict({ subject, operations: ['customer.profile.view'], scope: { kind: 'own' } })
    await expectHidden(clerk, mine)
    expect(await idsOf(clerk)).not.toEqual([])
    await app.lift(profile)
    await app.lift(contact)
    expect((await clerk.get(`/api/customers/${mine}`)).body.fields['mobile']).toBe('masked')
    await app.takeRole('clerk01', 'service')
  })

  it('T04 a restriction may only hide or mask a field, and masked or hidden counts as hidden for the filter', async () => {
    const clerk = await clerkOwner()
    const id = await app.restrict({ subject: { everyone: false, roles: ['clerk'], staffIds: [], except: [] }, operations: ['customer.labels.view'], scope: { kind: 'all' }, fields: { stage: 'hidden', mobile: 'hidden' } })
    const card = await clerk.get(`/api/customers/${mine}`)
    expect(Object.keys(card.body.fields)).not.toContain('stage')
    expect(Object.keys(card.body.fields)).toContain('tags')
    const filtered = await clerk.get('/api/customers?stage=lead')
    expect([filtered.status === 403 || filtered.body.items.length === 0]).toEqual([true])
    await app.lift(id)
  })

  it('T05 ids sent by the client never widen anything', async () => {
    const clerk = await app.person('clerk01')
    const own = sorted(await idsOf(clerk))
    for (const userid of ['manager02', 'director01', 'clerk02', 'nobody99']) {
      const filtered = await clerk.get(`/api/customers?owner=${userid}`)
      expect(filtered.status).toBe(200)
      for (const item of filtered.body.items) expect(own).toContain(item.customer.externalUserId)
    }
    for (const query of ['scope=all', 'departmentId=1', 'staffId=x', 'role=director', 'departments=1,2', 'asStaff=director01']) {
      expect((await clerk.get(`/api/customers?${query}`)).body.error).toMatchObject({ code: 'request.invalid', data: { issues: ['query'] } })
    }
    for (const [name, value] of [['x-staff-id', (await app.staffOf('director01')).id], ['x-user', 'director01'], ['authorization', 'Bearer director01'], ['x-forwarded-user', 'director01']] as const) {
      expect(sorted((await clerk.get('/api/customers?limit=100', { [name]: value })).body.items.map((item: { customer: { externalUserId: string } }) => item.customer.externalUserId))).toEqual(own)
    }
    const before = await app.customer(mine)
    for (const extra of [{ ownerStaffId: 'x' }, { ownerDepartmentId: 1 }, { poolDepartmentId: 1 }, { owner: 'clerk01' }, { externalUserId: 'x' }, { valueTier: 5 }, { id: 'x' }]) {
      expect((await (await clerkOwner()).patch(`/api/customers/${mine}`, { version: before.version, ...extra })).status).toBe(400)
    }
    expect((await app.customer(mine)).version).toBe(before.version)
  })

  it('T10 a filter by what one may not see is refused, not ignored', async () => {
    const trainee = await app.person('trainee01')
    for (const [query, name] of [['stage=lead', 'stage'], ['tag=etX', 'tag'], ['owner=clerk01', 'owner']] as const) {
      const refused = await trainee.get(`/api/customers?${query}`)
      expect([refused.status, refused.body.error.code, refused.body.error.data]).toEqual([403, 'access.filter_refused', { fields: [name] }])
    }
    expect((await trainee.get('/api/customers?stage=lead&tag=etX&owner=clerk01&q=a')).body.error.data).toEqual({ fields: ['stage', 'tag', 'owner'] })
    expect((await trainee.get('/api/customers?q=a')).status).toBe(200)
  })

  it('T10 where the field is only seen of some rows, the filter meets no others: no oracle about a colleague\'s customer', async () => {
    await clerkOwner()
    const { externalUserId } = await app.arrives(app.storeOf('clerk01'), { name: '同店同事的' })
    await app.knows(externalUserId, { ownerStaffId: (await app.staffOf('manager01')).id, ownerDepartmentId: app.storeOf('clerk01'), stage: 'negotiating' })
    await app.knows(mine, { stage: 'negotiating' })
    const clerk = await app.person('clerk01')
    expect(await idsOf(clerk)).toContain(externalUserId)
    const found = await idsOf(clerk, 'stage=negotiating')
    expect(found).toContain(mine)
    expect(found).not.toContain(externalUserId)
    expect(await idsOf(await app.person('manager01'), 'stage=negotiating')).toEqual(expect.arrayContaining([mine, externalUserId]))
  })

  it('T11 totals are sums over the visible records, in the list as on the card, and agree with the records shown', async () => {
    await clerkOwner()
    await app.buys(mine, app.storeOf('clerk02'), 5_000_000)
    for (const [userid, expected] of [['clerk01', 12_300], ['manager01', 5_012_300], ['director01', 5_012_300]] as const) {
      const person = await app.person(userid)
      const card = (await person.get(`/api/customers/${mine}`)).body.customer
      const records = await everyItem<{ amountFen: number }>(person, `/api/customers/${mine}/orders`)
      const listed = (await everyItem<{ customer: { externalUserId: string; spendTotalFen: number; orderCount: number } }>(person, '/api/customers')).find((item) => item.customer.externalUserId === mine)
      expect([card.spendTotalFen, records.reduce((sum, one) => sum + one.amountFen, 0), listed?.customer.spendTotalFen]).toEqual([expected, expected, expected])
      expect([card.orderCount, listed?.customer.orderCount]).toEqual([records.length, records.length])
    }
    const service = await app.person('servicelead01')
    expect(Object.keys((await service.get('/api/customers')).body)).toEqual(['items', 'nextCursor'])
  })

  it('whoever holds the rules sees no customer', async () => {
    const admin = await app.person('admin01')
    expect((await admin.get('/api/me')).body.operations).toContain('system.policy.operate')
    await expectHidden(admin, mine)
    expect(await idsOf(admin)).toEqual([])
  })
})
