import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadFacts } from '../../server/access/index.ts'
import { addTags } from '../../server/customers/index.ts'
import { tellWhatIsOver } from '../../server/policy/index.ts'
import { testDatabaseKinds } from '../support/databases.ts'
import { expectHidden } from './support/answers.ts'
import { codeOf, day, hour, minute, post, rightsOf, type RightsWords } from './support/rights.ts'
import { storyApp, type StoryApp } from './support/story-app.ts'

describe.each(await testDatabaseKinds())('access with an end, on %s', (kind) => {
  let app: StoryApp
  let rights: RightsWords
  const clock: { ahead: number, at: number | null } = { ahead: 0, at: null }
  const now = () => clock.at ?? Date.now() + clock.ahead
  let [storeA, storeB, storeC] = [0, 0, 0]
  let [inA, inB, inC] = ['', '', '']

  beforeAll(async () => {
    app = await storyApp({ database: kind, clock: now })
    rights = rightsOf(app);
    [storeA, storeB, storeC] = [app.storeOf('clerk01'), app.storeOf('clerk02'), app.storeOf('clerk03')];
    [inA, inB, inC] = [await visitor(storeA), await visitor(storeB), await visitor(storeC)]
  })
  afterAll(() => app.stop())

  async function visitor(store: number): Promise<string> {
    const { externalUserId } = await app.arrives(store)
    await app.knows(externalUserId, { mobile: '13912345678', contractAmountFen: 100_000, valueTier: 4 })
    await app.buys(externalUserId, store, 12_300)
    await app.visitsStore(externalUserId, store, '到店')
    return externalUserId
  }

  const actorOf = async (userid: string) => app.services.access.actorFor((await app.staffOf(userid)).id)
  const stateOf = async (userid: string, id: string) => (await (await app.as(userid)).get('/api/temporary-grants')).body.items.find((one: { id: string }) => one.id === id)?.state

  it('S19 a marketing specialist sees the visits of two named stores: no contacts, spending or chats, no export, no edit', async () => {
    const marketing = await app.person('marketing01')
    await expectHidden(marketing, inA)
    const until = now() + 7 * day
    const asked = await rights.ask('marketing01', { until, grant: { operations: ['customer.profile.view', 'talk.visits.view'], scope: { kind: 'departments', departmentIds: [storeA, storeB] } } })
    expect(asked.status).toBe(200)
    await expectHidden(marketing, inA)
    const before = await rights.epoch(marketing)
    await rights.tap('marketinglead01', asked.body.requestId)
    expect(await rights.epoch(marketing)).toBeGreaterThan(before)
    for (const customer of [inA, inB]) {
      expect((await marketing.get(`/api/customers/${customer}/visits`)).body.items).toHaveLength(1)
      const card = await marketing.get(`/api/customers/${customer}`)
      expect([card.status, Object.keys(card.body.fields).filter((field) => /mobile|email|address|spend|order|contract|tags|stage|valueTier/i.test(field))]).toEqual([200, []])
      expect([card.body.abilities.writable, card.body.abilities.operations.filter((one: string) => /^(customer|talk)\./.test(one))]).toEqual([[], ['customer.profile.view', 'talk.visits.view']])
      for (const part of ['orders', 'messages']) expect((await marketing.get(`/api/customers/${customer}/${part}`)).status).toBe(403)
    }
    await expectHidden(marketing, inC)
    expect((await marketing.get('/api/me')).body.operations).not.toContain('marketing.reports.operate')
    expect((await marketing.patch(`/api/customers/${inA}`, { version: 1, remark: '改' })).status).toBe(403)
    expect(await rights.actions(asked.body.id)).toEqual(['grant.requested', 'grant.given'])
    clock.ahead += 7 * day
    await expectHidden(await app.as('marketing01'), inA)
    expect(await stateOf('marketing01', asked.body.id)).toBe('over')
  })

  it('S25 whoever is asked reads on the card what would be shown in clear, not only that contacts would be seen', async () => {
    const asked = await rights.ask('marketing01', {
      until: now() + day, grant: { operations: ['customer.profile.view', 'customer.contact.view'], scope: { kind: 'departments', departmentIds: [storeA] }, fields: { mobile: 'clear', email: 'masked' } },
    })
    expect(asked.status).toBe(200)
    const card = app.simulator.controls.outbox('marketinglead01').findLast((message) => message.msgtype === 'template_card')
    expect(card?.body['horizontal_content_list']).toContainEqual(expect.objectContaining({ keyname: '明文显示', value: '手机号' }))
    await rights.tap('marketinglead01', asked.body.requestId, 'refuse')
  })

  it('S19 what is never given for a time is refused, all flaws at once', async () => {
    const reply = await rights.ask('marketing01', {
      until: now() - 1,
      grant: { operations: ['marketing.reports.operate', 'system.policy.operate', 'talk.visits.edit', 'customer.everything.view'], scope: { kind: 'departments', departmentIds: [storeA, 987_654] }, fields: { mobile: 'loud' } },
    })
    expect(codeOf(reply)).toEqual([400, 'grant.flawed'])
    expect(reply.body.error.data.places).toEqual(expect.arrayContaining([
      'grant.operations.0', 'grant.operations.1', 'grant.operations.2', 'grant.operations.3', 'grant.scope.departmentIds.1', 'grant.fields.mobile', 'until',
    ]))
    const named = await app.customer(inA)
    for (const scope of [{ kind: 'customers', customerIds: [named.id] }, { kind: 'everything' }]) {
      expect(codeOf(await rights.ask('marketing01', { until: now() + day, grant: { operations: ['talk.visits.view'], scope } }))).toEqual([400, 'grant.flawed'])
    }
    const long = await rights.ask('marketing01', { until: now() + 181 * day, grant: { operations: ['talk.visits.view'], scope: { kind: 'own' } } })
    expect([codeOf(long), long.body.error.data.places]).toEqual([[400, 'grant.flawed'], ['until']])
  })

  it('S18 a campaign drawn from three departments works through all three locks until its end, and one millisecond later has nothing though no job ran', async () => {
    const [group] = app.company.tagGroups
    const [tag] = group?.tags ?? []
    if (group === undefined || tag === undefined) throw new Error('the company has no tags')
    const customer = await app.customer(inC)
    await app.services.database.transaction((work) => addTags(work, { id: customer.id, customerId: customer.id }, [tag.id]))
    const until = now() + 2 * hour
    const lead = await app.as('marketinglead01')
    const made = await post(lead, '/api/campaigns', { campaignKey: 'spring', name: '春季焕新', from: now(), until, userids: ['clerk01', 'service01'] })
    expect([made.status, made.body.members, made.body.grants]).toEqual([200, 2, 0])
    const { id } = made.body
    // It gives nothing yet: somebody joins at once.
    expect((await post(lead, `/api/campaigns/${id}/members`, { userids: ['marketing01'], reason: '设计' })).body).toEqual({ outcome: 'done', requestId: null })
    const people = ['clerk01', 'service01', 'marketing01']
    await expectHidden(await app.as('service01'), inC)
    const grants = [
      { operations: ['customer.profile.view', 'customer.labels.view'], scope: { kind: 'all' }, conditions: [{ kind: 'tagGroups', match: 'any', groupIds: [group.id] }] },
      { operations: ['marketing.templates.view', 'marketing.broadcasts.operate'], scope: { kind: 'all' }, conditions: [{ kind: 'campaign', anyOf: ['spring'] }] },
    ]
    for (const [place, grant] of grants.entries()) {
      const asked = await rights.ask('marketinglead01', { campaignId: id, until: until + day, allowChanges: place === 1, grant })
      expect(asked.status).toBe(200)
      // One's own people do not agree to it, nor does the head of another department.
      for (const userid of ['marketinglead01', 'clerk01', 'saleshead01']) expect((await rights.decide(userid, asked.body.requestId)).status).toSatisfy((status) => status === 403 || status === 404)
      expect((await rights.decide('admin01', asked.body.requestId)).body.outcome).toBe('approved')
    }
    const facts = async () => (await loadFacts(app.services.database.db, [customer.id])).get(customer.id) ?? expect.fail('no facts')
    const mayRun = async (userid: string, campaign?: string) => (await actorOf(userid)).decideResource('marketing.broadcasts.operate', { departmentId: storeC, creatorStaffId: null, campaign }).because.filter((one) => one.startsWith('temporary:')).length > 0
    for (const userid of people) {
      expect((await (await app.as(userid)).get(`/api/customers/${inC}`)).status).toBe(200)
      // The first lock: the campaign and no other; the second and third: this tag group's customers, and whom one sees at all.
      expect([await mayRun(userid, 'spring'), await mayRun(userid, 'summer'), await mayRun(userid)]).toEqual([true, false, false])
      expect((await actorOf(userid)).decideFor('customer.labels.view', await facts()).because.some((one) => one.startsWith('temporary:'))).toBe(true)
    }
    await expectHidden(await app.as('service01'), inA)
    // It gives something now: whoever comes later waits for a second person.
    const join = await post(lead, `/api/campaigns/${id}/members`, { userids: ['clerk02'], reason: '支援' })
    await app.settle()
    expect([join.body.outcome, (await lead.get(`/api/campaigns/${id}`)).body.waitingPeople.map((one: { userid: string }) => one.userid)]).toEqual(['waiting', ['clerk02']])
    await expectHidden(await app.as('clerk02'), inC)
    expect((await rights.decide('admin01', join.body.requestId)).body.outcome).toBe('approved')
    expect((await (await app.as('clerk02')).get(`/api/customers/${inC}`)).status).toBe(200)
    expect((await lead.send('DELETE', `/api/campaigns/${id}/members/clerk02`)).body).toEqual({ removed: true })
    await expectHidden(await app.as('clerk02'), inC)

    const service = await app.as('service01')
    clock.at = until - 1
    expect((await service.get(`/api/customers/${inC}`)).status).toBe(200)
    clock.at = until
    await expectHidden(service, inC)
    for (const userid of people) expect([userid, await mayRun(userid, 'spring')]).toEqual([userid, false])
    expect((await lead.get(`/api/campaigns/${id}`)).body).toMatchObject({ state: 'over', grants: 0 })
    Object.assign(clock, { at: null, ahead: until - Date.now() + 1 })
    expect(codeOf(await post(lead, `/api/campaigns/${id}/members`, { userids: ['clerk02'], reason: '晚了' }))).toEqual([409, 'campaign.over'])
  })

  it('S18 S46 S51 an open screen learns of an end by the clock: the poll\'s second value moves while the epoch stays', async () => {
    const marketing = await app.as('marketing01')
    const rules = async () => {
      const reply = await marketing.get('/api/epoch')
      expect([reply.headers.get('x-access-epoch'), reply.headers.get('x-access-since')]).toEqual([String(reply.body.epoch), String(reply.body.since)])
      return reply.body as { readonly epoch: number, readonly since: number }
    }
    const until = now() + 3 * hour
    const asked = await rights.ask('marketing01', { until, grant: { operations: ['customer.profile.view', 'talk.visits.view'], scope: { kind: 'departments', departmentIds: [storeA] } } })
    await rights.tap('marketinglead01', asked.body.requestId)
    clock.at = until - 1
    const card = await marketing.get(`/api/customers/${inA}`)
    const before = await rules()
    // What was read carries the same marks as the poll, so a screen can compare the two.
    expect([card.status, card.headers.get('x-access-epoch'), card.headers.get('x-access-since')]).toEqual([200, String(before.epoch), String(before.since)])
    const others = (await (await app.as('service03')).get('/api/epoch')).body
    clock.at = until
    expect(await rules()).toEqual({ epoch: before.epoch, since: until })
    expect(before.since).toBeLessThan(until)
    await expectHidden(marketing, inA)
    // Only his own rules moved, and they stay where they are.
    expect((await (await app.as('service03')).get('/api/epoch')).body).toEqual(others)
    clock.at = until + minute
    expect(await rules()).toEqual({ epoch: before.epoch, since: until })
    Object.assign(clock, { at: null, ahead: until - Date.now() + minute + 1 })
  })

  it('S29 whoever leaves takes open requests to join a campaign with him: agreed to after his return they would bring him in', async () => {
    const lead = await app.as('marketinglead01')
    const until = now() + 2 * day
    const { id } = (await post(lead, '/api/campaigns', { campaignKey: 'leavers', name: '离职', from: now(), until, userids: [] })).body
    const asked = await rights.ask('marketinglead01', { campaignId: id, until, grant: { operations: ['customer.profile.view'], scope: { kind: 'departments', departmentIds: [storeB] } } })
    expect((await rights.decide('admin01', asked.body.requestId)).body.outcome).toBe('approved')
    const join = async (...userids: readonly string[]) => {
      const reply = await post(lead, `/api/campaigns/${id}/members`, { userids, reason: '支援' })
      await app.settle()
      expect(reply.body.outcome).toBe('waiting')
      return reply.body.requestId
    }
    const [withLeaver, alone, others] = [await join('clerk09', 'clerk10'), await join('clerk09'), await join('clerk11')]
    await app.services.database.transaction(async (work) => app.services.staffWriter.remove(work, 'clerk09'))
    await app.settle()
    for (const request of [withLeaver, alone]) expect(await rights.actions(request)).toEqual(['approval.requested', 'approval.asked', 'approval.withdrawn'])
    expect((await lead.get(`/api/campaigns/${id}`)).body.waitingPeople.map((one: { userid: string }) => one.userid)).toEqual(['clerk11'])
    expect((await rights.decide('admin01', others)).body.outcome).toBe('approved')
    expect((await rights.decide('admin01', withLeaver)).status).not.toBe(200)
    expect((await lead.get(`/api/campaigns/${id}`)).body.members).toBe(1)
  })

  it('S18 a campaign ended early ends what it gave at the next request; its end never moves back', async () => {
    const lead = await app.as('marketinglead01')
    const until = now() + 3 * day
    const { id, version } = (await post(lead, '/api/campaigns', { campaignKey: 'autumn', name: '秋季', from: now(), until, userids: ['service02'] })).body
    expect(codeOf(await lead.patch(`/api/campaigns/${id}`, { version, until: until + 1 }))).toEqual([400, 'grant.flawed'])
    expect((await lead.patch(`/api/campaigns/${id}`, { version, name: '秋季二', until: until - hour })).body).toMatchObject({ name: '秋季二', until: until - hour })
    expect(codeOf(await lead.patch(`/api/campaigns/${id}`, { version, name: '秋季三' }))).toEqual([409, 'policy.version_conflict'])
    expect(codeOf(await post(lead, '/api/campaigns', { campaignKey: 'autumn', name: '又', from: now(), until }))).toEqual([409, 'campaign.key_taken'])
    const asked = await rights.ask('marketinglead01', { campaignId: id, until, grant: { operations: ['customer.profile.view'], scope: { kind: 'departments', departmentIds: [storeB] } } })
    await rights.tap('admin01', asked.body.requestId)
    const service = await app.as('service02')
    expect((await service.get(`/api/customers/${inB}`)).status).toBe(200)
    const waiting = await rights.ask('marketinglead01', { campaignId: id, until, grant: { operations: ['customer.labels.view'], scope: { kind: 'departments', departmentIds: [storeB] } } })
    expect((await post(lead, `/api/campaigns/${id}/end`, {})).body).toEqual({ ended: true })
    await expectHidden(service, inB)
    expect((await post(lead, `/api/campaigns/${id}/end`, {})).body).toEqual({ ended: false })
    expect(codeOf(await rights.decide('admin01', waiting.body.requestId))).toEqual([409, 'approval.closed'])
  })

  it('whoever joins while a grant waits makes its approval worthless', async () => {
    const lead = await app.as('marketinglead01')
    const until = now() + day
    const { id } = (await post(lead, '/api/campaigns', { campaignKey: 'winter', name: '冬季', from: now(), until, userids: ['service02'] })).body
    const wish = { campaignId: id, until, grant: { operations: ['customer.profile.view'], scope: { kind: 'departments', departmentIds: [storeB] } } }
    const first = await rights.ask('marketinglead01', wish)
    // The request stands for these people: a new one waits as well.
    const join = await post(lead, `/api/campaigns/${id}/members`, { userids: ['service03'], reason: '支援' })
    await app.settle()
    expect(join.body.outcome).toBe('waiting')
    expect((await rights.decide('admin01', join.body.requestId)).body.outcome).toBe('approved')
    expect(codeOf(await rights.decide('admin01', first.body.requestId))).toEqual([409, 'approval.outdated'])
    await expectHidden(await app.as('service02'), inB)
  })

  it('a grant ends at once by the person, whoever asked or decided, or an administrator, and by nobody else', async () => {
    const wish = { until: now() + day, grant: { operations: ['customer.profile.view'], scope: { kind: 'departments', departmentIds: [storeA] } } }
    for (const [asker, ender, waits] of [['marketing01', 'marketing01', false], ['marketing01', 'marketinglead01', false], ['marketing01', 'admin01', false], ['marketing01', 'marketing01', true]] as const) {
      const { id, requestId } = (await rights.ask(asker, wish)).body
      if (!waits) await rights.tap('marketinglead01', requestId)
      expect(codeOf(await post(await app.as('clerk03'), `/api/temporary-grants/${id}/end`, {}))).toEqual([404, 'grant.not_found'])
      expect(await stateOf('marketing01', id)).toBe(waits ? 'waiting' : 'active')
      expect((await post(await app.as(ender), `/api/temporary-grants/${id}/end`, {})).body).toEqual({ ended: true })
      expect([await stateOf('marketing01', id), (await (await app.as('marketing01')).get(`/api/customers/${inA}`)).status]).toSatisfy(([state, status]) => state === 'ended' && status >= 403)
      if (waits) expect(codeOf(await rights.decide('marketinglead01', requestId))).toEqual([409, 'approval.closed'])
    }
  })

  it('a hundred who end and decide at once do it once', async () => {
    const { id, requestId } = (await rights.ask('marketing01', { until: now() + day, grant: { operations: ['customer.profile.view'], scope: { kind: 'departments', departmentIds: [storeA] } } })).body
    const [person, lead] = [await app.as('marketing01'), await app.as('marketinglead01')]
    const replies = await Promise.all(Array.from({ length: 100 }, (_, place) => (place % 2 === 0
      ? post(person, `/api/temporary-grants/${id}/end`, {})
      : post(lead, `/api/approvals/${requestId}/decision`, { verdict: 'approve' }))))
    const ended = replies.filter((reply) => reply.body.ended === true).length
    const approved = replies.filter((reply) => reply.body.outcome === 'approved').length
    expect(replies.filter((reply) => reply.status >= 500)).toEqual([])
    expect([ended, approved]).toSatisfy(([ends, approvals]) => ends === 1 && approvals <= 1)
    expect(await stateOf('marketing01', id)).toBe('ended')
    const actions = await rights.actions(id)
    expect([actions.filter((one) => one === 'grant.given').length, actions.filter((one) => one === 'grant.ended').length]).toEqual([approved, 1])
  })

  it('T05 nobody asks for others without a right over them, and what the client sends never widens', async () => {
    const grant = { operations: ['customer.profile.view'], scope: { kind: 'departments', departmentIds: [storeB] } }
    for (const [asker, more] of [['clerk01', { userid: 'clerk02' }], ['clerk01', { userid: 'nobody' }], ['manager01', { userid: 'clerk02' }], ['marketing01', { campaignId: '019a0000-0000-7000-8000-000000000000' }]] as const) {
      expect([asker, more, codeOf(await rights.ask(asker, { until: now() + day, grant, ...more }))]).toEqual([asker, more, [403, 'access.denied']])
    }
    // A store manager asks for her own clerk; she does not open another store for him: only those above both stores decide.
    const asked = await rights.ask('manager01', { until: now() + day, grant, userid: 'clerk01' })
    expect(asked.status).toBe(200)
    const { departmentId } = await app.services.database.db.getRepository('approval_requests').findOneByOrFail({ id: asked.body.requestId })
    expect([storeA, storeB]).not.toContain(departmentId)
    await expectHidden(await app.as('clerk01'), inB)
    const own = await rights.ask('clerk01', { until: now() + day, grant })
    expect(codeOf(await rights.decide('manager01', own.body.requestId))).toSatisfy(([status]) => status === 403 || status === 404)
    for (const extra of [{ staffId: 'x' }, { state: 'granted' }, { decidedBy: 'x' }]) {
      expect(codeOf(await post(await app.as('clerk01'), '/api/temporary-grants', { until: now() + day, grant, reason: '试', ...extra }))).toEqual([400, 'request.invalid'])
    }
    expect(codeOf(await (await app.as('clerk01')).get('/api/temporary-grants?all=yes'))).toEqual([403, 'access.denied'])
  })

  it('S51 somebody who leaves holds nothing more, and coming back brings nothing', async () => {
    const asked = await rights.ask('marketing02', { until: now() + 10 * day, grant: { operations: ['customer.profile.view'], scope: { kind: 'departments', departmentIds: [storeA] } } })
    await rights.tap('marketinglead01', asked.body.requestId)
    expect((await (await app.as('marketing02')).get(`/api/customers/${inA}`)).status).toBe(200)
    await app.services.database.transaction((work) => app.services.staffWriter.remove(work, 'marketing02'))
    expect(await stateOf('marketinglead01', asked.body.id)).toBe('ended')
    expect(await rights.actions(asked.body.id)).toEqual(['grant.requested', 'grant.given', 'grant.ended'])
  })

  it('a message tells that a grant is over, once', async () => {
    const asked = await rights.ask('marketing01', { until: now() + hour, grant: { operations: ['customer.profile.view'], scope: { kind: 'departments', departmentIds: [storeC] } } })
    await rights.tap('marketinglead01', asked.body.requestId)
    const look = async () => {
      await tellWhatIsOver({ ...app.services.rights, wecom: app.services.wecom })
      await app.settle()
    }
    await look()
    const told = () => rights.on.texts('marketing01').filter((text) => text.includes(asked.body.id.slice(-6).toUpperCase()) && text.includes('到期')).length
    expect(told()).toBe(0)
    clock.ahead += hour + minute
    await look()
    await look()
    expect(told()).toBe(1)
  })
})
