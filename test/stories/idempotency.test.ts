import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { shares } from '../../server/access/index.ts'
import { idempotencyKeys } from '../../server/http/idempotency.entity.ts'
import { purgeIdempotencyKeys } from '../../server/http/idempotency.ts'
import { testDatabaseKinds } from '../support/databases.ts'
import { storyApp, type StoryApp } from './support/story-app.ts'

const day = 86_400_000
const minute = 60_000

describe.each(await testDatabaseKinds())('repeated requests on %s', (kind) => {
  let app: StoryApp
  let customer: string

  beforeAll(async () => {
    app = await storyApp({ database: kind })
  })
  afterAll(() => app.stop())
  beforeEach(async () => {
    customer = app.simulator.controls.memberAddsCustomer('sales01', { newCustomer: { name: '学员' } }).externalUserId
    await app.settle()
    await app.knows(customer, { ownerStaffId: (await app.staffOf('sales01')).id, ownerDepartmentId: app.storeOf('sales01') })
  })

  const body = { userid: 'service01', operations: ['talk.followups.view'], reason: '一起跟进', until: Date.now() + day }
  const path = () => `/api/customers/${customer}/shares`
  const send = async (key: string, what: object = body) => (await app.person('sales01')).post(path(), what, { 'idempotency-key': key })
  const rows = () => app.services.database.db.getRepository(idempotencyKeys)
  const given = () => app.services.database.db.getRepository(shares).count()
  const codeOf = (reply: { status: number, body: { error?: { code: string } } }) => [reply.status, reply.body.error?.code]

  it('do their work once and give the first answer again', async () => {
    const before = await given()
    const first = await send('one')
    const again = await send('one')
    expect(first.status).toBe(200)
    expect([again.status, again.text]).toEqual([200, first.text])
    expect(await given()).toBe(before + 1)
    const [row] = await rows().find()
    expect([row?.state, row?.status]).toEqual(['done', 200])
    expect(row?.answer).not.toContain('service01')
  })

  it('do their work once when all arrive at the same time', async () => {
    const before = await given()
    const replies = await Promise.all(Array.from({ length: 12 }, () => send('at-once')))
    expect(replies.map((reply) => String(codeOf(reply))).filter((one) => one !== '200,' && one !== '409,idempotency.in_progress')).toEqual([])
    expect(replies.filter((reply) => reply.status === 200).length).toBeGreaterThanOrEqual(1)
    expect(await given()).toBe(before + 1)
  })

  it('are refused when the key was used for something else, or is none', async () => {
    expect((await send('first')).status).toBe(200)
    expect(codeOf(await send('first', { ...body, reason: '另一件事' }))).toEqual([422, 'idempotency.key_reused'])
    expect(codeOf(await send('x'.repeat(201)))).toEqual([400, 'idempotency.key_invalid'])
    expect(codeOf(await send('two words'))).toEqual([400, 'idempotency.key_invalid'])
    // Another person's key of the same name is another key.
    expect(codeOf(await (await app.person('service01')).post(path(), body, { 'idempotency-key': 'first' }))[1]).not.toMatch(/^idempotency/)
  })

  it('show a number in clear once only: the repeat learns that it was done, whoever owns the customer by then', async () => {
    await app.knows(customer, { mobile: '13755554444' })
    const sales = await app.person('sales01')
    const reveal = () => sales.post(`/api/customers/${customer}/reveal`, { field: 'mobile', reason: 'call' }, { 'idempotency-key': 'number' })
    expect((await reveal()).text).toContain('13755554444')
    await app.knows(customer, { ownerStaffId: (await app.staffOf('sales02')).id })
    const again = await reveal()
    expect(codeOf(again)).toEqual([409, 'idempotency.done'])
    expect(again.text).not.toContain('13755554444')
    expect((await rows().findOneOrFail({ where: {}, order: { createdAt: 'DESC' } })).answer).toBe(null)
  })

  it('may use the key again after a refusal that only left its trace: who was looked at, and that it was refused', async () => {
    const sales = await app.person('sales01')
    const reveal = (field: string) => sales.post(`/api/customers/${customer}/reveal`, { field, reason: 'call' }, { 'idempotency-key': 'other-field' })
    expect(codeOf(await reveal('spendTotalFen'))).toEqual([403, 'access.denied'])
    expect((await reveal('mobile')).status).toBe(200)
  })

  it('may use the key again after a refusal that wrote nothing', async () => {
    expect(codeOf(await send('corrected', { ...body, operations: 'all' }))).toEqual([400, 'request.invalid'])
    expect((await send('corrected')).status).toBe(200)
  })

  it('are only told that it was done when the rules have changed since', async () => {
    expect((await send('rules')).status).toBe(200)
    await app.restrict({ subject: { everyone: false, roles: ['trainee'], staffIds: [], except: [] }, operations: ['talk.messages.view'], scope: { kind: 'all' } })
    expect(codeOf(await send('rules'))).toEqual([409, 'idempotency.done'])
  })

  it('go on where a dead process left off: nothing written means that the work is still to be done, written means done', async () => {
    expect((await send('died')).status).toBe(200)
    const before = await given()
    const leave = async (state: 'running' | 'applied', leaseUntil: number) => void await rows().update({ state: 'done', keyHash: (await newest()).keyHash }, { state, holder: 'a dead request', answer: null, leaseUntil })
    const newest = async () => rows().findOneOrFail({ where: {}, order: { createdAt: 'DESC' } })
    await leave('running', Date.now() + minute)
    expect(codeOf(await send('died'))).toEqual([409, 'idempotency.in_progress'])
    await rows().update({ holder: 'a dead request' }, { leaseUntil: Date.now() - 1 })
    expect((await send('died')).status).toBe(200)
    expect(await given()).toBe(before + 1)
    await leave('applied', Date.now() - 1)
    expect(codeOf(await send('died'))).toEqual([409, 'idempotency.done'])
    expect(await given()).toBe(before + 1)
  })

  it('are forgotten after a day', async () => {
    await purgeIdempotencyKeys(app.services.database.db, Date.now())
    expect(await rows().count()).toBeGreaterThan(0)
    await purgeIdempotencyKeys(app.services.database.db, Date.now() + 25 * 60 * minute)
    expect(await rows().count()).toBe(0)
  })
})
