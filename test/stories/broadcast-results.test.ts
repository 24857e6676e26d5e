import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { v7 as uuid } from 'uuid'
import { countConverted } from '../../server/broadcasts/index.ts'
import { storeMessage } from '../../server/conversations/index.ts'
import { recordConversions, sweepConversions } from '../../server/templates/index.ts'
import { sendingCompany, type SendingCompany } from '../broadcasts/support/sending-company.ts'
import { testDatabaseKinds } from '../support/databases.ts'

const dayMs = 86_400_000
type Outcome = 'sent' | 'not-friend' | 'over-limit' | 'unsent'

describe.each(await testDatabaseKinds())('what came of broadcasts, on %s', (kind) => {
  let company: SendingCompany
  const clock = { ahead: 0 }
  const now = () => Date.now() + clock.ahead
  let mine: string[] = []
  let id = ''

  const results = async (userid: string, by: string, more = '') => (await (await company.app.person(userid)).get(`/api/broadcast-results?by=${by}${more}`)).body
  const sweep = () => sweepConversions({ database: company.app.services.database, clock: now, onConverted: [countConverted] })
  const customerId = async (externalUserId: string | undefined) => (await company.app.customer(externalUserId ?? '')).id
  const planOf = async (broadcast: string) => (await company.row(broadcast)).planId ?? ''
  const writes = (externalUserId: string | undefined, sentAt = now()) => company.app.services.database.transaction((work) => storeMessage(work, company.app.services, {
    channel: 'kf', messageId: uuid(), externalUserId: externalUserId ?? '', direction: 'in', userid: null, account: null, sentAt, kind: 'text', text: '好的',
  }, now()))

  /** Submitted, approved, handed to WeCom. */
  async function leaves(externalUserIds: readonly string[]): Promise<string> {
    const submitted = await company.send('clerk01', externalUserIds)
    expect([submitted.status, (await company.approve('manager01', submitted.body.id)).body.outcome]).toEqual([200, 'approved'])
    const staffId = (await company.app.staffOf('clerk01')).id
    expect((await company.ports.check(company.app.services.database, await planOf(submitted.body.id), staffId)).refused).toBeNull()
    return submitted.body.id
  }
  async function settles(broadcast: string, outcomes: readonly (readonly [string, Outcome])[], at = now() - 3_600_000): Promise<void> {
    const staffId = (await company.app.staffOf('clerk01')).id
    const told = await Promise.all(outcomes.map(async ([one, outcome]) => ({ customerId: await customerId(one), outcome, at })))
    await company.ports.settle(company.app.services.database, await planOf(broadcast), staffId, told)
  }

  beforeAll(async () => {
    company = await sendingCompany(kind, now)
    mine = await company.customersOf('clerk01', 12)
    id = await leaves(mine)
  })
  afterAll(() => company.app.stop())

  const month = async () => `&month=${(await results('clerk01', 'staff')).month}`
  const value = (figure: { value?: number, suppressed?: true }) => figure.value ?? 'suppressed'

  it('S48 counts what is on its way, and each outcome once, however often it is told', async () => {
    expect((await results('clerk01', 'broadcast')).total).toMatchObject({ leaving: { value: 12 }, sent: { value: 0 } })
    const outcomes = mine.map((one, place): [string, Outcome] => [one, place < 8 ? 'sent' : place < 10 ? 'not-friend' : place === 10 ? 'over-limit' : 'unsent'])
    for (const _ of [1, 2]) await settles(id, outcomes)
    const { total, items, days } = await results('clerk01', 'broadcast')
    expect(total).toMatchObject({ leaving: { value: 0 }, sent: { value: 8 }, notFriend: { value: 2 }, overLimit: { value: 1 }, unsent: { value: 1 }, replied: { value: 0 } })
    expect([items.length, items[0].id, items[0].name, days]).toEqual([1, id, '周末活动', 7])
  })

  it('attributes a reply, a visit, an order and a contract to the message before them, once, and nothing that came earlier or too late', async () => {
    const store = company.app.storeOf('clerk01')
    await writes(mine[0])
    await writes(mine[0], now() + 1000)
    await writes(mine[1], now() - 2 * 3_600_000)
    await writes(mine[9])
    await company.app.visitsStore(mine[2] ?? '', store, '到店')
    await company.app.buys(mine[2] ?? '', store, 100)
    await company.app.buys(mine[3] ?? '', store, 100)
    for (const _ of [1, 2]) await sweep()
    const { database } = company.app.services
    for (const [customer, at] of [[await customerId(mine[4]), now()], [await customerId(mine[5]), now() + 8 * dayMs]] as const) {
      await database.transaction(async (work) => countConverted(work, await recordConversions(work, [{ customerId: customer, kind: 'contract', at }])))
    }
    expect((await results('clerk01', 'template')).total).toMatchObject({ sent: { value: 8 }, replied: { value: 1 }, visited: { value: 1 }, ordered: { value: 2 }, contracted: { value: 1 } })
  })

  it('S48 the sender sees his own figures, the manager the team\'s, another store nothing', async () => {
    expect((await results('clerk01', 'staff')).items.map((one: { id: string }) => one.id)).toEqual(['clerk01'])
    const team = await results('manager01', 'staff')
    expect(team.items).toMatchObject([{ id: 'clerk01', figures: { sent: { value: 8 }, notFriend: { value: 2 }, replied: { value: 1 } } }])
    expect(team.items[0].of).toBe((await results('manager01', 'store')).items[0].name)
    const others = company.app.company.staff.filter((one) => one.role === 'store-manager' && one.departmentIds[0] !== company.app.storeOf('clerk01'))
    const foreign = await results(others[0]?.userid ?? '', 'staff')
    expect([foreign.items, foreign.total.sent]).toEqual([[], { value: 0 }])
    expect((await (await company.app.person('trainee01')).get('/api/broadcast-results?by=staff')).status).toBe(403)
  })

  it('S17 whoever cannot view these customers reads no figure under five, nor what would tell one', async () => {
    for (const by of ['staff', 'store', 'template', 'broadcast']) {
      const { total, items } = await results('marketing01', by)
      for (const figures of [total, ...items.map((one: { figures: object }) => one.figures)]) {
        expect([by, value(figures.sent), value(figures.notFriend), value(figures.overLimit), value(figures.leaving), value(figures.replied), value(figures.ordered)])
          .toEqual([by, 8, 'suppressed', 'suppressed', 0, 'suppressed', 'suppressed'])
      }
    }
  })

  it('what a customer did before we learned that his message had arrived counts as well', async () => {
    const others = await company.customersOf('clerk01', 2)
    const late = await leaves(others)
    await writes(others[0], now() - 60_000)
    await sweep()
    await settles(late, others.map((one) => [one, 'sent']), now() - 120_000)
    const row = (await results('clerk01', 'broadcast')).items.find((one: { id: string }) => one.id === late)
    expect(row.figures).toMatchObject({ sent: { value: 2 }, replied: { value: 1 } })
  })

  it('knows months of the company only, and the month for which a message was planned', async () => {
    expect((await results('clerk01', 'staff', await month())).total.sent).toEqual({ value: 10 })
    expect((await results('clerk01', 'staff', '&month=2020-01')).items).toEqual([])
    for (const wrong of ['&month=2026-13', '&month=2026-1', '&day=1']) expect((await results('clerk01', 'staff', wrong)).error.code).toBe('request.invalid')
    expect((await results('clerk01', 'customer')).error.code).toBe('request.invalid')
  })

  it('S40 shows me what I planned and what came of what I sent, and nobody else\'s', async () => {
    const waiting = await company.send('clerk01', await company.customersOf('clerk01', 1))
    const { body } = await (await company.app.person('clerk01')).get('/api/my-broadcasts')
    expect(body.planned.map((one: { id: string, status: string }) => [one.id, one.status])).toEqual([[waiting.body.id, 'waiting']])
    expect(body.items.find((one: { id: string }) => one.id === id).figures).toMatchObject({ sent: { value: 8 }, notFriend: { value: 2 } })
    expect((await (await company.app.person('manager01')).get('/api/my-broadcasts')).body).toEqual({ waiting: [], planned: [], items: [] })
  })
})
