import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { corpId, element, startBench } from './testing.ts'
import type { Bench } from './testing.ts'
import { jsonFixture, shapeDifferences } from './shape.ts'

let bench: Bench
beforeAll(async () => { bench = await startBench({ visible: { departmentIds: [100], userids: ['admin01'] } }) })
afterAll(() => bench.stop())

const optionalUserParts = ['external_profile.wechat_channels', 'userlist[].external_profile.wechat_channels']

describe('directory', () => {
  it('lists only what is visible, in the documented shapes', async () => {
    const departments = await bench.get('department/list')
    const simple = await bench.get('department/simplelist')
    expect(shapeDifferences(jsonFixture('response/department_list.json'), departments)).toEqual([])
    expect(shapeDifferences(jsonFixture('response/department_simplelist.json'), simple)).toEqual([])
    const ids = z.array(z.looseObject({ id: z.number() })).parse(simple.department_id).map((department) => department.id)
    expect(ids).toEqual([100, 1000, 1003, 1006, 1009])
    expect(shapeDifferences(jsonFixture('response/department_get.json'), await bench.get('department/get', { id: '1000' }))).toEqual([])
  })

  it('60003 for an unknown department, 60011 for one out of range', async () => {
    expect((await bench.get('department/get', { id: '77777' })).errcode).toBe(60003)
    expect((await bench.get('department/get', { id: '101' })).errcode).toBe(60011)
    expect((await bench.get('user/list', { department_id: '101' })).errcode).toBe(60011)
    expect((await bench.get('user/list')).errcode).toBe(40063)
  })

  it('never gives a new app avatar, gender, mobile, mail, address or QR code', async () => {
    const golden = jsonFixture('response/user_get.new_app_no_sensitive_fields.json')
    const user = await bench.get('user/get', { userid: 'CLERK01' })
    expect(shapeDifferences(golden, user, optionalUserParts)).toEqual([])
    expect(user.userid).toBe('clerk01')
    const list = await bench.get('user/list', { department_id: '1000' })
    for (const name of ['avatar', 'thumb_avatar', 'gender', 'mobile', 'email', 'biz_mail', 'address', 'qr_code']) expect(JSON.stringify(list)).not.toContain(`"${name}"`)
  })

  it('60111 for members out of range or unknown, 40003 for an id that cannot be', async () => {
    expect((await bench.get('user/get', { userid: 'clerk02' })).errcode).toBe(60111)
    expect((await bench.get('user/get', { userid: 'nobody' })).errcode).toBe(60111)
    expect((await bench.get('user/get', { userid: '-bad id-' })).errcode).toBe(40003)
    expect((await bench.get('user/get', { userid: 'admin01' })).errcode).toBe(0)
  })

  it('simplelist, tags and the app itself have their shapes', async () => {
    expect(shapeDifferences(jsonFixture('response/user_simplelist.json'), await bench.get('user/simplelist', { department_id: '1000' }))).toEqual([])
    expect(shapeDifferences(jsonFixture('response/tag_list.json'), await bench.get('tag/list'))).toEqual([])
    expect(shapeDifferences(jsonFixture('response/tag_get.json'), await bench.get('tag/get', { tagid: '1' }))).toEqual([])
    expect((await bench.get('tag/get', { tagid: '99' })).errcode).toBe(40068)
    const agent = await bench.get('agent/get', { agentid: '1000002' })
    expect(shapeDifferences(jsonFixture('response/agent_get.json'), agent)).toEqual([])
    expect(agent.allow_partys).toEqual({ partyid: [100] })
    expect((await bench.get('agent/get', { agentid: '1000003' })).errcode).toBe(301002)
    expect(shapeDifferences(jsonFixture('response/agent_list.json'), await bench.get('agent/list'))).toEqual([])
    expect(shapeDifferences(jsonFixture('response/getcallbackip.json'), await bench.get('getcallbackip'))).toEqual([])
  })

  it('list_id pages over (member, department) rows for the sync assistant', async () => {
    const access_token = await bench.token('contact-secret')
    const ask = async (cursor: string) => {
      const answer = await fetch(`${bench.simulator.apiBase}/cgi-bin/user/list_id?access_token=${access_token}`, { method: 'POST', body: JSON.stringify({ cursor, limit: 20 }) })
      return z.object({ next_cursor: z.string(), dept_user: z.array(z.object({ userid: z.string(), department: z.number() })) }).parse(await answer.json())
    }
    const userids: string[] = []
    let cursor = ''
    do {
      const part = await ask(cursor)
      userids.push(...part.dept_user.map((row) => row.userid))
      cursor = part.next_cursor
    } while (cursor !== '')
    expect(userids).toEqual([...bench.simulator.state.staff.values()].map((person) => person.userid))
  })
})

describe('changes by an administrator', () => {
  it('tells the app who left its range, the sync assistant ids only, and nobody about positions or 停用', async () => {
    const { controls } = bench.simulator
    const sent = () => bench.receiver.messages.map((message) => [element(message, 'Event'), element(message, 'ChangeType'), element(message, 'UserID') ?? element(message, 'FromUserName')])
    controls.changePosition('clerk01', '店长')
    controls.disableStaff('sales01')
    await controls.callbacksIdle()
    expect(sent()).toEqual([])
    controls.moveStaff('clerk01', [1001])
    controls.setLeader('manager01', 1000, false)
    controls.deleteStaff('sales01')
    await controls.callbacksIdle()
    expect(sent().sort()).toEqual([
      ['change_contact', 'delete_user', 'sales01'], ['change_contact', 'update_user', 'clerk01'], ['change_contact', 'update_user', 'manager01'],
      ['unsubscribe', null, 'clerk01'], ['unsubscribe', null, 'sales01'],
    ])
    const update = bench.receiver.messages.find((message) => element(message, 'UserID') === 'clerk01')
    expect(update).toBe(`<xml><ToUserName><![CDATA[${corpId}]]></ToUserName><FromUserName><![CDATA[sys]]></FromUserName><CreateTime>${bench.start / 1000}</CreateTime><MsgType><![CDATA[event]]></MsgType><Event><![CDATA[change_contact]]></Event><ChangeType>update_user</ChangeType><UserID><![CDATA[clerk01]]></UserID><Department><![CDATA[1001]]></Department></xml>`)
    expect((await bench.get('user/get', { userid: 'sales01' })).errcode).toBe(60111)
  })
})
