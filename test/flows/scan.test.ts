import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { entrances } from '../../server/entrances/index.ts'
import { customers, customerTags, follows } from '../../server/customers/index.ts'
import { generateCompany } from '../company/generate.ts'
import { testDatabaseKinds } from '../support/databases.ts'
import { testApp, type TestApp } from '../support/test-app.ts'

describe.each(await testDatabaseKinds())('a customer scans a store code, on %s', (kind) => {
  let app: TestApp
  const company = generateCompany({ customers: 60 })

  beforeAll(async () => {
    app = await testApp({ company, database: kind })
  })
  afterAll(() => app.stop())

  it('S31 brings follow, owner, source and welcome, and the clerk sees exactly what the role allows', async () => {
    const store = company.staff.find((person) => person.userid === 'clerk01')?.departmentIds[0] ?? 0
    const entrance = await app.services.database.db.getRepository(entrances).findOneByOrFail({ departmentId: store })
    expect(entrance).toMatchObject({ status: 'ready' })
    const scan = app.simulator.controls.customerScans({ state: entrance.state, newCustomer: { name: '新客户' } })
    await app.settle()

    const customer = await app.services.database.db.getRepository(customers).findOneByOrFail({ externalUserId: scan.externalUserId })
    expect(customer).toMatchObject({ name: '新客户', source: entrance.state, ownerDepartmentId: store })
    const live = await app.services.database.db.getRepository(follows).findBy({ customerId: customer.id })
    expect(live).toHaveLength(1)
    expect(live[0]).toMatchObject({ departmentId: store, endedAt: null, staffId: customer.ownerStaffId })
    expect(entrance.tagIds).toHaveLength(1)
    expect(await app.services.database.db.getRepository(customerTags).findBy({ customerId: customer.id })).toMatchObject([{ tagId: entrance.tagIds[0] }])
    expect(app.simulator.controls.calls('/cgi-bin/externalcontact/mark_tag')).toHaveLength(1)
    const lines = app.simulator.controls.chat(scan.userid, scan.externalUserId)
    expect(JSON.stringify(lines)).toContain('欢迎来到')

    const clerk = await app.as(scan.userid)
    const card = await clerk.get(`/api/customers/${scan.externalUserId}`)
    expect(card.status).toBe(200)
    expect(card.body.customer).toMatchObject({ name: '新客户', source: 'scan', tags: [{ groupName: '来源门店' }] })
    expect(Object.keys(card.body.fields)).not.toContain('contractAmountFen')
    const other = await app.as('clerk02')
    const unknown = await other.get('/api/customers/wmNobody')
    const hidden = await other.get(`/api/customers/${scan.externalUserId}`)
    expect(hidden.status).toBe(404)
    expect({ ...hidden.body.error, requestId: '' }).toEqual({ ...unknown.body.error, requestId: '' })
  })
})
