import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AuditItem } from '#shared/contracts/audit'
import { createAuditSealer } from '../../server/audit/index.ts'
import { auditEntries } from '../../server/audit/audit.entity.ts'
import { testDatabaseKinds } from '../support/databases.ts'
import type { Person, Reply } from '../support/person.ts'
import { everyItem } from './support/answers.ts'
import { personOfRole } from './support/role-table.ts'
import { expectNoSecret, secretsOf } from './support/secrets.ts'
import { storyApp, type StoryApp } from './support/story-app.ts'

describe.each(await testDatabaseKinds())('the audit is searched, on %s', (kind) => {
  let app: StoryApp
  let admin: Person
  let mine = ''
  let theirs = ''

  beforeAll(async () => {
    app = await storyApp({ database: kind })
    mine = app.simulator.controls.memberAddsCustomer('sales01', { newCustomer: { name: '本店客户' } }).externalUserId
    theirs = app.simulator.controls.memberAddsCustomer('clerk02', { newCustomer: { name: '别店客户' } }).externalUserId
    await app.settle()
    const { mobile, email, address, contractAmountFen } = secretsOf(mine, 1)
    await app.knows(mine, { ownerStaffId: (await app.staffOf('sales01')).id, ownerDepartmentId: app.storeOf('sales01'), mobile, email, address, contractAmountFen })
    admin = await app.person('admin01')
  })
  afterAll(() => app.stop())

  const found = async (query: string, by = admin): Promise<AuditItem[]> => (await by.get(`/api/audit?${query}`)).body.items
  const entriesOf = (reply: Reply) => app.services.database.db.getRepository(auditEntries).findBy({ requestId: reply.headers.get('x-request-id') ?? 'none' })
  const count = async (action: string) => app.services.database.db.getRepository(auditEntries).countBy({ action })

  it('S06 nobody but the administrator reads it: not the marketing director, not the director, nobody; and each refusal is on it', async () => {
    for (const [role, userid] of Object.entries(personOfRole)) {
      const person = await app.person(userid)
      for (const path of ['/api/audit', '/api/audit/chain', `/api/audit?customer=${mine}`]) {
        const reply = await person.get(path)
        if (role === 'administrator') {
          expect([path, reply.status]).toEqual([path, 200])
          continue
        }
        expect([role, path, reply.status, reply.body.error.code]).toEqual([role, path, 403, 'access.denied'])
        expect(await entriesOf(reply)).toMatchObject([{ action: 'route.refused', operation: 'system.audit.view', outcome: 'refused' }])
      }
    }
  })

  it('S25 by person, customer, action, operation, outcome, time and request', async () => {
    const sales = await app.person('sales01')
    const before = Date.now()
    const card = await sales.get(`/api/customers/${mine}`)
    const refused = await (await app.person('clerk01')).get(`/api/customers/${mine}/explain?operation=customer.profile.view&staff=manager01`)
    const customer = await app.customer(mine)
    expect(await found(`customer=${mine}&action=customer.`)).toMatchObject([{
      action: 'customer.shown', outcome: 'allowed', requestId: card.headers.get('x-request-id'), actor: { kind: 'staff', userid: 'sales01', name: (await app.staffOf('sales01')).name },
      subject: { kind: 'customer', id: customer.id, userid: null, name: null }, details: { fields: ['mobile', 'email', 'address', 'spendTotalFen', 'contractAmountFen'] },
    }])
    expect(await found(`subject=${customer.id}&action=customer.`)).toEqual(await found(`customer=${mine}&action=customer.`))
    expect(await found(`request=${refused.headers.get('x-request-id') ?? ''}`)).toMatchObject([{ action: 'route.refused', outcome: 'refused', operation: 'system.policy.view', actor: { userid: 'clerk01' } }])
    expect((await found('actor=clerk01&outcome=refused&operation=system.policy.view')).length).toBeGreaterThan(0)
    expect((await found('actor=Clerk01&outcome=allowed&action=customer.')).length).toBe(0)
    const recent = await found(`from=${before}&action=customer.shown`)
    expect(recent.map((entry) => entry.action)).toEqual(['customer.shown'])
    expect(await found(`until=${before}&request=${card.headers.get('x-request-id') ?? ''}`)).toEqual([])
    expect((await found('staff=admin01&actorKind=operator')).map((entry) => [entry.action, entry.subject?.userid])).toContainEqual(['staff.appointed', 'admin01'])
  })

  it('somebody unknown is said to be unknown; a customer unknown to all looks like one without entries', async () => {
    expect((await admin.get('/api/audit?actor=nobody')).body.error.code).toBe('staff.not_found')
    const unknown = await admin.get(`/api/audit?customer=wm${'Z'.repeat(30)}`)
    expect([unknown.status, unknown.body]).toEqual([200, { items: [], nextCursor: null }])
    for (const wrong of ['action=Customer', 'action=138%25', 'outcome=maybe', 'from=13812345678', 'from=yesterday', 'request=1', 'limit=101', 'customer=a&staff=b', 'operation=A B', 'extra=1']) {
      expect([wrong, (await admin.get(`/api/audit?${wrong}`)).status]).toEqual([wrong, 400])
    }
  })

  it('page by page: nothing twice, nothing left out; a page of another person or another search is refused', async () => {
    const paged = await everyItem<AuditItem>(admin, '/api/audit?action=route.', 7)
    expect(paged.map((entry) => entry.id)).toEqual((await everyItem<AuditItem>(admin, '/api/audit?action=route.', 100)).map((entry) => entry.id))
    expect(new Set(paged.map((entry) => entry.id)).size).toBe(paged.length)
    expect(paged.length).toBeGreaterThan(20)
    await app.giveRole('operations01', 'administrator')
    const other = await app.person('operations01')
    const { nextCursor } = (await admin.get('/api/audit?action=route.&limit=5')).body
    expect((await other.get(`/api/audit?action=route.&limit=5&cursor=${encodeURIComponent(nextCursor)}`)).body.error.code).toBe('cursor.invalid')
    expect((await admin.get(`/api/audit?action=customer.&limit=5&cursor=${encodeURIComponent(nextCursor)}`)).body.error.code).toBe('cursor.invalid')
    expect((await admin.get(`/api/audit?action=route.&limit=5&cursor=${encodeURIComponent(nextCursor)}`)).status).toBe(200)
    await app.takeRole('operations01', 'administrator')
    expect((await other.get('/api/audit')).status).toBe(403)
  })

  it('a search is on the audit itself: once, not for each page, with the filters and without what was typed', async () => {
    const before = await count('audit.searched')
    const first = await admin.get(`/api/audit?customer=${mine}&action=customer.&limit=1`)
    expect(await entriesOf(first)).toMatchObject([{
      action: 'audit.searched', operation: 'system.audit.view', outcome: 'allowed', subjectKind: 'customer', subjectId: (await app.customer(mine)).id, details: { filters: ['action', 'customer'], action: 'customer.' },
    }])
    await everyItem(admin, '/api/audit?outcome=refused', 5)
    expect(await count('audit.searched')).toBe(before + 2)
    const typed = await admin.get('/api/audit?subject=13812345678')
    expect(await entriesOf(typed)).toMatchObject([{ subjectId: null, details: { filters: ['subject'] } }])
  })

  it('T06 no value of a customer is in it', async () => {
    const secrets = [secretsOf(mine, 1)]
    const version = (await (await app.person('sales01')).get(`/api/customers/${mine}`)).body.customer.version
    await (await app.person('sales01')).patch(`/api/customers/${mine}`, { version, mobile: secrets[0]?.mobile, email: secrets[0]?.email })
    const everything = await everyItem<AuditItem>(admin, '/api/audit')
    expect(everything.map((entry) => entry.action)).toContain('customer.changed')
    expectNoSecret({ text: JSON.stringify(everything), body: null }, secrets, 'the whole audit')
    expect(JSON.stringify(everything)).not.toContain('本店客户')
  })

  it('a refusal names the customer of its path for those who see him, and nobody for the others', async () => {
    const service = await app.person('service01')
    app.simulator.controls.memberAddsCustomer('service01', { externalUserId: theirs })
    await app.settle()
    const seen = await service.get(`/api/customers/${theirs}/orders`)
    const hidden = await service.get(`/api/customers/${mine}/orders`)
    const unknown = await service.get(`/api/customers/${encodeURIComponent('13812345678 有人')}/orders`)
    expect([seen.status, hidden.status, unknown.status]).toEqual([403, 403, 403])
    expect(await entriesOf(seen)).toMatchObject([{ action: 'route.refused', subjectKind: 'customer', subjectId: (await app.customer(theirs)).id }])
    for (const reply of [hidden, unknown]) expect(await entriesOf(reply)).toMatchObject([{ action: 'route.refused', subjectKind: null, subjectId: null }])
    expect((await found(`customer=${theirs}&outcome=refused`)).map((entry) => entry.actor.userid)).toEqual(['service01'])
  })

  it('an entry says its place in the chain once it is sealed', async () => {
    const { database, clock, log } = app.services
    expect((await found('limit=1')).map((entry) => entry.place)).toEqual([null])
    await createAuditSealer({ database, clock, log }).sealAll()
    const places = (await everyItem<AuditItem>(admin, '/api/audit')).map((entry) => entry.place).filter((place) => place !== null)
    const head = (await admin.get('/api/audit/chain')).body.head.place
    expect([Math.max(...places), Math.min(...places), new Set(places).size]).toEqual([head, 1, head])
  })
})
