import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { company, element, startBench } from './testing.ts'
import type { Bench } from './testing.ts'
import { jsonFixture, shapeDifferences } from './shape.ts'

let bench: Bench
beforeEach(async () => { bench = await startBench({ strict: { writeBusyMs: 60 } }) })
afterEach(() => bench.stop())

const followed = company.customers.find((customer) => customer.follows.length > 0 && customer.type === 1)
const customer = followed?.externalUserId ?? ''
const follower = followed?.follows[0]?.userid ?? ''
const tagId = company.tagGroups[0]?.tags[0]?.id ?? ''

describe('reading customers', () => {
  it('list: 84061 for a member without customers, ids for others', async () => {
    expect((await bench.get('externalcontact/list', { userid: 'admin01' })).errcode).toBe(84061)
    const answer = await bench.get('externalcontact/list', { userid: follower })
    expect(shapeDifferences(jsonFixture('response/externalcontact/list.json'), answer)).toEqual([])
    expect(answer.external_userid).toContain(customer)
    bench.simulator.controls.switchCustomerContact(follower, false)
    expect((await bench.get('externalcontact/list', { userid: follower })).errcode).toBe(84074)
  })

  it('get: tags as objects; unknown 40096, missing 41035, nobody left 84061', async () => {
    const golden = jsonFixture('response/externalcontact/get.wechat.json')
    const optional = ['follow_user[].remark_corp_name', 'follow_user[].state']
    expect(shapeDifferences(golden, await bench.get('externalcontact/get', { external_userid: customer }), optional)).toEqual([])
    expect((await bench.get('externalcontact/get', { external_userid: 'wmUNKNOWN' })).errcode).toBe(40096)
    expect((await bench.get('externalcontact/get')).errcode).toBe(41035)
    for (const follow of followed?.follows ?? []) bench.simulator.controls.memberDeletesCustomer(follow.userid, customer)
    expect((await bench.get('externalcontact/get', { external_userid: customer })).errcode).toBe(84061)
  })

  it('get pages above 500 followers', async () => {
    const { controls } = bench.simulator
    controls.setCallbackFaults({ drop: 1 })
    for (let extra = 0; extra < 501; extra += 1) {
      controls.createStaff({ userid: `extra${extra}`, name: '临时', departmentIds: [1] })
      controls.memberAddsCustomer(`extra${extra}`, { externalUserId: customer })
    }
    const first = await bench.get('externalcontact/get', { external_userid: customer })
    expect(first.follow_user).toHaveLength(500)
    const second = await bench.get('externalcontact/get', { external_userid: customer, cursor: String(first.next_cursor) })
    expect(second.follow_user).toHaveLength((followed?.follows.length ?? 0) + 1)
    expect(second).not.toHaveProperty('next_cursor')
  })

  it('batch/get_by_user: tag_id and follow_info; at most 100 members and 100 rows; foreign cursors fail', async () => {
    const people = company.staff.slice(0, 40).map((person) => person.userid)
    const golden = jsonFixture('response/externalcontact/batch_get_by_user.json')
    const optional = ['remark_corp_name', 'state'].map((name) => `external_contact_list[].follow_info.${name}`)
    const first = await bench.post('externalcontact/batch/get_by_user', { userid_list: people, limit: 7 })
    expect(shapeDifferences(golden, first, optional)).toEqual([])
    expect(first.external_contact_list).toHaveLength(7)
    expect((await bench.post('externalcontact/batch/get_by_user', { userid_list: [follower], cursor: first.next_cursor })).errcode).toBe(40058)
    expect((await bench.post('externalcontact/batch/get_by_user', { userid_list: people, limit: 101 })).errcode).toBe(40058)
    expect((await bench.post('externalcontact/batch/get_by_user', { userid_list: Array(101).fill('clerk01') })).errcode).toBe(40032)
    expect((await bench.post('externalcontact/batch/get_by_user', { userid_list: [] })).errcode).toBe(40063)
  })

  it('batch/get_by_user walks every follow exactly once', async () => {
    const people = company.staff.map((person) => person.userid)
    const rows: string[] = []
    let cursor = ''
    do {
      const answer = await bench.post('externalcontact/batch/get_by_user', { userid_list: people, cursor, limit: 50 })
      const list = z.array(z.looseObject({ external_contact: z.looseObject({ external_userid: z.string() }), follow_info: z.looseObject({ userid: z.string() }) }))
      rows.push(...list.parse(answer.external_contact_list).map((row) => `${row.follow_info.userid}|${row.external_contact.external_userid}`))
      cursor = String(answer.next_cursor)
    } while (cursor !== '')
    const expected = company.customers.flatMap((each) => each.follows.map((follow) => `${follow.userid}|${each.externalUserId}`))
    expect(rows.sort()).toEqual(expected.sort())
  })

  it('contact_list and get_follow_user_list have their shapes', async () => {
    const golden = jsonFixture('response/externalcontact/contact_list.json')
    expect(shapeDifferences(golden, await bench.post('externalcontact/contact_list', { limit: 3 }))).toEqual([])
    expect(shapeDifferences(jsonFixture('response/externalcontact/get_follow_user_list.json'), await bench.get('externalcontact/get_follow_user_list'))).toEqual([])
  })
})

describe('writing customers', () => {
  it('remark: at least one part, 20 and 150 characters, mobiles replaced, and no callback', async () => {
    const base = { userid: follower, external_userid: customer }
    expect((await bench.post('externalcontact/remark', base)).errcode).toBe(40063)
    expect((await bench.post('externalcontact/remark', { ...base, remark: '备'.repeat(21) })).errcode).toBe(40058)
    expect((await bench.post('externalcontact/remark', { ...base, description: '备'.repeat(151) })).errcode).toBe(40058)
    expect((await bench.post('externalcontact/remark', { ...base, remark: '备'.repeat(20), remark_mobiles: ['19900000001'] })).errcode).toBe(0)
    expect((await bench.post('externalcontact/remark', { ...base, remark_mobiles: [''] })).errcode).toBe(0)
    const follow = bench.simulator.state.follows.get(customer)?.get(follower)
    expect([follow?.remark, follow?.remarkMobiles]).toEqual(['备'.repeat(20), []])
    expect((await bench.post('externalcontact/remark', { userid: 'admin01', external_userid: customer, remark: '甲' })).errcode).toBe(84061)
    expect(bench.simulator.controls.deliveries()).toEqual([])
  })

  it('mark_tag: only own customers, only existing tags, 1 to 1000 of them', async () => {
    const base = { userid: follower, external_userid: customer }
    expect((await bench.post('externalcontact/mark_tag', base)).errcode).toBe(41111)
    expect((await bench.post('externalcontact/mark_tag', { ...base, add_tag: ['etNO'] })).errcode).toBe(40068)
    expect((await bench.post('externalcontact/mark_tag', { userid: 'admin01', external_userid: customer, add_tag: [tagId] })).errcode).toBe(84061)
    expect((await bench.post('externalcontact/mark_tag', { ...base, add_tag: [tagId] })).errcode).toBe(0)
    expect(bench.simulator.state.follows.get(customer)?.get(follower)?.tagIds.has(tagId)).toBe(true)
    expect(bench.simulator.controls.deliveries()).toEqual([])
  })

  it('45035 for two writes to one pair at once; other pairs do not collide', async () => {
    const other = company.customers.find((each) => each !== followed && each.follows.length > 0)
    const mark = (userid: string, external_userid: string) => bench.post('externalcontact/mark_tag', { userid, external_userid, add_tag: [tagId] })
    const access = [mark(follower, customer), mark(follower, customer), mark(other?.follows[0]?.userid ?? '', other?.externalUserId ?? '')]
    const codes = (await Promise.all(access)).map((answer) => answer.errcode)
    expect([codes.slice(0, 2).sort(), codes[2]]).toEqual([[0, 45035], 0])
  })

  it('a half-added customer is none yet: 84061 until the member confirms', async () => {
    await bench.post('externalcontact/add_contact_way', { type: 1, scene: 2, state: 'half', user: ['clerk01'] })
    const half = bench.simulator.controls.addHalf({ state: 'half', newCustomer: { name: '半个' } })
    const mark = { userid: 'clerk01', external_userid: half.externalUserId, add_tag: [tagId] }
    expect((await bench.get('externalcontact/get', { external_userid: half.externalUserId })).errcode).toBe(84061)
    expect((await bench.post('externalcontact/mark_tag', mark)).errcode).toBe(84061)
    bench.simulator.controls.completeHalf('clerk01', half.externalUserId)
    expect((await bench.post('externalcontact/mark_tag', mark)).errcode).toBe(0)
    await bench.simulator.controls.callbacksIdle()
    expect(bench.receiver.messages.map((message) => element(message, 'ChangeType')).sort()).toEqual(['add_external_contact', 'add_half_external_contact'])
  })
})

describe('who deleted whom', () => {
  it('a member\'s deletion ends the relation, a customer\'s does not', async () => {
    const { controls } = bench.simulator
    controls.customerDeletesMember(follower, customer)
    expect((await bench.post('externalcontact/mark_tag', { userid: follower, external_userid: customer, add_tag: [tagId] })).errcode).toBe(0)
    controls.memberDeletesCustomer(follower, customer)
    expect((await bench.post('externalcontact/mark_tag', { userid: follower, external_userid: customer, add_tag: [tagId] })).errcode).toBe(84061)
    await controls.callbacksIdle()
    expect(bench.receiver.messages.map((message) => element(message, 'ChangeType')).sort()).toEqual(['del_external_contact', 'del_follow_user'])
  })
})
