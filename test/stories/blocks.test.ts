import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { approvalApprovers } from '../../server/approvals/index.ts'
import { taskIdOf } from '../../server/approvals/card.ts'
import { auditEntries } from '../../server/audit/audit.entity.ts'
import { blockRequests } from '../../server/customers/block.entity.ts'
import { testDatabaseKinds } from '../support/databases.ts'
import type { Person, Reply } from '../support/person.ts'
import { expectLikeUnknown } from './support/answers.ts'
import { dayMs, storyClock } from './support/clocked.ts'
import { storyApp, type StoryApp } from './support/story-app.ts'

const everyone = { everyone: true, roles: [], staffIds: [], except: [] }

describe.each(await testDatabaseKinds())('S51 asking for a block, on %s', (kind) => {
  const clock = storyClock()
  let app: StoryApp
  let clerk: Person
  /** One with a contract, one without. */
  let rich = ''
  let plain = ''
  let foreign = ''

  beforeAll(async () => {
    app = await storyApp({ database: kind, clock: clock.now })
    rich = app.simulator.controls.memberAddsCustomer('clerk01', { newCustomer: { name: '有合同的客户' } }).externalUserId
    plain = app.simulator.controls.memberAddsCustomer('clerk01', { newCustomer: { name: '没有合同的客户' } }).externalUserId
    foreign = app.simulator.controls.memberAddsCustomer('clerk02', { newCustomer: { name: '别店客户' } }).externalUserId
    await app.settle()
    const owner = { ownerStaffId: (await app.staffOf('clerk01')).id, ownerDepartmentId: app.storeOf('clerk01'), poolDepartmentId: null }
    await app.knows(rich, { ...owner, mobile: '13755554444', contractAmountFen: 77_665_500, contractState: 'signed', priceList: 'A类', valueTier: 5 })
    await app.knows(plain, { ...owner, contractAmountFen: null, contractState: null, priceList: null })
    clock.nextMorning()
    clerk = await app.as('clerk01')
  })
  afterAll(() => app.stop())

  const ask = (id: string, body: object = { unit: 'customer.contract', reason: '客户问起合同', days: 7 }, person = clerk) => person.post(`/api/customers/${id}/block-requests`, body)
  const blocksOf = async (id: string, person = clerk) => (await person.get(`/api/customers/${id}/blocks`)).body.items as { unit: string, state: string, until: number | null, partly: boolean }[]
  const stateOf = async (unit: string, id = rich) => (await blocksOf(id)).find((block) => block.unit === unit)?.state
  const codeOf = (reply: Reply) => [reply.status, reply.body.error?.code ?? null]
  const requestIdOf = async (id: string, unit: string) => (await app.services.database.db.getRepository(blockRequests).findOneByOrFail({ customerId: (await app.customer(id)).id, unit, state: 'waiting' })).requestId ?? ''
  const seen = async (id = rich) => Object.keys((await clerk.get(`/api/customers/${id}`)).body.fields)
  const contract = ['contractAmountFen', 'contractState', 'priceList']

  /** The manager taps the button of the card that WeCom shows him. */
  async function taps(userid: string, requestId: string, key: 'approve' | 'refuse'): Promise<void> {
    const approver = await app.services.database.db.getRepository(approvalApprovers).findOneByOrFail({ requestId, staffId: (await app.staffOf(userid)).id })
    app.simulator.controls.tapCard(userid, { taskId: taskIdOf(approver.id) }, key)
    await app.settle()
  }

  it('lists every block that may be asked for, the same for every customer of his, whether or not there is data', async () => {
    const withContract = await blocksOf(rich)
    expect(withContract.map((block) => block.unit)).toEqual([
      'customer.contact', 'customer.spending', 'customer.contract', 'customer.labels', 'customer.ownership',
      'talk.messages', 'talk.followups', 'talk.history', 'talk.visits', 'talk.tickets', 'talk.tasks',
    ])
    expect(withContract.filter((block) => block.state === 'may').map((block) => block.unit)).toEqual(['customer.spending', 'customer.contract', 'talk.history', 'talk.visits'])
    expect(withContract.filter((block) => block.partly).map((block) => block.unit)).toEqual(['customer.spending', 'talk.visits'])
    expect(withContract.filter((block) => block.state === 'have').map((block) => block.unit)).toEqual(['customer.contact', 'customer.labels', 'customer.ownership', 'talk.messages', 'talk.followups', 'talk.tickets', 'talk.tasks'])
    expect(await blocksOf(plain)).toEqual(withContract)
  })

  it('is refused for what is no block, for too long, without a reason, and for whom one does not see', async () => {
    for (const body of [{ unit: 'customer.profile', reason: 'x', days: 1 }, { unit: 'marketing.reports', reason: 'x', days: 1 }, { unit: 'customer.contract', reason: 'x', days: 31 }, { unit: 'customer.contract', reason: ' ', days: 1 }, { unit: 'customer.contract', days: 1 }, { unit: 'customer.contract', reason: 'x', days: 1, staff: 'director01' }]) {
      expect(codeOf(await ask(rich, body))).toEqual([400, 'request.invalid'])
    }
    expect(codeOf(await ask(rich, { unit: 'customer.contact', reason: 'x', days: 1 }))).toEqual([409, 'block.already_open'])
    await expectLikeUnknown(clerk, (id) => `/api/customers/${id}/blocks`, foreign)
    await expectLikeUnknown(clerk, (id) => `/api/customers/${id}/block-requests`, foreign, { method: 'POST', body: { unit: 'customer.contract', reason: 'x', days: 1 } })
  })

  it('the same wish waits once, also when it is asked many times at once', async () => {
    const replies = await Promise.all(Array.from({ length: 12 }, () => ask(rich, { unit: 'customer.contract', reason: '客户13755554444问起合同', days: 7 })))
    expect(replies.filter((reply) => reply.status === 200).map((reply) => reply.body.state)).toEqual(['waiting'])
    expect(replies.filter((reply) => reply.status !== 200).every((reply) => codeOf(reply).join() === '409,block.already_asked')).toBe(true)
    await app.settle()
    expect(await stateOf('customer.contract')).toBe('waiting')
    expect(await seen()).not.toEqual(expect.arrayContaining(contract))
    expect(await stateOf('customer.contract', plain)).toBe('may')
  })

  it('the card goes to his superior and holds nothing of the customer', async () => {
    const [card] = app.simulator.controls.outbox('manager01').filter((message) => JSON.stringify(message.body).includes('申请查看'))
    const text = JSON.stringify(card?.body)
    expect(text).toContain('合同与签约金额')
    expect(text).toContain('137****4444')
    for (const secret of ['13755554444', '有合同的客户', 'signed', '776655']) expect(text).not.toContain(secret)
    for (const other of ['clerk01', 'manager02', 'director01']) expect(app.simulator.controls.outbox(other).filter((message) => JSON.stringify(message.body).includes('申请查看'))).toEqual([])
  })

  it('the superior\'s tap opens that block only, of that customer only, masked as it is by default, until its end', async () => {
    const before = await seen()
    const requestId = await requestIdOf(rich, 'customer.contract')
    await taps('manager01', requestId, 'approve')
    expect((await seen()).sort()).toEqual([...before, ...contract].sort())
    const card = (await clerk.get(`/api/customers/${rich}`)).body
    expect([card.customer.contractState, card.customer.contractAmountFen, card.abilities.writable.includes('contractAmountFen'), card.abilities.revealable]).toEqual(['signed', '¥***', false, []])
    expect(card.abilities.operations.filter((operation: string) => operation.startsWith('customer.contract'))).toEqual(['customer.contract.view'])
    expect(await seen(plain)).not.toEqual(expect.arrayContaining(contract))
    const open = (await blocksOf(rich)).find((block) => block.unit === 'customer.contract')
    expect(open).toMatchObject({ state: 'have', until: clock.now() + 7 * dayMs })
    const explained = (await clerk.get(`/api/customers/${rich}/explain?operation=customer.contract.view`)).body
    expect(explained.because).toMatchObject([{ kind: 'temporary', reason: '客户137****4444问起合同', until: open?.until }])

    clock.forward(7 * dayMs - 1)
    clerk = await app.as('clerk01')
    expect(await seen()).toEqual(expect.arrayContaining(contract))
    clock.forward(1)
    expect((await seen()).filter((field) => contract.includes(field))).toEqual([])
    expect(await stateOf('customer.contract')).toBe('may')
  })

  it('a refusal opens nothing, and the same is not asked again for a day', async () => {
    const before = await seen()
    await ask(rich, { unit: 'talk.history', reason: '想看旧版本', days: 3 })
    await app.settle()
    await taps('manager01', await requestIdOf(rich, 'talk.history'), 'refuse')
    expect(await seen()).toEqual(before)
    expect(await stateOf('talk.history')).toBe('refused')
    expect(codeOf(await ask(rich, { unit: 'talk.history', reason: '还是想看', days: 3 }))).toEqual([409, 'block.refused'])
    expect(codeOf(await ask(plain, { unit: 'talk.history', reason: '另一位客户', days: 3 }))).toEqual([200, null])
    clock.forward(dayMs)
    clerk = await app.as('clerk01')
    expect(await stateOf('talk.history')).toBe('may')
  })

  it('silence opens nothing either: the request ends by itself', async () => {
    await ask(rich, { unit: 'customer.spending', reason: '想看全部消费', days: 3 })
    await app.settle()
    for (let day = 0; day < 6; day += 1) {
      clock.forward(dayMs)
      await app.services.approvals.moveDue()
      await app.settle()
    }
    clerk = await app.as('clerk01')
    expect(await stateOf('customer.spending')).toBe('may')
    expect(await seen()).not.toContain('valueTier')
  })

  it('what a restriction takes from everybody cannot be asked for; one about some customers does not show in the list', async () => {
    const all = await app.restrict({ subject: everyone, operations: ['customer.contract.view'], scope: { kind: 'all' } })
    expect(await stateOf('customer.contract')).toBe('closed')
    expect(codeOf(await ask(rich))).toEqual([403, 'block.closed'])
    await app.lift(all)
    const some = await app.restrict({ subject: everyone, operations: ['customer.contract.view'], scope: { kind: 'all' }, conditions: [{ kind: 'valueTier', atLeast: 5 }] })
    expect([await stateOf('customer.contract', rich), await stateOf('customer.contract', plain)]).toEqual(['may', 'may'])
    await app.lift(some)
  })

  it('asking, deciding and what it opened are on the audit', async () => {
    const actions = (await app.services.database.db.getRepository(auditEntries).find({ order: { id: 'ASC' } })).filter((entry) => /^(block|approval)\./.test(entry.action))
    expect(actions.find((entry) => entry.action === 'block.opened')).toMatchObject({
      actorKind: 'staff', actorId: (await app.staffOf('manager01')).id, operation: 'customer.contract.view', subjectId: (await app.customer(rich)).id, details: { staff: (await app.staffOf('clerk01')).id },
    })
    expect(actions.filter((entry) => entry.action === 'block.asked')).toHaveLength(4)
    expect(JSON.stringify(actions)).not.toMatch(/13755554444|问起|旧版本/)
  })
})
