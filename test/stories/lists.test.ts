import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { auditEntries } from '../../server/audit/audit.entity.ts'
import { customers } from '../../server/customers/index.ts'
import { testDatabaseKinds } from '../support/databases.ts'
import { relist } from '../support/lists.ts'
import { everyItem, faceOf, idsOf, sorted } from './support/answers.ts'
import { storyApp, type StoryApp } from './support/story-app.ts'

describe.each(await testDatabaseKinds())('lists and search, on %s', (kind) => {
  let app: StoryApp
  let mine = ''
  let theirs = ''
  beforeAll(async () => {
    app = await storyApp({ database: kind })
    mine = await ownedBy('sales01', '13466667777')
    theirs = await ownedBy('sales02', '13488889999')
  })
  afterAll(() => app.stop())

  async function ownedBy(userid: string, mobile: string): Promise<string> {
    const { externalUserId } = app.simulator.controls.memberAddsCustomer(userid, { newCustomer: { name: `${userid} 的客户` } })
    await app.settle()
    await app.knows(externalUserId, { ownerStaffId: (await app.staffOf(userid)).id, ownerDepartmentId: app.storeOf(userid), mobile })
    return externalUserId
  }
  const byPhone = async (userid: string, phone: string) => (await app.person(userid)).get(`/api/customers?phone=${encodeURIComponent(phone)}`)
  const found = (reply: { body: { items: { customer: { externalUserId: string } }[] } }) => reply.body.items.map((item) => item.customer.externalUserId)

  it('S50 finds somebody by the full number, however it is written', async () => {
    for (const spelling of ['13466667777', '+8613466667777', '0086 134 6666 7777', '134-6666-7777', '(134) 6666 7777', '１３４６６６６７７７７', ' 134 6666 7777 ']) {
      const reply = await byPhone('sales01', spelling)
      expect([spelling, reply.status, found(reply)]).toEqual([spelling, 200, [mine]])
    }
    expect((await byPhone('sales01', '13466667777')).body.items[0].customer.mobile).toBe('134****7777')
  })

  it('S50 partial digits, an unknown number and a number outside the scope have the same answer', async () => {
    const unknown = faceOf(await byPhone('sales01', '13400000000'))
    expect(unknown).toMatchObject({ status: 200, text: '{"items":[],"nextCursor":null}' })
    for (const phone of ['1346666777', '6666', '134', '7777', '134****7777', '134%7777', '1346666777_', '13488889999', '+1 13466667777', 'x']) {
      expect([phone, faceOf(await byPhone('sales01', phone))]).toEqual([phone, unknown])
    }
  })

  it('S50 searching by number needs customer.contact.operate, and only among rows for which it is held', async () => {
    for (const userid of ['clerk01', 'trainee01', 'service01', 'operations01', 'saleshead01', 'regional01']) {
      const refused = await byPhone(userid, '13466667777')
      expect([userid, refused.status, refused.body.error.code, refused.body.error.data.operation]).toEqual([userid, 403, 'access.denied', 'customer.contact.operate'])
    }
    const followed = await ownedBy('clerk01', '13411112222')
    app.simulator.controls.memberAddsCustomer('sales01', { externalUserId: followed })
    await app.settle()
    expect(await idsOf(await app.person('sales01'))).toContain(followed)
    expect(found(await byPhone('sales01', '13411112222'))).toEqual([])
    expect(found(await byPhone('manager01', '13411112222'))).toEqual([followed])
    expect(found(await byPhone('manager01', '13466667777'))).toEqual([mine])
    expect(found(await byPhone('manager02', '13466667777'))).toEqual([])
    expect(found(await byPhone('manager02', '13488889999'))).toEqual([theirs])
    expect(sorted([...found(await byPhone('director01', '13466667777')), ...found(await byPhone('director01', '13488889999'))])).toEqual(sorted([mine, theirs]))
  })

  it('S50 T10 does not confirm a number that a restriction keeps from the searcher', async () => {
    expect(found(await byPhone('director01', '13466667777'))).toEqual([mine])
    const id = await app.restrict({ subject: { everyone: true, roles: [], staffIds: [], except: [] }, operations: ['customer.contact.view'], fields: { mobile: 'hidden' }, scope: { kind: 'all' } })
    expect(found(await byPhone('director01', '13466667777'))).toEqual([])
    await app.lift(id)
    expect(found(await byPhone('director01', '13466667777'))).toEqual([mine])
  })

  it('S50 attempts are limited, each one is on the audit, and no number is', async () => {
    const { id } = await app.staffOf('manager03')
    const answers = []
    for (let attempt = 0; attempt < 22; attempt += 1) answers.push(await byPhone('manager03', `1347777${String(1_000 + attempt)}`))
    expect(answers.map((reply) => reply.status)).toEqual([...Array(20).fill(200), 429, 429])
    expect(Number(answers.at(-1)?.headers.get('retry-after'))).toBeGreaterThan(0)
    const entries = await app.services.database.db.getRepository(auditEntries).findBy({ action: 'customer.phone-search', actorId: id })
    expect(entries).toHaveLength(22)
    expect(JSON.stringify(entries)).not.toMatch(/1347777/)
    const refused = await app.services.database.db.getRepository(auditEntries).findBy({ action: 'route.refused', operation: 'customer.contact.operate', outcome: 'refused' })
    expect(refused.length).toBeGreaterThanOrEqual(6)
    expect((await byPhone('manager02', '13488889999')).status).toBe(200)
  })

  it('T07 T10 a number inside a name is not searchable by its digits: no oracle beside the phone search', async () => {
    const { version } = (await (await app.person('sales01')).get(`/api/customers/${mine}`)).body.customer
    await (await app.person('sales01')).patch(`/api/customers/${mine}`, { version, name: '赵女士13466667777' })
    const clerk = await app.person('clerk01')
    expect(await idsOf(clerk, `q=${encodeURIComponent('赵女士')}`)).toContain(mine)
    for (const digits of ['13466667777', '66667777', '1346666', '6666', '赵女士13466']) {
      expect([digits, await idsOf(clerk, `q=${encodeURIComponent(digits)}`)]).toEqual([digits, []])
    }
    const fromWecom = app.simulator.controls.memberAddsCustomer('clerk01', { newCustomer: { name: '钱先生13422221111' } }).externalUserId
    await app.settle()
    expect(await idsOf(clerk, `q=${encodeURIComponent('钱先生')}`)).toEqual([fromWecom])
    expect(await idsOf(clerk, 'q=2222')).toEqual([])
  })

  it('a cursor works for its own person and list only', async () => {
    const director = await app.person('director01')
    const operations = await app.person('operations01')
    const cursorOf = async (query: string) => (await director.get(`/api/customers?limit=3${query}`)).body.nextCursor as string
    const plain = await cursorOf('')
    const staged = await cursorOf('&stage=lead')
    const refused = async (person: typeof director, path: string) => {
      const reply = await person.get(path)
      return [reply.status, reply.body.error?.code]
    }
    const at = (cursor: string) => `cursor=${encodeURIComponent(cursor)}`
    expect((await director.get(`/api/customers?limit=5&${at(plain)}`)).status).toBe(200)
    for (const [person, path] of [
      [operations, `/api/customers?limit=3&${at(plain)}`], [director, `/api/customers?limit=3&stage=lead&${at(plain)}`], [director, `/api/customers?limit=3&${at(staged)}`],
      [director, `/api/customers?limit=3&stage=intent&${at(staged)}`], [director, `/api/customers?limit=3&q=a&${at(plain)}`], [director, `/api/customers/${mine}/orders?${at(plain)}`],
      [director, `/api/customers?limit=3&${at(`${plain}x`)}`], [director, `/api/customers?limit=3&${at(plain.slice(0, -1))}`], [director, `/api/customers?limit=3&${at(`A${plain.slice(1)}`)}`],
      [director, `/api/customers?limit=3&${at(`${plain.split('.')[0] ?? ''}.${Buffer.from('[0,"0"]').toString('base64url')}`)}`],
    ] as const) expect([path, await refused(person, path)]).toEqual([path, [400, 'cursor.invalid']])
  })

  it('a cursor of one customer\'s records does not open another\'s', async () => {
    for (let count = 0; count < 4; count += 1) {
      await app.buys(mine, app.storeOf('sales01'), 100 + count)
      await app.buys(theirs, app.storeOf('sales02'), 900 + count)
      await app.visitsStore(mine, app.storeOf('sales01'), `到访${count}`)
    }
    const director = await app.person('director01')
    const { nextCursor } = (await director.get(`/api/customers/${mine}/orders?limit=2`)).body
    for (const path of [`/api/customers/${theirs}/orders`, `/api/customers/${mine}/visits`, `/api/customers/${mine}/messages`, '/api/customers']) {
      expect([path, (await director.get(`${path}?cursor=${encodeURIComponent(nextCursor)}`)).body.error?.code]).toEqual([path, 'cursor.invalid'])
    }
    expect((await everyItem(director, `/api/customers/${mine}/orders`, 1))).toHaveLength(4)
    expect((await everyItem(director, `/api/customers/${mine}/visits`, 3))).toHaveLength(4)
  })

  it('pages have no gap and no double, also where many customers share an instant, with and without a filter', async () => {
    const table = app.services.database.db.getRepository(customers)
    const all = await table.find({ order: { externalUserId: 'ASC' } })
    for (const [place, one] of all.entries()) await table.update({ id: one.id }, { lastActiveAt: 1_700_000_000_000 + (place % 3) * 1_000, stage: place % 2 === 0 ? 'intent' : 'lead' })
    await relist(app.services.database)
    const expected = (await table.find({ order: { lastActiveAt: 'DESC', id: 'DESC' } })).map((one) => [one.externalUserId, one.stage] as const)
    const director = await app.person('director01')
    for (const limit of [2, 7, 100]) {
      const pages = await everyItem<{ customer: { externalUserId: string } }>(director, '/api/customers', limit)
      expect(pages.map((item) => item.customer.externalUserId)).toEqual(expected.map(([id]) => id))
    }
    const staged = await everyItem<{ customer: { externalUserId: string } }>(director, '/api/customers?stage=intent', 7)
    expect(staged.map((item) => item.customer.externalUserId)).toEqual(expected.filter(([, stage]) => stage === 'intent').map(([id]) => id))
    for (const userid of ['manager01', 'regional02', 'sales01', 'servicelead01']) {
      const person = await app.person(userid)
      const [byFew, byMany] = [await everyItem<{ customer: { externalUserId: string } }>(person, '/api/customers', 3), await everyItem<{ customer: { externalUserId: string } }>(person, '/api/customers', 100)]
      expect(byFew).toEqual(byMany)
    }
  })

  it('somebody who becomes active while another pages is met at most once, and nobody else is lost', async () => {
    const director = await app.person('director01')
    const expected = sorted(await idsOf(director))
    const first = await director.get('/api/customers?limit=10')
    const late = expected.filter((id) => !found(first).includes(id)).at(-1) ?? ''
    await app.knows(late, { lastActiveAt: Date.now() })
    const rest: string[] = []
    for (let cursor = first.body.nextCursor; cursor !== null;) {
      const page = await director.get(`/api/customers?limit=10&cursor=${encodeURIComponent(cursor)}`)
      rest.push(...found(page))
      cursor = page.body.nextCursor
    }
    expect(sorted([...found(first), ...rest])).toEqual(expected.filter((id) => id !== late))
    expect((await idsOf(director))[0]).toBe(late)
  })

  it('a right that ends between two pages ends the list there', async () => {
    await app.giveRole('trainee01', 'director')
    const trainee = await app.person('trainee01')
    const first = await trainee.get('/api/customers?limit=5')
    expect(first.body.items).toHaveLength(5)
    await app.takeRole('trainee01', 'director')
    const second = await trainee.get(`/api/customers?limit=5&cursor=${encodeURIComponent(first.body.nextCursor)}`)
    const followed = await app.services.database.db.query('select count(*) as n from follows f join staff s on s.id = f.staff_id where s.userid = \'trainee01\' and f.ended_at is null')
    expect(second.body.items.length).toBeLessThanOrEqual(Number((followed as { n: unknown }[])[0]?.n))
  })
})
