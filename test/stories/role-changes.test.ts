import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadFacts } from '../../server/access/index.ts'
import { createAuditSealer, verifyChain } from '../../server/audit/index.ts'
import { createAdminCommands } from '../../server/organization/index.ts'
import { roleKind } from '../../server/policy/role-kind.ts'
import { testDatabaseKinds } from '../support/databases.ts'
import { expectHidden } from './support/answers.ts'
import { codeOf, day, post, rightsOf, type RightsWords } from './support/rights.ts'
import { storyApp, type StoryApp } from './support/story-app.ts'

/** A request that nobody decided, as it is when its waiting period is over. */
const openRequest = {
  id: 'request', contentHash: '', departmentId: null, reach: 'line', mode: 'first', status: 'approved', createdAt: 0, expiresAt: 0, closedAt: 0, decidedBy: null, note: null,
} as const

describe.each(await testDatabaseKinds())('roles of people, on %s', (kind) => {
  let app: StoryApp
  let rights: RightsWords

  beforeAll(async () => {
    app = await storyApp({ database: kind })
    rights = rightsOf(app)
  })
  afterAll(() => app.stop())

  const assign = async (userid: string, body: object) => {
    const reply = await post(await app.as('admin01'), `/api/staff/${userid}/roles`, { reason: '调岗', ...body })
    await app.settle()
    return reply
  }
  const remove = async (userid: string, roleKey: string) => (await app.as('admin01')).send('DELETE', `/api/staff/${userid}/roles/${roleKey}`)
  const rolesOf = async (userid: string): Promise<string[]> => (await (await app.as('admin01')).get(`/api/staff/${userid}`)).body.roles.map((role: { roleKey: string }) => role.roleKey).sort()
  const commands = () => {
    const { database, access, audit, wecom, staffWriter: writer, clock } = app.services
    return createAdminCommands({ database, access, audit, wecom, writer, clock })
  }

  it('S25 a granting and a role change need a superior: requester, beneficiary, peer, subordinate and other account are refused', async () => {
    await commands().samePerson('clerk01', 'director01')
    const role = await assign('clerk01', { roleKey: 'store-manager' })
    const grant = await rights.ask('clerk01', { until: Date.now() + day, grant: { operations: ['customer.labels.view'], scope: { kind: 'team' } } })
    expect([role.body.outcome, grant.status]).toEqual(['waiting', 200])
    const refused = async (userid: string, requestId: string) => {
      const reply = await rights.decide(userid, requestId)
      expect([userid, reply.status]).toSatisfy(([, status]) => status === 403 || status === 404)
    }
    // The requester, who for the grant is the beneficiary as well, his other account, peers and people below.
    for (const userid of ['admin01', 'clerk01', 'director01', 'clerk02', 'trainee01', 'service01']) await refused(userid, role.body.requestId)
    for (const userid of ['clerk01', 'director01', 'clerk02', 'manager02', 'trainee01']) await refused(userid, grant.body.requestId)
    expect(await rolesOf('clerk01')).toEqual(['clerk'])
    await rights.tap('manager01', grant.body.requestId)
    await rights.tap('saleshead01', role.body.requestId)
    expect(await rolesOf('clerk01')).toEqual(['clerk', 'store-manager'])
    const clerk = await app.staffOf('clerk01')
    expect((await rights.actions(clerk.id)).filter((action) => action.startsWith('staff.role'))).toEqual(['staff.role-requested', 'staff.role-given'])
    expect(await rights.actions(role.body.requestId)).toEqual(['approval.requested', 'approval.asked', ...Array(6).fill('approval.denied'), 'approval.approved'])
    expect((await (await app.as('admin01')).get('/api/staff/clerk01')).body.grants.map((one: { source: string }) => one.source)).toContain('temporary')
    const { database, clock, log } = app.services
    await createAuditSealer({ database, clock, log }).sealAll()
    const chain = await verifyChain(database)
    expect([chain.firstBroken, chain.unsealed]).toEqual([undefined, 0])
    await commands().ownPerson('clerk01')
    await commands().ownPerson('director01')
  })

  it('S26 a role that shrinks is gone at the next request, and the open sidebar learns of it', async () => {
    const manager = await app.person('manager02')
    const store = app.storeOf('manager02')
    const { externalUserId } = await app.arrives(store)
    await app.knows(externalUserId, { contractAmountFen: 5_000_000, mobile: '13912345678' })
    const before = await manager.get(`/api/customers/${externalUserId}`)
    expect(before.body.fields).toHaveProperty('contractAmountFen')
    const epoch = await rights.epoch(manager)
    // Whom a trainee follows need not be of the manager's store: that waits for a second person. What is taken is gone at once.
    const given = await assign('manager02', { roleKey: 'trainee' })
    await rights.tap('saleshead01', given.body.requestId)
    expect((await remove('manager02', 'store-manager')).body).toEqual({ removed: true })
    expect(await rolesOf('manager02')).toEqual(['trainee'])
    const open = await manager.get('/api/epoch')
    expect(Number(open.headers.get('x-access-epoch') ?? open.body.epoch)).toBeGreaterThan(epoch)
    expect((await manager.get(`/api/customers/${externalUserId}`)).body.fields ?? {}).not.toHaveProperty('contractAmountFen')
    expect((await manager.get('/api/approvals')).status).toBe(403)
  })

  it('S26 a role that is taken is gone at once, without a second person', async () => {
    await app.giveRole('clerk03', 'director')
    const clerk = await app.as('clerk03')
    const { externalUserId } = await app.arrives(app.storeOf('clerk01'))
    expect((await clerk.get(`/api/customers/${externalUserId}`)).status).toBe(200)
    expect((await remove('clerk03', 'director')).body).toEqual({ removed: true })
    await expectHidden(clerk, externalUserId)
    expect(codeOf(await remove('clerk03', 'director'))).toEqual([404, 'policy.role_not_held'])
  })

  it('S26 taking a role that a restriction meets needs a second person, because it would give something', async () => {
    await app.giveRole('clerk04', 'trainee')
    const id = await app.restrict({ subject: { roles: ['trainee'] }, operations: ['customer.spending.view'], scope: { kind: 'all' } })
    expect((await remove('clerk04', 'trainee')).body).toEqual({ removed: false })
    expect(await rolesOf('clerk04')).toEqual(['clerk', 'trainee'])
    await app.settle()
    const [waiting] = (await (await app.as('admin01')).get('/api/staff/clerk04')).body.waiting
    expect(waiting.kind).toBe('role')
    expect((await rights.decide('director01', waiting.requestId)).body.outcome).toBe('approved')
    expect(await rolesOf('clerk04')).toEqual(['clerk'])
    await app.lift(id)
  })

  it('S26 the last role that a restriction meets goes at once, unless something held beside the roles would open by it', async () => {
    const id = await app.restrict({ subject: { roles: ['clerk'] }, operations: ['customer.spending.view'], scope: { kind: 'all' } })
    expect((await remove('clerk08', 'clerk')).body).toEqual({ removed: true })
    const { externalUserId } = await app.arrives(app.storeOf('clerk07'))
    await app.knows(externalUserId, { valueTier: 4 })
    const asked = await rights.ask('clerk07', { until: Date.now() + day, grant: { operations: ['customer.profile.view', 'customer.spending.view'], scope: { kind: 'team' } } })
    expect((await rights.decide('manager07', asked.body.requestId)).body.outcome).toBe('approved')
    const clerk = await app.as('clerk07')
    const shown = async () => (await clerk.get(`/api/customers/${externalUserId}`)).body.fields
    expect(await shown()).not.toHaveProperty('valueTier')
    expect((await remove('clerk07', 'clerk')).body).toEqual({ removed: false })
    expect([await rolesOf('clerk07'), await shown()]).toEqual([['clerk'], expect.not.objectContaining({ valueTier: expect.anything() })])
    await app.lift(id)
    expect((await remove('clerk07', 'clerk')).body).toEqual({ removed: true })
    expect(await shown()).toHaveProperty('valueTier')
  })

  it('S10 who works in marketing has broadcasts at once by template; who matches no rule is a trainee, and each role tells its source', async () => {
    const detail = async (userid: string) => (await (await app.as('admin01')).get(`/api/staff/${userid}`)).body
    const [marketing, trainee] = [await detail('marketing01'), await detail('trainee01')]
    expect(marketing.roles).toEqual([{ roleKey: 'marketing', label: '市场专员', source: 'rule', since: expect.any(Number) }])
    expect(marketing.grants.flatMap((one: { operations: string[] }) => one.operations)).toContain('marketing.broadcasts.operate')
    expect([trainee.roles.map((role: { roleKey: string }) => role.roleKey), trainee.grants.flatMap((one: { operations: string[] }) => one.operations)]).toEqual([['trainee'], ['customer.profile.view']])
  })

  it('S22 a customer rises to VIP: her adviser gets what he holds for VIPs at the next request, and loses it when she falls back', async () => {
    const sales = await app.as('clerk05')
    const { externalUserId } = await app.arrives(app.storeOf('clerk06'))
    await app.knows(externalUserId, { valueTier: 2, mobile: '13912345678', contractState: 'signed' })
    const asked = await rights.ask('clerk05', {
      until: Date.now() + 30 * day, allowChanges: true,
      grant: { operations: ['customer.profile.view', 'customer.labels.edit', 'customer.contract.view'], scope: { kind: 'all' }, conditions: [{ kind: 'valueTier', atLeast: 4 }] },
    })
    expect(codeOf(await rights.decide('manager02', asked.body.requestId))).toSatisfy(([status]) => status === 403 || status === 404)
    expect((await rights.decide('saleshead01', asked.body.requestId)).body.outcome).toBe('approved')
    await expectHidden(sales, externalUserId)
    await app.knows(externalUserId, { valueTier: 5 })
    const card = await sales.get(`/api/customers/${externalUserId}`)
    expect([card.status, card.body.abilities.writable, card.body.customer.contractState]).toEqual([200, ['stage'], 'signed'])
    expect((await sales.patch(`/api/customers/${externalUserId}`, { version: card.body.customer.version, stage: 'intent' })).status).toBe(200)
    await app.knows(externalUserId, { valueTier: 3 })
    await expectHidden(sales, externalUserId)
    const facts = (await loadFacts(app.services.database.db, [(await app.customer(externalUserId)).id])).get((await app.customer(externalUserId)).id)
    const actor = await app.services.access.actorFor((await app.staffOf('clerk05')).id)
    expect(facts === undefined || actor.decideFor('customer.labels.edit', facts).allowed).toBe(false)
  })

  it('a role over the system is decided by other administrators only, and the last one is never taken', async () => {
    expect(codeOf(await remove('admin01', 'administrator'))).toEqual([409, 'access.last_administrator'])
    const asked = await assign('operations01', { roleKey: 'administrator' })
    expect(asked.body.outcome).toBe('waiting')
    for (const userid of ['director01', 'saleshead01', 'admin01', 'operations01']) {
      expect((await rights.decide(userid, asked.body.requestId)).status).toSatisfy((status) => status === 403 || status === 404)
    }
    await app.giveRole('service03', 'administrator')
    expect((await rights.decide('service03', asked.body.requestId)).body.outcome).toBe('approved')
    expect(await rolesOf('operations01')).toEqual(['administrator', 'hq-operations'])
    expect((await remove('service03', 'administrator')).body).toEqual({ removed: true })
  })

  describe('nobody makes himself the only administrator, who then would agree with himself after the waiting period:', () => {
    const refused = [409, 'access.only_administrator']
    const restrict = async (definition: object) => post(await app.as('admin01'), '/api/restrictions', { definition: { operations: ['system.policy.operate'], scope: { kind: 'all' }, ...definition }, note: '应急' })
    const office = async () => {
      const found = (await (await app.as('admin01')).get('/api/staff?role=administrator')).body.items.map((one: { userid: string }) => one.userid)
      return found.sort()
    }
    beforeAll(async () => {
      await app.takeRole('operations01', 'administrator')
      await app.giveRole('service02', 'administrator')
    })

    it('S25 not by taking the other\'s role, nor by a restriction of today or of tomorrow, nor by accounts of his own', async () => {
      const { id } = await app.staffOf('service02')
      expect(await office()).toEqual(['admin01', 'service02'])
      expect(codeOf(await remove('service02', 'administrator'))).toEqual(refused)
      for (const definition of [{ subject: { staffIds: [id] } }, { subject: { staffIds: [id] }, from: Date.now() + day }, { subject: { staffIds: [id] }, operations: ['system.policy.view'] }]) expect(codeOf(await restrict(definition))).toEqual(refused)
      expect(codeOf(await restrict({ subject: { everyone: true }, from: Date.now() + day }))).toEqual([409, 'access.last_administrator'])
      await app.giveRole('operations02', 'administrator')
      await commands().samePerson('admin01', 'operations02')
      expect(codeOf(await remove('service02', 'administrator'))).toEqual(refused)
      await commands().ownPerson('admin01')
      await commands().ownPerson('operations02')
      expect([await office(), (await remove('operations02', 'administrator')).body]).toEqual([['admin01', 'operations02', 'service02'], { removed: true }])
    })

    it('S25 nor by a request that he has waited for alone', async () => {
      const { database, access, audit, approvals } = app.services
      const [{ id: staffId }, { id: requesterStaffId }] = [await app.staffOf('service02'), await app.staffOf('admin01')]
      const kindOfRoles = roleKind({ database, access, audit, approvals, zone: 'Asia/Shanghai' })
      const payload = { staffId, give: null, take: 'administrator', digest: '', company: false, reason: '' }
      const request = { ...openRequest, kind: kindOfRoles.kind, payload, requesterStaffId, beneficiaryStaffIds: [staffId] }
      await expect(database.transaction((work) => kindOfRoles.onApproved(work, request))).rejects.toMatchObject({ code: 'approval.outdated' })
      expect(await office()).toEqual(['admin01', 'service02'])
    })

    it('he may take what leaves another one, and what does not touch the office; the other may give it up himself', async () => {
      await app.giveRole('operations02', 'administrator')
      expect((await remove('operations02', 'administrator')).body).toEqual({ removed: true })
      const other = await restrict({ subject: { roles: ['trainee'] }, operations: ['talk.tasks.edit'] })
      expect(other.status).toBe(200)
      expect((await (await app.as('service02')).send('DELETE', '/api/staff/service02/roles/administrator')).body).toEqual({ removed: true })
      expect((await restrict({ subject: { roles: ['trainee'] }, operations: ['talk.tasks.operate'] })).status).toBe(200)
      expect(await office()).toEqual(['admin01'])
    })
  })

  it('what the role gives is what was agreed to: a role that changed meanwhile is asked for anew', async () => {
    const asked = await assign('clerk06', { roleKey: 'sales' })
    expect(asked.body.outcome).toBe('waiting')
    const { database } = app.services
    await database.transaction(async (work) => {
      const row = await work.db.getRepository<{ roleKey: string, grants: unknown[] }>('roles').findOneByOrFail({ roleKey: 'sales' })
      await work.db.getRepository('roles').update({ roleKey: 'sales' }, { grants: row.grants.slice(0, 1) })
      await app.services.access.raiseEpoch(work)
    })
    expect(codeOf(await rights.decide('director01', asked.body.requestId))).toEqual([409, 'approval.outdated'])
    expect(await rolesOf('clerk06')).toEqual(['clerk'])
  })

  it('staff are listed page by page, found by name, department and role, and by nobody without the right', async () => {
    const admin = await app.as('admin01')
    const found = async (query: string): Promise<string[]> => (await admin.get(`/api/staff?${query}`)).body.items.map((one: { userid: string }) => one.userid)
    const all: string[] = []
    for (let cursor: string | null = ''; cursor !== null;) {
      const page = await admin.get(`/api/staff?limit=7${cursor === '' ? '' : `&cursor=${cursor}`}`)
      expect(page.status).toBe(200)
      all.push(...page.body.items.map((one: { userid: string }) => one.userid))
      cursor = page.body.nextCursor
    }
    expect([all, new Set(all).size]).toEqual([[...all].sort(), app.company.staff.length])
    expect(await found('q=clerk01')).toEqual(['clerk01'])
    expect(await found('q=%25')).toEqual([])
    expect((await found(`department=${app.storeOf('clerk02')}`)).every((userid) => app.storeOf(userid) === app.storeOf('clerk02'))).toBe(true)
    expect((await found('department=1&limit=100')).length).toBe(app.company.staff.length)
    expect(await found('department=424242')).toEqual([])
    expect(await found('role=marketing-director')).toEqual(['marketinglead01'])
    for (const userid of ['clerk01', 'director01', 'operations02']) {
      for (const path of ['/api/staff', '/api/staff/clerk02']) expect([userid, path, (await (await app.as(userid)).get(path)).status]).toEqual([userid, path, 403])
    }
    expect((await admin.send('PUT', '/api/staff/clerk01/joined-on', { body: JSON.stringify({ joinedOn: '2024-02-29' }) })).body).toEqual({ joinedOn: '2024-02-29' })
    expect((await admin.get('/api/staff/clerk01')).body.joinedOn).toBe('2024-02-29')
  })
})
