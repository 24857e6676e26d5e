import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAccess, loadFacts, restrictions, roles, selectNamed, staffRoles } from '../../server/access/index.ts'
import { raiseEpoch, readMarks } from '../../server/access/access-state.ts'
import { testDatabaseKinds } from '../support/databases.ts'
import { ActorAccess } from '../../server/access/actor-access.ts'
import { loadCompanyPolicy, loadPolicyInput, readGrants } from '../../server/access/company-policy.ts'
import { compilePolicy } from '../../server/access/compile.ts'
import { places, StoryCompany, storyWorld, type Story } from './support/company.ts'
import { rolledBack } from './support/rolled-back.ts'
import type { World } from './support/world.ts'
import { replaceWorld } from './support/write-world.ts'

const { nanjingRoad, east, xujiahui } = places

const small: Story = {
  staff: {
    wu: { roles: ['store-manager'], in: [nanjingRoad] },
    he: { roles: ['regional-manager'], in: [east] },
    gone: { roles: ['director'], in: [east], status: 'left' },
  },
  customers: { acme: { ownerStaffId: 'wu', ownerDepartmentId: nanjingRoad }, bolt: { ownerStaffId: 'x', ownerDepartmentId: xujiahui } },
}

describe.each(await testDatabaseKinds())('the access service on %s', (kind) => {
  let story: StoryCompany
  beforeAll(async () => {
    story = await StoryCompany.open(kind)
    await story.tell(small)
  })
  afterAll(async () => { await story.test.drop() })

  it('takes a change that raised the epoch at the next request, and keeps a snapshot for a running one', async () => {
    const running = await story.as('wu')
    const facts = await story.facts('acme')
    await story.test.database.transaction(async (work) => {
      await work.db.getRepository(staffRoles).delete({ staffId: 'wu' })
      await story.access.raiseEpoch(work)
    })
    expect(running.decideFor('customer.profile.view', facts).allowed).toBe(true)
    const next = await story.as('wu')
    expect(next.epoch).toBe(running.epoch + 1)
    expect(next.decideFor('customer.profile.view', facts).allowed).toBe(false)
    await story.tell(small)
  })

  it('a rolled-back change changes nothing, the epoch neither', async () => {
    const before = await story.access.readEpoch()
    await expect(story.test.database.transaction(async (work) => {
      await story.access.raiseEpoch(work)
      throw new Error('cut off')
    })).rejects.toThrow('cut off')
    expect(await story.access.readEpoch()).toBe(before)
  })

  it('answers inside a transaction with what it has changed, and keeps nothing of it when it is rolled back', async () => {
    const before = await story.access.readEpoch()
    await expect(story.test.database.transaction(async (work) => {
      await work.db.getRepository(staffRoles).insert({ staffId: 'wu', roleKey: 'director', source: 'administrator', since: 0 })
      await story.access.raiseEpoch(work)
      const inside = await story.access.actorFor('wu', work.db)
      expect(inside.epoch).toBe(before + 1)
      expect(inside.roles).toEqual(['director', 'store-manager'])
      throw new Error('cut off')
    })).rejects.toThrow('cut off')
    await story.test.database.transaction((work) => story.access.raiseEpoch(work))
    const after = await story.as('wu')
    expect({ epoch: after.epoch, roles: after.roles }).toEqual({ epoch: before + 1, roles: ['store-manager'] })
  })

  it('counts every raise, also when many come at once and when the row is not there yet', async () => {
    await story.test.database.db.query(`DELETE FROM access_state`)
    await Promise.all(Array.from({ length: 8 }, () => story.test.database.transaction((work) => raiseEpoch(work))))
    expect((await readMarks(story.test.database.db)).epoch).toBe(8)
    await story.tell(small)
  })

  it('people who are not active hold nothing', async () => {
    expect([...(await story.as('gone')).mightEver()]).toEqual([])
    expect((await story.as('gone')).roles).toEqual([])
    expect(await story.reaches('gone')).toEqual([])
  })

  it('T01: a role that cannot be read gives nothing and is reported', async () => {
    await story.test.database.transaction(async (work) => {
      await work.db.getRepository(roles).update({ roleKey: 'store-manager' }, { grants: [{ operations: ['customer.profile.peek'], scope: { kind: 'all' } }] })
      await story.access.raiseEpoch(work)
    })
    expect([...(await story.as('wu')).mightEver()]).toEqual([])
    expect(await story.reaches('he')).toEqual(['acme', 'bolt'])
    expect(story.access.problems()).toEqual([{ kind: 'role', id: 'store-manager' }])
    expect(story.warnings.at(-1)).toMatchObject({ problem: 'role', id: 'store-manager' })
    await story.tell(small)
    await story.as('wu')
    expect(story.access.problems()).toEqual([])
  })

  it('T01: a restriction that cannot be read takes everything until it is ended', async () => {
    const table = story.test.database.db.getRepository(restrictions)
    for (const definition of [{ subject: {}, operations: ['customer.profile.view'], scope: { kind: 'planet' } }, 'text', null]) {
      await story.test.database.transaction(async (work) => {
        await work.db.getRepository(restrictions).insert({ id: 'broken', definition: definition ?? {}, createdAt: 0, endedAt: null })
        await story.access.raiseEpoch(work)
      })
      expect(await story.reaches('he')).toEqual([])
      expect([...(await story.as('he')).mightEver()]).toEqual([])
      expect(story.access.problems()).toEqual([{ kind: 'restriction', id: 'broken' }])
      await table.update({ id: 'broken' }, { endedAt: story.now })
      await story.test.database.transaction((work) => story.access.raiseEpoch(work))
      expect(await story.reaches('he')).toEqual(['acme', 'bolt'])
      await table.delete({ id: 'broken' })
    }
    await story.tell(small)
  })

  it('the clock never runs back, in this process or in the next', async () => {
    story.now = 5_000_000
    expect((await story.as('wu')).now).toBe(5_000_000)
    story.now = 1_000
    expect((await story.as('wu')).now).toBe(5_000_000)
    const other = createAccess({ database: story.test.database, clock: () => 2_000, log: { warn: () => undefined } })
    expect((await other.actorFor('wu')).now).toBe(5_000_000)
    story.now = 5_000_400
    expect((await story.as('wu')).now).toBe(5_000_400)
    expect((await readMarks(story.test.database.db)).clock).toBe(5_000_000)
    story.now = 5_001_000
    await story.as('wu')
    expect((await readMarks(story.test.database.db)).clock).toBe(5_001_000)
  })

  it('keeps few policies when told so, and answers the same', async () => {
    const tight = createAccess({ database: story.test.database, clock: () => story.now, log: { warn: () => undefined }, keptPolicies: 1 })
    for (const who of ['wu', 'he', 'wu', 'he']) expect((await tight.actorFor(who)).staffId).toBe(who)
    expect((await tight.actorFor('he')).may('talk.history.operate')).toBe(true)
  })

  it('loads the facts of many customers in pieces, leaves unknown ones out and counts ended follows for nothing', async () => {
    await story.tell({
      ...small, tagGroups: { t1: 'g1' },
      customers: {
        acme: {
          ownerStaffId: 'wu', ownerDepartmentId: nanjingRoad, valueTier: 2, tagIds: ['t1', 'lost'], openTasks: ['call'], nodes: ['n'], formerNodes: ['m'], stage: 'signed',
          follows: [{ staffId: 'wu', departmentId: nanjingRoad, ended: false }, { staffId: 'he', departmentId: null, ended: true }],
          orders: [{ storeDepartmentId: nanjingRoad, amountFen: 150 }, { storeDepartmentId: xujiahui, amountFen: 50 }],
        },
        bolt: {},
      },
    })
    const ids = ['acme', ...Array.from({ length: 1200 }, (_, place) => `missing-${place}`), 'bolt', 'acme']
    const facts = await loadFacts(story.test.database.db, ids)
    expect([...facts.keys()]).toEqual(['acme', 'bolt'])
    expect(facts.get('acme')).toEqual({
      customerId: 'acme', ownerStaffId: 'wu', ownerDepartmentId: nanjingRoad, poolDepartmentId: null, stage: 'signed', valueTier: 2, spendFen: 200,
      follows: [{ staffId: 'wu', departmentId: nanjingRoad }], tagIds: new Set(['t1', 'lost']), tagGroupIds: new Set(['g1']), hasUngroupedTag: true,
      openTasks: new Set(['call']), nodes: new Set(['n']), reachedNodes: new Set(['n', 'm']),
    })
    expect(facts.get('bolt')).toMatchObject({ ownerStaffId: null, spendFen: 0, follows: [], hasUngroupedTag: false, valueTier: null })
    await story.tell(small)
  })

  it('filters by ten thousand tags and two thousand departments', async () => {
    const many = Array.from({ length: 10_000 }, (_, place) => `tag-${place}`)
    const ids = Array.from({ length: 2000 }, (_, place) => place + 1)
    const world: World = {
      ...storyWorld({ staff: { wu: { roles: ['wide'], in: [nanjingRoad] } }, customers: {
        acme: { tagIds: ['tag-9999'], ownerDepartmentId: nanjingRoad }, bolt: { tagIds: ['other'], ownerDepartmentId: nanjingRoad },
        cedar: { tagIds: ['tag-0'] }, dune: { ownerDepartmentId: 1999, tagIds: ['tag-3', 'tag-4'] },
      } }),
      departments: ids.map((id) => ({ id, path: id === 1 ? '/1/' : `/1/${id}/`, deleted: false })),
      roles: { wide: (['any', 'all', 'none'] as const).map((match, place) => ({
        operations: [(['customer.profile.view', 'marketing.reports.view', 'marketing.broadcasts.operate'] as const)[place] ?? 'customer.profile.view'],
        scope: { kind: 'departments', departmentIds: ids }, conditions: [{ kind: 'tags', match, tagIds: many }], fields: {},
      })) },
    }
    await rolledBack(story.test.database, async (db) => {
      await replaceWorld(db, { ...world, roles: {} })
      // Longer than a column of MySQL holds.
      const company = { ...await loadCompanyPolicy(db), grantsByRole: new Map([['wide', readGrants('wide', world.roles['wide']) ?? []]]) }
      const wu = new ActorAccess(compilePolicy(await loadPolicyInput(db, company, 'wu')), { epoch: 1, now: story.now, dialect: kind })
      const facts = await loadFacts(db, ['acme', 'bolt', 'cedar', 'dune'])
      for (const [operation, expected] of [['customer.profile.view', ['acme', 'dune']], ['marketing.reports.view', []], ['marketing.broadcasts.operate', ['bolt']]] as const) {
        const filter = wu.rowFilter(operation)
        const rows = await selectNamed(db, `SELECT customers.id AS id FROM customers WHERE ${filter.sql} ORDER BY customers.id`, filter.parameters)
        expect(rows).toEqual(expected.map((id) => ({ id })))
        expect([...facts.values()].filter((one) => wu.decideFor(operation, one).allowed).map((one) => one.customerId).sort()).toEqual(expected)
      }
    })
  })
})
