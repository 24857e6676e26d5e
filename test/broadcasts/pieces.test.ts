import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { v7 as uuid } from 'uuid'
import { broadcastParts, broadcastRecipients } from '../../server/broadcasts/broadcast.entity.ts'
import { planWorks } from '../../server/broadcasts/plan-work/plan-work.entity.ts'
import { pieceOf } from '../../server/broadcasts/plan-work/plan-work.ts'
import { quotaShares } from '../../server/broadcasts/quotas/quota.entity.ts'
import { testDatabaseKinds } from '../support/databases.ts'
import { sendingCompany, wideRules, type SendingCompany } from './support/sending-company.ts'

const codeOf = (reply: { readonly status: number, readonly body: any }) => [reply.status, reply.body.error?.code]
const [everybody] = wideRules.quotas
const each = 700

/** Broadcasts of more customers than one transaction takes. */
describe.each(await testDatabaseKinds())('broadcasts in pieces, on %s', (kind) => {
  let company: SendingCompany
  const db = () => company.app.services.database.db
  const allow = (perMonth: number) => company.rules({ quotas: everybody === undefined ? [] : [{ ...everybody, perMonth, perDay: perMonth }] })
  const quotas = async () => [await company.quota('clerk01'), await company.quota('manager01')]
  const draft = async () => (await company.draft('manager01', { senders: 'owners' })).body
  const work = async () => (await db().find(planWorks)).map((one) => one.kind)
  beforeAll(async () => {
    company = await sendingCompany(kind, () => Date.now())
    for (const userid of ['clerk01', 'manager01']) await company.customersOf(userid, each)
    await allow(5_000)
  })
  afterAll(() => company.app.stop())

  it('S40 a refusal returns everything, and until then it cannot be submitted again', async () => {
    const begun = await draft()
    const sent = await company.submit('manager01', begun)
    expect([sent.status, sent.body.status, sent.body.version, sent.body.recipients.value >= 2 * each, await work()]).toEqual([200, 'waiting', begun.version + 1, true, []])
    const [ofClerk = 0, ofManager = 0] = (await quotas()).map(([reserved]) => reserved)
    expect([ofClerk >= each, ofManager >= each]).toEqual([true, true])
    await company.app.settle()
    expect((await company.approve('marketinglead01', sent.body.id, 'lead', 'refuse')).status).toBe(200)
    expect([(await company.row(sent.body.id)).status, await work(), (await company.recipients(sent.body.id))['withdrawn']]).toEqual(['refused', ['release'], pieceOf.recipients])
    expect(codeOf(await company.submit('manager01', await company.row(sent.body.id)))).toEqual([409, 'broadcast.preparing'])
    await company.app.settle()
    expect([await quotas(), await work(), await company.recipients(sent.body.id)]).toEqual([[[0, 0], [0, 0]], [], { withdrawn: sent.body.recipients.value }])
    expect((await company.submit('manager01', await company.row(sent.body.id))).status).toBe(200)
    expect(await quotas()).toEqual([[ofClerk, 0], [ofManager, 0]])
    const canceled = await (await company.app.person('manager01')).post(`/api/broadcasts/${sent.body.id}/cancel`, { version: (await company.row(sent.body.id)).version })
    expect(canceled.body.status).toBe('canceled')
    await company.app.settle()
    expect([await quotas(), await work()]).toEqual([[[0, 0], [0, 0]], []])
  })

  it('S44 an approved plan reaches outreach whole, each customer once; a cancel meanwhile takes it back whole', async () => {
    const whole = await company.submit('manager01', await draft())
    await company.app.settle()
    expect((await company.approve('marketinglead01', whole.body.id, 'lead')).status).toBe(200)
    const { planId } = await company.row(whole.body.id)
    const planned = () => company.ports.plans.get(planId ?? '')?.parts ?? []
    expect([planned().length > 0, planned().flatMap((part) => part.customerIds).length < whole.body.recipients.value, await work()]).toEqual([true, true, ['hand-over']])
    await company.app.settle()
    const reached = planned().flatMap((part) => part.customerIds)
    expect([reached.length, new Set(reached).size, new Set(planned().map((part) => part.staffId)).size, await work()]).toEqual([whole.body.recipients.value, reached.length, planned().length, []])
    const manager = await company.app.person('manager01')
    await manager.post(`/api/broadcasts/${whole.body.id}/cancel`, { version: (await company.row(whole.body.id)).version })
    await company.app.settle()
    expect(await quotas()).toEqual([[0, 0], [0, 0]])

    const cut = await company.submit('manager01', await draft())
    await company.app.settle()
    expect((await company.approve('marketinglead01', cut.body.id, 'lead')).status).toBe(200)
    await manager.post(`/api/broadcasts/${cut.body.id}/cancel`, { version: (await company.row(cut.body.id)).version })
    const handed = company.ports.plans.get((await company.row(cut.body.id)).planId ?? '')?.parts.length
    await company.app.settle()
    // What had not been handed over is not any more.
    expect(company.ports.plans.get((await company.row(cut.body.id)).planId ?? '')?.parts.length).toBe(handed)
    const ended = await company.recipients(cut.body.id)
    expect([await quotas(), await work(), Object.keys(ended).sort(), (ended['unsent'] ?? 0) + (ended['withdrawn'] ?? 0)]).toEqual([[[0, 0], [0, 0]], [], ['unsent', 'withdrawn'], cut.body.recipients.value])
  })

  it('S40 refused at the last sender, nothing of it stays, and the broadcast is as it was', async () => {
    const [first, last] = (await Promise.all(['clerk01', 'manager01'].map(async (userid) => ({ userid, id: (await company.app.staffOf(userid)).id })))).sort((one, other) => (one.id < other.id ? -1 : 1))
    const before = await company.send(last?.userid ?? '', await company.customersOf(last?.userid ?? '', 10))
    expect(before.status).toBe(200)
    await allow(Math.max(...(await Promise.all(['clerk01', 'manager01'].map(async (userid) => (await db().query('SELECT COUNT(*) AS total FROM customers WHERE owner_staff_id = ?', [(await company.app.staffOf(userid)).id]))[0].total))).map(Number)))
    const begun = await draft()
    const counts = () => Promise.all([broadcastRecipients, broadcastParts, quotaShares].map((table) => db().count(table)))
    const [was, quotaWas] = [await counts(), await quotas()]
    expect(codeOf(await company.submit('manager01', begun))).toEqual([409, 'broadcast.quota_exceeded'])
    expect([await counts(), await quotas(), await work(), (await company.row(begun.id)).version, (await company.row(begun.id)).status]).toEqual([was, quotaWas, [], begun.version, 'draft'])
    expect(await company.quota(first?.userid ?? '')).toEqual([0, 0])
    await allow(5_000)
    expect((await company.submit('manager01', begun)).status).toBe(200)
  })

  it('T19 while it is being submitted, it can be neither changed nor canceled nor submitted again', async () => {
    const begun = await draft()
    const planId = uuid()
    await db().insert(planWorks, { planId, broadcastId: begun.id, kind: 'fill', category: 'care', reason: null, afterStaffId: null, createdAt: Date.now(), aliveUntil: Date.now() + 60_000 })
    const manager = await company.app.person('manager01')
    const content = { name: 'x', templateId: company.template, senders: 'self', audience: {}, plannedAt: company.tomorrow(), values: {} }
    expect([
      codeOf(await company.submit('manager01', begun)),
      codeOf(await manager.send('PUT', `/api/broadcasts/${begun.id}`, { body: JSON.stringify({ ...content, version: begun.version }) })),
      codeOf(await manager.post(`/api/broadcasts/${begun.id}/cancel`, { version: begun.version })),
    ]).toEqual(Array(3).fill([409, 'broadcast.preparing']))
    await db().delete(planWorks, { planId })
    expect((await company.submit('manager01', begun)).status).toBe(200)
  })
})
