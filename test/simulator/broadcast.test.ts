import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { company, startBench } from './testing.ts'
import type { Bench } from './testing.ts'
import { jsonFixture, shapeDifferences } from './shape.ts'

let bench: Bench
beforeEach(async () => { bench = await startBench({ strict: { broadcastDispatchMs: 5_000 } }) })
afterEach(() => bench.stop())

const own = company.customers.filter((customer) => customer.follows.some((follow) => follow.userid === 'clerk01')).map((customer) => customer.externalUserId)
const add = (body: Record<string, unknown> = {}) => bench.post('externalcontact/add_msg_template', { sender: 'clerk01', external_userid: own, text: { content: '新品到店' }, ...body })
const msgidOf = async (body: Record<string, unknown> = {}) => String((await add(body)).msgid)
const dispatched = () => bench.simulator.controls.advance(5_000)

describe('broadcasts', () => {
  it('creates a task, names who cannot be reached, and refuses what has nobody or nothing', async () => {
    const answer = await add({ external_userid: [...own, 'wmNOBODY'] })
    expect(shapeDifferences(jsonFixture('response/externalcontact/add_msg_template.json'), answer)).toEqual([])
    expect(answer.fail_list).toEqual(['wmNOBODY'])
    expect((await add({ external_userid: ['wmNOBODY'] })).errcode).toBe(41048)
    expect((await add({ text: undefined })).errcode).toBe(40063)
    expect((await add({ sender: undefined, external_userid: undefined })).errcode).toBe(40063)
    expect((await add({ text: { content: '字'.repeat(1334) } })).errcode).toBe(40058)
    expect((await add({ external_userid: Array(10_001).fill('x') })).errcode).toBe(40035)
    expect((await add({ sender: 'ghost' })).errcode).toBe(60111)
  })

  it('41063 at first, 41047 unknown; nothing is sent before the member confirms', async () => {
    const msgid = await msgidOf()
    expect((await bench.post('externalcontact/get_groupmsg_task', { msgid })).errcode).toBe(41063)
    expect((await bench.post('externalcontact/get_groupmsg_task', { msgid: 'x' })).errcode).toBe(41047)
    dispatched()
    expect((await bench.post('externalcontact/get_groupmsg_task', { msgid })).task_list).toEqual([{ userid: 'clerk01', status: 0 }])
    expect(bench.simulator.controls.chat('clerk01', own[0] ?? '')).toEqual([])
    expect(bench.simulator.controls.openBroadcasts('clerk01')).toEqual([{ msgid, text: '新品到店', customers: own.length }])
  })

  it('after confirmation: task {0,2}, results {1,2}, in pages; a customer who deleted the member is 2', async () => {
    const msgid = await msgidOf()
    bench.simulator.controls.customerDeletesMember('clerk01', own[0] ?? '')
    dispatched()
    bench.simulator.controls.confirmBroadcast('clerk01', msgid)
    const task = await bench.post('externalcontact/get_groupmsg_task', { msgid })
    expect(shapeDifferences(jsonFixture('response/externalcontact/get_groupmsg_task.json'), task)).toEqual([])
    expect(task.task_list).toMatchObject([{ status: 2 }])
    const first = await bench.post('externalcontact/get_groupmsg_send_result', { msgid, userid: 'CLERK01', limit: 1 })
    expect(first.send_list).toEqual([{ external_userid: own[0], userid: 'clerk01', status: 2 }])
    const rest = await bench.post('externalcontact/get_groupmsg_send_result', { msgid, userid: 'clerk01', cursor: first.next_cursor })
    expect(shapeDifferences(jsonFixture('response/externalcontact/get_groupmsg_send_result.single.json'), rest)).toEqual([])
    expect(rest.send_list).toHaveLength(own.length - 1)
    expect(bench.simulator.controls.chat('clerk01', own[1] ?? '').map((line) => line.from)).toEqual(['broadcast'])
    expect(() => bench.simulator.controls.confirmBroadcast('clerk01', msgid)).toThrow('before')
  })

  it('a customer receives as many a month as the month has days, then status 3', async () => {
    const one = own.slice(0, 1)
    for (let day = 0; day < 31; day += 1) bench.simulator.controls.confirmBroadcast('clerk01', await msgidOf({ external_userid: one }))
    const task = bench.simulator.controls.confirmBroadcast('clerk01', await msgidOf({ external_userid: one }))
    expect(task.targets.map((target) => target.status)).toEqual([3])
  })

  it('cancel: members cannot confirm any more, then 41093; reminders: three a day', async () => {
    const msgid = await msgidOf()
    dispatched()
    const remind = async () => (await bench.post('externalcontact/remind_groupmsg_send', { msgid })).errcode
    expect([await remind(), await remind(), await remind(), await remind()]).toEqual([0, 0, 0, 41094])
    expect((await bench.post('externalcontact/cancel_groupmsg_send', { msgid })).errcode).toBe(0)
    expect((await bench.post('externalcontact/cancel_groupmsg_send', { msgid })).errcode).toBe(41093)
    expect(() => bench.simulator.controls.confirmBroadcast('clerk01', msgid)).toThrow('cancelled')
  })

  it('tags: OR inside a group, AND between groups', async () => {
    const tags = (customer: string) => [...bench.simulator.state.follows.get(customer)?.get('clerk01')?.tagIds ?? []]
    const [a] = tags(own[0] ?? '')
    const expected = own.filter((customer) => a !== undefined && tags(customer).includes(a)).length
    await add({ external_userid: undefined, tag_filter: { group_list: [{ tag_list: [a, 'etNONE'] }] } })
    expect(bench.simulator.controls.openBroadcasts('clerk01').map((each) => each.customers)).toEqual([expected])
    expect((await add({ external_userid: undefined, tag_filter: { group_list: [{ tag_list: [a] }, { tag_list: ['etNONE'] }] } })).errcode).toBe(41048)
  })

  it('lists by time of at most a month', async () => {
    await add()
    const from = bench.start / 1000 - 10
    const list = await bench.post('externalcontact/get_groupmsg_list_v2', { chat_type: 'single', start_time: from, end_time: from + 100 })
    expect(shapeDifferences(jsonFixture('response/externalcontact/get_groupmsg_list_v2.json'), list)).toEqual([])
    expect(list.group_msg_list).toHaveLength(1)
    bench.simulator.controls.memberSendsBroadcast('clerk01', { text: '自己发的' })
    bench.simulator.controls.administrationMakesBroadcast('operations01', '后台建的', { clerk01: own })
    const listed = async (more: object) => ((await bench.post('externalcontact/get_groupmsg_list_v2', { chat_type: 'single', start_time: from, end_time: from + 100, ...more })).group_msg_list as { creator?: string, create_type: number }[]).map((one) => [one.creator, one.create_type])
    const [ofApi, own1, ofAdministration] = [[undefined, 0], ['clerk01', 1], ['operations01', 0]]
    expect([await listed({ filter_type: 0 }), await listed({ filter_type: 1 }), await listed({ filter_type: 2 }), await listed({ creator: 'CLERK01' })]).toEqual([[ofApi, ofAdministration], [own1], [ofApi, own1, ofAdministration], [own1]])
    expect(bench.simulator.controls.chat('clerk01', own[0] ?? '').map((line) => line.text)).toEqual(['自己发的'])
    expect(() => bench.simulator.controls.memberSendsBroadcast('clerk01', { text: '别人的客户', externalUserIds: ['wmNOBODY'] })).toThrow('his own customers')
    expect((await bench.post('externalcontact/get_groupmsg_list_v2', { chat_type: 'single', start_time: from - 32 * 86_400, end_time: from })).errcode).toBe(40058)
  })
})
