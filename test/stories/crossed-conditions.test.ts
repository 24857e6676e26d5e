import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { nodeFacts, taskFacts } from '../../server/access/index.ts'
import { tags } from '../../server/customers/index.ts'
import { testDatabaseKinds } from '../support/databases.ts'
import type { Person } from '../support/person.ts'
import { expectHidden, fieldsOf, idsOf, sorted } from './support/answers.ts'
import { grantOf, publishPolicy } from './support/publishing.ts'
import { storyApp, type StoryApp } from './support/story-app.ts'

const class3Mobile = '13912340003'

describe.each(await testDatabaseKinds())('conditions over facts about a customer, on %s', (kind) => {
  let app: StoryApp
  let stages: Person
  let vip = { groupId: '', tagIds: [''] }
  let classes = { groupId: '', tagIds: [''] }

  beforeAll(async () => {
    app = await storyApp({ database: kind })
    vip = app.simulator.controls.adminCreatesTagGroup('会员档位', ['金卡', '银卡'])
    classes = app.simulator.controls.adminCreatesTagGroup('班级', ['三班', '四班'])
    await app.settle()
    await publishPolicy(app, (document) => {
      document.roles.push(
        { roleKey: 'renewals', label: '续约顾问', grants: [grantOf(['customer.profile.view', 'customer.contact.view', 'customer.labels.view'], { conditions: [
          { kind: 'tagGroups', match: 'any', groupIds: [vip.groupId] }, { kind: 'stage', anyOf: ['negotiating'] }, { kind: 'openTask', anyOf: ['renewal'] },
        ] })] },
        { roleKey: 'class-teacher', label: '班主任', grants: [grantOf(['customer.profile.view', 'customer.contact.operate', 'talk.visits.view', 'talk.followups.edit'], {
          scope: { kind: 'team' }, conditions: [{ kind: 'tags', match: 'any', tagIds: [classes.tagIds[0]] }],
        })] },
        { roleKey: 'flow-follower', label: '跟进顾问', grants: [grantOf(['customer.profile.view'], { scope: { kind: 'followed' } })] },
      )
    })
    stages = await app.person('saleshead01')
  })
  afterAll(() => app.stop())

  const facts = async (change: (db: StoryApp['services']['database']['db']) => Promise<unknown>) => app.services.database.transaction((work) => change(work.db))
  /** Only this role, so that whatever he may comes from it. */
  async function onlyRole(userid: string, template: string, roleKey: string): Promise<Person> {
    await app.giveRole(userid, roleKey)
    await app.takeRole(userid, template)
    return app.person(userid)
  }
  const stage = async (id: string, to: string) => {
    const { version } = (await stages.get(`/api/customers/${id}`)).body.customer
    expect((await stages.patch(`/api/customers/${id}`, { version, stage: to })).status).toBe(200)
  }
  const tag = async (userid: string, id: string, change: { addTags?: string[], removeTags?: string[] }) => {
    app.simulator.controls.memberEditsCustomer(userid, id, change)
    await app.settle()
  }
  const task = async (id: string, isOpen: boolean) => {
    const customerId = (await app.customer(id)).id
    await facts((db) => (isOpen ? db.insert(taskFacts, { customerId, taskType: 'renewal' }) : db.delete(taskFacts, { customerId, taskType: 'renewal' })))
  }
  async function expectSeen(person: Person, id: string, fields: readonly string[]): Promise<void> {
    const card = await person.get(`/api/customers/${id}`)
    expect([card.status, Object.keys(card.body.fields).sort()]).toEqual([200, sorted(fields)])
    expect(await idsOf(person)).toEqual([id])
    expect(await idsOf(person, `q=${encodeURIComponent('三面')}`)).toEqual([id])
  }

  it('S13 tag group, stage and open task cross: each change of one of the three opens or closes it for the next request', async () => {
    const person = await onlyRole('service03', 'service', 'renewals')
    const { externalUserId: id } = app.simulator.controls.memberAddsCustomer('clerk02', { newCustomer: { name: '三面客户' } })
    const { externalUserId: other } = app.simulator.controls.memberAddsCustomer('clerk02', { newCustomer: { name: '三面旁人' } })
    await app.settle()
    await app.knows(id, { mobile: '13512345678' })
    // All three, one after the other: nothing before the third, in whatever order they come.
    const steps = [
      { opens: () => tag('clerk02', id, { addTags: [vip.tagIds[0] ?? ''] }), closes: () => tag('clerk02', id, { removeTags: [vip.tagIds[0] ?? ''] }) },
      { opens: () => stage(id, 'negotiating'), closes: () => stage(id, 'dormant') },
      { opens: () => task(id, true), closes: () => task(id, false) },
    ]
    for (const { opens } of steps) {
      await expectHidden(person, id)
      await opens()
    }
    const shown = fieldsOf('profile', 'contact', 'labels')
    await expectSeen(person, id, shown)
    for (const { opens, closes } of steps) {
      await closes()
      await expectHidden(person, id)
      expect(await idsOf(person, `q=${encodeURIComponent('三面')}`)).toEqual([])
      await opens()
      await expectSeen(person, id, shown)
    }
    // The other tag of the group does as well, a tag of another group does not; two of the three never do.
    await tag('clerk02', id, { removeTags: [vip.tagIds[0] ?? ''], addTags: [vip.tagIds[1] ?? ''] })
    await expectSeen(person, id, shown)
    await tag('clerk02', other, { addTags: [classes.tagIds[0] ?? ''] })
    await stage(other, 'negotiating')
    await task(other, true)
    await expectHidden(person, other)
    expect((await person.patch(`/api/customers/${id}`, { version: (await app.customer(id)).version, stage: 'lead' })).status).toBe(403)
  })

  it('S16 a class teacher sees the parents of his class (tag and department) and no others', async () => {
    const [mine, otherClass, otherSchool] = ['clerk01', 'clerk01', 'clerk02'].map((userid) => app.simulator.controls.memberAddsCustomer(userid, { newCustomer: { name: '家长' } }).externalUserId)
    await app.settle()
    const owners = [[mine, 'clerk01', class3Mobile, 0], [otherClass, 'clerk01', '13912340004', 1], [otherSchool, 'clerk02', '13912340005', 0]] as const
    for (const [id = '', userid, mobile, place] of owners) {
      await app.knows(id, { mobile, ownerStaffId: (await app.staffOf(userid)).id, ownerDepartmentId: app.storeOf(userid), poolDepartmentId: null })
      await app.visitsStore(id, app.storeOf(userid), '家长会')
      await tag(userid, id, { addTags: [classes.tagIds[place] ?? ''] })
    }
    const teacher = await onlyRole('sales01', 'sales', 'class-teacher')
    const byPhone = async (phone: string) => (await teacher.get(`/api/customers?phone=${phone}`)).body.items.map((item: { customer: { externalUserId: string } }) => item.customer.externalUserId)
    expect([await idsOf(teacher), await idsOf(teacher, `q=${encodeURIComponent('家长')}`)]).toEqual([[mine], [mine]])
    expect([await byPhone(class3Mobile), await byPhone('13912340004'), await byPhone('13912340005')]).toEqual([[mine], [], []])
    expect((await teacher.get(`/api/customers/${mine}/visits`)).body.items).toHaveLength(1)
    for (const id of [otherClass, otherSchool]) await expectHidden(teacher, id ?? '')
    // A child changes class: the parent goes with it, at the next request.
    await tag('clerk01', mine ?? '', { removeTags: [classes.tagIds[0] ?? ''], addTags: [classes.tagIds[1] ?? ''] })
    await expectHidden(teacher, mine ?? '')
    await tag('clerk01', otherClass ?? '', { removeTags: [classes.tagIds[1] ?? ''], addTags: [classes.tagIds[0] ?? ''] })
    expect(await idsOf(teacher)).toEqual([otherClass])
    await app.giveRole('sales01', 'sales')
    await app.takeRole('sales01', 'class-teacher')
  })

  it.each([false, true])('S21 contract at signing, progress at delivery, chats after sale, each refused before its node; a later node keeps what was opened: %s', async (keepsOpen) => {
    const opened = [['signing', 'customer.contract.view'], ['delivery', 'talk.tasks.view'], ['after-sale', 'talk.messages.view']] as const
    await publishPolicy(app, (document) => {
      document.nodeGrants = opened.map(([nodeKey, operation]) => ({ id: `story-${nodeKey}-${keepsOpen}`, nodeKey, subject: { roles: ['flow-follower'], staffIds: [] }, grant: grantOf([operation]), keepsOpen }))
    })
    const follower = keepsOpen ? 'service02' : 'service01'
    const { externalUserId: id } = app.simulator.controls.memberAddsCustomer(follower, { newCustomer: { name: '签约客户' } })
    await app.settle()
    await app.knows(id, { contractState: 'signed', contractAmountFen: 1_000 })
    const person = await onlyRole(follower, 'service', 'flow-follower')
    const customerId = (await app.customer(id)).id
    const seen = async () => {
      const card = (await person.get(`/api/customers/${id}`)).body
      const messages = (await person.get(`/api/customers/${id}/messages`)).status
      expect([messages, 'contractState' in card.customer]).toEqual([card.abilities.operations.includes('talk.messages.view') ? 200 : 403, card.abilities.operations.includes('customer.contract.view')])
      return opened.map(([, operation]) => operation).filter((operation) => card.abilities.operations.includes(operation))
    }
    expect(await seen()).toEqual([])
    for (const [place, [nodeKey, operation]] of opened.entries()) {
      const refused = (await person.get(`/api/customers/${id}/explain?operation=${operation}`)).body
      expect([refused.allowed, refused.nearMisses.map((miss: { grant: object }) => miss.grant)]).toEqual([false, [expect.objectContaining({ kind: 'node', nodeKey })]])
      await facts(async (db) => {
        await db.update(nodeFacts, { customerId }, { leftAt: Date.now() })
        await db.insert(nodeFacts, { customerId, nodeKey, reference: 'flow-1', enteredAt: Date.now(), leftAt: null })
      })
      expect(await seen()).toEqual(opened.slice(keepsOpen ? 0 : place, place + 1).map(([, one]) => one))
    }
  })

  it('S24 an escalated ticket opens to the regional manager from that moment, and no longer after it is closed', async () => {
    await publishPolicy(app, (document) => {
      document.nodeGrants = [{ id: 'story-escalated', nodeKey: 'ticket.escalated', subject: { roles: ['regional-manager'], staffIds: [] }, grant: grantOf(['talk.tickets.edit', 'talk.tickets.operate'], { scope: { kind: 'subtree' } }), keepsOpen: false }]
    })
    const { externalUserId: id } = app.simulator.controls.memberAddsCustomer('clerk01', { newCustomer: { name: '投诉客户' } })
    await app.settle()
    const customerId = (await app.customer(id)).id
    const handles = async (userid: string) => ((await (await app.person(userid)).get(`/api/customers/${id}`)).body.abilities?.operations ?? []).filter((operation: string) => /^talk\.tickets\.(edit|operate)$/.test(operation))
    expect(await handles('regional01')).toEqual([])
    await facts((db) => db.insert(nodeFacts, { customerId, nodeKey: 'ticket.escalated', reference: 'ticket-1', enteredAt: Date.now(), leftAt: null }))
    expect(await handles('regional01')).toEqual(['talk.tickets.edit', 'talk.tickets.operate'])
    expect((await (await app.person('admin01')).get(`/api/customers/${id}/explain?operation=talk.tickets.operate&staff=regional01`)).body.because).toMatchObject([{ kind: 'node', nodeKey: 'ticket.escalated' }])
    await expectHidden(await app.person('regional02'), id)
    expect(await handles('director01')).toEqual([])
    await facts((db) => db.update(nodeFacts, { customerId, reference: 'ticket-1' }, { leftAt: Date.now() }))
    expect(await handles('regional01')).toEqual([])
  })

  it('ten thousand tags in a condition are saved, and decide for the next request', async () => {
    const many = Array.from({ length: 10_000 }, (_, place) => `etMany${String(place).padStart(26, '0')}`)
    await facts(async (db) => {
      for (let from = 0; from < many.length; from += 500) await db.insert(tags, many.slice(from, from + 500).map((id) => ({ id, groupId: 'etManyGroup', groupName: '很多', name: id.slice(-6), position: 0, deletedAt: null })))
    })
    await publishPolicy(app, (document) => {
      document.roles.push({ roleKey: 'many-tags', label: '很多标签', grants: [grantOf(['customer.profile.view'], { conditions: [{ kind: 'tags', match: 'any', tagIds: [...many.slice(1), classes.tagIds[1]] }] })] })
    })
    const { externalUserId: id } = app.simulator.controls.memberAddsCustomer('clerk03', { newCustomer: { name: '万签客户' } })
    await app.settle()
    const person = await onlyRole('marketing02', 'marketing', 'many-tags')
    await expectHidden(person, id)
    await tag('clerk03', id, { addTags: [classes.tagIds[1] ?? ''] })
    expect((await person.get(`/api/customers/${id}`)).status).toBe(200)
    expect(await idsOf(person)).toContain(id)
    await tag('clerk03', id, { removeTags: [classes.tagIds[1] ?? ''], addTags: [classes.tagIds[0] ?? ''] })
    await expectHidden(person, id)
    const admin = await app.person('admin01')
    const stored = (await admin.get('/api/policy')).body.document.roles.find((role: { roleKey: string }) => role.roleKey === 'many-tags')
    expect(stored.grants[0].conditions[0].tagIds).toHaveLength(10_000)
  })
})
