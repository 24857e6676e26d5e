import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { element, startBench } from './testing.ts'
import type { Bench } from './testing.ts'
import { jsonFixture, shapeDifferences } from './shape.ts'

let bench: Bench
beforeEach(async () => { bench = await startBench({ strict: { contactWayCap: 3, welcomeSendMs: 120 } }) })
afterEach(() => bench.stop())

const code = async (body: Record<string, unknown>) => (await bench.post('externalcontact/add_contact_way', body)).errcode
const multi = { type: 2, scene: 2, state: 'store-1', user: ['clerk01', 'sales01'] }

describe('contact ways', () => {
  it('each wrong parameter has its code', async () => {
    expect(await code({ scene: 2, user: ['clerk01'] })).toBe(41037)
    expect(await code({ type: 2, user: ['clerk01'] })).toBe(41038)
    expect(await code({ ...multi, type: 3 })).toBe(41039)
    expect(await code({ ...multi, scene: 3 })).toBe(41040)
    expect(await code({ ...multi, type: 1 })).toBe(41041)
    expect(await code({ type: 2, scene: 2, party: [1], user: Array.from({ length: 50 }, (_, index) => `p${index}`) })).toBe(60111)
    expect(await code({ type: 1, scene: 1, style: 9, user: ['clerk01'] })).toBe(41042)
    expect(await code({ ...multi, state: 'x'.repeat(31) })).toBe(40058)
    expect(await code({ ...multi, remark: '备'.repeat(31) })).toBe(40058)
    expect(await code({ ...multi, user: [], party: [] })).toBe(40063)
    expect(await code({ ...multi, party: [4711] })).toBe(60123)
    expect((await bench.post('externalcontact/get_contact_way', {})).errcode).toBe(41043)
    expect((await bench.post('externalcontact/get_contact_way', { config_id: 'nothing' })).errcode).toBe(41044)
  })

  it('more than 100 members after expansion: 41041; not activated: 41054; the cap: 41045', async () => {
    for (let extra = 0; extra < 60; extra += 1) bench.simulator.controls.createStaff({ userid: `extra${extra}`, name: '临时', departmentIds: [1] })
    await bench.simulator.controls.callbacksIdle()
    expect(await code({ type: 2, scene: 2, party: [1] })).toBe(41041)
    bench.simulator.controls.disableStaff('clerk02')
    expect(await code({ ...multi, user: ['clerk02'] })).toBe(41054)
    expect([await code(multi), await code(multi), await code(multi), await code(multi)]).toEqual([0, 0, 0, 41045])
  })

  it('lives from creation to deletion in the documented shapes; state keeps 30 Chinese characters', async () => {
    const state = '渠'.repeat(30)
    const made = await bench.post('externalcontact/add_contact_way', { ...multi, state })
    expect(shapeDifferences(jsonFixture('response/externalcontact/add_contact_way.qr.json'), made)).toEqual([])
    const config_id = String(made.config_id)
    const read = await bench.post('externalcontact/get_contact_way', { config_id })
    expect(shapeDifferences(jsonFixture('response/externalcontact/get_contact_way.json'), read)).toEqual([])
    expect(read.contact_way).toMatchObject({ state, user: ['clerk01', 'sales01'] })
    expect((await bench.post('externalcontact/update_contact_way', { config_id, user: ['manager01'] })).errcode).toBe(0)
    expect((await bench.post('externalcontact/get_contact_way', { config_id })).contact_way).toMatchObject({ user: ['manager01'], state })
    expect((await bench.post('externalcontact/list_contact_way', {})).contact_way).toEqual([{ config_id }])
    const picture = await fetch(String(made.qr_code))
    expect([picture.status, picture.headers.get('content-type')]).toEqual([200, 'image/png'])
    expect((await bench.post('externalcontact/del_contact_way', { config_id })).errcode).toBe(0)
    expect((await bench.post('externalcontact/get_contact_way', { config_id })).errcode).toBe(41044)
    expect((await fetch(String(made.qr_code))).status).toBe(404)
    expect(bench.simulator.controls.deliveries()).toEqual([])
  })

  it('takes turns between the members; a friend who scans again makes neither event nor state', async () => {
    await bench.post('externalcontact/add_contact_way', multi)
    const { controls } = bench.simulator
    const first = controls.customerScans({ state: 'store-1', newCustomer: { name: '甲' } })
    const second = controls.customerScans({ state: 'store-1', newCustomer: { name: '乙' } })
    expect([first.userid, second.userid]).toEqual(['clerk01', 'sales01'])
    expect(controls.customerScans({ state: 'store-1', externalUserId: first.externalUserId })).toMatchObject({ outcome: 'already', userid: 'clerk01', welcomeCode: null })
    await controls.callbacksIdle()
    expect(bench.receiver.messages.map((message) => element(message, 'ExternalUserID')).sort()).toEqual([first.externalUserId, second.externalUserId].sort())
    expect(bench.receiver.messages.map((message) => element(message, 'State'))).toEqual(['store-1', 'store-1'])
  })

  it('with verification the member confirms first', async () => {
    await bench.post('externalcontact/add_contact_way', { ...multi, skip_verify: false })
    const { controls } = bench.simulator
    const scan = controls.customerScans({ state: 'store-1', newCustomer: { name: '甲' } })
    expect(scan.outcome).toBe('requested')
    expect(controls.deliveries()).toEqual([])
    expect(controls.memberAccepts(scan.userid, scan.externalUserId).welcomeCode).not.toBeNull()
    await controls.callbacksIdle()
    expect(element(bench.receiver.messages[0] ?? '', 'ChangeType')).toBe('add_external_contact')
  })
})

describe('welcome messages', () => {
  async function scanned() {
    await bench.post('externalcontact/add_contact_way', multi)
    const scan = bench.simulator.controls.customerScans({ state: 'store-1', newCustomer: { name: '甲' } })
    return { scan, send: (body: Record<string, unknown> = { text: { content: '您好' } }) => bench.post('externalcontact/send_welcome_msg', { welcome_code: scan.welcomeCode, ...body }) }
  }

  it('one winner: 41096 while it is sent, 41051 afterwards, and the chat shows it once', async () => {
    const { scan, send } = await scanned()
    const codes = (await Promise.all([send(), send(), send()])).map((answer) => answer.errcode)
    expect(codes.sort()).toEqual([0, 41096, 41096])
    expect((await send()).errcode).toBe(41051)
    expect(bench.simulator.controls.chat(scan.userid, scan.externalUserId).filter((line) => line.from === 'welcome').map((line) => line.text)).toEqual(['您好'])
  })

  it('41050 after 20 seconds and for unknown codes, 41049 without one', async () => {
    const { send } = await scanned()
    bench.simulator.controls.advance(20_001)
    expect((await send()).errcode).toBe(41050)
    expect((await bench.post('externalcontact/send_welcome_msg', { welcome_code: 'x', text: { content: 'a' } })).errcode).toBe(41050)
    expect((await bench.post('externalcontact/send_welcome_msg', { text: { content: 'a' } })).errcode).toBe(41049)
  })

  it('41051 once the customer has begun to talk', async () => {
    const { scan, send } = await scanned()
    bench.simulator.controls.customerSays(scan.userid, scan.externalUserId, '在吗')
    expect((await send()).errcode).toBe(41051)
  })

  it('4,000 bytes, nine attachments of known kinds, live media; a refused call does not use the code up', async () => {
    const { send } = await scanned()
    const link = { msgtype: 'link', link: { title: '标题', url: 'https://example.com' } }
    expect((await send({})).errcode).toBe(40063)
    expect((await send({ text: { content: '字'.repeat(1334) } })).errcode).toBe(40058)
    expect((await send({ attachments: Array(10).fill(link) })).errcode).toBe(41064)
    expect((await send({ attachments: [{ msgtype: 'sticker' }] })).errcode).toBe(41065)
    expect((await send({ attachments: [{ msgtype: 'image', image: { media_id: 'old' } }] })).errcode).toBe(40007)
    expect((await send({ attachments: [{ msgtype: 'link', link: { title: '长'.repeat(43), url: 'https://example.com' } }] })).errcode).toBe(40058)
    expect((await send({ text: { content: '字'.repeat(1333) }, attachments: [link] })).errcode).toBe(0)
  })
})
