import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { approvalRequests, waitingPeriodMs } from '../../server/approvals/index.ts'
import { createAuditSealer, verifyChain } from '../../server/audit/index.ts'
import { createBackground } from '../../server/background.ts'
import { outbox } from '../../server/jobs/jobs.entity.ts'
import { createAdminCommands } from '../../server/organization/index.ts'
import { testDatabaseKinds } from '../support/databases.ts'
import type { Person } from '../support/person.ts'
import { approving, type Approving, type StoryKind } from './support/approving.ts'
import { withContactCallback } from './support/contact-callback.ts'
import { storyApp, type StoryApp } from './support/story-app.ts'

const hour = 3_600_000

describe.each(await testDatabaseKinds())('approvals, on %s', (kind) => {
  let app: StoryApp
  let on: Approving
  const clock = { ahead: 0 }

  beforeAll(async () => {
    app = await storyApp({ database: kind, clock: () => Date.now() + clock.ahead, ...withContactCallback })
    on = approving(app)
    // The second manager of a store: two may tap at once.
    await app.giveRole('sales01', 'store-manager')
  })
  afterAll(() => app.stop())

  const commands = () => {
    const { database, access, audit, wecom, staffWriter: writer, clock: now } = app.services
    return createAdminCommands({ database, access, audit, wecom, writer, clock: now })
  }
  const statusOf = async (id: string) => (await app.services.database.db.getRepository(approvalRequests).findOneByOrFail({ id })).status
  const pass = async (ms: number) => {
    clock.ahead += ms
    await app.services.approvals.moveDue()
    await app.settle()
  }
  const codeOf = (reply: { readonly status: number, readonly body: { readonly error?: { readonly code: string } } }) => [reply.status, reply.body.error?.code]
  const tap = (userid: string, taskId: string, key: string, stale = false) => app.simulator.controls.tapCard(userid, { taskId }, key, { stale })
  const ids = async (person: Person, box: string) => (await person.get(`/api/approvals${box}`)).body.items.map((item: { id: string }) => item.id)

  it.each<[StoryKind]>([['grant'], ['role'], ['export']])('S25 a %s needs a superior: requester, beneficiary, peer, subordinate and other account are refused', async (what) => {
    await commands().samePerson('clerk01', 'manager02')
    const byManager = await on.ask(what, 'manager01', { beneficiaries: ['regional01'] })
    const refused = async (userid: string, id: string, code: string) => {
      const reply = await on.decide(await app.as(userid), id)
      expect([userid, ...codeOf(reply)]).toEqual([userid, code === 'approval.not_found' ? 404 : 403, code])
    }
    await refused('manager01', byManager.id, 'approval.not_eligible')
    await refused('regional01', byManager.id, 'approval.not_eligible')
    // A peer who manages the same store, and a subordinate who has no business with approvals at all.
    await refused('sales01', byManager.id, 'approval.not_eligible')
    await refused('clerk01', byManager.id, 'approval.not_found')
    await refused('regional02', byManager.id, 'approval.not_found')
    const agreed = await on.decide(await app.as('director01'), byManager.id)
    expect([agreed.status, agreed.body.outcome, agreed.body.approval.status]).toEqual([200, 'approved', 'approved'])

    const byClerk = await on.ask(what, 'clerk02', { beneficiaries: ['clerk01'] })
    // The manager of that store is the beneficiary under another account.
    await refused('manager02', byClerk.id, 'approval.not_eligible')
    expect((await on.decide(await app.as('regional02'), byClerk.id)).status).toBe(200)
    expect(on.done).toEqual(expect.arrayContaining([byManager.id, byClerk.id]))
    expect(await on.actions(byManager.id)).toEqual(['approval.requested', 'approval.asked', ...Array(5).fill('approval.denied'), 'approval.approved'])
    await commands().ownPerson('clerk01')
    await commands().ownPerson('manager02')
  })

  it('S25 everything is on the audit chain, and the chain holds', async () => {
    const { database, clock: now, log } = app.services
    expect(await createAuditSealer({ database, clock: now, log }).sealAll()).toBeGreaterThan(20)
    const chain = await verifyChain(database)
    expect([chain.firstBroken, chain.unsealed]).toEqual([undefined, 0])
  })

  it('S25 what needs the console asks for a fresh sign-in, and its card only opens it', async () => {
    const request = await on.ask('export', 'clerk01')
    const card = app.simulator.controls.outbox('manager01').findLast((message) => message.msgtype === 'template_card')
    expect(card?.body['button_list']).toEqual([{ type: 1, text: '打开管理后台', style: 1, url: `${app.config.publicUrl}/console/#/approvals/${request.id}` }])
    const manager = await app.as('manager01')
    clock.ahead += 10 * 60_000 + 1
    expect(codeOf(await on.decide(manager, request.id))).toEqual([403, 'session.fresh_required'])
    expect(await statusOf(request.id)).toBe('pending')
    expect((await on.decide(await app.as('manager01'), request.id)).body.outcome).toBe('approved')
  })

  it('S44 two managers tap at once: one decision, the other is told, the sender learns the result', async () => {
    const request = await on.ask('grant', 'clerk01')
    const cards = { manager01: await on.card('manager01', request.id), sales01: await on.card('sales01', request.id) }
    const before = on.done.length
    tap('manager01', cards.manager01, 'approve')
    tap('sales01', cards.sales01, 'refuse')
    await app.settle()
    const status = await statusOf(request.id)
    const [winner, loser] = status === 'approved' ? ['manager01', 'sales01'] as const : ['sales01', 'manager01'] as const
    expect([on.done.length - before, ['approved', 'refused'].includes(status)]).toEqual([status === 'approved' ? 1 : 0, true])
    expect(on.texts(loser).at(-1)).toContain('您的点击没有生效')
    expect(on.texts(winner).filter((text) => text.includes('没有生效'))).toEqual([])
    expect(on.texts('clerk01').at(-1)).toContain(`您的申请「临时授权」已由${(await app.staffOf(winner)).name}${status === 'approved' ? '同意' : '拒绝'}`)
    expect(await on.greyed(winner, request.id)).toBe(status === 'approved' ? '已同意' : '已拒绝')
    expect(await on.greyed(loser, request.id)).toContain((await app.staffOf(winner)).name)
  })

  it('S44 a second tap on an old card says so, also from a device that still shows the buttons', async () => {
    const request = await on.ask('grant', 'clerk01')
    const task = await on.card('manager01', request.id)
    tap('manager01', task, 'approve')
    await app.settle()
    expect(() => tap('manager01', task, 'refuse')).toThrow('greyed')
    const told = on.texts('manager01').length
    for (const _again of [1, 2]) {
      clock.ahead += 1_000
      tap('manager01', task, 'refuse', true)
      await app.settle()
    }
    expect(on.texts('manager01').slice(told).map((text) => text.includes('这项审批已同意'))).toEqual([true, true])
    expect([await statusOf(request.id), on.done.filter((id) => id === request.id)]).toEqual(['approved', [request.id]])
  })

  it('S44 a callback that WeCom repeats is the same tap', async () => {
    const request = await on.ask('grant', 'clerk01')
    app.simulator.controls.setCallbackFaults({ duplicate: 1 })
    tap('manager01', await on.card('manager01', request.id), 'approve')
    await app.settle()
    app.simulator.controls.setCallbackFaults({ duplicate: 0 })
    expect([await statusOf(request.id), on.texts('manager01').at(-1)?.includes(request.id.slice(-6).toUpperCase())]).toEqual(['approved', false])
  })

  it('S44 the next level is asked when nobody answers, and a tap after the end says that it is over', async () => {
    const request = await on.ask('grant', 'clerk01')
    expect(await ids(await app.as('manager01'), '/waiting')).toContain(request.id)
    const region = regionOf(app.storeOf('clerk01'))
    expect(await ids(await app.as(region), '/waiting')).not.toContain(request.id)
    await pass(4 * hour)
    expect(await ids(await app.as(region), '/waiting')).toContain(request.id)
    expect(await on.card(region, request.id)).toMatch(/^approval_/)
    await pass(72 * hour)
    expect(await statusOf(request.id)).toBe('expired')
    expect(on.texts('clerk01').at(-1)).toContain('无人处理，已过期')
    tap('manager01', await on.card('manager01', request.id), 'approve', true)
    await app.settle()
    expect(on.texts('manager01').at(-1)).toContain('这项审批已过期')
    expect([await statusOf(request.id), on.done.includes(request.id)]).toEqual(['expired', false])
  })

  it('a tap after the end though no job ran decides nothing', async () => {
    const request = await on.ask('grant', 'clerk01')
    const task = await on.card('manager01', request.id)
    clock.ahead += 72 * hour
    tap('manager01', task, 'approve')
    await app.settle()
    expect([await statusOf(request.id), on.done.includes(request.id)]).toEqual(['expired', false])
    expect(codeOf(await on.decide(await app.as('manager01'), request.id))).toEqual([409, 'approval.closed'])
  })

  it('a process that dies between the decision and its messages leaves them to the next one', async () => {
    const request = await on.ask('grant', 'clerk01')
    const texts = on.texts('clerk01').length
    tap('manager01', await on.card('manager01', request.id), 'approve')
    await app.simulator.controls.callbacksIdle()
    await app.background.inbox.drain()
    expect([await statusOf(request.id), await on.greyed('manager01', request.id), on.texts('clerk01').length]).toEqual(['approved', null, texts])
    const table = app.services.database.db.getRepository(outbox)
    // As the killed process left them: claimed by a worker that will never come back.
    const claimed = await table.update({ state: 'new' }, { state: 'running', attempts: 1, leaseBy: 'dead', leaseUntil: app.services.clock() - 1 })
    expect(claimed.affected).toBeGreaterThanOrEqual(3)
    const next = createBackground(app.services)
    await next.outbox.drain()
    await next.outbox.drain()
    expect([await on.greyed('manager01', request.id), on.texts('clerk01').length]).toEqual(['已同意', texts + 1])
    await next.stop()
  })

  it('a card that cannot be updated any more changes nothing about the decision', async () => {
    const request = await on.ask('grant', 'clerk01')
    app.simulator.controls.addApiFault({ path: '/cgi-bin/message/update_template_card', kind: 'errcode', errcode: 60140 })
    tap('manager01', await on.card('manager01', request.id), 'refuse')
    await app.settle()
    app.simulator.controls.clearApiFaults()
    expect([await statusOf(request.id), await on.greyed('manager01', request.id)]).toEqual(['refused', null])
    expect(on.texts('clerk01').at(-1)).toContain('拒绝')
    expect(await app.services.database.db.getRepository(outbox).countBy({ state: 'dead' })).toBe(0)
  })

  it('T03 an approver may read and decide while it waits for him, and nothing else, and nothing afterwards', async () => {
    const request = await on.ask('grant', 'director01')
    await app.services.approvals.moveDue()
    await app.settle()
    const administrator = await app.as('admin01')
    expect(await ids(administrator, '/waiting')).toContain(request.id)
    const shown = await administrator.get(`/api/approvals/${request.id}`)
    expect([shown.body.title, shown.body.lines, shown.body.abilities]).toEqual(['临时授权', [{ label: '内容', value: '临时授权' }], { approve: true, refuse: true, withdraw: false }])
    const nothingElse = async () => {
      for (const path of ['/api/approvals', '/api/entrances']) expect([path, (await administrator.get(path)).status]).toEqual([path, 403])
      expect((await administrator.get('/api/customers')).body.items).toEqual([])
    }
    await nothingElse()
    expect((await on.decide(administrator, request.id)).status).toBe(200)
    expect(codeOf(await administrator.get(`/api/approvals/${request.id}`))).toEqual([404, 'approval.not_found'])
    expect(await ids(administrator, '/waiting')).toEqual([])
    expect(codeOf(await on.decide(administrator, request.id, 'refuse'))).toEqual([409, 'approval.closed'])
    expect(await statusOf(request.id)).toBe('approved')
    await nothingElse()
  })

  it('boxes hold what is one\'s own, what waits for one, and what lies in one\'s scope, page by page', async () => {
    const mine = [await on.ask('grant', 'clerk02'), await on.ask('role', 'clerk02'), await on.ask('grant', 'clerk02')].map((one) => one.id).reverse()
    const foreign = await on.ask('grant', 'clerk03')
    const clerk = await app.as('clerk02')
    const manager = await app.as('manager02')
    expect((await ids(clerk, '/mine')).slice(0, 3)).toEqual(mine)
    expect(await ids(clerk, '/waiting')).toEqual([])
    expect(codeOf(await clerk.get('/api/approvals'))).toEqual([403, 'access.denied'])
    expect(await ids(manager, '/waiting')).toEqual(mine)
    expect(await ids(manager, '?state=open')).toEqual(mine)
    expect(await ids(manager, '?state=open&kind=story-role')).toEqual([mine[1]])
    expect(await ids(manager, '')).not.toContain(foreign.id)
    expect(codeOf(await manager.get(`/api/approvals/${foreign.id}`))).toEqual([404, 'approval.not_found'])
    const first = await manager.get('/api/approvals/waiting?limit=2')
    expect(first.body.items.map((item: { id: string }) => item.id)).toEqual(mine.slice(0, 2))
    const second = await manager.get(`/api/approvals/waiting?limit=2&cursor=${encodeURIComponent(first.body.nextCursor)}`)
    expect([second.body.items.map((item: { id: string }) => item.id), second.body.nextCursor]).toEqual([mine.slice(2), null])
    expect(codeOf(await (await app.as('manager03')).get(`/api/approvals/waiting?cursor=${encodeURIComponent(first.body.nextCursor)}`))).toEqual([400, 'cursor.invalid'])

    const withdraw = (person: Person, id: string) => person.send('POST', `/api/approvals/${id}/withdrawal`, { body: '{}' })
    expect(codeOf(await withdraw(manager, mine[0] ?? ''))).toEqual([404, 'approval.not_found'])
    expect((await withdraw(clerk, mine[0] ?? '')).body.status).toBe('withdrawn')
    expect(codeOf(await withdraw(clerk, mine[0] ?? ''))).toEqual([409, 'approval.closed'])
    await app.settle()
    expect([await ids(manager, '/waiting'), await on.greyed('manager02', mine[0] ?? '')]).toEqual([mine.slice(1), '已撤回'])
    expect(await ids(manager, '?state=open')).toEqual(mine.slice(1))
  })

  it('a company with one administrator: after a notice and a waiting period it takes effect, unless a director refuses', async () => {
    const [first, second] = [await on.ask('policy', 'admin01'), await on.ask('policy', 'admin01')]
    expect([await statusOf(first.id), await statusOf(second.id)]).toEqual(['waiting', 'waiting'])
    expect(on.texts('director01').slice(-2).every((text) => text.includes('没有第二位管理员') && text.includes('/console/#/approvals/'))).toBe(true)
    expect(codeOf(await on.decide(await app.as('admin01'), first.id))).toEqual([403, 'approval.not_eligible'])
    const director = await app.as('director01')
    expect((await director.get(`/api/approvals/${second.id}`)).body.abilities).toEqual({ approve: false, refuse: true, withdraw: false })
    expect((await on.decide(director, second.id, 'refuse')).body.outcome).toBe('refused')
    await pass(waitingPeriodMs)
    expect([await statusOf(first.id), await statusOf(second.id)]).toEqual(['approved', 'refused'])
    expect(on.done.filter((id) => id === first.id || id === second.id)).toEqual([first.id])
  })

  it('two administrators who keep approving each other are listed for those who read the audit', async () => {
    await app.giveRole('operations01', 'administrator')
    for (const [requester, approver] of [['admin01', 'operations01'], ['operations01', 'admin01']] as const) {
      for (let count = 0; count < 3; count += 1) {
        const request = await on.ask('policy', requester)
        expect((await on.decide(await app.as(approver), request.id)).body.outcome).toBe('approved')
      }
    }
    await app.settle()
    const listed = await (await app.as('admin01')).get('/api/approvals/mutual')
    expect(listed.body.items).toHaveLength(1)
    expect([listed.body.items[0].first.userid, listed.body.items[0].second.userid].sort()).toEqual(['admin01', 'operations01'])
    expect(on.texts('admin01').some((text) => text.startsWith('提醒') && text.includes('互相审批'))).toBe(true)
    expect(codeOf(await (await app.as('director01')).get('/api/approvals/mutual'))).toEqual([403, 'access.denied'])
    await app.takeRole('operations01', 'administrator')
  })

  const regionOf = (store: number) => {
    const region = app.company.departments.find((one) => one.id === store)?.parentId ?? 0
    return app.company.staff.find((one) => one.role === 'regional-manager' && one.departmentIds.includes(region))?.userid ?? ''
  }
})
