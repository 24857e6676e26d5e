import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { templateRules } from '../../server/access/index.ts'
import { approvalApprovers, approvalRequests, type ApprovalRow } from '../../server/approvals/index.ts'
import { taskIdOf } from '../../server/approvals/card.ts'
import { createBackground } from '../../server/background.ts'
import { outbox } from '../../server/jobs/jobs.entity.ts'
import { createAdminCommands, listWaiting, staff, wantDirectorySync } from '../../server/organization/index.ts'
import { testDatabaseKinds } from '../support/databases.ts'
import { expectHidden, idsOf } from './support/answers.ts'
import { withContactCallback } from './support/contact-callback.ts'
import { storyApp, type StoryApp } from './support/story-app.ts'

const office = 2

describe.each(await testDatabaseKinds())('S54 what WeCom\'s directory adds, on %s', (kind) => {
  let app: StoryApp
  beforeAll(async () => {
    app = await storyApp({ database: kind, ...withContactCallback })
  })
  afterAll(() => app.stop())

  const db = () => app.services.database.db
  const requestsOf = async (userid: string): Promise<ApprovalRow[]> =>
    db().getRepository(approvalRequests).find({ where: { requesterStaffId: (await app.staffOf(userid)).id, kind: 'directory-change' }, order: { createdAt: 'ASC', id: 'ASC' } })
  const openOf = async (userid: string) => (await requestsOf(userid)).filter((one) => one.status === 'pending')
  const askedFor = async (row: ApprovalRow): Promise<string[]> => {
    const rows = await db().getRepository(approvalApprovers).findBy({ requestId: row.id })
    return Promise.all(rows.map(async (one) => (await db().getRepository(staff).findOneByOrFail({ id: one.staffId })).userid))
  }
  const cardOf = async (userid: string, row: ApprovalRow) =>
    taskIdOf((await db().getRepository(approvalApprovers).findOneByOrFail({ requestId: row.id, staffId: (await app.staffOf(userid)).id })).id)
  const tap = async (userid: string, row: ApprovalRow, key: 'approve' | 'refuse', stale = false) =>
    void app.simulator.controls.tapCard(userid, { taskId: await cardOf(userid, row) }, key, { stale })
  const decide = async (userid: string, row: ApprovalRow, verdict: 'approve' | 'refuse') =>
    (await app.as(userid)).send('POST', `/api/approvals/${row.id}/decision`, { body: JSON.stringify({ verdict }) })
  const rolesOf = async (userid: string) => (await (await app.person(userid)).get('/api/me')).body.roles.map((role: { key: string }) => role.key)
  const waitingOf = async (userid: string) => {
    const { id } = await app.staffOf(userid)
    return (await listWaiting(db())).filter((one) => one.staffId === id).map((one) => one.kind)
  }
  const poll = async () => {
    await app.services.database.transaction((work) => wantDirectorySync(work))
    await app.settle()
  }
  const regionOf = (store: number) => {
    const region = app.company.departments.find((one) => one.id === store)?.parentId ?? 0
    return app.company.staff.find((one) => one.role === 'regional-manager' && one.departmentIds.includes(region))?.userid ?? ''
  }
  const only = (rows: readonly ApprovalRow[]): ApprovalRow => {
    if (rows.length !== 1 || rows[0] === undefined) throw new Error(`${rows.length} requests instead of one`)
    return rows[0]
  }

  it('the first reading of a company is believed, so that nobody is asked on the first day', async () => {
    expect([await db().getRepository(approvalRequests).count(), (await listWaiting(db())).length, await rolesOf('director01')]).toEqual([0, 0, ['director']])
  })

  it('a manager who is moved gains the new store when its region\'s manager taps, and not by his own tap', async () => {
    const to = app.storeOf('manager03')
    const { externalUserId } = await app.arrives(to, { name: '新店客户' })
    app.simulator.controls.moveStaff('manager02', [to])
    await app.settle()
    const moved = await app.person('manager02')
    await expectHidden(moved, externalUserId)
    const row = only(await openOf('manager02'))
    expect(await askedFor(row)).toEqual([regionOf(to)])
    const card = app.simulator.controls.outbox(regionOf(to)).findLast((message) => message.msgtype === 'template_card')
    expect(card?.body['main_title']).toEqual({ title: `通讯录变更：${(await app.staffOf('manager02')).name}` })
    expect(card?.body['horizontal_content_list']).toEqual(expect.arrayContaining([
      expect.objectContaining({ keyname: '加入部门', value: app.company.departments.find((one) => one.id === to)?.name }), expect.objectContaining({ keyname: '角色', value: '店长' }),
    ]))
    expect((await decide('manager02', row, 'approve')).status).toBe(403)
    // The manager of the store that is joined would only get a colleague of his own rank: the level above decides.
    expect((await decide('manager03', row, 'approve')).status).toBe(404)
    await expectHidden(moved, externalUserId)
    await tap(regionOf(to), row, 'approve')
    await app.settle()
    expect(await idsOf(moved)).toContain(externalUserId)
    expect([await rolesOf('manager02'), await waitingOf('manager02'), (await requestsOf('manager02')).map((one) => one.status)]).toEqual([['store-manager'], [], ['approved']])
  })

  it('a clerk who joins a second store is its manager\'s to decide; a refusal opens nothing', async () => {
    const [home, second] = [app.storeOf('clerk04'), app.storeOf('clerk05')]
    const { externalUserId } = await app.arrives(second, { name: '兼任店客户' })
    app.simulator.controls.moveStaff('clerk04', [home, second])
    await app.settle()
    const row = only(await openOf('clerk04'))
    expect(await askedFor(row)).toEqual(['manager05'])
    expect((await decide('manager04', row, 'approve')).status).toBe(404)
    await tap('manager05', row, 'refuse')
    await app.settle()
    await expectHidden(await app.person('clerk04'), externalUserId)
    expect((await requestsOf('clerk04')).map((one) => one.status)).toEqual(['refused'])
    await poll()
    expect(await openOf('clerk04')).toEqual([])
  })

  it('whoever edits WeCom cannot make himself director: those who decide over the whole company are asked, never he', async () => {
    app.simulator.controls.changePosition('clerk06', '总监')
    await poll()
    const row = only(await openOf('clerk06'))
    expect((await askedFor(row)).sort()).toEqual(['director01', 'marketinglead01', 'saleshead01'])
    for (const userid of ['clerk06', 'manager06', regionOf(app.storeOf('clerk06'))]) expect([403, 404]).toContain((await decide(userid, row, 'approve')).status)
    expect(await rolesOf('clerk06')).not.toContain('director')
    // The administrator promotes himself in WeCom: he is asked about nothing, and his own tap does not count.
    app.simulator.controls.changePosition('admin01', '总监')
    await poll()
    const own = only(await openOf('admin01'))
    expect(await askedFor(own)).not.toContain('admin01')
    expect((await decide('admin01', own, 'approve')).status).toBe(403)
    expect(await rolesOf('admin01')).not.toContain('director')
    await tap('director01', row, 'approve')
    await app.settle()
    expect(await rolesOf('clerk06')).toEqual(['director'])
  })

  it('a new wish replaces the old request, whose card says so', async () => {
    const [first, second] = [app.storeOf('clerk07'), app.storeOf('clerk08')]
    app.simulator.controls.moveStaff('clerk09', [app.storeOf('clerk09'), first])
    await app.settle()
    const old = only(await openOf('clerk09'))
    app.simulator.controls.moveStaff('clerk09', [app.storeOf('clerk09'), first, second])
    await app.settle()
    const present = only(await openOf('clerk09'))
    expect([(await requestsOf('clerk09')).map((one) => one.status), present.contentHash === old.contentHash]).toEqual([['withdrawn', 'pending'], false])
    await tap('manager07', old, 'approve', true)
    await app.settle()
    const said = app.simulator.controls.outbox('manager07').findLast((message) => message.msgtype === 'text')
    expect(String(said?.body['content'])).toContain('您的点击没有生效')
    expect(await waitingOf('clerk09')).toEqual(['department', 'department'])
    app.simulator.controls.moveStaff('clerk09', [app.storeOf('clerk09')])
    await app.settle()
    expect([await openOf('clerk09'), await waitingOf('clerk09')]).toEqual([[], []])
  })

  it('what WeCom adds between the tap and its effect is not agreed to', async () => {
    const [home, second] = [app.storeOf('clerk10'), app.storeOf('clerk11')]
    app.simulator.controls.moveStaff('clerk10', [home, second])
    await app.settle()
    const row = only(await openOf('clerk10'))
    await tap('manager11', row, 'approve')
    await app.simulator.controls.callbacksIdle()
    await app.background.inbox.drain()
    expect((await requestsOf('clerk10')).map((one) => one.status)).toEqual(['approved'])
    app.simulator.controls.changePosition('clerk10', '总监')
    await app.settle()
    expect((await rolesOf('clerk10')).includes('director')).toBe(false)
    expect((await waitingOf('clerk10')).sort()).toEqual(['department', 'role'])
    const next = only(await openOf('clerk10'))
    expect(await askedFor(next)).not.toContain('manager11')
  })

  it('a department that WeCom moves between the question and the tap brings no other role than the one that was named', async () => {
    const [team, inspectors, region] = [990, 991, app.company.departments.find((one) => one.id === app.storeOf('clerk11'))?.parentId ?? 0]
    await db().getRepository(templateRules).insert({ id: 'inspectors', rank: 1, departmentId: inspectors, departmentKind: null, positionContains: null, leader: null, roleKey: 'regional-manager' })
    app.simulator.controls.createDepartment({ id: team, name: '新小组', parentId: region })
    app.simulator.controls.createDepartment({ id: inspectors, name: '督导组', parentId: region })
    app.simulator.controls.moveStaff('clerk11', [app.storeOf('clerk11'), team])
    await poll()
    const row = only(await openOf('clerk11'))
    expect((await db().getRepository(approvalRequests).findOneByOrFail({ id: row.id })).payload).toMatchObject({ roleKey: 'clerk' })
    app.simulator.controls.moveDepartment(team, inspectors)
    await poll()
    await tap(regionOf(app.storeOf('clerk11')), row, 'approve')
    await app.settle()
    expect(await rolesOf('clerk11')).toEqual(['clerk'])
    expect(await waitingOf('clerk11')).toEqual(['department'])
    const next = only(await openOf('clerk11'))
    expect([next.payload, await askedFor(next)]).toEqual([expect.objectContaining({ roleKey: 'regional-manager' }), expect.not.arrayContaining([regionOf(app.storeOf('clerk11'))])])
    await db().getRepository(templateRules).delete({ id: 'inspectors' })
    app.simulator.controls.moveStaff('clerk11', [app.storeOf('clerk11')])
    await app.settle()
  })

  it('a decision whose process died is applied by the next one, and once', async () => {
    const [home, second] = [app.storeOf('clerk01'), app.storeOf('clerk12')]
    app.simulator.controls.moveStaff('clerk01', [home, second])
    await app.settle()
    await tap('manager12', only(await openOf('clerk01')), 'approve')
    await app.simulator.controls.callbacksIdle()
    await app.background.inbox.drain()
    expect(await waitingOf('clerk01')).toEqual(['department'])
    await db().getRepository(outbox).update({ kind: 'directory.apply-agreed', state: 'new' }, { state: 'running', attempts: 1, leaseBy: 'dead', leaseUntil: Date.now() - 1 })
    const next = createBackground(app.services)
    await next.outbox.drain()
    await next.outbox.drain()
    await next.stop()
    expect([await waitingOf('clerk01'), (await (await app.person('clerk01')).get('/api/me')).body.staff.departments.map((one: { id: number }) => one.id).sort()]).toEqual([[], [home, second].sort()])
    expect(await db().getRepository(outbox).countBy({ state: 'dead' })).toBe(0)
  })

  it('the command agrees without a request, and ends the one that waits; a leaver\'s request ends too', async () => {
    app.simulator.controls.createStaff({ userid: 'newdirector', name: '自称总监', position: '总监', departmentIds: [office] })
    app.simulator.controls.createStaff({ userid: 'newhead', name: '自称主管', position: '销售主管', departmentIds: [office] })
    await app.settle()
    const [director, head] = [only(await openOf('newdirector')), only(await openOf('newhead'))]
    const { database, access, audit, wecom, staffWriter: writer, clock } = app.services
    await createAdminCommands({ database, access, audit, wecom, writer, clock }).agree('newdirector')
    app.simulator.controls.deleteStaff('newhead')
    await app.settle()
    expect([await rolesOf('newdirector'), (await requestsOf('newdirector')).map((one) => one.status), (await requestsOf('newhead')).map((one) => one.status)]).toEqual([['director'], ['withdrawn'], ['withdrawn']])
    for (const row of [director, head]) expect([404, 409]).toContain((await decide('director01', row, 'approve')).status)
  })
})
