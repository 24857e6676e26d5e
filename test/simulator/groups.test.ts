import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { company, element, startBench } from './testing.ts'
import type { Bench } from './testing.ts'
import { jsonFixture, shapeDifferences, xmlFixture } from './shape.ts'

let bench: Bench
beforeEach(async () => { bench = await startBench() })
afterEach(() => bench.stop())

const customer = company.customers[0]?.externalUserId ?? ''
const list = (body: object) => bench.post('externalcontact/groupchat/list', { limit: 100, ...body })
const get = (chat_id: string, more: object = {}) => bench.post('externalcontact/groupchat/get', { chat_id, ...more })
const settled = () => bench.simulator.controls.advance(2_000)
const idsOf = (answer: Record<string, unknown>) => (answer.group_chat_list as { chat_id: string }[]).map((one) => one.chat_id)

describe('customer groups', () => {
  it('are shown two seconds after a change, in WeCom\'s form, with an event that only names them', async () => {
    const { controls } = bench.simulator
    const chatId = controls.memberCreatesGroup('clerk01', { name: '会员群', customers: [customer] })
    expect([(await get(chatId)).errcode, idsOf(await list({}))]).toEqual([49008, []])
    settled()
    const shown = await get(chatId, { need_name: 1 })
    expect(shapeDifferences(jsonFixture('response/externalcontact/groupchat_get.json'), shown, ['group_chat.admin_list', 'group_chat.member_list[].invitor'])).toEqual([])
    expect(shown.group_chat).toMatchObject({ name: '会员群', owner: 'clerk01', member_list: [{ userid: 'clerk01', type: 1 }, { userid: customer, type: 2 }] })
    expect(shapeDifferences(jsonFixture('response/externalcontact/groupchat_list.json'), await list({}))).toEqual([])
    await controls.callbacksIdle()
    const created = bench.receiver.messages.at(-1) ?? ''
    const golden = xmlFixture('change_external_chat.create')
    for (const name of ['Event', 'ChangeType']) expect(element(created, name)).toBe(element(golden, name))
    expect(element(created, 'ChatId')).toBe(chatId)
    controls.ownerRenamesGroup(chatId, '老客群')
    expect((await get(chatId)).group_chat).toMatchObject({ name: '会员群' })
    settled()
    expect((await get(chatId)).group_chat).toMatchObject({ name: '老客群' })
    controls.ownerDissolvesGroup(chatId)
    settled()
    expect([(await get(chatId)).errcode, (await get('wrNOBODY')).errcode]).toEqual([49008, 90501])
  })

  it('are listed by owners, a hundred at most, in pages; those of somebody who left only by his name', async () => {
    const { controls } = bench.simulator
    const [one, two] = ['clerk01', 'clerk02'].map((userid) => controls.memberCreatesGroup(userid, { name: userid }))
    settled()
    expect([idsOf(await list({})), idsOf(await list({ owner_filter: { userid_list: ['CLERK02'] } }))]).toEqual([[one, two], [two]])
    const first = await list({ limit: 1 })
    expect(idsOf(await list({ limit: 1, cursor: first.next_cursor }))).toEqual([two])
    expect([(await list({ limit: 1001 })).errcode, (await list({ limit: undefined })).errcode, (await list({ owner_filter: { userid_list: Array(101).fill('x') } })).errcode]).toEqual([40058, 40063, 40032])
    controls.deleteStaff('clerk02')
    expect([idsOf(await list({})), (await list({ owner_filter: { userid_list: ['clerk02'] } })).group_chat_list]).toEqual([[one], [{ chat_id: two, status: 1 }]])
  })

  it('get broadcasts from their owner only; results show only those that got it', async () => {
    const { controls } = bench.simulator
    const [own = '', gone = '', foreign = ''] = [controls.memberCreatesGroup('clerk01', { name: '甲' }), controls.memberCreatesGroup('clerk01', { name: '乙' }), controls.memberCreatesGroup('clerk02', { name: '丙' })]
    settled()
    const add = (body: object) => bench.post('externalcontact/add_msg_template', { chat_type: 'group', sender: 'clerk01', chat_id_list: [own, gone, foreign], text: { content: '群公告' }, ...body })
    expect([(await add({ sender: undefined })).errcode, (await add({ chat_id_list: [foreign] })).errcode, (await add({ chat_id_list: Array(2_001).fill('wr') })).errcode]).toEqual([40063, 41048, 40035])
    const made = await add({})
    expect(made.fail_list).toEqual([foreign])
    controls.ownerDissolvesGroup(gone)
    controls.confirmBroadcast('clerk01', String(made.msgid))
    const results = await bench.post('externalcontact/get_groupmsg_send_result', { msgid: made.msgid, userid: 'clerk01' })
    expect(shapeDifferences(jsonFixture('response/externalcontact/get_groupmsg_send_result.group.json'), results)).toEqual([])
    expect((results.send_list as { chat_id: string }[]).map((one) => one.chat_id)).toEqual([own])
    const from = bench.start / 1000 - 10
    const listed = async (chat_type: string) => ((await bench.post('externalcontact/get_groupmsg_list_v2', { chat_type, start_time: from, end_time: from + 100 })).group_msg_list as unknown[]).length
    expect([await listed('group'), await listed('single'), controls.groupLines(own)]).toEqual([1, 0, ['群公告']])
  })
})
