import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { v7 as uuid } from 'uuid'
import { approvalRequests } from '../../server/approvals/index.ts'
import { auditEntries } from '../../server/audit/audit.entity.ts'
import { broadcastRecipients } from '../../server/broadcasts/broadcast.entity.ts'
import { testDatabaseKinds } from '../support/databases.ts'
import { sendingCompany, wideRules, type SendingCompany } from './support/sending-company.ts'

const codeOf = (reply: { readonly status: number, readonly body: any }) => [reply.status, reply.body.error?.code]

describe.each(await testDatabaseKinds())('broadcasts, on %s', (kind) => {
  let company: SendingCompany
  const clock = { ahead: 0 }
  beforeAll(async () => { company = await sendingCompany(kind, () => Date.now() + clock.ahead) })
  afterAll(() => company.app.stop())

  it('S40 message 201 is refused with how many are left; a refused, a canceled and an edited broadcast give their share back', async () => {
    const { customersOf, send, quota, row } = company
    const people = await customersOf('clerk01', 201)
    const first = await send('clerk01', people.slice(0, 90))
    expect([first.status, first.body.status, first.body.recipients, first.body.steps]).toEqual([200, 'waiting', { value: 90 }, [{ step: 'manager', agreed: false }]])
    const second = await send('clerk01', people.slice(90, 180))
    expect([second.status, await quota('clerk01')]).toEqual([200, [180, 0]])
    const third = await send('clerk01', people.slice(180))
    expect([...codeOf(third), third.body.error.data.left, third.body.error.data.needed]).toEqual([409, 'broadcast.quota_exceeded', 20, 21])
    expect((await company.app.services.database.db.findBy(auditEntries, { action: 'broadcast.stopped' })).map((entry) => [entry.outcome, entry.details])).toEqual([['refused', { code: 'broadcast.quota_exceeded' }]])
    expect([await quota('clerk01'), (await send('clerk01', people.slice(180, 200))).status, await quota('clerk01')]).toEqual([[180, 0], 200, [200, 0]])
    expect(codeOf(await send('clerk01', people.slice(200)))).toEqual([409, 'broadcast.quota_exceeded'])

    await company.app.settle()
    await company.approve('manager01', first.body.id, 'manager', 'refuse')
    expect([await quota('clerk01'), (await row(first.body.id)).status, await company.recipients(first.body.id)]).toEqual([[110, 0], 'refused', { withdrawn: 90 }])
    const clerk = await company.app.person('clerk01')
    const canceled = await clerk.post(`/api/broadcasts/${second.body.id}/cancel`, { version: second.body.version })
    expect([canceled.status, canceled.body.status, await quota('clerk01')]).toEqual([200, 'canceled', [20, 0]])
    // Its request is gone with it.
    expect(await company.app.services.database.db.countBy(approvalRequests, { kind: 'broadcast', status: 'withdrawn' })).toBe(1)
    // The sender learns the result (S44), and may submit again.
    await company.app.settle()
    expect(company.on.texts('clerk01').at(-1)).toContain('您的申请「群发：周末活动」已由')
    const again = await company.submit('clerk01', { id: first.body.id, version: (await row(first.body.id)).version })
    expect([again.status, await quota('clerk01')]).toEqual([200, [110, 0]])
    const mine = (await clerk.get('/api/broadcast-quota')).body.items
    expect(mine.filter((one: { period: string }) => one.period === 'month').length).toBe(1)
  })

  it('S40 a hundred submissions at once by one person never reserve more than is left', { timeout: 120_000 }, async () => {
    const people = await company.customersOf('clerk02', 300)
    const drafts = await Promise.all(Array.from({ length: 100 }, (_, nth) => company.draft('clerk02', { audience: { externalUserIds: people.slice(nth * 3, nth * 3 + 3) } })))
    const replies = await Promise.all(drafts.map((draft) => company.submit('clerk02', draft.body)))
    const passed = replies.filter((reply) => reply.status === 200).length
    const refused = replies.filter((reply) => reply.body.error?.code === 'broadcast.quota_exceeded').length
    expect([passed, refused, await company.quota('clerk02')]).toEqual([66, 34, [198, 0]])
  })

  it('S41 an exclusive template reaches only those who spent enough, also by id; below gold rank nobody can use it', async () => {
    const { app, ports, customersOf, draft, send } = company
    const exclusive = ports.add({ id: uuid(), text: '黄金专享礼遇', lowestLevel: 2, spendAtLeastFen: 500_000 })
    const [rich = '', poor = ''] = await customersOf('sales01', 2)
    await app.buys(rich, app.storeOf('sales01'), 300_000)
    await app.buys(rich, app.storeOf('sales01'), 200_000)
    await app.buys(poor, app.storeOf('sales01'), 499_999)
    expect(codeOf(await draft('sales01', { templateId: exclusive }))).toEqual([409, 'broadcast.template_unusable'])
    ports.levels.set((await app.staffOf('sales01')).id, 2)
    const begun = await draft('sales01', { templateId: exclusive, audience: { externalUserIds: [rich, poor] } })
    const preflight = await (await app.person('sales01')).post(`/api/broadcasts/${begun.body.id}/preflight`, {})
    expect(preflight.body).toMatchObject({ kept: { value: 1 }, dropped: [{ reason: 'below-spend', count: { value: 1 } }], examples: [{ externalUserId: rich }], verdict: 'pass', steps: ['manager'] })
    expect((await company.submit('sales01', begun.body)).body.recipients).toEqual({ value: 1 })
    expect(codeOf(await send('sales01', [poor], { templateId: exclusive }))).toEqual([409, 'broadcast.nobody_left'])
    // Demoted before it leaves: the submission is not possible any more either.
    ports.levels.set((await app.staffOf('sales01')).id, 1)
    expect(codeOf(await company.submit('sales01', (await draft('sales01')).body))).toEqual([200, undefined])
    expect(codeOf(await send('sales01', [rich], { templateId: exclusive }))).toEqual([409, 'broadcast.template_unusable'])
  })

  it('S43 no customer is written to more often than the cap allows, also by two broadcasts at once', async () => {
    await company.rules({ frequency: { messages: 1, days: 7 } })
    const people = await company.customersOf('clerk01', 6)
    const drafts = await Promise.all([0, 1].map(() => company.draft('clerk01', { audience: { externalUserIds: people } })))
    const replies = await Promise.all(drafts.map((draft) => company.submit('clerk01', draft.body)))
    expect(replies.map((reply) => reply.body.error?.code ?? reply.status).sort()).toEqual([200, 'broadcast.nobody_left'])
    const planned = await company.app.services.database.db.countBy(broadcastRecipients, { customerId: (await company.app.customer(people[0] ?? '')).id, outcome: 'planned' })
    expect(planned).toBe(1)
    const later = await company.draft('clerk01', { audience: { externalUserIds: people }, plannedAt: company.tomorrow() + 6 * 86_400_000 })
    const preflight = await (await company.app.person('clerk01')).post(`/api/broadcasts/${later.body.id}/preflight`, {})
    expect(preflight.body).toMatchObject({ kept: { value: 0 }, dropped: [{ reason: 'frequency', count: { value: 6 } }] })
    const week = await company.send('clerk01', people, { plannedAt: company.tomorrow() + 7 * 86_400_000 })
    expect([week.status, week.body.recipients]).toEqual([200, { value: 6 }])
    await company.rules({})
  })

  it('S44 the manager agrees on the card: outreach gets the frozen plan in the same transaction, and the sender is told', async () => {
    const { app, on, ports } = company
    const people = await company.customersOf('clerk01', 3)
    const sent = await company.send('clerk01', people, { name: '新品到店' })
    await app.settle()
    const request = await company.requestOf(sent.body.id)
    const card = app.simulator.controls.outbox('manager01').find((message) => message.msgtype === 'template_card' && JSON.stringify(message.body).includes('群发：新品到店'))
    expect(JSON.stringify(card?.body)).toContain('3 位客户')
    app.simulator.controls.tapCard('manager01', { taskId: await on.card('manager01', request) }, 'approve', { stale: false })
    await app.settle()
    const row = await company.row(sent.body.id)
    const clerk = await app.staffOf('clerk01')
    expect([row.status, ports.plans.get(row.planId ?? '')?.notBefore]).toEqual(['scheduled', row.plannedAt])
    expect(ports.partOf(row.planId ?? '', clerk.id)).toMatchObject({ text: `您好，我是${clerk.name}，周末到店有礼。`, attachments: [] })
    expect(ports.partOf(row.planId ?? '', clerk.id).customerIds).toHaveLength(3)
    expect(on.texts('clerk01').at(-1)).toContain('同意')
    const calendar = await (await app.person('manager01')).get(`/api/broadcast-calendar?from=${row.plannedAt}&until=${row.plannedAt + 1}`)
    expect(calendar.body.items.map((one: { id: string }) => one.id)).toContain(row.id)
    const elsewhere = await (await app.person('manager02')).get(`/api/broadcast-calendar?from=${row.plannedAt}&until=${row.plannedAt + 1}`)
    expect(elsewhere.body.items.map((one: { id: string }) => one.id)).not.toContain(row.id)
    expect([(await (await app.person('manager02')).get(`/api/broadcasts/${row.id}`)).status, (await (await app.person('manager01')).get(`/api/broadcasts/${row.id}`)).body.content]).toEqual([404, null])
  })

  it('S44 many recipients are decided by the marketing lead, a risky text by both; one refusal ends it', async () => {
    const { app, ports } = company
    const risky = ports.add({ id: uuid(), text: '限时抢购', category: 'promotion' })
    const people = await company.customersOf('clerk03', 100)
    const many = await company.send('clerk03', people)
    expect(many.body.steps).toEqual([{ step: 'lead', agreed: false }])
    await app.settle()
    // A manager of the store is a superior, but publishes no templates.
    expect(codeOf(await company.approve('manager03', many.body.id, 'lead'))[0]).not.toBe(200)
    expect((await company.approve('marketinglead01', many.body.id, 'lead')).status).toBe(200)
    expect((await company.row(many.body.id)).status).toBe('scheduled')

    const both = await company.send('clerk03', people.slice(0, 5), { templateId: risky })
    expect(both.body.steps.map((one: { step: string }) => one.step)).toEqual(['manager', 'lead'])
    await app.settle()
    expect((await company.approve('manager03', both.body.id)).status).toBe(200)
    expect([(await company.row(both.body.id)).status, ports.plans.has((await company.row(both.body.id)).planId ?? '')]).toEqual(['waiting', false])
    expect((await company.approve('marketinglead01', both.body.id, 'lead')).status).toBe(200)
    expect((await company.row(both.body.id)).status).toBe('scheduled')

    const ended = await company.send('clerk03', people.slice(5, 10), { templateId: risky })
    await app.settle()
    expect((await company.approve('marketinglead01', ended.body.id, 'lead', 'refuse')).status).toBe(200)
    expect([(await company.row(ended.body.id)).status, await company.quota('clerk03')]).toEqual(['refused', [105, 0]])
    await expect(company.requestOf(ended.body.id)).rejects.toThrow('nothing waits')
  })

  it('T19 editing a scheduled broadcast runs scope, quota, screening and approval again', async () => {
    const { app, ports } = company
    const people = await company.customersOf('manager01', 8)
    const sent = await company.send('manager01', people.slice(0, 5))
    await app.settle()
    expect((await company.approve('regional01', sent.body.id)).status).toBe(200)
    const scheduled = await company.row(sent.body.id)
    expect([scheduled.status, await company.quota('manager01')]).toEqual(['scheduled', [5, 0]])
    const manager = await app.person('manager01')
    const content = { name: '改过的活动', templateId: company.template, senders: 'self', audience: { externalUserIds: people }, plannedAt: company.tomorrow(), values: {} }
    const put = (body: object) => manager.send('PUT', `/api/broadcasts/${sent.body.id}`, { body: JSON.stringify(body) })
    expect(codeOf(await put({ ...content, version: scheduled.version - 1 }))).toEqual([409, 'broadcast.version_conflict'])
    const edited = await put({ ...content, version: scheduled.version })
    expect([edited.status, edited.body.status, await company.quota('manager01'), ports.canceled.get(scheduled.planId ?? '')]).toEqual([200, 'draft', [0, 0], 'edited'])
    // What was approved before lets nothing leave any more.
    expect((await ports.check(app.services.database, scheduled.planId ?? '', (await app.staffOf('manager01')).id)).refused).toBe('not-approved')
    const again = await company.submit('manager01', edited.body)
    expect([again.status, again.body.status, again.body.recipients, await company.quota('manager01')]).toEqual([200, 'waiting', { value: 8 }, [8, 0]])
    const after = await company.row(sent.body.id)
    expect(after.contentHash).not.toBe(scheduled.contentHash)

    // An approval of what is not there any more is outdated, and the share returns.
    await app.services.database.db.update(broadcastRecipients, { planId: after.planId ?? '', customerId: (await app.customer(people[7] ?? '')).id }, { customerId: (await app.customer((await company.customersOf('clerk01', 1))[0] ?? '')).id })
    await app.settle()
    expect(codeOf(await company.approve('regional01', sent.body.id))).toEqual([409, 'approval.outdated'])
    expect([(await company.row(sent.body.id)).status, ports.plans.has(after.planId ?? ''), await company.quota('manager01')]).toEqual(['outdated', false, [0, 0]])
  })

  it('T10 an audience by what one may not see is refused, at the draft already', async () => {
    const refused = async (userid: string, audience: object) => {
      const reply = await company.draft(userid, { audience })
      return [reply.status, reply.body.error?.code, reply.body.error?.data.fields]
    }
    expect(await refused('service01', { valueTierAtLeast: 3 })).toEqual([403, 'access.filter_refused', ['valueTierAtLeast']])
    expect(await refused('marketing01', { stages: ['signed'], tags: ['t'], departmentId: 1, lastContactBefore: 1, valueTierAtLeast: 2 }))
      .toEqual([403, 'access.filter_refused', ['tags', 'stages', 'valueTierAtLeast', 'departmentId', 'lastContactBefore']])
    expect((await company.draft('sales01', { audience: { valueTierAtLeast: 3, stages: ['signed'], lastContactFrom: 0 } })).status).toBe(200)
  })

  it('customers outside one\'s reach do not exist, also when they are named', async () => {
    const [own = ''] = await company.customersOf('clerk01', 1)
    const [foreign = ''] = await company.customersOf('clerk02', 1)
    const mixed = await company.draft('clerk01', { audience: { externalUserIds: [own, foreign, 'wmnobody'] } })
    const preflight = (await (await company.app.person('clerk01')).post(`/api/broadcasts/${mixed.body.id}/preflight`, {})).body
    expect([preflight.kept, preflight.dropped, preflight.examples.map((one: { externalUserId: string }) => one.externalUserId)]).toEqual([{ value: 1 }, [], [own]])
    expect(codeOf(await company.send('clerk01', [foreign]))).toEqual([409, 'broadcast.nobody_left'])
    expect(codeOf(await company.send('clerk01', ['wmnobody']))).toEqual([409, 'broadcast.nobody_left'])
    // Through their owners she could not reach them either.
    expect(codeOf(await company.send('clerk01', [foreign], { senders: 'owners' }))).toEqual([409, 'broadcast.nobody_left'])
    expect(codeOf(await (await company.app.person('clerk02')).post(`/api/broadcasts/${mixed.body.id}/preflight`, {}))).toEqual([404, 'broadcast.not_found'])
  })

  it('through their owners: each by his own, not by one who may not send, and nobody who belongs to nobody', async () => {
    const owned = await company.customersOf('clerk04', 2)
    const ofManager = await company.customersOf('manager04', 1)
    const ofTrainee = await company.customersOf('trainee01', 6)
    const [pooled = ''] = await company.customersOf('clerk04', 1, { ownerStaffId: null, ownerDepartmentId: null, poolDepartmentId: company.app.storeOf('clerk04') })
    const audience = { externalUserIds: [...owned, ...ofManager, ...ofTrainee, pooled] }
    const { body } = await company.draft('operations01', { senders: 'owners', audience })
    const preflight = (await (await company.app.person('operations01')).post(`/api/broadcasts/${body.id}/preflight`, {})).body
    expect([preflight.kept, preflight.dropped]).toEqual([{ value: 3 }, [{ reason: 'sender-not-allowed', count: { value: 6 } }, { reason: 'unreachable', count: { value: 1 } }]])
    expect(preflight.senders.map((one: { userid: string, kept: { value: number } }) => [one.userid, one.kept.value]).sort()).toEqual([['clerk04', 2], ['manager04', 1]])
    const { body: submitted } = await company.submit('operations01', body)
    expect(submitted.recipients).toEqual({ value: 3 })
    expect([await company.quota('clerk04'), await company.quota('manager04'), await company.quota('operations01')]).toEqual([[2, 0], [1, 0], [0, 0]])
    expect((await (await company.app.person('operations01')).get(`/api/broadcasts/${body.id}`)).body.texts.map((one: { userid: string }) => one.userid).sort()).toEqual(['clerk04', 'manager04'])
  })

  it('S17 of customers whom the author cannot view he learns numbers, and of few none', async () => {
    const few = await company.customersOf('clerk01', 3)
    const many = await company.customersOf('clerk02', 6)
    const marketing = await company.app.person('marketing01')
    const preflight = async (externalUserIds: string[]) => {
      const { body } = await company.draft('marketing01', { senders: 'owners', audience: { externalUserIds } })
      return (await marketing.post(`/api/broadcasts/${body.id}/preflight`, {})).body
    }
    expect(await preflight(few)).toMatchObject({ kept: { suppressed: true }, senders: [{ userid: 'clerk01', kept: { suppressed: true } }], examples: [] })
    expect(await preflight(many)).toMatchObject({ kept: { value: 6 }, senders: [{ userid: 'clerk02', kept: { value: 6 }, left: 2, enough: false }], examples: [] })
    const both = await preflight([...few, ...many])
    expect([both.kept, both.senders.map((one: { kept: object }) => one.kept)]).toEqual([{ value: 9 }, [{ suppressed: true }, { suppressed: true }]])
    const submitted = await company.send('marketing01', few, { senders: 'owners' })
    expect([submitted.status, submitted.body.recipients, submitted.body.progress.planned]).toEqual([200, { suppressed: true }, { suppressed: true }])
  })

  it('S17 whoever reads the broadcast of somebody else learns no small number of customers whom he cannot view', async () => {
    const people = await company.customersOf('clerk01', 3)
    const { body: { id } } = await company.send('clerk01', [...people, ...await company.customersOf('clerk02', 1)])
    const read = async (userid: string) => (await (await company.app.person(userid)).get(`/api/broadcasts/${id}`)).body
    const figures = ({ recipients, progress }: Record<string, any>) => [recipients, progress.planned]
    expect(figures(await read('clerk01'))).toEqual([{ value: 3 }, { value: 3 }])
    expect(figures(await read('manager01'))).toEqual([{ value: 3 }, { value: 3 }])
    expect(figures(await read('marketing01'))).toEqual([{ suppressed: true }, { suppressed: true }])
  })

  it('S39 a text that the screening blocks does not leave, nor one with variables of the customer', async () => {
    const { ports } = company
    const people = await company.customersOf('clerk01', 1)
    const blocked = ports.add({ id: uuid(), text: '加我微信，代开发票，保证稳赚不赔' })
    const reply = await company.send('clerk01', people, { templateId: blocked })
    expect(codeOf(reply)).toEqual([409, 'broadcast.text_blocked'])
    const { body: begun } = await company.draft('clerk01', { templateId: blocked, audience: { externalUserIds: people } })
    const preflight = (await (await company.app.person('clerk01')).post(`/api/broadcasts/${begun.id}/preflight`, {})).body
    expect([preflight.verdict, preflight.texts[0].hits.length > 0, preflight.texts[0].userid]).toEqual(['block', true, 'clerk01'])
    const personal = ports.add({ id: uuid(), text: '{客户称呼}您好', variables: [{ name: '客户称呼', kind: 'customer' }] })
    expect(codeOf(await company.draft('clerk01', { templateId: personal }))).toEqual([409, 'broadcast.customer_variables'])
    const open = ports.add({ id: uuid(), text: '{活动}开始了', variables: [{ name: '活动', kind: 'sender' }] })
    expect(codeOf(await company.send('clerk01', people, { templateId: open }))).toEqual([409, 'broadcast.text_incomplete'])
    const filled = await company.send('clerk01', people, { templateId: open, values: { '活动': '周年庆' } })
    expect((await (await company.app.person('clerk01')).get(`/api/broadcasts/${filled.body.id}`)).body.texts).toEqual([{ userid: 'clerk01', text: '周年庆开始了' }])
  })

  it('rules are edited and published by those who may, as they were seen', async () => {
    const lead = await company.app.person('marketinglead01')
    const marketing = await company.app.person('marketing01')
    const edit = (person: typeof lead, version: number, rules: object) => person.send('PUT', '/api/broadcast-rules/draft', { body: JSON.stringify({ version, rules }) })
    expect((await edit(marketing, 0, wideRules)).status).toBe(403)
    expect(codeOf(await edit(lead, 0, { ...wideRules, quotas: [{ ...wideRules.quotas[0], roles: ['clerk'] }] }))).toEqual([400, 'broadcast.rules_flawed'])
    const { version } = (await edit(lead, 0, wideRules)).body
    expect(codeOf(await edit(lead, 0, wideRules))).toEqual([409, 'broadcast.version_conflict'])
    expect((await (await company.app.person('operations01')).post('/api/broadcast-rules/publish', { version })).status).toBe(403)
    expect(codeOf(await lead.post('/api/broadcast-rules/publish', { version: version + 1 }))).toEqual([409, 'broadcast.version_conflict'])
    const shown = (await marketing.get('/api/broadcast-rules')).body
    expect([shown.draft.version, shown.active.rules.quotas.length]).toEqual([version, 1])
    expect((await lead.post('/api/broadcast-rules/publish', { version })).status).toBe(200)
    expect((await marketing.get('/api/broadcast-rules')).body).toMatchObject({ draft: null, active: { version: shown.active.version + 1 } })
  })

  it('S40 nobody decided in time: the share returns by the clock', async () => {
    const before = await company.quota('clerk03')
    const forgotten = await company.send('clerk03', await company.customersOf('clerk03', 4))
    expect((await company.quota('clerk03'))[0]).toBe(before[0] + 4)
    clock.ahead += 73 * 3_600_000
    await company.app.services.approvals.moveDue()
    expect([(await company.row(forgotten.body.id)).status, await company.quota('clerk03')]).toEqual(['expired', before])
  })
})
