import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { operations, type Operation } from '#shared/access/index'
import { AccessDenied } from '../../server/errors.ts'
import { testDatabaseKinds } from '../support/databases.ts'
import { places, StoryCompany, type Story } from './support/company.ts'

const { nanjingRoad, xujiahui, east, headquarters } = places

/** Mei serves acme, Gu leads the service of the east, Bo sells to bolt; the head of sales, marketing and headquarters look on. */
const company: Story = {
  staff: {
    mei: { roles: ['service'], in: [nanjingRoad] },
    gu: { roles: ['service-lead'], in: [east] },
    bo: { roles: ['sales'], in: [xujiahui] },
    head: { roles: ['sales-head'], in: [headquarters] },
    marketing: { roles: ['marketing-director'], in: [headquarters] },
    hq: { roles: ['hq-operations'], in: [headquarters] },
    admin: { roles: ['administrator'], in: [headquarters] },
    assistant: { roles: ['clerk'], in: [xujiahui] },
  },
  customers: {
    acme: { ownerStaffId: 'bo', ownerDepartmentId: nanjingRoad, follows: [{ staffId: 'mei', departmentId: nanjingRoad, ended: false }], visits: [{ storeDepartmentId: nanjingRoad }] },
    bolt: { ownerStaffId: 'bo', ownerDepartmentId: xujiahui, follows: [{ staffId: 'bo', departmentId: xujiahui, ended: false }], visits: [{ storeDepartmentId: xujiahui }] },
    cedar: { ownerStaffId: 'x', ownerDepartmentId: places.chengdu },
  },
}

describe.each(await testDatabaseKinds())('stories of roles on %s', (kind) => {
  let story: StoryCompany
  beforeAll(async () => {
    story = await StoryCompany.open(kind)
    await story.tell(company)
  })
  afterAll(() => story.test.drop())

  it('S02: headquarters sees every store\'s customers and figures, and writes, amends or withdraws no follow-up', async () => {
    expect(await story.sees('hq')).toEqual(['acme', 'bolt', 'cedar'])
    expect(await story.sees('hq', 'customer.spending.view')).toEqual(['acme', 'bolt', 'cedar'])
    expect(await story.sees('hq', 'talk.followups.view')).toEqual(['acme', 'bolt', 'cedar'])
    for (const operation of ['talk.followups.edit', 'talk.followups.operate'] as const) expect(await story.sees('hq', operation)).toEqual([])
    expect((await story.as('hq')).decideResource('marketing.reports.view', { departmentId: xujiahui, creatorStaffId: null }).allowed).toBe(true)
  })

  it('S04: customer service updates follow-ups and tickets and changes neither contact data nor contracts', async () => {
    for (const operation of ['talk.followups.edit', 'talk.tickets.edit'] as const) expect(await story.sees('mei', operation)).toEqual(['acme'])
    for (const operation of ['customer.contact.edit', 'customer.contract.edit', 'customer.contract.view'] as const) expect(await story.sees('mei', operation)).toEqual([])
    const fields = (await story.as('mei')).fieldsFor(await story.facts('acme'))
    expect(fields.presentation('mobile')).toBe('masked')
    expect(fields.presentation('contractAmountFen')).toBe('hidden')
    expect(fields.writable.size).toBe(0)
  })

  it('S06: a marketing director shapes strategy; she grants no rights, publishes no policy, reads no audit and no chats', async () => {
    const director = await story.as('marketing')
    for (const operation of ['marketing.strategy.view', 'marketing.strategy.edit', 'marketing.strategy.operate'] as const) expect(() => { director.requireSystem(operation) }).not.toThrow()
    for (const operation of operations.filter((one) => one.startsWith('system.'))) expect(() => { director.requireSystem(operation) }).toThrow(AccessDenied)
    expect(await story.sees('marketing')).toEqual(['acme', 'bolt', 'cedar'])
    expect(await story.sees('marketing', 'talk.messages.view')).toEqual([])
  })

  it('S07: a consultant meets only customers she follows; the administrator, who sees none, sets the rules by which they flow', async () => {
    expect(await story.sees('bo')).toEqual(['acme', 'bolt'])
    expect(await story.sees('admin')).toEqual([])
    const [admin, bo] = [await story.as('admin'), await story.as('bo')]
    expect(admin.decideResource('marketing.strategy.operate', { departmentId: null, creatorStaffId: null }).allowed).toBe(true)
    expect(bo.decideResource('marketing.strategy.view', { departmentId: null, creatorStaffId: null }).allowed).toBe(false)
    expect([...admin.mightEver()].filter((operation) => operation.startsWith('customer.') || operation.startsWith('talk.'))).toEqual([])
  })

  it('S08: a sales head sees customers of all channels and the price list, and changes neither prices nor terms', async () => {
    expect(await story.sees('head')).toEqual(['acme', 'bolt', 'cedar'])
    const fields = (await story.as('head')).fieldsFor(await story.facts('cedar'))
    expect(fields.presentation('priceList')).toBe('clear')
    expect(fields.presentation('contractAmountFen')).toBe('masked')
    for (const operation of ['customer.contract.edit', 'customer.contract.operate'] as const) expect(await story.sees('head', operation)).toEqual([])
    expect(fields.writable.has('contractAmountFen')).toBe(false)
  })

  it('S09: a service lead reads service records of her region and neither amends nor withdraws follow-ups', async () => {
    for (const operation of ['talk.followups.view', 'talk.tickets.view'] as const) expect(await story.sees('gu', operation)).toEqual(['acme', 'bolt'])
    for (const operation of ['talk.followups.edit', 'talk.followups.operate'] as const) expect(await story.sees('gu', operation)).toEqual([])
    expect(await story.sees('gu', 'talk.tickets.operate')).toEqual(['acme', 'bolt'])
  })

  it('T17: records follow the customer and the store where they were made, whoever wrote them', async () => {
    expect(await story.records('bo', 'talk.visits.view', 'visits')).toEqual(['acme-v0', 'bolt-v0'])
    expect(await story.records('assistant', 'talk.visits.view', 'visits')).toEqual(['bolt-v0'])
    const [bo, assistant] = [await story.as('bo'), await story.as('assistant')]
    const facts = await story.facts('acme')
    expect(bo.decideRecord('talk.visits.edit', facts, { storeDepartmentId: nanjingRoad }).allowed).toBe(true)
    expect(assistant.decideRecord('talk.visits.edit', facts, { storeDepartmentId: nanjingRoad }).allowed).toBe(false)
  })

  it('T01: an unknown operation is denied in memory and in the database, for everybody', async () => {
    const unknown: Operation[] = JSON.parse('["customer.profile.delete", "__proto__", "constructor", "toString"]')
    for (const who of ['head', 'admin', 'mei']) {
      for (const operation of unknown) expect(await story.sees(who, operation)).toEqual([])
    }
    expect(await story.sees('head')).toHaveLength(3)
  })
})
