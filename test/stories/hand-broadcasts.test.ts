import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { handBroadcasts, handParts } from '../../server/broadcasts/by-hand/hand.entity.ts'
import { broadcastRecipients } from '../../server/broadcasts/broadcast.entity.ts'
import { quotaUses } from '../../server/broadcasts/quotas/quota.entity.ts'
import { broadcastRules } from '../../server/broadcasts/rules/rules.entity.ts'
import { defaultRules } from '../../server/broadcasts/rules/rules.ts'
import { wantHandBroadcasts } from '../../server/broadcasts/index.ts'
import { generateCompany } from '../company/generate.ts'
import { testDatabaseKinds } from '../support/databases.ts'
import { storyApp, type StoryApp } from './support/story-app.ts'

const [minute, hour, day] = [60_000, 3_600_000, 86_400_000]

/** What staff send past us: read from WeCom's lists, counted, reported. */
describe.each(await testDatabaseKinds())('broadcasts that staff send by hand, on %s', (kind) => {
  let app: StoryApp
  const clock = { now: Date.UTC(2026, 10, 25, 2) }
  const customers: string[] = []
  const person = (userid: string) => app.as(userid)
  const controls = () => app.simulator.controls
  const db = () => app.services.database.db

  beforeAll(async () => {
    app = await storyApp({ database: kind, clock: () => clock.now, company: generateCompany({ customers: 20, now: clock.now - 20 * day }), simulator: { strict: { broadcastDispatchMs: 30_000 } } })
    for (let count = 0; count < 6; count += 1) customers.push(controls().memberAddsCustomer('clerk01', { newCustomer: { name: `王${count}` } }).externalUserId)
    await app.settle()
    for (const one of customers) await app.knows(one, { ownerStaffId: (await app.staffOf('clerk01')).id, ownerDepartmentId: app.storeOf('clerk01'), valueTier: 4 })
  })
  afterAll(() => app.stop())

  /** The schedule's look at the lists. */
  const look = async () => {
    await app.services.database.transaction(wantHandBroadcasts)
    await app.settle()
  }
  /** Both steps: the lists, and a minute later who sent what to whom. */
  const readAll = async () => {
    await look()
    clock.now += minute
    await app.settle()
  }
  const listed = async (userid: string) => (await (await person(userid)).get('/api/hand-broadcasts')).body.items as { id: string, sender: { userid: string }, reached: object, overFrequency: object, overQuota: boolean, verdict: string, personal: boolean, sentAt: number }[]
  const monthLeft = async () => (await (await person('clerk01')).get('/api/broadcast-quota')).body.items.find((one: { period: string }) => one.period === 'month').left as number
  const usedOf = async (userid: string) => {
    const { id } = await app.staffOf(userid)
    return (await db().findBy(quotaUses, { staffId: id, bucket: '*|*', period: '2026-11' })).reduce((sum, row) => sum + row.used, 0)
  }

  it('S40 S43 are counted once against quota and frequency, whoever looks how often', async () => {
    const before = await monthLeft()
    controls().customerDeletesMember('clerk01', customers[5] ?? '')
    await app.settle()
    controls().memberSendsBroadcast('clerk01', { text: '大家好，新品到店', externalUserIds: customers })
    await look()
    // WeCom is still handing it out: nothing is counted, nothing is lost.
    expect([await monthLeft(), await db().count(handParts)]).toEqual([before, 0])
    clock.now += minute
    await app.settle()
    expect(await monthLeft()).toBe(before - 5)
    for (let times = 0; times < 3; times += 1) await readAll()
    expect([await monthLeft(), await usedOf('clerk01'), await db().count(handParts)]).toEqual([before - 5, 5, 1])
    expect(await db().countBy(broadcastRecipients, { outcome: 'not-friend' })).toBe(1)
    expect((await db().find(handBroadcasts)).map((row) => row.nextAt)).toEqual([null])
  })

  it('S43 a second one is counted, a third is over the rule and reported; the next broadcast of ours leaves these customers out', async () => {
    controls().memberSendsBroadcast('clerk01', { text: '第二次', externalUserIds: customers.slice(0, 5) })
    clock.now += hour
    await readAll()
    expect((await listed('clerk01'))[0]).toMatchObject({ reached: { value: 5 }, overFrequency: { value: 0 } })
    controls().memberSendsBroadcast('clerk01', { text: '第三次', externalUserIds: customers.slice(0, 2) })
    clock.now += hour
    await readAll()
    expect((await listed('clerk01'))[0]).toMatchObject({ sender: { userid: 'clerk01' }, reached: { value: 2 }, overFrequency: { value: 2 }, overQuota: false, personal: true, verdict: 'pass' })
    const template = await published()
    const draft = await (await person('clerk01')).post('/api/broadcasts', { name: '新品', templateId: template, senders: 'self', audience: { externalUserIds: customers.slice(0, 5) }, plannedAt: clock.now + day })
    const checked = await (await person('clerk01')).post(`/api/broadcasts/${draft.body.id}/preflight`, {})
    expect([checked.body.kept, checked.body.dropped]).toEqual([{ value: 0 }, [{ reason: 'frequency', count: { value: 5 } }]])
  })

  it('S40 what is over the quota is counted as well: reported, not refused', async () => {
    const everybody = { roles: [], monthsFrom: 0, monthsBelow: null, levelAtLeast: 0, category: null, tierBelow: null, perMonth: 13, perDay: 13 }
    await db().insert(broadcastRules, { id: 'active', version: 1, document: { ...defaultRules, quotas: [everybody] }, updatedAt: clock.now, updatedBy: (await app.staffOf('director01')).id })
    controls().memberSendsBroadcast('clerk01', { text: '第四次', externalUserIds: customers.slice(0, 2) })
    clock.now += hour
    await readAll()
    expect([(await listed('manager01'))[0], await usedOf('clerk01'), await monthLeft()]).toMatchObject([{ overQuota: true, reached: { value: 2 } }, 14, 0])
    await db().delete(broadcastRules, { id: 'active' })
  })

  it('of an administration, each member who confirmed is a sender of his own, also when he confirms later', async () => {
    const [other = ''] = [controls().memberAddsCustomer('clerk02', { newCustomer: { name: '李' } }).externalUserId]
    await app.settle()
    const before = await usedOf('clerk02')
    const msgid = controls().administrationMakesBroadcast('operations01', '全国活动', { clerk01: [customers[0] ?? ''], clerk02: [other] })
    clock.now += minute
    controls().confirmBroadcast('clerk01', msgid)
    await readAll()
    expect([(await listed('clerk01'))[0], await usedOf('clerk02')]).toMatchObject([{ personal: false, reached: { value: 1 } }, before])
    controls().confirmBroadcast('clerk02', msgid)
    clock.now += 2 * hour
    await readAll()
    expect([(await listed('clerk02'))[0]?.personal, await usedOf('clerk02')]).toEqual([false, before + 1])
    clock.now += 12 * hour
    await readAll()
    expect(await usedOf('clerk02')).toBe(before + 1)
  })

  it('S40 results that WeCom shows late are counted when it does', async () => {
    const before = await usedOf('clerk01')
    controls().addApiFault({ path: '/cgi-bin/externalcontact/get_groupmsg_send_result', kind: 'changed', change: (answer) => ({ ...answer, send_list: [] }) })
    controls().memberSendsBroadcast('clerk01', { text: '晚到的结果', externalUserIds: customers.slice(0, 2) })
    clock.now += minute
    await readAll()
    expect(await usedOf('clerk01')).toBe(before)
    controls().clearApiFaults()
    clock.now += hour
    await readAll()
    expect(await usedOf('clerk01')).toBe(before + 2)
  })

  it('one sender whom WeCom does not show any more keeps nobody else from being counted', async () => {
    const [before, parts] = [await usedOf('clerk01'), await db().count(handParts)]
    const msgid = controls().administrationMakesBroadcast('operations01', '店庆', { clerk02: [customers[0] ?? ''], clerk01: [customers[4] ?? ''] })
    clock.now += minute
    for (const userid of ['clerk02', 'clerk01']) controls().confirmBroadcast(userid, msgid)
    controls().addApiFault({ path: '/cgi-bin/externalcontact/get_groupmsg_send_result', kind: 'errcode', errcode: 60111, times: 1 })
    await readAll()
    expect([await usedOf('clerk01'), await db().count(handParts)]).toEqual([before + 1, parts + 1])
  })

  it('what the API made is not counted here, and nobody is counted who did not get it', async () => {
    const parts = await db().count(handParts)
    const { msgid } = await app.services.wecom.addBroadcast({ sender: 'clerk01', externalUserIds: [customers[0] ?? ''], text: '系统群发', attachments: [] })
    controls().confirmBroadcast('clerk01', msgid)
    await readAll()
    expect([await db().count(handParts), await db().countBy(handBroadcasts, { msgid })]).toEqual([parts, 0])
  })

  it('S39 the screening reads them too late to stop them: the superior is told, the text is sealed and shown masked to whoever may see it', async () => {
    controls().memberSendsBroadcast('clerk01', { text: '加微信领红包，稳赚不赔，电话13800001234', externalUserIds: [customers[0] ?? ''] })
    clock.now += hour
    await readAll()
    const told = controls().outbox('manager01').map((message) => JSON.stringify(message)).filter((text) => text.includes('自发群发提醒'))
    expect(told).toHaveLength(1)
    expect(told[0]).not.toContain('稳赚不赔')
    const [first] = await listed('manager01')
    expect(first?.verdict).toBe('block')
    const read = await (await person('manager01')).get(`/api/hand-broadcasts/${first?.id ?? ''}`)
    expect([read.status, read.body.text]).toEqual([200, '加微信领红包，稳赚不赔，电话138****1234'])
    expect(read.body.findings.map((one: { category: string }) => one.category)).toContain('personal')
    const raw: Record<string, unknown>[] = await db().query('SELECT * FROM hand_broadcasts')
    expect(JSON.stringify(raw)).not.toContain('稳赚')
    expect(JSON.stringify(raw)).not.toContain('13800001234')
  })

  it('S17 only those see them whose scope holds the sender\'s department, and small numbers about customers whom they cannot view are withheld', async () => {
    const [latest] = await listed('manager01')
    expect((await listed('clerk02')).every((one) => one.sender.userid === 'clerk02')).toBe(true)
    const foreign = app.company.staff.find((one) => one.role === 'store-manager' && one.departmentIds[0] !== app.storeOf('clerk01'))?.userid ?? ''
    const senders = (await listed(foreign)).map((one) => one.sender.userid)
    expect([senders.filter((userid) => app.storeOf(userid) !== app.storeOf(foreign)), (await (await person(foreign)).get(`/api/hand-broadcasts/${latest?.id ?? ''}`)).status]).toEqual([[], 404])
    // He sees all broadcasts and no customer.
    const blind = await listed('marketing01')
    expect(blind.find((one) => one.id === latest?.id)?.reached).toEqual({ suppressed: true })
    expect(blind.some((one) => 'value' in one.reached && (one.reached as { value: number }).value === 5)).toBe(true)
    expect((await (await person('trainee01')).get('/api/hand-broadcasts')).status).toBe(403)
  })

  it('reads on from where it stopped, also after weeks, in windows of at most a month', async () => {
    const before = await usedOf('clerk01')
    controls().memberSendsBroadcast('clerk01', { text: '停机期间', externalUserIds: [customers[1] ?? ''] })
    clock.now += 40 * day
    await readAll()
    expect(await usedOf('clerk01')).toBe(before + 1)
  })

  async function published(): Promise<string> {
    const marketing = await person('marketing01')
    const begun = await marketing.post('/api/templates', { departmentId: null, content: {
      name: '新品到店', category: 'invite', text: '新品到店，欢迎来看看。', attachments: [], uses: ['broadcast'], roles: ['clerk'], levelAtLeast: 0, spendAtLeastFen: null, valueTierAtLeast: null, validFrom: null, validUntil: null,
    } })
    const asked = await marketing.post(`/api/templates/${begun.body.id}/submit`, { version: begun.body.version })
    expect((await (await person('marketinglead01')).post(`/api/approvals/${asked.body.approvalId}/decision`, { verdict: 'approve' })).body.outcome).toBe('approved')
    return begun.body.id
  }
})
