import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { v7 as uuid } from 'uuid'
import type { TemplateAttachment } from '#shared/contracts/templates'
import { updateCustomer } from '../../server/customers/index.ts'
import { orders } from '../../server/records/index.ts'
import { testDatabaseKinds } from '../support/databases.ts'
import { agreed } from '../support/second-person.ts'
import { sendingCompany, type SendingCompany } from './support/sending-company.ts'

/** Nothing leaves that the rules in force at that very moment do not give, whatever was agreed to before. */
describe.each(await testDatabaseKinds())('locks at the moment of leaving, on %s', (kind) => {
  let company: SendingCompany
  beforeAll(async () => { company = await sendingCompany(kind, () => Date.now()) })
  afterAll(() => company.app.stop())

  const link: TemplateAttachment = { type: 'link', title: '门店活动', url: 'https://shop.our.cn/a', desc: '点开看看', picUrl: null }
  async function scheduled(userid: string, approver: string, ids: readonly string[], more: object = {}) {
    const sent = await company.send(userid, ids, more)
    expect(sent.status).toBe(200)
    await company.app.settle()
    expect((await company.approve(approver, sent.body.id)).status).toBe(200)
    const { planId } = await company.row(sent.body.id)
    return { id: sent.body.id as string, planId: planId ?? '', staffId: (await company.app.staffOf(userid)).id }
  }
  const check = (one: { readonly planId: string, readonly staffId: string }) => company.ports.check(company.app.services.database, one.planId, one.staffId)
  const managerOf = async (userid: string) => company.app.company.staff.find((one) => one.role === 'store-manager' && one.departmentIds[0] === company.app.storeOf(userid))?.userid ?? ''
  const lead = () => company.app.person('marketinglead01')
  const hosts = async (blockedHosts: string[]) => {
    const person = await lead()
    const { version } = (await person.get('/api/screening/draft')).body
    const edited = await person.send('PUT', '/api/screening/draft/hosts', { body: JSON.stringify({ version, hosts: [], blockedHosts }) })
    await agreed(company.app, await person.post('/api/screening/draft/publish', { version: edited.body.version, note: '域名' }))
  }

  it('S39 a link that is blocked by now does not leave beside an innocent text, and is refused before that', async () => {
    const templateId = company.ports.add({ id: uuid(), text: '周末到店坐坐', attachments: [link] })
    const one = await scheduled('clerk01', 'manager01', await company.customersOf('clerk01', 1), { templateId })
    await hosts(['shop.our.cn'])
    expect((await check(one)).refused).toBe('text-blocked')
    const draft = await company.draft('clerk01', { templateId, audience: { externalUserIds: await company.customersOf('clerk01', 1) } })
    const preflight = (await (await company.app.person('clerk01')).post(`/api/broadcasts/${draft.body.id}/preflight`, {})).body
    expect([preflight.verdict, preflight.texts[0].hits.map((hit: { start: number, end: number }) => preflight.texts[0].text.slice(hit.start, hit.end))]).toEqual(['block', [expect.stringContaining('shop.our.cn')]])
    const submitted = await company.submit('clerk01', draft.body)
    expect([submitted.status, submitted.body.error?.code]).toEqual([409, 'broadcast.text_blocked'])
    await hosts([])
    expect((await check(one)).refused).toBeNull()
  })

  it('S39 a second finding that a person would have to judge is not covered by an agreement about the first', async () => {
    const person = await lead()
    const word = async (text: string) => {
      const { version } = (await person.get('/api/screening/draft')).body
      const edited = await person.patch('/api/screening/draft/words', { version, set: [{ word: text, kind: 'review', category: 'other', disguises: [], note: '' }], remove: [] })
      await agreed(company.app, await person.post('/api/screening/draft/publish', { version: edited.body.version, note: '待判断' }))
    }
    await word('坐坐看')
    const templateId = company.ports.add({ id: uuid(), text: '周末到店坐坐看，有新茶' })
    const sent = await company.send('clerk02', await company.customersOf('clerk02', 1), { templateId })
    await company.app.settle()
    for (const [userid, step] of [['manager02', 'manager'], ['marketinglead01', 'lead']] as const) expect((await company.approve(userid, sent.body.id, step)).status).toBe(200)
    const one = { planId: (await company.row(sent.body.id)).planId ?? '', staffId: (await company.app.staffOf('clerk02')).id }
    expect((await check(one)).refused).toBeNull()
    await word('有新茶')
    expect((await check(one)).refused).toBe('text-not-reviewed')
  })

  it('S41 whoever spent less or fell below the tier meanwhile does not get what is for others', async () => {
    const templateId = company.ports.add({ id: uuid(), text: '专属礼遇', spendAtLeastFen: 500_000, valueTierAtLeast: 3 })
    const ids = await company.customersOf('clerk03', 3, { valueTier: 4 })
    const rows = await Promise.all(ids.map((id) => company.app.customer(id)))
    for (const id of ids) await company.app.buys(id, company.app.storeOf('clerk03'), 600_000)
    const one = await scheduled('clerk03', 'manager03', ids, { templateId })
    const [kept = '', returned = '', fallen = ''] = rows.map((row) => row.id)
    await company.app.services.database.db.getRepository(orders).update({ customerId: returned }, { amountFen: 100 })
    await company.app.services.database.transaction((work) => updateCustomer(work, { id: fallen }, { valueTier: 2 }))
    const { refused, leftOut } = await check(one)
    expect([refused, Object.fromEntries(leftOut), leftOut.has(kept)]).toEqual([null, { [returned]: 'below-spend', [fallen]: 'below-tier' }, false])
  })

  it('what the rules by now want a second approval for does not leave with one, and what they want less for does', async () => {
    const ids = await company.customersOf('clerk04', 2)
    const one = await scheduled('clerk04', 'manager04', ids)
    await company.rules({ approval: { leadFrom: 2, riskyCategories: [] } })
    expect((await check(one)).refused).toBe('needs-approval')
    await company.rules({ approval: { leadFrom: 100, riskyCategories: ['care'] } })
    expect((await check(one)).refused).toBe('needs-approval')
    await company.rules({ approval: { leadFrom: 1, riskyCategories: [] } })
    const large = await company.send('clerk05', await company.customersOf('clerk05', 2))
    await company.app.settle()
    expect((await company.approve('marketinglead01', large.body.id, 'lead')).status).toBe(200)
    await company.rules({})
    expect((await check({ planId: (await company.row(large.body.id)).planId ?? '', staffId: (await company.app.staffOf('clerk05')).id })).refused).toBeNull()
    expect((await check(one)).refused).toBeNull()
  })

  it('an agreement that is not enough any more is outdated, and the share comes back', async () => {
    const before = await company.quota('sales01')
    const sent = await company.send('sales01', await company.customersOf('sales01', 2))
    await company.app.settle()
    await company.rules({ approval: { leadFrom: 2, riskyCategories: [] } })
    await company.approve((await managerOf('sales01')), sent.body.id)
    expect([(await company.row(sent.body.id)).status, await company.quota('sales01')]).toEqual(['outdated', before])
    await company.rules({})
  })

  it('an author whose right ends between the approval and the call reaches nobody', async () => {
    const one = await scheduled('clerk06', 'manager06', await company.customersOf('clerk06', 2))
    await company.app.takeRole('clerk06', 'clerk')
    const { refused, leftOut } = await check(one)
    expect(refused !== null || leftOut.size === 2).toBe(true)
    await company.app.giveRole('clerk06', 'clerk')
  })
})
