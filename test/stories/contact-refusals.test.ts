import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { v7 as uuid } from 'uuid'
import { contactRefusals } from '../../server/customers/contact-refusal.entity.ts'
import { storeMessage } from '../../server/conversations/index.ts'
import { auditEntries } from '../../server/audit/audit.entity.ts'
import { testDatabaseKinds } from '../support/databases.ts'
import type { Person } from '../support/person.ts'
import { sendingCompany, type SendingCompany } from '../broadcasts/support/sending-company.ts'

/** A customer asked not to be contacted (勿扰): who may say so, who sees it, and that no broadcast reaches him. */
describe.each(await testDatabaseKinds())('customers who asked not to be contacted, on %s', (kind) => {
  let company: SendingCompany
  beforeAll(async () => { company = await sendingCompany(kind, () => Date.now()) })
  afterAll(() => company.app.stop())

  const put = (person: Person, customer: string) => person.send('PUT', `/api/customers/${customer}/contact-refusal`, { body: '{}' })
  const lift = (person: Person, customer: string, id: string, more: object = { reason: 'asked-again' }) => person.post(`/api/customers/${customer}/contact-refusal/lift`, { id, ...more })
  const card = async (person: Person, customer: string) => (await person.get(`/api/customers/${customer}`)).body.contactRefusal
  const writes = async (customer: string, text: string, sentAt = Date.now(), more: object = {}) => company.app.services.database.transaction((work) => storeMessage(work, company.app.services, {
    channel: 'kf', messageId: uuid(), externalUserId: customer, direction: 'in', userid: null, account: 'kf1', sentAt, kind: 'text', text, ...more,
  }, Date.now()))
  const trail = async (customer: string) => {
    const { id } = await company.app.customer(customer)
    return (await company.app.services.database.db.find(auditEntries, { where: { subjectId: id }, order: { id: 'ASC' } })).filter((one) => one.action.startsWith('customer.contact-'))
  }

  it('the sender writes it down once, everybody who sees the card sees it, and it is on the record', async () => {
    const [customer = ''] = await company.customersOf('clerk01', 1)
    const [clerk, manager] = [await company.app.person('clerk01'), await company.app.person('manager01')]
    expect(await card(clerk, customer)).toBeNull()
    const [first, second] = await Promise.all([put(clerk, customer), put(clerk, customer)])
    expect([first.status, second.status, first.body]).toEqual([200, 200, second.body])
    const { id } = first.body.contactRefusal
    expect(await card(manager, customer)).toMatchObject({ id, source: 'staff', by: (await company.app.staffOf('clerk01')).name })
    expect((await clerk.get('/api/customers?limit=100')).body.items.find((one: { customer: { externalUserId: string } }) => one.customer.externalUserId === customer).refusesContact).toBe(true)
    expect((await trail(customer)).map((one) => [one.action, one.details, one.operation])).toEqual([['customer.contact-refused', { source: 'staff' }, 'marketing.broadcasts.edit']])
  })

  it('is lifted with a reason by whoever may change the profile, and by nobody else', async () => {
    const [customer = ''] = await company.customersOf('clerk02', 1)
    const [clerk, manager, other] = [await company.app.person('clerk02'), await company.app.person('manager02'), await company.app.person('clerk05')]
    const { id } = (await put(clerk, customer)).body.contactRefusal
    const strange = await company.app.person('manager05')
    expect([(await lift(clerk, customer, id)).body.error.code, (await lift(strange, customer, id)).body.error.code, (await put(other, customer)).body.error.code]).toEqual(['access.denied', 'customer.not_found', 'customer.not_found'])
    expect((await lift(manager, customer, id, {})).body.error.code).toBe('request.invalid')
    expect((await lift(manager, customer, id, { reason: 'other' })).body.error.code).toBe('contact_refusal.note_required')
    expect((await lift(manager, customer, uuid())).body.error.code).toBe('contact_refusal.not_in_force')
    const tries = await Promise.all([1, 2].map(() => lift(manager, customer, id, { reason: 'other', note: '客户来电说可以联系，电话13812345678' })))
    expect(tries.map((one) => one.status).sort()).toEqual([200, 409])
    expect(await card(manager, customer)).toBeNull()
    const row = await company.app.services.database.db.findOneByOrFail(contactRefusals, { id })
    expect([row.liveKey, row.liftReason, row.liftNoteSealed?.includes('138')]).toEqual([null, 'other', false])
    expect((await trail(customer)).map((one) => [one.action, one.details])).toEqual([['customer.contact-refused', { source: 'staff' }], ['customer.contact-allowed', { reason: 'other' }]])
  })

  it('a stale tap does not lift a newer wish', async () => {
    const [customer = ''] = await company.customersOf('clerk03', 1)
    const manager = await company.app.person('manager03')
    const { id } = (await put(manager, customer)).body.contactRefusal
    await lift(manager, customer, id)
    const newer = (await put(manager, customer)).body.contactRefusal
    expect((await lift(manager, customer, id)).body.error.code).toBe('contact_refusal.not_in_force')
    expect(await card(manager, customer)).toEqual(newer)
  })

  it('what the customer writes in customer service says it too; one late message does not bring a lifted wish back, a new one does', async () => {
    const [customer = ''] = await company.customersOf('clerk04', 1)
    const manager = await company.app.person('manager04')
    await writes(customer, '不要再发错货了')
    await writes(customer, '退订', Date.now(), { direction: 'out' })
    expect(await card(manager, customer)).toBeNull()
    const before = Date.now()
    await writes(customer, '不要再发了！', before - 1000)
    const wish = await card(manager, customer)
    expect(wish).toMatchObject({ source: 'message', by: null, since: before - 1000 })
    expect((await lift(manager, customer, wish.id)).status).toBe(200)
    await writes(customer, 'TD', before - 500)
    expect(await card(manager, customer)).toBeNull()
    await writes(customer, 'TD', Date.now() + 1000)
    expect(await card(manager, customer)).toMatchObject({ source: 'message' })
    expect((await trail(customer)).map((one) => [one.actorKind, one.action])).toEqual([['system', 'customer.contact-refused'], ['staff', 'customer.contact-allowed'], ['system', 'customer.contact-refused']])
  })

  it('whoever asked is not in an audience, and the preflight says so', async () => {
    const ids = await company.customersOf('clerk01', 3)
    const clerk = await company.app.person('clerk01')
    await put(clerk, ids[0] ?? '')
    const draft = await company.draft('clerk01', { audience: { externalUserIds: ids } })
    const preflight = (await clerk.post(`/api/broadcasts/${draft.body.id}/preflight`, {})).body
    expect([preflight.kept, preflight.dropped]).toEqual([{ value: 2 }, [{ reason: 'asked-not', count: { value: 1 } }]])
    const sent = await company.submit('clerk01', draft.body)
    expect([sent.status, (await company.row(draft.body.id)).recipients]).toEqual([200, 2])
    await put(clerk, ids[1] ?? '')
    await put(clerk, ids[2] ?? '')
    const nobody = await company.send('clerk01', ids)
    expect([nobody.status, nobody.body.error.code]).toEqual([409, 'broadcast.nobody_left'])
  })

  it('whoever asks after the approval is left out at the moment of leaving, and his message comes back', async () => {
    const ids = await company.customersOf('clerk05', 3)
    const sent = await company.send('clerk05', ids)
    await company.app.settle()
    expect((await company.approve('manager05', sent.body.id)).status).toBe(200)
    const { planId } = await company.row(sent.body.id)
    const staffId = (await company.app.staffOf('clerk05')).id
    await writes(ids[1] ?? '', '退订')
    const asked = (await company.app.customer(ids[1] ?? '')).id
    const checked = await company.ports.check(company.app.services.database, planId ?? '', staffId)
    expect([checked.refused, Object.fromEntries(checked.leftOut)]).toEqual([null, { [asked]: 'asked-not' }])
    await company.ports.settle(company.app.services.database, planId ?? '', staffId, [{ customerId: asked, outcome: 'left-out', at: Date.now() }])
    expect(await company.quota('clerk05')).toEqual([2, 0])
  })

  it('a quick reply stays possible and says so', async () => {
    const [customer = ''] = await company.customersOf('clerk06', 1)
    const clerk = await company.app.person('clerk06')
    expect((await clerk.get(`/api/customers/${customer}/quick-replies`)).body.refusesContact).toBe(false)
    await put(clerk, customer)
    expect((await clerk.get(`/api/customers/${customer}/quick-replies`)).body.refusesContact).toBe(true)
  })
})
