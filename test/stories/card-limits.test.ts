import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { contracts } from '#shared/contracts/index'
import { accessFreezes, cardViews, defaultRoleLimits, roleLimits, roleTemplates } from '../../server/access/index.ts'
import { auditEntries } from '../../server/audit/audit.entity.ts'
import { purgeCardViews } from '../../server/customers/index.ts'
import { testDatabaseKinds } from '../support/databases.ts'
import type { Person, Reply } from '../support/person.ts'
import { dayMs, hourMs, storyClock } from './support/clocked.ts'
import { requests } from './support/route-requests.ts'
import { storyApp, type StoryApp } from './support/story-app.ts'

const perHour = 10
const perDay = 15

describe.each(await testDatabaseKinds())('S55 distinct cards, on %s', (kind) => {
  const clock = storyClock()
  let app: StoryApp
  let clerk: Person
  const mine: string[] = []

  beforeAll(async () => {
    app = await storyApp({ database: kind, clock: clock.now })
    for (let place = 0; place < 45; place += 1) mine.push(app.simulator.controls.memberAddsCustomer('clerk01', { newCustomer: { name: `客户${place}` } }).externalUserId)
    await app.settle()
    await app.services.database.transaction(async (work) => {
      await work.db.getRepository(roleLimits).save({ roleKey: 'clerk', cardsPerHour: perHour, cardsPerDay: perDay, revealsPerDay: 5 })
      await app.services.access.raiseEpoch(work)
    })
    clock.nextMorning()
    clerk = await app.as('clerk01')
  })
  afterAll(() => app.stop())

  const open = (person: Person, id: string | undefined) => person.get(`/api/customers/${id ?? ''}`)
  /** Opens whom he has not seen today, hour by hour, until the day is full. */
  const useUpTheDay = async () => {
    const rest = [...mine]
    for (let hour = 0; hour < 3; hour += 1) {
      for (let id = rest.pop(); id !== undefined; id = rest.pop()) {
        const refused = (await open(clerk, id)).body.error?.data
        if (refused?.window === 'day') return
        if (refused !== undefined) break
      }
      clock.forward(hourMs)
    }
    throw new Error('the day was not used up')
  }
  const codeOf = (reply: Reply) => [reply.status, reply.body.error?.code ?? null]
  const auditOf = async (action: string) => (await app.services.database.db.getRepository(auditEntries).find({ where: { action }, order: { at: 'ASC' } }))
  const alerts = () => app.simulator.controls.calls('/cgi-bin/message/send').map((call) => JSON.stringify(call)).filter((call) => call.includes('查看'))

  it('has a limit for every role template, and the product\'s own where nobody set one', () => {
    expect(Object.keys(defaultRoleLimits).sort()).toEqual(roleTemplates.map((role) => role.roleKey).sort())
    for (const { cardsPerHour, cardsPerDay } of Object.values(defaultRoleLimits)) expect(cardsPerDay).toBeGreaterThan(cardsPerHour)
  })

  it('each customer counts once, whether on a card, in a list or by his records; a list counts all its items', async () => {
    for (const part of ['', '/orders', '/visits', '/messages', '/blocks', '/explain?operation=customer.profile.view']) await clerk.get(`/api/customers/${mine[0] ?? ''}${part}`)
    const page = await clerk.get('/api/customers?limit=8')
    expect(page.body.items).toHaveLength(8)
    expect((await clerk.get('/api/customers?limit=8')).status).toBe(200)
    const counted = await app.services.database.db.getRepository(cardViews).countBy({ staffId: (await app.staffOf('clerk01')).id })
    const listed: string[] = page.body.items.map((item: { customer: { externalUserId: string } }) => item.customer.externalUserId)
    expect(counted).toBe(new Set([...listed, mine[0]]).size)
  })

  it('of many opened at once exactly as many are shown as are left; those stay open, the next are refused', async () => {
    const staffId = (await app.staffOf('clerk01')).id
    const before = await app.services.database.db.getRepository(cardViews).countBy({ staffId })
    const seen = new Set((await app.services.database.db.getRepository(cardViews).findBy({ staffId })).map((view) => view.customerId))
    const fresh: string[] = []
    for (const id of mine) if (!seen.has((await app.customer(id)).id)) fresh.push(id)
    const replies = await Promise.all([...fresh, ...fresh, ...fresh].map((id) => open(clerk, id)))
    const shown = new Set([...fresh, ...fresh, ...fresh].filter((_, place) => replies[place]?.status === 200))
    expect(shown.size).toBe(perHour - before)
    const refused = replies.filter((reply) => reply.status !== 200)
    expect(new Set(refused.map((reply) => codeOf(reply).join()))).toEqual(new Set(['429,cards.limit_reached']))
    const { data } = refused[0]?.body.error ?? {}
    expect(data).toMatchObject({ window: 'hour', limit: perHour })
    expect(data.opensAt).toBeGreaterThan(clock.now())
    expect(data.opensAt - clock.now()).toBeLessThanOrEqual(hourMs)
    expect(refused[0]?.headers.get('retry-after')).toMatch(/^\d+$/)
    for (const id of shown) expect((await open(clerk, id)).status).toBe(200)
    expect(codeOf(await clerk.get('/api/customers?limit=20'))).toEqual([429, 'cards.limit_reached'])
    expect(codeOf(await clerk.patch(`/api/customers/${fresh.find((id) => !shown.has(id)) ?? ''}`, { version: 1, name: '改名' }))).toEqual([429, 'cards.limit_reached'])
    expect(await app.services.database.db.getRepository(cardViews).countBy({ staffId })).toBe(perHour)
    expect(codeOf(await open(clerk, `wm${'Z'.repeat(30)}`))).toEqual([404, 'customer.not_found'])
  })

  it('the refusal is on the audit, and his manager is told once, without any customer', async () => {
    await app.settle()
    const entries = await auditOf('cards.limit-reached')
    expect(entries.length).toBeGreaterThan(1)
    expect(entries[0]).toMatchObject({ actorId: (await app.staffOf('clerk01')).id, outcome: 'refused', details: { window: 'hour', limit: perHour } })
    expect(alerts()).toHaveLength(1)
    expect(alerts()[0]).toContain((await app.staffOf('manager01')).wecomUserid)
    expect(alerts()[0]).toContain((await app.staffOf('clerk01')).name)
    expect(alerts()[0]).not.toMatch(/director01|manager02|客户\d/)
  })

  it('the next hour opens again until the limit of the day, which lets only those pass who were seen', async () => {
    clock.forward(hourMs)
    const replies: Reply[] = []
    for (const id of mine) replies.push(await open(clerk, id))
    const shown = mine.filter((_, place) => replies[place]?.status === 200)
    expect(shown.length).toBeLessThanOrEqual(perHour)
    expect(replies.some((reply) => reply.body.error?.data.window === 'day' && reply.body.error.data.limit === perDay)).toBe(true)
    clock.forward(2 * hourMs)
    expect((await open(clerk, shown[0])).status).toBe(200)
    const unseen = mine.filter((_, place) => replies[place]?.status !== 200)
    const again = await Promise.all(unseen.map((id) => open(clerk, id)))
    expect(again.filter((reply) => reply.body.error?.data.window === 'day').length).toBeGreaterThan(0)
    expect(await app.services.database.db.getRepository(cardViews).countBy({ staffId: (await app.staffOf('clerk01')).id })).toBe(perDay)
    await app.settle()
    expect(alerts()).toHaveLength(1)
    expect(await app.services.database.db.getRepository(accessFreezes).count()).toBe(0)
  })

  it('somebody else is not concerned, and the largest of several roles counts', async () => {
    const colleague = await app.as('manager01')
    expect((await open(colleague, mine[0])).status).toBe(200)
    await app.giveRole('clerk01', 'store-manager')
    const unseen = await Promise.all(mine.map((id) => open(clerk, id)))
    expect(unseen.every((reply) => reply.status === 200)).toBe(true)
    await app.takeRole('clerk01', 'store-manager')
  })

  it('who meets the limit of the day a second time within a week is frozen: no card, no list, and he reads why', async () => {
    clock.nextMorning()
    clerk = await app.as('clerk01')
    await useUpTheDay()
    for (const path of [`/api/customers/${mine[0] ?? ''}`, '/api/customers', `/api/customers/${mine[0] ?? ''}/orders`, `/api/customers/${mine[0] ?? ''}/explain?operation=customer.profile.view`]) {
      expect([path, ...codeOf(await clerk.get(path))]).toEqual([path, 403, 'access.frozen'])
    }
    expect(codeOf(await clerk.post(`/api/customers/${mine[0] ?? ''}/reveal`, { field: 'mobile', reason: 'call' }))).toEqual([403, 'access.frozen'])
    const me = (await clerk.get('/api/me')).body
    expect(me.operations.filter((operation: string) => /^(customer|talk)\./.test(operation))).toEqual([])
    expect(await auditOf('access.frozen')).toMatchObject([{ actorKind: 'system', subjectId: (await app.staffOf('clerk01')).id, details: { why: 'card-limit' } }])
    await app.settle()
    expect(alerts().filter((alert) => alert.includes('冻结'))).toHaveLength(1)
    expect(alerts().filter((alert) => alert.includes('冻结'))[0]).toContain((await app.staffOf('manager01')).wecomUserid)
  })

  it('only a superior in his line or an administrator may let him in again, never he himself', async () => {
    const freeze = await app.services.database.db.getRepository(accessFreezes).findOneByOrFail({})
    const lift = async (userid: string, body: object = { reason: 'checked' }) => codeOf(await (await app.as(userid)).post(`/api/freezes/${freeze.id}/lift`, body))
    const seen = async (userid: string) => (await (await app.as(userid)).get('/api/freezes')).body.items.length
    expect([await seen('clerk01'), await seen('sales01'), await seen('manager02'), await seen('manager01'), await seen('admin01')]).toEqual([0, 0, 0, 1, 1])
    for (const userid of ['clerk01', 'sales01', 'manager02', 'trainee01']) expect([userid, ...await lift(userid)]).toEqual([userid, 404, 'access.not_frozen'])
    for (const body of [{}, { reason: '' }, { reason: '查过了，没问题' }]) expect([body, ...await lift('manager01', body)]).toEqual([body, 400, 'request.invalid'])
    expect(await lift('manager01')).toEqual([200, null])
    expect(await lift('manager01')).toEqual([404, 'access.not_frozen'])
    expect((await open(clerk, mine.at(-1))).status).toBe(200)
    expect(await auditOf('access.unfrozen')).toMatchObject([{ actorId: (await app.staffOf('manager01')).id, subjectId: (await app.staffOf('clerk01')).id, outcome: 'done', details: { freeze: freeze.id, reason: 'checked' } }])
    expect((await auditOf('route.refused')).some((entry) => JSON.stringify(entry.details).includes('access.frozen'))).toBe(true)
  })

  it('no route shows a customer whom nobody counted: with nothing left every route about a customer is refused, and so is the list', async () => {
    await app.services.database.transaction(async (work) => {
      await work.db.getRepository(roleLimits).save([{ roleKey: 'store-manager', cardsPerHour: 0, cardsPerDay: 0, revealsPerDay: 50 }])
      await app.services.access.raiseEpoch(work)
    })
    clock.nextMorning()
    const manager = await app.as('manager01')
    const answers = new Map<string, string>()
    for (const contract of contracts.filter((one) => one.path.includes(':externalUserId'))) {
      const { query = '', body } = requests[`${contract.method} ${contract.path}`] ?? {}
      const reply = await manager.send(contract.method, contract.path.replace(':externalUserId', mine[0] ?? '') + query, body === undefined ? {} : { body: JSON.stringify(body) })
      answers.set(`${contract.method} ${contract.path}`, codeOf(reply).join(' '))
    }
    const others = [...answers].filter(([, answer]) => answer !== '429 cards.limit_reached')
    expect(answers.size - others.length).toBeGreaterThanOrEqual(9)
    expect(others.filter(([, answer]) => answer !== '403 access.denied')).toEqual([])
    expect(codeOf(await manager.get('/api/customers'))).toEqual([429, 'cards.limit_reached'])
    for (const [path, body] of [['/api/reveals', { externalUserIds: [mine[0]], field: 'mobile', reason: 'call' }], ['/api/reveal-requests', { externalUserIds: [mine[0]], hours: 1, reason: '回访' }]] as const) {
      expect([path, ...codeOf(await manager.post(path, body))]).toEqual([path, 429, 'cards.limit_reached'])
    }
  })

  it('after he was let in the days before count no more; what is older than a week is forgotten', async () => {
    clock.nextMorning()
    clerk = await app.as('clerk01')
    await useUpTheDay()
    expect((await open(clerk, mine.at(-1))).status).toBe(200)
    clock.forward(9 * dayMs)
    await purgeCardViews(app.services.database, clock.now(), app.config.zone)
    expect(await app.services.database.db.getRepository(cardViews).count()).toBe(0)
  })
})
