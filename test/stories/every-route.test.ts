import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { contracts } from '#shared/contracts/index'
import type { Contract } from '#shared/contracts/contract'
import { storeMessage } from '../../server/conversations/store-messages.ts'
import { testDatabaseKinds } from '../support/databases.ts'
import type { Person, Reply } from '../support/person.ts'
import { everyItem, faceOf } from './support/answers.ts'
import { Expectation, personOfRole, type Known, type Viewer } from './support/role-table.ts'
import { nameOf, nobody, pathOf, requests } from './support/route-requests.ts'
import { expectNoSecret, expectOnlyDeclaredFields, secretsOf, type Secrets } from './support/secrets.ts'
import { storyApp, type StoryApp } from './support/story-app.ts'

/** Whoever looks after the rules may ask about any customer, and reads reasons only. */
const aboutAnybody: ReadonlySet<string> = new Set(['GET /api/customers/:externalUserId/who-may'])
/** Answers that are there to hold a value in clear. */
const inClear: ReadonlySet<string> = new Set(['POST /api/customers/:externalUserId/reveal'])
/** The operation behind each part of a customer. */
const partOperation: Readonly<Record<string, string>> = {
  'GET /api/customers/:externalUserId': 'customer.profile.view', 'GET /api/customers/:externalUserId/explain': 'customer.profile.view',
  'GET /api/customers/:externalUserId/orders': 'customer.spending.view', 'GET /api/customers/:externalUserId/visits': 'talk.visits.view',
  'GET /api/customers/:externalUserId/messages': 'talk.messages.view', 'GET /api/customers/:externalUserId/blocks': 'customer.profile.view', 'GET /api/customers/:externalUserId/shares': 'customer.profile.view',
  'POST /api/customers/:externalUserId/reveal': 'customer.contact.operate',
  'POST /api/customers/:externalUserId/messages/:messageId/reveal': 'talk.messages.operate',
}
const ofCustomer = contracts.filter((contract) => contract.path.includes(':externalUserId') && !aboutAnybody.has(nameOf(contract)))
const beside = contracts.filter((contract) => !contract.path.includes(':externalUserId'))

describe.each(await testDatabaseKinds())('every route × every role × every kind of customer, on %s', (kind) => {
  let app: StoryApp
  const cast: { readonly viewer: Viewer; readonly person: Person }[] = []
  const customers: string[] = []
  const secrets: Secrets[] = []
  const facts = new Map<string, Known>()

  beforeAll(async () => {
    app = await storyApp({ database: kind })
    for (const [role, userid] of Object.entries(personOfRole)) {
      customers.push(app.simulator.controls.memberAddsCustomer(userid, { newCustomer: { name: `${role} 的客户` } }).externalUserId)
      cast.push({ viewer: { role, staffId: (await app.staffOf(userid)).id, departmentIds: app.company.staff.find((one) => one.userid === userid)?.departmentIds ?? [] }, person: await app.person(userid) })
    }
    await app.settle()
    const owned = cast.map(({ viewer }, place) => [customers[place] ?? '', { ownerStaffId: viewer.staffId, ownerDepartmentId: viewer.departmentIds[0] ?? null, poolDepartmentId: null }] as const)
    const others = await app.services.database.db.getRepository('customers').find() as Known['customer'][]
    const spare = others.map((one) => one.externalUserId).filter((id) => !customers.includes(id))
    const store = app.storeOf('clerk01')
    const pools = [store, app.storeOf('regional01'), app.storeOf('clerk02'), 1].map((pool) => [spare.pop() ?? '', { ownerStaffId: null, ownerDepartmentId: null, poolDepartmentId: pool }] as const)
    const colleague = [[spare.pop() ?? '', { ownerStaffId: (await app.staffOf('clerk02')).id, ownerDepartmentId: store, poolDepartmentId: null }] as const]
    for (const [id, standing] of [...owned, ...pools, ...colleague]) await tell(id, standing)
    customers.push(...[...pools, ...colleague].map(([id]) => id))
    for (const externalUserId of customers) facts.set(externalUserId, { customer: await app.customer(externalUserId), follows: await app.liveFollows(externalUserId) })
  })
  afterAll(() => app.stop())

  /** Facts, records and texts that are full of numbers. */
  async function tell(externalUserId: string, standing: Partial<Known['customer']>): Promise<void> {
    const own = secretsOf(externalUserId, secrets.length)
    secrets.push(own)
    const { mobile, email, address, contractAmountFen } = own
    await app.knows(externalUserId, {
      ...standing, mobile, email, address, contractAmountFen, contractState: 'signed', valueTier: 4, name: `客户${mobile}`, nameSearch: `客户${mobile}`,
      preferences: [`回电 ${mobile.slice(0, 3)} ${mobile.slice(3, 7)} ${mobile.slice(7)}`, '少糖'],
    })
    const { id } = await app.customer(externalUserId)
    await app.services.database.db.getRepository('follows').update({ customerId: id }, { remark: `备注${mobile}`, description: email })
    await app.buys(externalUserId, app.storeOf('clerk01'), 100 + secrets.length)
    await app.visitsStore(externalUserId, app.storeOf('clerk01'), `留了电话${mobile}，签约${contractAmountFen / 100}元`)
    await app.services.database.transaction((work) => storeMessage(work, app.services, {
      channel: 'kf', messageId: externalUserId, externalUserId, direction: 'in', userid: null, account: null, sentAt: Date.now(), kind: 'text',
      text: `我的手机${mobile}，合同金额${(contractAmountFen / 100).toFixed(2)}元`,
    }, Date.now()))
  }

  function ask(person: Person, contract: Contract, id: string): Promise<Reply> {
    const { body } = requests[nameOf(contract)] ?? {}
    return person.send(contract.method, pathOf(contract, id, app.config.publicUrl), body === undefined ? {} : { body: JSON.stringify(body) })
  }

  function check(contract: Contract, reply: Reply, where: string): void {
    expect([where, reply.status]).toSatisfy(([, status]) => status < 500)
    expect(reply.headers.get('content-type')).toMatch(/^application\/json/)
    if (reply.status === 200) expect(contract.returns.safeParse(reply.body).error).toBeUndefined()
    else expect(Object.keys(reply.body)).toEqual(['error'])
    if (reply.status !== 200 || !inClear.has(nameOf(contract))) expectNoSecret(reply, secrets, where)
  }

  it('knows a request for every contract, and every role of the company', () => {
    expect(Object.keys(requests).sort()).toEqual(contracts.map(nameOf).sort())
    expect(Object.keys(personOfRole).sort()).toEqual([...new Set(app.company.staff.map((one) => one.role))].sort())
    expect(secrets).toHaveLength(18)
  })

  it('a hidden customer is answered like nobody on every route, a visible one with the permitted fields and operations, and no number leaks', async () => {
    let [seen, hidden] = [0, 0]
    // The meaning is proved on one database; the other shows that its SQL says the same, with a part of the rows.
    const asked = kind === 'sqlite' ? customers : customers.filter((_, place) => place % 3 === 1)
    for (const { viewer, person } of cast) {
      const unknown = new Map<string, ReturnType<typeof faceOf>>()
      for (const contract of ofCustomer) unknown.set(nameOf(contract), faceOf(await ask(person, contract, nobody)))
      for (const externalUserId of asked) {
        const expected = new Expectation(app.company, viewer, facts.get(externalUserId) ?? raise(externalUserId))
        const visible = expected.may('customer.profile.view')
        if (visible) seen += 1
        else hidden += 1
        for (const contract of ofCustomer) {
          const where = `${viewer.role} ${nameOf(contract)} ${visible ? 'visible' : 'hidden'}`
          const reply = await ask(person, contract, externalUserId)
          check(contract, reply, where)
          if (!visible) expect([where, faceOf(reply)]).toEqual([where, unknown.get(nameOf(contract))])
          else expect([where, reply.status]).toEqual([where, statusOf(contract, expected, viewer.role)])
          if (visible && contract.method === 'GET' && contract.path === '/api/customers/:externalUserId') {
            expect([where, reply.body.fields]).toEqual([where, expected.fields()])
            expectOnlyDeclaredFields(reply.body, ['externalUserId', 'version', 'type'])
            expect(reply.body.abilities.operations.filter((operation: string) => /^(customer|talk)\./.test(operation)).sort()).toEqual(expected.operations())
          }
        }
      }
    }
    expect([seen, hidden].map((count) => count > asked.length * 3)).toEqual([true, true])
  })

  it('lists hold exactly the visible customers with exactly their fields, and no number leaks', async () => {
    for (const { viewer, person } of cast) {
      const refused = (await person.get('/api/customers')).status === 403
      const items = refused ? [] : await everyItem<{ customer: { externalUserId: string } & Record<string, unknown>; fields: Record<string, string> }>(person, '/api/customers', 20)
      expectNoSecret({ text: '', body: items }, secrets, `${viewer.role} list`)
      for (const item of items) expectOnlyDeclaredFields(item, ['externalUserId'])
      for (const externalUserId of customers) {
        const expected = new Expectation(app.company, viewer, facts.get(externalUserId) ?? raise(externalUserId))
        const item = items.find((one) => one.customer.externalUserId === externalUserId)
        expect([viewer.role, externalUserId, item?.fields]).toEqual([viewer.role, externalUserId, expected.may('customer.profile.view') ? expected.fields() : undefined])
      }
    }
  })

  it('routes beside the customers answer every role within their contract and with no number', async () => {
    for (const { viewer, person } of cast) {
      for (const contract of beside) {
        const reply = await ask(person, contract, '019a0000-0000-7000-8000-000000000000')
        check(contract, reply, `${viewer.role} ${nameOf(contract)}`)
        const gate = contract.needs
        const ever = gate.kind !== 'operation' || (await person.get('/api/me')).body.operations.includes(gate.operation)
        const answered = requests[nameOf(contract)]?.answer ?? 200
        expect([viewer.role, nameOf(contract), reply.status]).toEqual([viewer.role, nameOf(contract), ever ? answered : 403])
      }
    }
  })

  it('who may do something with any customer is told to whoever looks after the rules, without a value, and to nobody else', async () => {
    for (const { viewer, person } of cast) {
      for (const contract of contracts.filter((one) => aboutAnybody.has(nameOf(one)))) {
        const reply = await ask(person, contract, customers[0] ?? '')
        check(contract, reply, `${viewer.role} ${nameOf(contract)}`)
        expect([viewer.role, reply.status]).toEqual([viewer.role, viewer.role === 'administrator' ? 200 : 403])
      }
    }
  })

  it('without a session every route but the public ones answers 401, whatever the id', async () => {
    for (const contract of contracts) {
      for (const id of [customers[0] ?? '', nobody]) {
        const { body } = requests[nameOf(contract)] ?? {}
        const reply = await fetch(`${app.url}${pathOf(contract, id, app.config.publicUrl)}`, {
          method: contract.method, headers: { origin: app.config.publicUrl, 'content-type': 'application/json', cookie: id === nobody ? 'scrm_session=invented' : '' }, ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        })
        expect([nameOf(contract), reply.status]).toEqual([nameOf(contract), contract.needs.kind === 'public' ? 200 : 401])
      }
    }
  })

  /** What a visible customer's route must answer. */
  function statusOf(contract: Contract, expected: Expectation, role: string): number {
    // The colleague whom the request names is nobody.
    if (contract.method === 'POST' && contract.path.endsWith('/shares')) return 404
    // All but trainees (the administrator is one) use templates; the one that the request names is none.
    if (contract.path.endsWith('/quick-replies')) return role === 'trainee' || role === 'administrator' ? 403 : contract.method === 'POST' ? 404 : 200
    if (contract.path.endsWith('/contact-refusal')) return expected.may('marketing.broadcasts.edit') ? 200 : 403
    // The wish that the request names is none.
    if (contract.path.endsWith('/contact-refusal/lift')) return expected.may('customer.profile.edit') ? 409 : 403
    if (contract.path.endsWith('/block-requests')) return expected.may('talk.history.view') ? 409 : 200
    if (contract.method === 'PATCH') return expected.may('customer.labels.operate') ? 409 : 403
    return expected.may(partOperation[nameOf(contract)] ?? '') ? 200 : 403
  }

  function raise(externalUserId: string): never {
    throw new Error(`${externalUserId} was not told`)
  }
})
