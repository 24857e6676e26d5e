import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { roles, templateRules } from '../../server/access/index.ts'
import { applyDirectory, createAdminCommands, listWaiting, readDirectory, wantDirectorySync } from '../../server/organization/index.ts'
import { testDatabaseKinds } from '../support/databases.ts'
import { expectHidden, idsOf } from './support/answers.ts'
import { withContactCallback } from './support/contact-callback.ts'
import { storyApp, type StoryApp } from './support/story-app.ts'

const marketing = 5
const office = 2

describe.each(await testDatabaseKinds())('people who come and move, on %s', (kind) => {
  let app: StoryApp
  beforeAll(async () => {
    app = await storyApp({ database: kind, ...withContactCallback })
  })
  afterAll(() => app.stop())

  const commands = () => {
    const { database, access, audit, wecom, staffWriter: writer, clock } = app.services
    return createAdminCommands({ database, access, audit, wecom, writer, clock })
  }
  const poll = async () => {
    await app.services.database.transaction((work) => wantDirectorySync(work))
    await app.settle()
  }
  const me = async (userid: string) => (await (await app.person(userid)).get('/api/me')).body
  const rolesOf = async (userid: string) => (await me(userid)).roles.map((role: { key: string }) => role.key)
  const waitingOf = async (userid: string) => {
    const { id } = await app.staffOf(userid)
    return (await listWaiting(app.services.database.db)).filter((one) => one.staffId === id).map((one) => [one.kind, one.departmentId ?? one.roleKey])
  }

  it('S10 a new marketing employee has broadcast operations at once, by template', async () => {
    app.simulator.controls.createStaff({ userid: 'newmarketing', name: '新市场', position: '市场专员', departmentIds: [marketing] })
    await app.settle()
    const { operations, roles } = await me('newmarketing')
    expect(roles).toEqual([{ key: 'marketing', label: '市场专员' }])
    expect(operations).toEqual(expect.arrayContaining(['marketing.broadcasts.view', 'marketing.broadcasts.edit', 'marketing.broadcasts.operate']))
    expect(operations.filter((operation: string) => operation.startsWith('customer.'))).toEqual([])
    const refused = await (await app.person('newmarketing')).get('/api/customers')
    expect([refused.status, refused.body.error.code]).toEqual([403, 'access.denied'])
  })

  it('S10 a new employee whom no rule speaks about is a trainee', async () => {
    app.simulator.controls.createStaff({ userid: 'newnobody', name: '新同事', position: '厨师', departmentIds: [marketing] })
    await app.settle()
    expect(await rolesOf('newnobody')).toEqual(['trainee'])
    expect((await me('newnobody')).operations).toEqual(['customer.profile.view'])
    expect(await idsOf(await app.person('newnobody'))).toEqual([])
  })

  it('S10 a position that reaches the whole company is not believed before somebody agreed', async () => {
    app.simulator.controls.createStaff({ userid: 'newdirector', name: '自称总监', position: '总监', departmentIds: [office] })
    await app.settle()
    expect(await rolesOf('newdirector')).toEqual(['trainee'])
    expect(await idsOf(await app.person('newdirector'))).toEqual([])
    await commands().agree('newdirector')
    expect(await rolesOf('newdirector')).toEqual(['director'])
    expect((await idsOf(await app.person('newdirector'))).length).toBeGreaterThanOrEqual(60)
  })

  it('S54 somebody moved to another store loses the old one at once and gains the new one only when agreed', async () => {
    const from = app.storeOf('manager02')
    const to = app.storeOf('manager03')
    const { externalUserId: old } = await app.arrives(from, { name: '旧店客户' })
    const { externalUserId: wanted } = await app.arrives(to, { name: '新店客户' })
    const manager = await app.person('manager02')
    expect(await idsOf(manager)).toContain(old)
    const before = Number((await manager.get('/api/epoch')).headers.get('x-access-epoch'))

    app.simulator.controls.moveStaff('manager02', [to])
    await app.settle()
    await expectHidden(manager, old)
    await expectHidden(manager, wanted)
    expect(Number((await manager.get('/api/epoch')).headers.get('x-access-epoch'))).toBeGreaterThan(before)
    expect(await waitingOf('manager02')).toContainEqual(['department', to])

    await commands().agree('manager02')
    expect(await idsOf(manager)).toContain(wanted)
    expect(await idsOf(manager)).not.toContain(old)
    expect(await waitingOf('manager02')).toEqual([])
  })

  it('S54 a second department is an addition: the first stays, the second waits', async () => {
    const home = app.storeOf('manager04')
    const second = app.storeOf('manager05')
    const { externalUserId: mine } = await app.arrives(home, { name: '本店客户' })
    const { externalUserId: wanted } = await app.arrives(second, { name: '兼任店客户' })
    app.simulator.controls.moveStaff('manager04', [home, second])
    await app.settle()
    const manager = await app.person('manager04')
    expect(await idsOf(manager)).toContain(mine)
    await expectHidden(manager, wanted)
    expect(await rolesOf('manager04')).toEqual(['store-manager'])
    app.simulator.controls.moveStaff('manager04', [home])
    await app.settle()
    expect(await waitingOf('manager04')).toEqual([])
  })

  it('S54 a leader flag gives nothing before it is agreed, and its loss takes effect at once', async () => {
    await app.services.database.db.getRepository(templateRules).insert({ id: 'leaders-of-stores', rank: 1, departmentId: null, departmentKind: 'store', positionContains: null, leader: true, roleKey: 'store-manager' })
    const store = app.storeOf('clerk05')
    app.simulator.controls.setLeader('clerk05', store, true)
    await app.settle()
    expect(await rolesOf('clerk05')).toEqual(['clerk'])
    expect((await me('clerk05')).operations).not.toContain('marketing.approvals.operate')
    expect(await waitingOf('clerk05')).toContainEqual(['leader', store])

    await commands().agree('clerk05')
    expect(await rolesOf('clerk05')).toEqual(['store-manager'])
    app.simulator.controls.setLeader('clerk05', store, false)
    await app.settle()
    expect(await rolesOf('clerk05')).toEqual(['clerk'])
    await app.services.database.db.getRepository(templateRules).delete({ id: 'leaders-of-stores' })
  })

  it('S54 a position of which no event speaks is found by the poll, and a higher one waits', async () => {
    app.simulator.controls.changePosition('clerk06', '总监')
    await poll()
    expect(await rolesOf('clerk06')).not.toContain('director')
    expect((await me('clerk06')).operations).not.toContain('customer.contract.view')
    expect(await waitingOf('clerk06')).toEqual([['role', 'director']])
    app.simulator.controls.changePosition('manager06', '导购')
    await poll()
    expect(await rolesOf('manager06')).toEqual(['clerk'])
    expect(await waitingOf('manager06')).toEqual([])
  })

  it('S54 a position that gives less of one thing and more of another waits, whatever the ranks are called', async () => {
    app.simulator.controls.changePosition('saleshead01', '市场总监')
    await poll()
    expect(await rolesOf('saleshead01')).toEqual(['trainee'])
    expect((await me('saleshead01')).operations).not.toContain('marketing.strategy.operate')
    expect(await waitingOf('saleshead01')).toEqual([['role', 'marketing-director']])
    app.simulator.controls.changePosition('saleshead01', '销售主管')
    await poll()
    await commands().agree('saleshead01')
  })

  it('S54 a lower position waits as well where it would end a restriction that meets the higher one', async () => {
    const id = await app.restrict({ subject: { roles: ['store-manager'] }, operations: ['customer.contact.view'], scope: { kind: 'all' } })
    app.simulator.controls.changePosition('manager08', '导购')
    await poll()
    expect([await rolesOf('manager08'), await waitingOf('manager08')]).toEqual([['trainee'], [['role', 'clerk']]])
    expect((await me('manager08')).operations).not.toContain('customer.contact.view')
    await commands().agree('manager08')
    expect([await rolesOf('manager08'), await waitingOf('manager08')]).toEqual([['clerk'], []])
    await app.lift(id)
  })

  it('S54 S10 a role of the company\'s own is believed as far as it reaches: no way up from it, and none into it for a newcomer', async () => {
    const { database, access } = app.services
    await database.transaction(async (work) => {
      await work.db.getRepository(roles).insert([
        { roleKey: 'class-teacher', label: '班主任', grants: [{ operations: ['customer.profile.view'], scope: { kind: 'own' }, conditions: [], fields: {} }], version: 1, updatedAt: 0 },
        { roleKey: 'inspector', label: '督导', grants: [{ operations: ['customer.profile.view'], scope: { kind: 'all' }, conditions: [], fields: {} }], version: 1, updatedAt: 0 },
      ])
      for (const [roleKey, positionContains] of [['class-teacher', '班主任'], ['inspector', '督导']] as const) {
        await work.db.getRepository(templateRules).insert({ id: roleKey, rank: 1, departmentId: null, departmentKind: null, positionContains, leader: null, roleKey })
      }
      await access.raiseEpoch(work)
    })
    app.simulator.controls.createStaff({ userid: 'teacher', name: '新班主任', position: '班主任', departmentIds: [office] })
    app.simulator.controls.createStaff({ userid: 'inspector', name: '自称督导', position: '督导', departmentIds: [office] })
    await app.settle()
    expect([await rolesOf('teacher'), await rolesOf('inspector')]).toEqual([['class-teacher'], ['trainee']])
    app.simulator.controls.changePosition('teacher', '总监')
    await poll()
    expect([await rolesOf('teacher'), await waitingOf('teacher')]).toEqual([['trainee'], [['role', 'director']]])
  })

  it('S54 an account made anew under an old userid inherits nothing, its former customers least of all', async () => {
    const store = app.storeOf('manager07')
    const { externalUserId: inStore } = await app.arrives(store, { name: '老店长店里的' })
    const own = app.simulator.controls.memberAddsCustomer('manager07', { newCustomer: { name: '老店长自己的' } }).externalUserId
    await app.settle()
    await app.knows(own, { ownerStaffId: (await app.staffOf('manager07')).id, ownerDepartmentId: store })
    app.simulator.controls.deleteStaff('manager07')
    await app.settle()
    app.simulator.controls.createStaff({ userid: 'manager07', name: '新账号', position: '店长', departmentIds: [store] })
    await app.settle()
    const again = await app.as('manager07')
    for (const round of ['at once', 'after a poll']) {
      expect([round, (await again.get('/api/me')).body.operations]).toEqual([round, []])
      for (const externalUserId of [inStore, own]) await expectHidden(again, externalUserId)
      expect(await waitingOf('manager07')).toEqual(expect.arrayContaining([['return', null], ['department', store]]))
      await poll()
    }
    await commands().agree('manager07')
    expect(await idsOf(again)).toContain(inStore)
    expect(await waitingOf('manager07')).toEqual([])
  })

  it('S29 whom the reading of the directory missed, because he was moved meanwhile, is asked about before anything ends', async () => {
    const { database, access, clock, wecom, staffWriter: writer } = app.services
    const own = app.simulator.controls.memberAddsCustomer('clerk03', { newCustomer: { name: '留下的客户' } }).externalUserId
    await app.settle()
    await app.knows(own, { ownerStaffId: (await app.staffOf('clerk03')).id, ownerDepartmentId: app.storeOf('clerk03'), poolDepartmentId: null })
    const snapshot = await readDirectory(wecom)
    app.simulator.controls.deleteStaff('clerk02')
    const without = { ...snapshot, staff: snapshot.staff.filter((one) => !['clerk02', 'clerk03'].includes(one.userid)) }
    await applyDirectory({ database, access, clock, wecom, writer }, without, false)
    expect([(await app.staffOf('clerk02')).status, (await app.staffOf('clerk03')).status]).toEqual(['left', 'active'])
    expect(await rolesOf('clerk03')).toEqual(['clerk'])
    expect((await app.customer(own)).ownerStaffId).toBe((await app.staffOf('clerk03')).id)
    await app.settle()
  })

  it('a renamed userid is the same person, with his session and his customers', async () => {
    const own = app.simulator.controls.memberAddsCustomer('clerk09', { newCustomer: { name: '改名者的客户' } }).externalUserId
    await app.settle()
    const clerk = await app.person('clerk09')
    app.simulator.controls.renameStaff('clerk09', 'ClerkNine')
    await app.settle()
    expect((await clerk.get('/api/me')).body.staff.userid).toBe('clerknine')
    expect(await idsOf(clerk)).toContain(own)
    expect((await app.liveFollows(own)).map((one) => one.staffId)).toEqual([(await app.staffOf('clerknine')).id])
    await expect(app.as('clerk09')).rejects.toMatchObject({ status: 403 })
  })

  it('a department that moves below another region is seen there at the next request, and no longer in the old one', async () => {
    const store = app.storeOf('manager08')
    const [from, to] = [regionOf(store), app.storeOf('regional03')]
    const [oldManager, newManager] = await Promise.all([personOfRegion(from), personOfRegion(to)])
    const { externalUserId } = await app.arrives(store, { name: '要换区的客户' })
    expect(await idsOf(oldManager)).toContain(externalUserId)
    expect(await idsOf(newManager)).not.toContain(externalUserId)
    app.simulator.controls.moveDepartment(store, to)
    await app.settle()
    expect(await idsOf(newManager)).toContain(externalUserId)
    await expectHidden(oldManager, externalUserId)
  })

  const regionOf = (store: number) => app.company.departments.find((one) => one.id === store)?.parentId ?? 0
  const personOfRegion = (region: number) => app.person(app.company.staff.find((one) => one.role === 'regional-manager' && one.departmentIds.includes(region))?.userid ?? '')
})
