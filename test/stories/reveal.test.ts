import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { roleLimits, roles } from '../../server/access/index.ts'
import { auditEntries } from '../../server/audit/audit.entity.ts'
import { storeMessage } from '../../server/conversations/store-messages.ts'
import { reveals } from '../../server/customers/reveal.entity.ts'
import { testDatabaseKinds } from '../support/databases.ts'
import type { Person, Reply } from '../support/person.ts'
import { expectLikeUnknown, faceOf } from './support/answers.ts'
import { hourMs, storyClock } from './support/clocked.ts'
import { storyApp, type StoryApp } from './support/story-app.ts'

const mobile = '13755554444'
const everyone = { everyone: true, roles: [], staffIds: [], except: [] }

describe.each(await testDatabaseKinds())('masked values in clear, on %s', (kind) => {
  const clock = storyClock()
  let app: StoryApp
  let sales: Person
  const mine: string[] = []
  let foreign = ''

  beforeAll(async () => {
    app = await storyApp({ database: kind, clock: clock.now })
    for (let place = 0; place < 8; place += 1) mine.push(app.simulator.controls.memberAddsCustomer('sales01', { newCustomer: { name: `客户${place}` } }).externalUserId)
    foreign = app.simulator.controls.memberAddsCustomer('sales02', { newCustomer: { name: '别店客户' } }).externalUserId
    await app.settle()
    const owner = { ownerStaffId: (await app.staffOf('sales01')).id, ownerDepartmentId: app.storeOf('sales01'), poolDepartmentId: null }
    for (const id of mine) await app.knows(id, { ...owner, mobile, email: 'geheim@kunde.example', address: '苏州市观前街88号', contractAmountFen: 77_665_500 })
    await app.knows(foreign, { mobile: '13311112222' })
    clock.nextMorning()
    sales = await app.person('sales01')
  })
  afterAll(() => app.stop())

  const reveal = (person: Person, id: string, body: object = { field: 'mobile', reason: 'call' }) => person.post(`/api/customers/${id}/reveal`, body)
  const codeOf = (reply: Reply) => [reply.status, reply.body.error?.code ?? null]
  const entriesOf = (reply: Reply) => app.services.database.db.getRepository(auditEntries).findBy({ requestId: reply.headers.get('x-request-id') ?? 'none' })
  const setLimit = async (roleKey: string, revealsPerDay: number) => app.services.database.transaction(async (work) => {
    await work.db.getRepository(roleLimits).save({ roleKey, cardsPerHour: 500, cardsPerDay: 2_000, revealsPerDay })
    await app.services.access.raiseEpoch(work)
  })

  it('shows each of the masked contact fields to whoever holds the operation, with a reason', async () => {
    const [id = ''] = mine
    const card = (await sales.get(`/api/customers/${id}`)).body
    expect(card.abilities.revealable).toEqual(['mobile', 'email', 'address'])
    expect(card.customer.mobile).toBe('137****4444')
    const values = []
    for (const field of card.abilities.revealable) values.push((await reveal(sales, id, { field, reason: 'delivery' })).body)
    expect(values).toEqual([
      { field: 'mobile', value: `+86${mobile}`, left: 19 }, { field: 'email', value: 'geheim@kunde.example', left: 18 }, { field: 'address', value: '苏州市观前街88号', left: 17 },
    ])
    expect((await sales.get(`/api/customers/${id}`)).body.customer.mobile).toBe('137****4444')
  })

  it('T06 puts each on the audit before it leaves: field and reason, never the value, nor the note', async () => {
    const [id = ''] = mine
    const shown = await reveal(sales, id, { field: 'mobile', reason: 'other', note: `客户来电${mobile}要求改约` })
    const entries = await entriesOf(shown)
    expect(entries.filter((entry) => entry.action === 'customer.revealed')).toMatchObject([{
      actorId: (await app.staffOf('sales01')).id, operation: 'customer.contact.operate', subjectKind: 'customer', subjectId: (await app.customer(id)).id, outcome: 'allowed',
      details: { fields: ['mobile'], reason: 'other' },
    }])
    expect(JSON.stringify(entries)).not.toContain(mobile)
    const kept = await app.services.database.db.getRepository(reveals).find()
    expect(kept.length).toBeGreaterThan(0)
    expect(JSON.stringify(kept)).not.toContain(mobile)
    const list = await (await app.person('admin01')).get('/api/reveals?staff=sales01&limit=1')
    expect(list.body.items).toMatchObject([{ userid: 'sales01', externalUserId: id, subject: 'mobile', reason: 'other', note: '客户来电137****4444要求改约' }])
    expect((await (await app.person('director01')).get('/api/reveals')).status).toBe(403)
  })

  it('is refused without the operation, without a reason, for other fields, and for whom one does not see', async () => {
    const [id = ''] = mine
    expect(codeOf(await reveal(await app.person('clerk01'), id))).toEqual([403, 'access.denied'])
    expect(codeOf(await reveal(await app.person('regional01'), id))).toEqual([403, 'access.denied'])
    expect((await (await app.person('clerk01')).get(`/api/customers/${id}`)).body.abilities.revealable).toEqual([])
    for (const field of ['contractAmountFen', 'spendTotalFen', 'name', 'remark']) expect(codeOf(await reveal(sales, id, { field, reason: 'call' }))).toEqual([403, 'access.denied'])
    for (const body of [{}, { field: 'mobile' }, { field: 'mobile', reason: 'curious' }, { field: 'toString', reason: 'call' }, { field: 'mobile', reason: 'call', note: 'x'.repeat(201) }, { field: 'mobile', reason: 'call', staff: 'director01' }]) {
      expect(codeOf(await reveal(sales, id, body))).toEqual([400, 'request.invalid'])
    }
    expect(codeOf(await reveal(sales, id, { field: 'mobile', reason: 'other' }))).toEqual([400, 'reveal.note_required'])
    await expectLikeUnknown(sales, (one) => `/api/customers/${one}/reveal`, foreign, { method: 'POST', body: { field: 'mobile', reason: 'call' } })
  })

  it('gives way to a restriction that masks, or takes the operation, and comes back with it', async () => {
    const [id = ''] = mine
    const masks = await app.restrict({ subject: everyone, operations: ['customer.contact.view'], scope: { kind: 'all' }, fields: { mobile: 'masked' } })
    expect((await sales.get(`/api/customers/${id}`)).body.abilities.revealable).toEqual(['email', 'address'])
    expect(codeOf(await reveal(sales, id))).toEqual([403, 'access.denied'])
    await app.lift(masks)
    const takes = await app.restrict({ subject: everyone, operations: ['customer.contact.operate'], scope: { kind: 'all' } })
    expect(codeOf(await reveal(sales, id))).toEqual([403, 'access.denied'])
    await app.lift(takes)
    expect((await reveal(sales, id)).status).toBe(200)
  })

  it('an amount is clear already to those who sign, and revealed where their grant asks for a mask', async () => {
    const [id = ''] = mine
    const director = await app.person('director01')
    const card = (await director.get(`/api/customers/${id}`)).body
    expect([card.customer.contractAmountFen, card.abilities.revealable]).toEqual([77_665_500, ['mobile', 'email', 'address']])
    await app.services.database.transaction(async (work) => {
      await work.db.getRepository(roles).insert({ roleKey: 'careful-signer', label: '谨慎签约', version: 1, updatedAt: 0, grants: [
        { operations: ['customer.profile.view', 'customer.contract.operate'], scope: { kind: 'all' }, conditions: [], fields: { contractAmountFen: 'masked' } },
      ] })
      await app.services.access.raiseEpoch(work)
    })
    await app.giveRole('marketing01', 'careful-signer')
    const signer = await app.person('marketing01')
    const careful = (await signer.get(`/api/customers/${id}`)).body
    expect([careful.customer.contractAmountFen, careful.abilities.revealable]).toEqual(['¥***', ['contractAmountFen']])
    expect((await reveal(signer, id, { field: 'contractAmountFen', reason: 'verify' })).body).toMatchObject({ value: 77_665_500 })
  })

  it('S36 a message is unmasked for those who hold that operation, this customer\'s only', async () => {
    const [id = '', other = ''] = mine
    for (const externalUserId of [id, other]) {
      await app.services.database.transaction((work) => storeMessage(work, app.services, {
        channel: 'kf', messageId: `reveal-${externalUserId}`, externalUserId, direction: 'in', userid: null, account: null, sentAt: clock.now(), kind: 'text', text: '卡号6222021234567890123，转5000元',
      }, clock.now()))
    }
    const [message] = (await sales.get(`/api/customers/${id}/messages`)).body.items
    expect(message).toMatchObject({ text: '卡号****0123，转¥***', masked: true })
    const path = (customer: string) => `/api/customers/${customer}/messages/${message.id}/reveal`
    expect(codeOf(await sales.post(path(id), { reason: 'complaint' }))).toEqual([403, 'access.denied'])
    await app.services.database.transaction(async (work) => {
      await work.db.getRepository(roles).insert({ roleKey: 'unmasker', label: '质检', version: 1, updatedAt: 0, grants: [
        { operations: ['customer.profile.view', 'talk.messages.operate'], scope: { kind: 'all' }, conditions: [], fields: {} },
      ] })
      await app.services.access.raiseEpoch(work)
    })
    await app.giveRole('service02', 'unmasker')
    const unmasker = await app.person('service02')
    const shown = await unmasker.post(path(id), { reason: 'complaint' })
    expect(shown.body).toMatchObject({ id: message.id, text: '卡号6222021234567890123，转5000元' })
    expect((await entriesOf(shown)).filter((entry) => entry.action === 'customer.revealed')).toMatchObject([{ operation: 'talk.messages.operate', details: { fields: ['message'], message: message.id, reason: 'complaint' } }])
    expect(codeOf(await unmasker.post(path(other), { reason: 'complaint' }))).toEqual([404, 'message.not_found'])
  })

  it('of a hundred at once with five left exactly five are shown, counted and recorded; tomorrow there are new ones', async () => {
    clock.nextMorning()
    sales = await app.as('sales01')
    await setLimit('sales', 5)
    const all = await Promise.all(Array.from({ length: 100 }, (_, place) => reveal(sales, mine[place % mine.length] ?? '')))
    expect(all.filter((reply) => reply.status === 200)).toHaveLength(5)
    const refused = all.filter((reply) => reply.status !== 200)
    expect(new Set(refused.map((reply) => codeOf(reply).join()))).toEqual(new Set(['429,reveal.limit_reached']))
    expect(refused[0]?.body.error.data).toMatchObject({ limit: 5 })
    expect(refused.every((reply) => !reply.text.includes(mobile))).toBe(true)
    const recorded = await Promise.all(all.map(entriesOf))
    const outcomes = recorded.flat().filter((entry) => entry.action === 'customer.revealed').map((entry) => entry.outcome)
    expect([outcomes.filter((one) => one === 'allowed').length, outcomes.filter((one) => one === 'refused').length]).toEqual([5, 95])
    expect((await reveal(sales, mine[0] ?? '')).status).toBe(429)
    clock.nextMorning()
    sales = await app.as('sales01')
    expect((await reveal(sales, mine[0] ?? '')).body).toMatchObject({ value: `+86${mobile}`, left: 4 })
  })

  it('many at once need an approval; it opens the named customers for some hours, and nobody else', async () => {
    const many = mine.slice(0, 7)
    const ask = { externalUserIds: many, field: 'mobile', reason: 'call' }
    expect(codeOf(await sales.post('/api/reveals', ask))).toEqual([403, 'reveal.needs_approval'])
    const few = await sales.post('/api/reveals', { ...ask, externalUserIds: mine.slice(0, 2) })
    expect(few.body).toMatchObject({ items: [{ externalUserId: mine[0], value: `+86${mobile}` }, { externalUserId: mine[1], value: `+86${mobile}` }], left: 2 })
    expect(codeOf(await sales.post('/api/reveals', { ...ask, externalUserIds: mine.slice(0, 3) }))).toEqual([429, 'reveal.limit_reached'])
    expect(faceOf(await sales.post('/api/reveals', { ...ask, externalUserIds: [foreign] }))).toEqual(faceOf(await sales.post('/api/reveals', { ...ask, externalUserIds: [`wm${'Z'.repeat(30)}`] })))
    expect(codeOf(await (await app.as('clerk01')).post('/api/reveal-requests', { externalUserIds: many, hours: 2, reason: '周年回访' }))).toEqual([403, 'access.denied'])

    const { requestId } = (await sales.post('/api/reveal-requests', { externalUserIds: many, hours: 2, reason: `周年回访${mobile}` })).body
    expect((await sales.post('/api/reveal-requests', { externalUserIds: [...many].reverse(), hours: 2, reason: `周年回访${mobile}` })).body.requestId, 'a second press asks for the same').toBe(requestId)
    await app.settle()
    expect(codeOf(await sales.post('/api/reveals', ask))).toEqual([403, 'reveal.needs_approval'])
    const decide = async (userid: string) => (await app.services.approvals.decide(requestId, (await app.staffOf(userid)).id, 'approve', 'card')).outcome
    expect([await decide('sales01'), await decide('clerk01'), await decide('manager02')]).toEqual(['not-eligible', 'not-eligible', 'not-eligible'])
    expect(await decide('manager01')).toBe('approved')
    const cards = app.simulator.controls.calls('/cgi-bin/message/send').map((call) => JSON.stringify(call))
    expect(cards.some((card) => card.includes('批量查看明文'))).toBe(true)
    expect(cards.some((card) => card.includes(mobile))).toBe(false)

    const opened = await sales.post('/api/reveals', ask)
    expect([opened.status, opened.body.items.length, opened.body.left]).toEqual([200, 7, 2])
    expect((await entriesOf(opened)).filter((entry) => entry.action === 'customer.revealed')).toHaveLength(7)
    expect(codeOf(await sales.post('/api/reveals', { ...ask, externalUserIds: mine }))).toEqual([403, 'reveal.needs_approval'])
    clock.forward(2 * hourMs)
    expect(codeOf(await sales.post('/api/reveals', ask))).toEqual([403, 'reveal.needs_approval'])
  })
})
