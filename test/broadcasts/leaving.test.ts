import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { follows, updateCustomer, updateFollow } from '../../server/customers/index.ts'
import { broadcastRecipients } from '../../server/broadcasts/broadcast.entity.ts'
import { staff } from '../../server/organization/index.ts'
import { testDatabaseKinds } from '../support/databases.ts'
import { agreed } from '../support/second-person.ts'
import { sendingCompany, type SendingCompany } from './support/sending-company.ts'

/** What outreach asks and tells: at the moment of leaving, and when results come. */
describe.each(await testDatabaseKinds())('broadcasts that leave, on %s', (kind) => {
  let company: SendingCompany
  beforeAll(async () => { company = await sendingCompany(kind, () => Date.now()) })
  afterAll(() => company.app.stop())

  /** A broadcast that was approved, and its customers. */
  async function scheduled(userid: string, approver: string, count: number) {
    const externalIds = await company.customersOf(userid, count)
    const sent = await company.send(userid, externalIds)
    await company.app.settle()
    const decided = await company.approve(approver, sent.body.id)
    expect(decided.status).toBe(200)
    const { planId } = await company.row(sent.body.id)
    const staffId = (await company.app.staffOf(userid)).id
    const ids = await Promise.all(externalIds.map(async (one) => (await company.app.customer(one)).id))
    return { id: sent.body.id as string, planId: planId ?? '', staffId, ids }
  }
  const check = (one: { readonly planId: string, readonly staffId: string }, more: { readonly text?: string, readonly customerIds?: readonly string[] } = {}) => company.ports.check(company.app.services.database, one.planId, one.staffId, more)
  const settle = (one: { readonly planId: string, readonly staffId: string }, outcomes: readonly (readonly [string, 'sent' | 'not-friend' | 'over-limit' | 'unsent' | 'left-out'])[]) =>
    company.ports.settle(company.app.services.database, one.planId, one.staffId, outcomes.map(([customerId, outcome]) => ({ customerId, outcome, at: Date.now() })))
  const transaction = <T>(run: Parameters<typeof company.app.services.database.transaction<T>>[0]) => company.app.services.database.transaction(run)

  it('S40 sent messages are used, all others come back, each once; the last result ends the broadcast', async () => {
    const one = await scheduled('clerk01', 'manager01', 5)
    expect(await check(one)).toEqual({ refused: null, leftOut: new Map() })
    const [a = '', b = '', c = '', d = '', e = ''] = one.ids
    await settle(one, [[a, 'sent'], [b, 'not-friend']])
    await settle(one, [[a, 'unsent'], [b, 'sent']])
    expect([await company.quota('clerk01'), await company.recipients(one.id), (await company.row(one.id)).status]).toEqual([[3, 1], { 'sent': 1, 'not-friend': 1, 'leaving': 3 }, 'scheduled'])
    await Promise.all([settle(one, [[c, 'over-limit'], [d, 'unsent'], [e, 'sent']]), settle(one, [[c, 'over-limit'], [d, 'unsent'], [e, 'sent']])])
    expect([await company.quota('clerk01'), (await company.row(one.id)).status]).toEqual([[0, 2], 'done'])
    const shown = (await (await company.app.person('clerk01')).get('/api/broadcasts')).body.items.find((item: { id: string }) => item.id === one.id)
    expect(shown).toMatchObject({ status: 'done', progress: { planned: { value: 0 }, sent: { value: 2 }, notFriend: { value: 1 }, overLimit: { value: 1 }, unsent: { value: 1 } } })
  })

  it('S40 a cancel returns what has not left at once, and what is on the way with its result', async () => {
    const one = await scheduled('clerk02', 'manager02', 4)
    const [a = '', b = ''] = one.ids
    await check(one, { customerIds: [a, b] })
    const clerk = await company.app.person('clerk02')
    const content = { name: 'x', templateId: company.template, senders: 'self', audience: {}, plannedAt: company.tomorrow(), values: {} }
    const version = async () => (await company.row(one.id)).version
    const edited = await clerk.send('PUT', `/api/broadcasts/${one.id}`, { body: JSON.stringify({ ...content, version: await version() }) })
    expect([edited.status, edited.body.error.code]).toEqual([409, 'broadcast.not_editable'])
    const canceled = await clerk.post(`/api/broadcasts/${one.id}/cancel`, { version: await version() })
    expect([canceled.body.status, company.ports.canceled.get(one.planId), await company.quota('clerk02')]).toEqual(['canceled', 'canceled', [2, 0]])
    expect((await check(one)).refused).toBe('not-approved')
    await settle(one, [[a, 'sent'], [b, 'unsent']])
    expect([await company.quota('clerk02'), await company.recipients(one.id), (await company.row(one.id)).status]).toEqual([[0, 1], { sent: 1, unsent: 3 }, 'canceled'])
  })

  it('leaves out whom the sender lost, and whom nobody may address any more; also what never was planned', async () => {
    const one = await scheduled('clerk03', 'manager03', 4)
    const [handed = '', unfollowed = '', deleted = '', kept = ''] = one.ids
    const other = await company.app.staffOf('clerk04')
    await transaction(async (work) => {
      await updateCustomer(work, { id: handed }, { ownerStaffId: other.id, ownerDepartmentId: company.app.storeOf('clerk04') })
      for (const [customerId, columns] of [[unfollowed, { endedAt: Date.now(), liveKey: null }], [deleted, { customerDeletedAt: Date.now() }]] as const) {
        await updateFollow(work, await work.db.findOneByOrFail(follows, { customerId, staffId: one.staffId }), columns)
      }
    })
    const [stranger = ''] = await company.customersOf('clerk03', 1)
    const strangerId = (await company.app.customer(stranger)).id
    const { refused, leftOut } = await check(one, { customerIds: [...one.ids, strangerId] })
    expect([refused, Object.fromEntries(leftOut)]).toEqual([null, { [handed]: 'no-right', [unfollowed]: 'unreachable', [deleted]: 'unreachable', [strangerId]: 'not-planned' }])
    expect(await company.recipients(one.id)).toEqual({ planned: 3, leaving: 1 })
    await settle(one, [[handed, 'left-out'], [unfollowed, 'left-out'], [deleted, 'left-out'], [kept, 'sent']])
    expect(await company.quota('clerk03')).toEqual([0, 1])
  })

  it('S43 counts the day on which it really leaves', async () => {
    const one = await scheduled('clerk04', 'manager04', 2)
    const [often = ''] = one.ids
    await company.rules({ frequency: { messages: 1, days: 3 } })
    await company.app.services.database.db.insert(broadcastRecipients, { planId: one.id, customerId: often, staffId: one.staffId, valueTier: null, isHidden: false, day: new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 10), outcome: 'sent' })
    expect(Object.fromEntries((await check(one)).leftOut)).toEqual({ [often]: 'frequency' })
    await company.rules({})
  })

  it('S39 nothing leaves with another text, a retired template, a text that is blocked by now, or of somebody who is gone', async () => {
    const one = await scheduled('clerk05', 'manager05', 2)
    const before = await company.recipients(one.id)
    expect((await check(one, { text: '别的内容' })).refused).toBe('text-changed')
    company.ports.change(company.template, { retired: true })
    expect((await check(one)).refused).toBe('template-unusable')
    company.ports.change(company.template, { retired: false, versionId: 'another' })
    expect((await check(one)).refused).toBe('template-unusable')
    company.ports.change(company.template, { versionId: company.template })

    const words = await company.app.person('marketinglead01')
    const publish = async (change: object) => {
      const { version } = (await words.get('/api/screening/draft')).body
      const edited = await words.patch('/api/screening/draft/words', { version, set: [], remove: [], ...change })
      expect((await agreed(company.app, await words.post('/api/screening/draft/publish', { version: edited.body.version, note: '测试' }))).status).toBe(200)
    }
    const entry = { word: '到店有礼', category: 'advertising', disguises: [], note: '' }
    await publish({ set: [{ ...entry, kind: 'block' }] })
    expect((await check(one)).refused).toBe('text-blocked')
    // Nobody judged this finding when it was approved.
    await publish({ set: [{ ...entry, kind: 'review' }] })
    expect((await check(one)).refused).toBe('text-not-reviewed')
    const judged = await company.send('clerk05', await company.customersOf('clerk05', 1))
    expect(judged.body.steps.map((step: { step: string }) => step.step)).toEqual(['manager', 'lead'])
    await company.app.settle()
    for (const [userid, step] of [['manager05', 'manager'], ['marketinglead01', 'lead']] as const) expect((await company.approve(userid, judged.body.id, step)).status).toBe(200)
    expect((await check({ planId: (await company.row(judged.body.id)).planId ?? '', staffId: one.staffId })).refused).toBeNull()
    await publish({ remove: ['到店有礼'] })

    expect(await company.recipients(one.id)).toEqual(before)
    await company.app.services.database.db.update(staff, { id: one.staffId }, { status: 'disabled' })
    expect((await check(one)).refused).toBe('sender-inactive')
    await company.app.services.database.db.update(staff, { id: one.staffId }, { status: 'active' })
    expect((await check(one)).refused).toBeNull()
    await settle(one, one.ids.map((id) => [id, 'left-out']))
    expect(await company.quota('clerk05')).toEqual([1, 0])
  })

  it('S40 an edit and the moment of leaving at once: one of them comes first, and the quota is whole', async () => {
    const one = await scheduled('clerk06', 'manager06', 3)
    const clerk = await company.app.person('clerk06')
    const { version } = await company.row(one.id)
    const content = { name: 'x', templateId: company.template, senders: 'self', audience: {}, plannedAt: company.tomorrow(), values: {}, version }
    const [edited, checked] = await Promise.all([clerk.send('PUT', `/api/broadcasts/${one.id}`, { body: JSON.stringify(content) }), check(one)])
    const open = await company.app.services.database.db.countBy(broadcastRecipients, { planId: one.planId, outcome: 'leaving' })
    if (edited.status === 200) expect([checked.refused, open, await company.quota('clerk06')]).toEqual(['not-approved', 0, [0, 0]])
    else expect([edited.body.error.code, checked.refused, open, await company.quota('clerk06')]).toEqual(['broadcast.not_editable', null, 3, [3, 0]])
  })
})
