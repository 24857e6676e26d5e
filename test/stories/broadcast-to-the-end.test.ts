import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { approvalRequests } from '../../server/approvals/index.ts'
import { templateUses } from '../../server/templates/index.ts'
import { generateCompany } from '../company/generate.ts'
import { testDatabaseKinds } from '../support/databases.ts'
import { storyApp, type StoryApp } from './support/story-app.ts'

const [minute, hour, day] = [60_000, 3_600_000, 86_400_000]
const zoneMs = 8 * hour

/** One broadcast through everything that is real: template, audience, quota, approval, the gate, WeCom's tasks and results. */
describe.each(await testDatabaseKinds())('a broadcast, from the template to its results, on %s', (kind) => {
  let app: StoryApp
  const clock = { now: Date.UTC(2026, 10, 25, 6) }
  /** The same hour of the company's day, so many days on. */
  const atHour = (hours: number, days = 0) => Math.floor((clock.now + zoneMs) / day) * day + days * day + hours * hour - zoneMs
  const customers: string[] = []
  /** Signed in anew: days pass here. */
  const clerk = () => app.as('clerk01')
  const decide = async (who: string, id: string) => (await app.as(who)).post(`/api/approvals/${id}/decision`, { verdict: 'approve' })
  const requestOf = async () => (await app.services.database.db.getRepository(approvalRequests).findOneByOrFail({ kind: 'broadcast', status: 'pending' })).id
  const passes = async (ms: number) => {
    clock.now += ms
    await app.settle()
  }
  let templateId = ''

  beforeAll(async () => {
    app = await storyApp({ database: kind, clock: () => clock.now, company: generateCompany({ customers: 20, now: clock.now - day }) })
    for (let count = 0; count < 3; count += 1) customers.push(app.simulator.controls.memberAddsCustomer('clerk01', { newCustomer: { name: `王${count}` } }).externalUserId)
    await app.settle()
    for (const one of customers) await app.knows(one, { ownerStaffId: (await app.staffOf('clerk01')).id, ownerDepartmentId: app.storeOf('clerk01') })
    const marketing = await app.person('marketing01')
    const begun = await marketing.post('/api/templates', { departmentId: null, content: {
      name: '新品到店', category: 'invite', text: '您好，我是{{sender_name}}，新品到店，欢迎来看看。', attachments: [], uses: ['broadcast'], roles: ['clerk'], levelAtLeast: 0, spendAtLeastFen: null, valueTierAtLeast: null, validFrom: null, validUntil: null,
    } })
    templateId = begun.body.id
    const asked = await marketing.post(`/api/templates/${templateId}/submit`, { version: begun.body.version })
    expect((await decide('marketinglead01', asked.body.approvalId)).body.outcome).toBe('approved')
  })
  afterAll(() => app.stop())

  async function submitted(externalUserIds: readonly string[], plannedAt: number) {
    const begun = await (await clerk()).post('/api/broadcasts', { name: '新品', templateId, senders: 'self', audience: { externalUserIds }, plannedAt })
    const checked = await (await clerk()).post(`/api/broadcasts/${begun.body.id}/preflight`, {})
    expect([checked.status, checked.body.kept, checked.body.verdict]).toEqual([200, { value: externalUserIds.length }, 'pass'])
    const asked = await (await clerk()).post(`/api/broadcasts/${begun.body.id}/submit`, { version: begun.body.version })
    expect([asked.status, asked.body.status]).toEqual([200, 'waiting'])
    await app.settle()
    return asked.body.id as string
  }
  const read = async (id: string) => (await (await clerk()).get(`/api/broadcasts/${id}`)).body
  const monthLeft = async () => (await (await clerk()).get('/api/broadcast-quota')).body.items.find((one: { period: string }) => one.period === 'month').left

  it('S44 S40 leaves only after the manager\'s tap and at its time, with the sender\'s own text; results and quota come back from WeCom', async () => {
    const before = await monthLeft()
    const id = await submitted(customers, atHour(10, 1))
    expect(await monthLeft()).toBe(before - 3)
    expect(app.simulator.controls.openBroadcasts('clerk01')).toEqual([])
    expect((await decide('manager01', await requestOf())).body.outcome).toBe('approved')
    await passes(hour)
    expect([(await read(id)).status, app.simulator.controls.openBroadcasts('clerk01')]).toEqual(['scheduled', []])
    clock.now = atHour(10, 1)
    await passes(minute)
    const [open] = app.simulator.controls.openBroadcasts('clerk01')
    expect([open?.customers, open?.text]).toEqual([3, `您好，我是${(await app.staffOf('clerk01')).name}，新品到店，欢迎来看看。`])
    expect((await (await clerk()).get('/api/my-broadcasts')).body.waiting).toMatchObject([{ id, name: '新品', customers: 3, since: expect.any(Number), until: expect.any(Number) }])
    app.simulator.controls.customerDeletesMember('clerk01', customers[2] ?? '')
    app.simulator.controls.confirmBroadcast('clerk01', open?.msgid ?? '')
    for (let polls = 0; polls < 8; polls += 1) await passes(30 * minute)
    const after = await read(id)
    expect(after.progress).toMatchObject({ sent: { value: 2 }, notFriend: { value: 1 } })
    expect(await app.services.database.db.getRepository(templateUses).countBy({ templateId, kind: 'broadcast' })).toBe(2)
    const sendings = (await (await clerk()).get('/api/my-broadcasts')).body
    expect([sendings.waiting, sendings.items]).toMatchObject([[], [{ id, figures: { sent: { value: 2 }, notFriend: { value: 1 }, leaving: { value: 0 } } }]])
    await passes(day)
    expect((await read(id)).status).toBe('done')
    expect(await monthLeft()).toBe(before - 2)
  })

  it('S42 a planned time in the night waits for the morning, and an unconfirmed task is taken back before the night', async () => {
    clock.now = atHour(12)
    const id = await submitted([customers[0] ?? ''], atHour(23))
    expect((await decide('manager01', await requestOf())).body.outcome).toBe('approved')
    clock.now = atHour(23)
    await passes(minute)
    expect(app.simulator.controls.openBroadcasts('clerk01')).toEqual([])
    clock.now = atHour(8, 1)
    await passes(minute)
    expect(app.simulator.controls.openBroadcasts('clerk01')).toHaveLength(1)
    clock.now = atHour(20)
    await passes(51 * minute)
    await passes(minute)
    expect(app.simulator.controls.openBroadcasts('clerk01')).toEqual([])
    expect((await read(id)).status).toBe('scheduled')
    clock.now = atHour(8, 1)
    await passes(minute)
    const [again] = app.simulator.controls.openBroadcasts('clerk01')
    app.simulator.controls.confirmBroadcast('clerk01', again?.msgid ?? '')
    for (let polls = 0; polls < 8; polls += 1) await passes(30 * minute)
    expect((await read(id)).progress).toMatchObject({ sent: { value: 1 } })
  })
})
