import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { nodeFacts } from '../../server/access/index.ts'
import { testDatabaseKinds } from '../support/databases.ts'
import { grantOf, places, StoryCompany, type Story } from './support/company.ts'

const { nanjingRoad, xujiahui, east, west } = places

/** A buyer who walks from signing over delivery to after-sale, a birthday, a complaint, and a wealthy customer. */
const company: Story = {
  roles: {
    basic: [grantOf(['customer.profile.view'], { scope: { kind: 'team' } })],
    region: [grantOf(['customer.profile.view', 'talk.tickets.view'], { scope: { kind: 'subtree' } })],
    adviser: [
      grantOf(['customer.profile.view'], { scope: { kind: 'own' } }),
      grantOf(['customer.contract.edit'], { scope: { kind: 'own' }, conditions: [{ kind: 'valueTier', atLeast: 5 }], fields: { contractAmountFen: 'clear' } }),
    ],
  },
  staff: {
    ming: { roles: ['basic'], in: [nanjingRoad] },
    nan: { roles: ['basic'], in: [nanjingRoad] },
    manager: { roles: ['store-manager'], in: [nanjingRoad] },
    eastern: { roles: ['region'], in: [east] },
    western: { roles: ['region'], in: [west] },
    wei: { roles: ['adviser'], in: [xujiahui] },
  },
  customers: {
    buyer: { ownerStaffId: 'ming', ownerDepartmentId: nanjingRoad, nodes: ['signing'] },
    other: { ownerStaffId: 'ming', ownerDepartmentId: nanjingRoad },
    rich: { ownerStaffId: 'wei', ownerDepartmentId: xujiahui, valueTier: 4 },
  },
  nodeGrants: {
    template: { nodeKey: 'signing', staffIds: ['ming'], grant: grantOf(['customer.contract.view'], { scope: { kind: 'own' } }) },
    progress: { nodeKey: 'delivery', staffIds: ['ming'], grant: grantOf(['talk.tasks.view'], { scope: { kind: 'own' } }) },
    chats: { nodeKey: 'after-sale', staffIds: ['ming'], grant: grantOf(['talk.messages.view'], { scope: { kind: 'own' } }) },
    coupon: { nodeKey: 'birthday', staffIds: ['nan'], grant: grantOf(['marketing.broadcasts.operate'], { conditions: [{ kind: 'templateCategory', anyOf: ['birthday'] }] }) },
    escalated: { nodeKey: 'ticket.escalated', roles: ['region'], grant: grantOf(['talk.tickets.edit', 'talk.tickets.operate'], { scope: { kind: 'subtree' } }) },
  },
}
const keeping: Story = { ...company, nodeGrants: Object.fromEntries(Object.entries(company.nodeGrants ?? {}).map(([id, one]) => [id, { ...one, keepsOpen: true }])) }

describe.each(await testDatabaseKinds())('stories of grants by nodes on %s', (kind) => {
  let story: StoryCompany
  beforeAll(async () => { story = await StoryCompany.open(kind) })
  afterAll(() => story.test.drop())

  const facts = () => story.test.database.db.getRepository(nodeFacts)
  async function goTo(nodeKey: string, customerId = 'buyer'): Promise<void> {
    await facts().update({ customerId }, { leftAt: story.now })
    await facts().insert({ customerId, nodeKey, reference: 'journey', enteredAt: story.now, leftAt: null })
  }
  const open = async () => (await Promise.all((['customer.contract.view', 'talk.tasks.view', 'talk.messages.view'] as const).map(async (operation) =>
    ((await story.sees('ming', operation)).includes('buyer') ? [operation] : [])))).flat()

  it('S21: at signing the contract opens, at delivery the progress, after sale the chats; each before its node is refused', async () => {
    await story.tell(company)
    expect(await open()).toEqual(['customer.contract.view'])
    await goTo('delivery')
    expect(await open()).toEqual(['talk.tasks.view'])
    await goTo('after-sale')
    expect(await open()).toEqual(['talk.messages.view'])
    expect(await story.sees('ming', 'talk.messages.view')).toEqual(['buyer'])
    expect(await story.sees('nan', 'talk.messages.view')).toEqual([])
  })

  it('S21: by the setting of the flow a later node keeps what an earlier one opened', async () => {
    await story.tell(keeping)
    expect(await open()).toEqual(['customer.contract.view'])
    await goTo('delivery')
    expect(await open()).toEqual(['customer.contract.view', 'talk.tasks.view'])
    await goTo('after-sale')
    expect(await open()).toEqual(['customer.contract.view', 'talk.tasks.view', 'talk.messages.view'])
    expect(await story.may('ming', 'customer.contract.view', 'other')).toBe(false)
  })

  it('S21: a refusal says which node opens it, and nothing about the customer', async () => {
    await story.tell(company)
    const { nearMisses } = (await story.as('ming')).explain('talk.messages.view', await story.facts('buyer'))
    expect(nearMisses).toEqual([{ grant: 'node:after-sale#chats', missing: [{ kind: 'condition', condition: 'journeyNode.current' }] }])
    expect((await story.as('nan')).explain('talk.messages.view', await story.facts('buyer')).nearMisses).toEqual([])
  })

  it('S22: a customer rises to VIP and her adviser manages the high-value fields; she falls back and he no longer can', async () => {
    await story.tell(company)
    const fields = async () => {
      const shown = (await story.as('wei')).fieldsFor(await story.facts('rich'))
      return [shown.presentation('contractAmountFen'), shown.writable.has('contractAmountFen')]
    }
    const tier = (value: number | null) => story.test.database.db.query('UPDATE customers SET value_tier = ? WHERE id = ?', [value, 'rich'])
    expect([await story.sees('wei', 'customer.contract.edit'), await fields()]).toEqual([[], ['hidden', false]])
    await tier(5)
    expect([await story.sees('wei', 'customer.contract.edit'), await fields()]).toEqual([['rich'], ['clear', true]])
    for (const fallen of [4, null]) {
      await tier(fallen)
      expect([await story.sees('wei', 'customer.contract.edit'), await fields()]).toEqual([[], ['hidden', false]])
    }
  })

  it('S23: in the birthday node only the named service staff sends the coupon; the store manager does not', async () => {
    await story.tell({ ...company, customers: { ...company.customers, buyer: { ...company.customers['buyer'], nodes: ['birthday'] } }, restrictions: [{
      subject: { everyone: true, roles: [], staffIds: [], except: ['nan'] }, operations: ['marketing.broadcasts.operate'], scope: { kind: 'all' }, conditions: [{ kind: 'templateCategory', anyOf: ['birthday'] }],
    }] })
    const coupon = { templateCategory: 'birthday' }
    expect(await story.sees('nan', 'marketing.broadcasts.operate', coupon)).toEqual(['buyer'])
    for (const who of ['manager', 'ming', 'eastern']) expect(await story.sees(who, 'marketing.broadcasts.operate', coupon)).toEqual([])
    expect(await story.sees('manager', 'marketing.broadcasts.operate', { templateCategory: 'care' })).toEqual(['buyer', 'other'])
    await goTo('after')
    expect(await story.sees('nan', 'marketing.broadcasts.operate', coupon)).toEqual([])
  })

  it('S24: an escalated complaint opens to the regional supervisor at that moment, and no longer after it is closed', async () => {
    await story.tell(company)
    expect(await story.sees('eastern', 'talk.tickets.view')).toEqual(['buyer', 'other', 'rich'])
    for (const operation of ['talk.tickets.edit', 'talk.tickets.operate'] as const) expect(await story.sees('eastern', operation)).toEqual([])
    await facts().insert({ customerId: 'buyer', nodeKey: 'ticket.escalated', reference: 'ticket-7', enteredAt: story.now, leftAt: null })
    for (const operation of ['talk.tickets.edit', 'talk.tickets.operate'] as const) {
      expect(await story.sees('eastern', operation)).toEqual(['buyer'])
      expect(await story.sees('western', operation)).toEqual([])
      expect(await story.sees('manager', 'talk.tickets.operate')).toEqual([])
    }
    // Another ticket of the same customer keeps it open; the last one closed ends it.
    await facts().insert({ customerId: 'buyer', nodeKey: 'ticket.escalated', reference: 'ticket-8', enteredAt: story.now, leftAt: null })
    await facts().update({ reference: 'ticket-7' }, { leftAt: story.now })
    expect(await story.sees('eastern', 'talk.tickets.operate')).toEqual(['buyer'])
    await facts().update({ reference: 'ticket-8' }, { leftAt: story.now })
    expect(await story.sees('eastern', 'talk.tickets.operate')).toEqual([])
  })
})
