import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { campaigns, shares, staffRoles, temporaryGrants } from '../../server/access/index.ts'
import { rightsOf } from './support/rights.ts'
import { storyApp, type StoryApp } from './support/story-app.ts'

const until = Date.now() + 86_400_000
const grant = { operations: ['talk.visits.view'], scope: { kind: 'own' } }
const good = { grant, until, reason: '看一下' }
const some = '019a0000-0000-7000-8000-000000000000'

/** Somebody who may use the route, the route, and bodies of the wrong shape. */
const wrong: readonly (readonly [string, string, string, readonly unknown[]])[] = [
  ['clerk01', 'POST', '/api/temporary-grants', [
    null, [], 'text', {}, { ...good, until: '1' }, { ...good, until: 1.5 }, { ...good, reason: '' }, { ...good, reason: ' ' }, { ...good, reason: 'x'.repeat(201) }, { ...good, grant: null },
    { ...good, grant: { ...grant, operations: 'talk.visits.view' } }, { ...good, grant: { ...grant, operations: Array(201).fill('talk.visits.view') } }, { ...good, grant: { ...grant, extra: 1 } },
    { ...good, grant: { operations: [], scope: [] } }, { ...good, userid: '' }, { ...good, campaignId: 'x' }, { ...good, allowChanges: 'yes' }, { ...good, from: null },
  ]],
  ['admin01', 'POST', '/api/staff/clerk01/roles', [null, {}, { roleKey: '', reason: 'x' }, { roleKey: 'clerk' }, { roleKey: 'clerk', reason: '' }, { roleKey: ['clerk'], reason: 'x' }, { roleKey: 'x'.repeat(65), reason: 'x' }, { roleKey: 'clerk', reason: 'x', source: 'rule' }]],
  ['admin01', 'PUT', '/api/staff/clerk01/joined-on', [null, {}, { joinedOn: '2026-02-30' }, { joinedOn: 5 }, { joinedOn: '' }, { joinedOn: '2026-1-1' }]],
  ['marketinglead01', 'POST', '/api/campaigns', [
    {}, { campaignKey: 'Bad Key', name: 'x', from: 1, until }, { campaignKey: 'ok', name: '', from: 1, until }, { campaignKey: 'ok', name: 'x', from: '1', until }, { campaignKey: 'ok', name: 'x', from: 1, until, userids: Array(501).fill('clerk01') },
    { campaignKey: 'ok', name: 'x', from: 1, until, version: 9 }, { campaignKey: '__proto__', name: 'x', from: 1, until },
  ]],
  ['marketinglead01', 'PATCH', `/api/campaigns/${some}`, [null, {}, { version: '1' }, { version: 1, name: ' ' }, { version: 1, campaignKey: 'x' }]],
  ['marketinglead01', 'POST', `/api/campaigns/${some}/members`, [{}, { userids: [], reason: 'x' }, { userids: ['a'] }, { userids: 'a', reason: 'x' }, { userids: Array(101).fill('a'), reason: 'x' }]],
  ['sales01', 'POST', '/api/customers/CUSTOMER/shares', [{}, { userid: 'a', operations: [], until, reason: 'x' }, { userid: 'a', operations: 'x', until, reason: 'x' }, { userid: 'a', operations: ['x'.repeat(65)], until, reason: 'x' }, { userid: 'a', operations: ['x'], until, reason: 'x', staffId: 'y' }]],
]
const queries = ['limit=0', 'limit=101', 'limit=x', 'cursor=x', 'cursor=', 'unknown=1', 'limit=1&limit=2']

describe('bad input about rights', () => {
  let app: StoryApp
  let customer = ''
  beforeAll(async () => {
    app = await storyApp()
    rightsOf(app)
    customer = app.simulator.controls.memberAddsCustomer('sales01', { newCustomer: { name: '客户' } }).externalUserId
    await app.settle()
  })
  afterAll(() => app.stop())

  const counts = () => Promise.all([temporaryGrants, campaigns, shares, staffRoles].map(({ options }) => app.services.database.db.getRepository(options.name).count()))

  it('a body of the wrong shape is refused and writes nothing', async () => {
    const before = await counts()
    for (const [userid, method, path, bodies] of wrong) {
      const person = await app.person(userid)
      for (const body of bodies) {
        const reply = await person.send(method, path.replace('CUSTOMER', customer), { body: JSON.stringify(body) })
        expect([path, JSON.stringify(body).slice(0, 80), reply.status]).toEqual([path, JSON.stringify(body).slice(0, 80), 400])
        expect(['request.invalid', 'request.not_json', 'grant.flawed']).toContain(reply.body.error.code)
      }
    }
    expect(await counts()).toEqual(before)
  })

  it('names that do not exist, or that are none, are told apart by their codes only for whoever may know', async () => {
    const admin = await app.person('admin01')
    const give = async (userid: string, roleKey: string, more: object = {}) => (await admin.send('POST', `/api/staff/${userid}/roles`, { body: JSON.stringify({ roleKey, reason: '试', ...more }) })).body.error?.code
    expect(await give('nobody', 'clerk')).toBe('staff.not_found')
    expect(await give('clerk01%20', 'sales')).toBe('staff.not_found')
    expect(await give('clerk01', 'emperor')).toBe('policy.role_not_found')
    expect(await give('clerk01', 'clerk')).toBe('policy.role_held')
    expect(await give('clerk01', 'sales', { replaces: 'director' })).toBe('policy.role_not_held')
    for (const id of ['x', '%00', '__proto__', `${some}x`]) {
      for (const path of [`/api/temporary-grants/${id}/end`, `/api/shares/${id}/end`, `/api/campaigns/${id}/end`]) {
        expect([path, (await (await app.person('marketinglead01')).send('POST', path, { body: '{}' })).status]).toEqual([path, 400])
      }
    }
  })

  it('queries that no contract knows are refused', async () => {
    const admin = await app.person('admin01')
    for (const path of ['/api/staff', '/api/temporary-grants', '/api/campaigns']) {
      for (const query of queries) expect([path, query, (await admin.get(`${path}?${query}`)).status]).toEqual([path, query, 400])
    }
    for (const query of ['department=0', 'department=x', 'q=', `q=${'x'.repeat(61)}`, 'left=yes', 'role=']) expect([query, (await admin.get(`/api/staff?${query}`)).status]).toEqual([query, 400])
    const { nextCursor } = (await admin.get('/api/staff?limit=1')).body
    expect((await admin.get(`/api/staff?limit=1&cursor=${nextCursor}`)).body.items).toHaveLength(1)
    // A cursor works for this list and this person only.
    expect((await admin.get(`/api/staff?limit=1&q=c&cursor=${nextCursor}`)).body.error.code).toBe('cursor.invalid')
    await app.giveRole('operations01', 'administrator')
    expect((await (await app.person('operations01')).get(`/api/staff?limit=1&cursor=${nextCursor}`)).body.error.code).toBe('cursor.invalid')
  })
})
