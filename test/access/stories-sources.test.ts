import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Condition, Operation } from '#shared/access/index'
import { shares, staffRoles } from '../../server/access/index.ts'
import { testDatabaseKinds } from '../support/databases.ts'
import { grantOf, places, StoryCompany, storyEnd, storyStart, type Story } from './support/company.ts'

const { nanjingRoad, xujiahui, chengdu, headquarters } = places
const follow = (staffId: string, departmentId: number) => ({ staffId, departmentId, ended: false })
const inSpring: Condition = { kind: 'tagGroups', match: 'any', groupIds: ['spring'] }
const forSpring: Condition = { kind: 'campaign', anyOf: ['key-spring'] }

/** People who hold nothing by role, so that whatever they may comes from the source that the story is about. */
const company: Story = {
  roles: {
    nothing: [],
    consultant: [grantOf(['customer.profile.view', 'talk.followups.edit', 'customer.contact.edit'], { scope: { kind: 'own' } })],
    teacher: [
      grantOf(['customer.profile.view', 'talk.followups.edit', 'customer.contact.view', 'customer.contract.view'], { scope: { kind: 'team' }, conditions: [{ kind: 'tags', match: 'any', tagIds: ['class-3'] }] }),
    ],
    crossing: [grantOf(['customer.profile.view'], { conditions: [{ kind: 'tagGroups', match: 'any', groupIds: ['vip'] }, { kind: 'stage', anyOf: ['negotiation'] }, { kind: 'openTask', anyOf: ['renewal'] }] })],
  },
  staff: {
    lin: { roles: ['nothing'], in: [nanjingRoad] },
    zhao: { roles: ['nothing'], in: [xujiahui] },
    he: { roles: ['nothing'], in: [chengdu] },
    stranger: { roles: ['nothing'], in: [headquarters] },
    left: { roles: ['nothing'], in: [chengdu], status: 'left' },
    cora: { roles: ['consultant'], in: [nanjingRoad] },
    tian: { roles: ['teacher'], in: [xujiahui] },
    crosser: { roles: ['crossing'], in: [headquarters] },
  },
  tagGroups: { 'spring-a': 'spring', 'vip-gold': 'vip', 'class-3': 'classes', 'class-4': 'classes' },
  customers: {
    acme: { ownerDepartmentId: nanjingRoad, ownerStaffId: 'x', tagIds: ['spring-a'], visits: [{ storeDepartmentId: nanjingRoad }] },
    bolt: { ownerDepartmentId: xujiahui, ownerStaffId: 'x', tagIds: ['class-3'], follows: [follow('x', xujiahui)] },
    cedar: { ownerDepartmentId: chengdu, ownerStaffId: 'x', tagIds: ['vip-gold'], stage: 'negotiation', openTasks: ['renewal'] },
    dune: { ownerDepartmentId: xujiahui, ownerStaffId: 'x', tagIds: ['class-4'] },
    student: { ownerDepartmentId: nanjingRoad, ownerStaffId: 'cora' },
  },
  campaigns: { spring: { members: ['lin', 'zhao', 'he', 'left'] } },
  temporary: {
    people: { campaignId: 'spring', grant: grantOf(['customer.profile.view', 'customer.labels.view'], { conditions: [inSpring] }) },
    materials: { campaignId: 'spring', grant: grantOf(['marketing.templates.view'], { conditions: [forSpring] }) },
    // A broadcast has no tags, its audience has: his own broadcasts, to the customers of the tag group.
    broadcasts: { campaignId: 'spring', grant: grantOf(['marketing.broadcasts.operate'], { scope: { kind: 'own' }, conditions: [forSpring] }) },
    audience: { campaignId: 'spring', grant: grantOf(['marketing.broadcasts.operate'], { conditions: [inSpring, forSpring] }) },
    stores: { staffId: 'stranger', grant: grantOf(['customer.profile.view', 'talk.visits.view', 'marketing.reports.operate'], { scope: { kind: 'departments', departmentIds: [nanjingRoad, xujiahui] } }) },
    asked: { staffId: 'he', state: 'waiting', grant: grantOf(['customer.profile.view', 'customer.contact.view']) },
  },
  shares: { toTeacher: { customerId: 'student', staffId: 'tian', operations: ['customer.profile.view', 'talk.followups.edit', 'customer.contact.edit', 'customer.contract.view'] } },
}

describe.each(await testDatabaseKinds())('stories of grants with an end on %s', (kind) => {
  let story: StoryCompany
  beforeAll(async () => {
    story = await StoryCompany.open(kind)
    await story.tell(company)
  })
  afterAll(() => story.test.drop())

  it('S13: tag group, stage and task cross, and each change of one of the three opens or closes for the next request', async () => {
    expect(await story.sees('crosser')).toEqual(['cedar'])
    const { db } = story.test.database
    const steps = [
      [`UPDATE customers SET stage = 'lost' WHERE id = 'cedar'`, `UPDATE customers SET stage = 'negotiation' WHERE id = 'cedar'`],
      [`DELETE FROM customer_tags WHERE customer_id = 'cedar'`, `INSERT INTO customer_tags (customer_id, tag_id, follow_id) VALUES ('cedar', 'vip-gold', 'f')`],
      [`DELETE FROM customer_task_facts WHERE customer_id = 'cedar'`, `INSERT INTO customer_task_facts (customer_id, task_type) VALUES ('cedar', 'renewal')`],
    ] as const
    for (const [closes, opens] of steps) {
      await db.query(closes)
      expect(await story.sees('crosser')).toEqual([])
      await db.query(opens)
      expect(await story.sees('crosser')).toEqual(['cedar'])
    }
  })

  it('S16: a class teacher sees the parents of her class in her department, and no others', async () => {
    expect(await story.sees('tian', 'customer.contact.view')).toEqual(['bolt'])
    expect(await story.sees('tian', 'customer.contact.edit')).toEqual([])
    expect(await story.may('tian', 'customer.profile.view', 'dune')).toBe(false)
  })

  it('S18: a campaign team from three departments reads its tag group and materials and runs its broadcasts', async () => {
    for (const who of ['lin', 'zhao', 'he']) {
      expect(await story.sees(who)).toEqual(['acme'])
      expect(await story.sees(who, 'customer.labels.view')).toEqual(['acme'])
      expect(await story.sees(who, 'customer.contact.view')).toEqual([])
      const actor = await story.as(who)
      const about = (campaign?: string) => actor.decideResource('marketing.templates.view', { departmentId: headquarters, creatorStaffId: null, campaign })
      expect(about('key-spring')).toMatchObject({ allowed: true, because: ['temporary:materials'] })
      expect([about('key-autumn').allowed, about().allowed]).toEqual([false, false])
      expect(actor.decideResource('marketing.broadcasts.operate', { departmentId: headquarters, creatorStaffId: who, campaign: 'key-spring' }).allowed).toBe(true)
      expect(actor.decideResource('marketing.broadcasts.operate', { departmentId: headquarters, creatorStaffId: 'stranger', campaign: 'key-spring' }).allowed).toBe(false)
      expect(await story.sees(who, 'marketing.broadcasts.operate', { campaign: 'key-spring' })).toEqual(['acme'])
      expect(await story.sees(who, 'marketing.broadcasts.operate', { campaign: 'key-autumn' })).toEqual([])
    }
    for (const who of ['stranger', 'left']) expect((await story.as(who)).decideResource('marketing.templates.view', { departmentId: headquarters, creatorStaffId: null, campaign: 'key-spring' }).allowed).toBe(false)
    expect(await story.sees('left')).toEqual([])
  })

  it('S19: a specialist sees visits of two named stores: no contacts, spending or chats, no export, no edit', async () => {
    expect(await story.sees('stranger', 'talk.visits.view')).toEqual(['acme', 'bolt', 'dune', 'student'])
    expect(await story.may('stranger', 'talk.visits.view', 'cedar')).toBe(false)
    for (const operation of ['customer.contact.view', 'customer.spending.view', 'talk.messages.view', 'talk.visits.edit'] as const) expect(await story.sees('stranger', operation)).toEqual([])
    const actor = await story.as('stranger')
    expect(actor.decideResource('marketing.reports.operate', { departmentId: nanjingRoad, creatorStaffId: 'stranger' }).allowed).toBe(false)
    expect(actor.may('marketing.reports.operate')).toBe(false)
  })

  it('S19, S25: what nobody has approved yet gives nothing', async () => {
    expect(await story.sees('he', 'customer.contact.view')).toEqual([])
    await story.tell({ ...company, temporary: { ...company.temporary, asked: { staffId: 'he', state: 'granted', grant: grantOf(['customer.profile.view', 'customer.contact.view']) } } })
    expect(await story.sees('he', 'customer.contact.view')).toEqual(['acme', 'bolt', 'cedar', 'dune', 'student'])
    await story.tell(company)
  })

  it('S20: a share opens one customer, never above what the recipient\'s role could hold', async () => {
    const pupil: Story = { ...company, customers: { ...company.customers, student: { ...company.customers['student'], tagIds: ['class-3'] } } }
    await story.tell(pupil)
    // The role could hold it of a customer in her department: the share puts this customer into its scope, and its conditions stay.
    expect(await story.sees('tian', 'talk.followups.edit')).toEqual(['bolt', 'student'])
    expect(await story.sees('tian', 'customer.contract.view')).toEqual(['bolt', 'student'])
    // Her role cannot change contact data, so no share lets her; the consultant's cannot read contracts at all.
    expect(await story.sees('tian', 'customer.contact.edit')).toEqual([])
    expect(await story.sees('cora', 'customer.contract.view')).toEqual([])
    expect((await story.as('cora')).fieldsFor(await story.facts('student')).presentation('contractAmountFen')).toBe('hidden')
    await story.tell(company)
    expect(await story.may('tian', 'talk.followups.edit', 'student')).toBe(false)
  })

  it('T20: a share stays when the right of whoever shared it ends, and goes when it is taken back', async () => {
    const pupil: Story = { ...company, customers: { ...company.customers, student: { ...company.customers['student'], tagIds: ['class-3'] } } }
    await story.tell(pupil)
    const { database } = story.test
    await database.transaction(async (work) => {
      await work.db.getRepository(staffRoles).delete({ staffId: 'cora' })
      await story.access.raiseEpoch(work)
    })
    expect(await story.sees('cora')).toEqual([])
    expect(await story.sees('tian', 'talk.followups.edit')).toEqual(['bolt', 'student'])
    await database.transaction(async (work) => {
      await work.db.getRepository(shares).update({ id: 'toTeacher' }, { endedAt: story.now })
      await story.access.raiseEpoch(work)
    })
    expect(await story.sees('tian', 'talk.followups.edit')).toEqual(['bolt'])
    await story.tell(company)
  })

  it('explains what a grant with an end or a share would have needed, and never tells a fact', async () => {
    const stranger = await story.as('stranger')
    const missed = stranger.explain('talk.visits.view', await story.facts('cedar'))
    expect(missed.nearMisses).toEqual([{ grant: 'temporary:stores', missing: [{ kind: 'scope', scope: 'departments' }, { kind: 'operation', operation: 'customer.profile.view' }] }])
    const shared = (await story.as('tian')).explain('talk.followups.edit', await story.facts('student')).nearMisses
    expect(shared.map((miss) => miss.grant)).toContain('share:toTeacher')
    const told = JSON.stringify([missed, shared])
    for (const fact of ['vip-gold', 'class-3', 'negotiation', 'renewal', 'cora', 'cedar', 'student']) expect(told).not.toContain(fact)
  })

  it('S18: one millisecond after the end nothing is left, though no job ran, and a clock set back revives nothing', async () => {
    const operations: readonly Operation[] = ['customer.profile.view', 'customer.labels.view', 'marketing.broadcasts.operate']
    story.now = storyEnd - 1
    expect(await story.sees('lin')).toEqual(['acme'])
    story.now = storyEnd
    for (const who of ['lin', 'zhao', 'he', 'stranger']) {
      for (const operation of operations) expect(await story.sees(who, operation, { campaign: 'key-spring' })).toEqual([])
      expect([...(await story.as(who)).mightEver()]).toEqual([])
    }
    expect((await story.as('lin')).explain('customer.profile.view', await story.facts('acme')).nearMisses).toEqual([{ grant: 'temporary:people', missing: [{ kind: 'time', from: 0, until: storyEnd }] }])
    story.now = storyStart
    expect(await story.sees('lin')).toEqual([])
  })
})
