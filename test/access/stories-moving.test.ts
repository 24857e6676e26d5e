import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isCustomerBound, operations } from '#shared/access/index'
import { testDatabaseKinds } from '../support/databases.ts'
import { grantOf, places, StoryCompany, storyEnd, storyStart, type Story } from './support/company.ts'

const { nanjingRoad, chengdu, east, west, headquarters } = places

const company: Story = {
  roles: { approver: [grantOf(['marketing.approvals.operate'])], figures: [grantOf(['marketing.reports.view'])], nothing: [] },
  staff: {
    wu: { roles: ['store-manager'], in: [nanjingRoad] },
    lin: { roles: ['clerk'], in: [nanjingRoad] },
    he: { roles: ['sales'], in: [chengdu] },
    eastern: { roles: ['regional-manager'], in: [east] },
    western: { roles: ['regional-manager'], in: [west] },
    approver: { roles: ['approver'], in: [headquarters] },
    manager: { roles: ['figures'], in: [headquarters] },
    hq: { roles: ['hq-operations'], in: [headquarters] },
    director: { roles: ['director'], in: [headquarters] },
    admin: { roles: ['administrator'], in: [headquarters] },
    asker: { roles: ['nothing'], in: [nanjingRoad] },
  },
  customers: {
    acme: { ownerStaffId: 'lin', ownerDepartmentId: nanjingRoad },
    bolt: { ownerStaffId: 'x', ownerDepartmentId: nanjingRoad },
    cedar: { ownerStaffId: 'he', ownerDepartmentId: chengdu },
    stray: {},
  },
}
const reports = (departmentId: number) => ({ departmentId, creatorStaffId: null })

describe.each(await testDatabaseKinds())('stories of figures and of rights that move, on %s', (kind) => {
  let story: StoryCompany
  beforeAll(async () => {
    story = await StoryCompany.open(kind)
    await story.tell(company)
  })
  afterAll(() => story.test.drop())

  const move = (id: number, path: string) => story.test.database.transaction(async (work) => {
    await work.db.query('UPDATE departments SET path = ? WHERE id = ?', [path, id])
    await story.access.raiseEpoch(work)
  })

  it('S05: a regional manager may export over her region and no other; a store manager, a clerk and headquarters over nothing', async () => {
    const exports = async (who: string, departmentId: number) => (await story.as(who)).decideResource('marketing.reports.operate', reports(departmentId)).allowed
    expect([await exports('eastern', east), await exports('eastern', nanjingRoad), await exports('eastern', chengdu), await exports('eastern', places.company)]).toEqual([true, true, false, false])
    for (const who of ['wu', 'lin', 'hq', 'admin']) expect([who, await exports(who, nanjingRoad)]).toEqual([who, false])
    expect(await story.sees('eastern', 'marketing.reports.operate')).toEqual(['acme', 'bolt'])
    expect(await story.sees('wu', 'marketing.reports.operate')).toEqual([])
  })

  it('S14: fifty city managers ask at once, and each gets the customers of her city and no other', async () => {
    const cities = Array.from({ length: 50 }, (_, place) => 1_000 + place)
    await story.tell({
      ...company,
      departments: cities.flatMap((city) => [[city, `/1/${city}/`], [city + 1_000, `/1/${city}/${city + 1_000}/`]] as const),
      staff: { ...company.staff, ...Object.fromEntries(cities.map((city) => [`m${city}`, { roles: ['regional-manager'], in: [city] }])) },
      customers: { ...company.customers, ...Object.fromEntries(cities.flatMap((city) => [[`c${city}a`, { ownerStaffId: 'x', ownerDepartmentId: city + 1_000 }], [`c${city}b`, { poolDepartmentId: city }]])) },
    })
    const seen = await Promise.all(cities.map((city) => story.sees(`m${city}`)))
    expect(seen).toEqual(cities.map((city) => [`c${city}a`, `c${city}b`]))
    const first = await Promise.all(cities.map(async (city) => (await story.as(`m${city}`)).decideFor('customer.profile.view', await story.facts('c1000a')).allowed))
    expect(first).toEqual(cities.map((city) => city === 1_000))
    await story.tell(company)
  })

  it('S17: figures across all departments come without a single customer', async () => {
    const manager = await story.as('manager')
    for (const departmentId of [places.company, nanjingRoad, chengdu]) expect(manager.decideResource('marketing.reports.view', reports(departmentId)).allowed).toBe(true)
    // Over whom the figures go, without one profile: nothing else about a customer is allowed.
    expect(await story.sees('manager', 'marketing.reports.view')).toEqual(['acme', 'bolt', 'cedar', 'stray'])
    for (const operation of operations.filter(isCustomerBound)) expect([operation, await story.reaches('manager', operation)]).toEqual([operation, []])
  })

  it('S26: who loses a role, or whose role shrinks, has lost the difference at the next question', async () => {
    expect(await story.sees('wu', 'customer.contract.view')).toEqual(['acme', 'bolt'])
    await story.tell({ ...company, staff: { ...company.staff, wu: { roles: ['clerk'], in: [nanjingRoad] } } })
    expect([await story.sees('wu'), await story.sees('wu', 'customer.contract.view'), await story.sees('wu', 'customer.profile.edit')]).toEqual([['acme', 'bolt'], [], []])
    await story.tell({ ...company, roles: { ...company.roles, 'store-manager': [grantOf(['customer.profile.view'], { scope: { kind: 'own' } })] } })
    expect(await story.sees('wu')).toEqual([])
    await story.tell(company)
    expect(await story.sees('wu', 'customer.contract.view')).toEqual(['acme', 'bolt'])
  })

  it('S48: a supervisor has the figures of her team; another team\'s are refused', async () => {
    const wu = await story.as('wu')
    expect([nanjingRoad, places.xujiahui, east, chengdu].map((id) => wu.decideResource('marketing.reports.view', reports(id)).allowed)).toEqual([true, false, false, false])
  })

  it('S50: by number one finds only those of whom one may have the number in clear', async () => {
    expect(await story.sees('he', 'customer.contact.operate')).toEqual(['cedar'])
    expect(await story.sees('wu', 'customer.contact.operate')).toEqual(['acme', 'bolt'])
    for (const who of ['lin', 'eastern', 'hq']) expect([who, await story.sees(who, 'customer.contact.operate')]).toEqual([who, []])
  })

  it('S51: a block that was agreed to opens for this customer only, until its end; one that waits or was refused opens nothing', async () => {
    const grant = grantOf(['customer.profile.view', 'customer.contact.view'], { scope: { kind: 'customers', customerIds: ['bolt'] } })
    for (const state of ['waiting', 'refused', 'ended'] as const) {
      await story.tell({ ...company, temporary: { block: { staffId: 'asker', state, grant } } })
      expect([state, await story.sees('asker')]).toEqual([state, []])
    }
    await story.tell({ ...company, temporary: { block: { staffId: 'asker', grant } } })
    expect([await story.sees('asker', 'customer.contact.view'), await story.sees('asker', 'customer.spending.view')]).toEqual([['bolt'], []])
    story.now = storyEnd - 1
    expect(await story.sees('asker', 'customer.contact.view')).toEqual(['bolt'])
    story.now = storyEnd
    expect(await story.sees('asker', 'customer.contact.view')).toEqual([])
    story.now = storyStart
    await story.tell(company)
  })

  it('S52: a store that moves is seen by the new region\'s manager at the next question, and by the old one no more', async () => {
    expect([await story.sees('eastern'), await story.sees('western')]).toEqual([['acme', 'bolt'], ['cedar']])
    await move(chengdu, `/1/${east}/${chengdu}/`)
    expect([await story.sees('eastern'), await story.sees('western')]).toEqual([['acme', 'bolt', 'cedar'], []])
    expect([await story.may('western', 'customer.profile.view', 'cedar'), (await story.as('western')).decideResource('marketing.reports.view', reports(chengdu)).allowed]).toEqual([false, false])
    await move(chengdu, `/1/${west}/${chengdu}/`)
    expect([await story.sees('eastern'), await story.sees('western')]).toEqual([['acme', 'bolt'], ['cedar']])
  })

  it('T03: deciding over requests gives nothing on the records behind them', async () => {
    expect((await story.as('approver')).decideResource('marketing.approvals.operate', reports(chengdu)).allowed).toBe(true)
    for (const operation of operations.filter(isCustomerBound)) expect([operation, await story.reaches('approver', operation)]).toEqual([operation, []])
    expect(await story.may('approver', 'customer.profile.view', 'acme')).toBe(false)
  })
})
