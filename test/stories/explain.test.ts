import { v7 as uuid } from 'uuid'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { nodeFacts, nodeGrants, roles, shares, temporaryGrants } from '../../server/access/index.ts'
import { auditEntries } from '../../server/audit/audit.entity.ts'
import { tags } from '../../server/customers/index.ts'
import { testDatabaseKinds } from '../support/databases.ts'
import type { Person } from '../support/person.ts'
import { expectLikeUnknown } from './support/answers.ts'
import { dayMs } from './support/clocked.ts'
import { storyApp, type StoryApp } from './support/story-app.ts'

const mobile = '13755554444'

describe.each(await testDatabaseKinds())('why, in words, on %s', (kind) => {
  let app: StoryApp
  let clerk: Person
  let admin: Person
  let mine = ''
  let colleagues = ''
  let foreign = ''

  beforeAll(async () => {
    app = await storyApp({ database: kind })
    mine = app.simulator.controls.memberAddsCustomer('clerk01', { newCustomer: { name: '我的客户' } }).externalUserId
    colleagues = app.simulator.controls.memberAddsCustomer('sales01', { newCustomer: { name: '同事的客户' } }).externalUserId
    foreign = app.simulator.controls.memberAddsCustomer('clerk02', { newCustomer: { name: '别店客户' } }).externalUserId
    await app.settle()
    const store = app.storeOf('clerk01')
    await app.knows(mine, { ownerStaffId: (await app.staffOf('clerk01')).id, ownerDepartmentId: store, poolDepartmentId: null, mobile, contractAmountFen: 77_665_500, stage: 'lead', valueTier: 2 })
    await app.knows(colleagues, { ownerStaffId: (await app.staffOf('sales01')).id, ownerDepartmentId: store, poolDepartmentId: null, mobile: '13744443333' })
    clerk = await app.person('clerk01')
    admin = await app.person('admin01')
  })
  afterAll(() => app.stop())

  const why = async (person: Person, id: string, query: string) => (await person.get(`/api/customers/${id}/explain?${query}`)).body
  const who = async (id: string, query: string) => (await admin.get(`/api/customers/${id}/who-may?${query}`)).body
  const give = async (rows: (work: Parameters<Parameters<typeof app.services.database.transaction>[0]>[0]) => Promise<void>) => app.services.database.transaction(async (work) => {
    await rows(work)
    await app.services.access.raiseEpoch(work)
  })

  it('names the role that gives it, how far it reaches, and that it is only about records of the own store', async () => {
    expect(await why(clerk, mine, 'operation=customer.contact.view')).toMatchObject({
      operation: 'customer.contact.view', allowed: true, presentation: null, nearMisses: [], changes: [],
      because: [{ kind: 'role', roleKey: 'clerk', label: '导购', scope: 'own', onlyOwnRecords: false }],
    })
    expect((await why(clerk, mine, 'operation=customer.spending.view')).because).toMatchObject([{ kind: 'role', scope: 'team', onlyOwnRecords: true }])
  })

  it('says what was missing: "would be allowed if the customer were yours"', async () => {
    const refused = await why(clerk, colleagues, 'operation=customer.contact.view')
    expect(refused).toMatchObject({ allowed: false, because: [], nearMisses: [{ grant: { kind: 'role', label: '导购' }, missing: [{ kind: 'scope', scope: 'own', departments: [] }] }], changes: [] })
    expect(await why(clerk, colleagues, 'operation=customer.contract.view')).toMatchObject({ allowed: false, nearMisses: [] })
  })

  it('answers about nobody\'s customer like about nobody, and about others only for those who look after the rules', async () => {
    await expectLikeUnknown(clerk, (id) => `/api/customers/${id}/explain?operation=customer.contact.view`, foreign)
    await expectLikeUnknown(clerk, (id) => `/api/customers/${id}/explain?field=mobile`, foreign)
    for (const person of [clerk, await app.person('director01'), await app.person('manager01')]) {
      expect((await person.get(`/api/customers/${mine}/explain?operation=customer.contact.view&staff=sales01`)).body.error.code).toBe('access.denied')
      expect((await person.get(`/api/customers/${mine}/who-may?operation=customer.contact.view`)).body.error.code).toBe('access.denied')
    }
    expect((await why(clerk, mine, 'operation=customer.contact.view&staff=CLERK01')).allowed).toBe(true)
    for (const query of ['', 'operation=customer.contact.view&field=mobile', 'operation=', 'field=']) expect((await clerk.get(`/api/customers/${mine}/explain?${query}`)).status).toBe(400)
    expect((await clerk.get(`/api/customers/${mine}/explain?field=toString`)).body.error.code).toBe('access.unknown_field')
    expect((await admin.get(`/api/customers/wm${'Z'.repeat(30)}/who-may?field=mobile`)).body.error.code).toBe('customer.not_found')
  })

  it('names a temporary grant with its reason and end, a share with who shared, a node, and the restriction that took it', async () => {
    const { id: staffId } = await app.staffOf('clerk01')
    const { id: customerId } = await app.customer(colleagues)
    const sharer = await app.staffOf('sales01')
    const until = Date.now() + dayMs
    const [grantId, shareId] = [uuid(), uuid()]
    await give(async (work) => {
      await work.db.getRepository(temporaryGrants).insert({
        id: grantId, staffId, campaignId: null, definition: { operations: ['talk.history.view'], scope: { kind: 'all' }, conditions: [], fields: {} }, fromAt: 0, untilAt: until,
        state: 'granted', reason: `周年活动，联系${mobile}`, requestedBy: staffId, decidedBy: null, createdAt: 0, decidedAt: 0, endedAt: null, version: 1,
      })
      await work.db.getRepository(shares).insert({
        id: shareId, customerId, staffId, operations: ['customer.contact.view'], fromAt: 0, untilAt: until, reason: '代班', sharedBy: sharer.id, createdAt: 0, endedAt: null,
      })
      await work.db.getRepository(nodeFacts).insert({ customerId, nodeKey: 'birthday', reference: 'j1', enteredAt: 0, leftAt: null })
      await work.db.getRepository(nodeGrants).insert({
        id: 'n1', nodeKey: 'birthday', subject: { roles: ['clerk'], staffIds: [] }, definition: { operations: ['talk.visits.view'], scope: { kind: 'all' }, conditions: [], fields: {} }, keepsOpen: false, createdAt: 0, endedAt: null,
      })
    })
    expect((await why(clerk, colleagues, 'operation=talk.history.view')).because).toEqual([{ kind: 'temporary', id: `temporary:${grantId}`, reason: '周年活动，联系137****4444', until, campaign: null }])
    expect((await why(clerk, colleagues, 'operation=customer.contact.view')).because).toEqual([{ kind: 'share', id: `share:${shareId}`, sharedBy: sharer.name, reason: '代班', until }])
    expect((await why(clerk, colleagues, 'operation=talk.visits.view')).because).toContainEqual({ kind: 'node', id: 'node:birthday#n1', nodeKey: 'birthday' })
    const restriction = await app.restrict({ subject: { everyone: true, roles: [], staffIds: [], except: [] }, operations: ['customer.contact.view'], scope: { kind: 'all' } })
    expect(await why(clerk, mine, 'operation=customer.contact.view')).toMatchObject({ allowed: false, because: [{ kind: 'restriction', id: `restriction:${restriction}` }] })
    expect((await why(admin, mine, 'operation=customer.contact.view&staff=clerk01')).changes).toEqual([{ kind: 'lift', restrictions: [`restriction:${restriction}`] }])
    await app.lift(restriction)
    await give(async (work) => {
      await work.db.getRepository(temporaryGrants).update({ id: grantId }, { state: 'ended' })
      await work.db.getRepository(shares).update({ id: shareId }, { endedAt: 1 })
    })
  })

  it('tells a fact\'s value only where the caller may see it, and names no condition on what one may not see', async () => {
    await app.services.database.db.getRepository(tags).insert({ id: 'tag-gold', groupId: 'g1', groupName: '客户等级', name: '金卡', position: 1, deletedAt: null })
    await give(async (work) => {
      await work.db.getRepository(roles).insert({ roleKey: 'careful', label: '受限顾问', version: 1, updatedAt: 0, grants: [{
        operations: ['talk.history.view'], scope: { kind: 'all' }, fields: {},
        conditions: [{ kind: 'stage', anyOf: ['signed'] }, { kind: 'tags', match: 'any', tagIds: ['tag-gold'] }, { kind: 'valueTier', atLeast: 4 }],
      }] })
    })
    await app.giveRole('clerk01', 'careful')
    await app.giveRole('trainee01', 'careful')
    const missing = (body: { nearMisses: { missing: { kind: string }[] }[] }) => body.nearMisses[0]?.missing
    expect(missing(await why(clerk, mine, 'operation=talk.history.view'))).toEqual([
      { kind: 'condition', condition: 'stage', wants: ['signed'], has: ['lead'] },
      { kind: 'condition', condition: 'tags.any', wants: ['金卡'], has: expect.any(Array) },
      { kind: 'withheld' },
    ])
    const seenByTrainee = app.simulator.controls.memberAddsCustomer('trainee01', { externalUserId: mine }).externalUserId
    await app.settle()
    expect(missing(await why(await app.person('trainee01'), seenByTrainee, 'operation=talk.history.view'))).toEqual([{ kind: 'withheld' }])
    const told = missing(await why(admin, mine, 'operation=talk.history.view&staff=clerk01'))
    expect(told).toEqual([
      { kind: 'condition', condition: 'stage', wants: ['signed'], has: null }, { kind: 'condition', condition: 'tags.any', wants: ['金卡'], has: null },
      { kind: 'condition', condition: 'valueTier', wants: ['4'], has: null },
    ])
    await app.takeRole('clerk01', 'careful')
    await app.takeRole('trainee01', 'careful')
  })

  it('"who can see this customer\'s contract amount?" — everybody, clear or masked, with the reason', async () => {
    const found = await who(mine, 'field=contractAmountFen')
    const by = (userid: string) => found.items.find((item: { userid: string }) => item.userid === userid)
    expect(by('director01')).toMatchObject({ presentation: 'clear', because: [{ kind: 'role', label: '总监', scope: 'all' }] })
    expect(by('manager01')).toMatchObject({ presentation: 'masked', because: [{ kind: 'role', label: '店长', scope: 'team' }], departments: [expect.any(String)], name: (await app.staffOf('manager01')).name })
    expect(by('regional01')).toMatchObject({ presentation: 'masked' })
    for (const nobody of ['clerk01', 'manager02', 'sales01', 'admin01', 'operations01']) expect([nobody, by(nobody)]).toEqual([nobody, undefined])
    expect(JSON.stringify(found)).not.toMatch(/776655|13755554444/)
  })

  it('the reverse agrees with what each person really sees, page by page', async () => {
    const items: { userid: string, presentation: string | null }[] = []
    for (let cursor = ''; ;) {
      const page = await who(mine, `field=mobile&limit=3${cursor}`)
      items.push(...page.items)
      if (page.nextCursor === null) break
      expect(page.items).toHaveLength(3)
      cursor = `&cursor=${encodeURIComponent(page.nextCursor)}`
    }
    expect(new Set(items.map((item) => item.userid)).size).toBe(items.length)
    for (const { userid } of app.company.staff.filter((one) => /01$/.test(one.userid))) {
      const card = await (await app.person(userid)).get(`/api/customers/${mine}`)
      expect([userid, items.find((item) => item.userid === userid)?.presentation]).toEqual([userid, card.status === 200 ? card.body.fields.mobile : undefined])
    }
    const may = (await who(mine, 'operation=customer.contact.operate&limit=100')).items.map((item: { userid: string }) => item.userid).sort()
    expect(may).toEqual(['director01', 'manager01'])
    expect((await admin.get(`/api/customers/${mine}/who-may?field=email&cursor=${encodeURIComponent((await who(mine, 'field=mobile&limit=1')).nextCursor)}`)).body.error.code).toBe('cursor.invalid')
  })

  it('"what would let that manager see it?" — the smallest change first', async () => {
    const operations = await why(admin, mine, 'operation=customer.contract.view&staff=operations01')
    expect(operations.changes[0]).toEqual({ kind: 'temporary' })
    expect(operations.changes).toContainEqual({ kind: 'role', roleKey: 'director', label: '总监' })
    expect(operations.changes).not.toContainEqual(expect.objectContaining({ roleKey: 'clerk' }))
    const manager = await why(admin, mine, 'operation=customer.contract.view&staff=manager02')
    expect(manager).toMatchObject({ allowed: false, nearMisses: [{ missing: [{ kind: 'scope', scope: 'team' }, { kind: 'operation', operation: 'customer.profile.view' }] }] })
    expect(manager.changes.slice(0, 2)).toEqual([{ kind: 'share' }, { kind: 'temporary' }])
    const clear = await why(admin, mine, 'field=contractAmountFen&staff=manager01')
    expect(clear).toMatchObject({ presentation: 'masked', allowed: true, operation: 'customer.contract.view' })
    expect(clear.changes).toContainEqual({ kind: 'role', roleKey: 'director', label: '总监' })
    expect((await why(admin, mine, 'operation=customer.contract.view&staff=director01')).changes).toEqual([])
  })

  it('questions about others are on the audit', async () => {
    const entries = await app.services.database.db.getRepository(auditEntries).find()
    for (const action of ['access.explained', 'access.who-may']) {
      expect(entries.find((entry) => entry.action === action)).toMatchObject({ actorId: (await app.staffOf('admin01')).id, operation: 'system.policy.view', outcome: 'allowed', subjectKind: 'customer' })
    }
  })
})
