import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { demoKfId } from './index.ts'
import { corpId, element, startBench } from './testing.ts'
import type { Bench } from './testing.ts'
import { jsonFixture, shapeDifferences } from './shape.ts'

let bench: Bench
beforeEach(async () => { bench = await startBench({ strict: { kfSyncWithoutTokenPerMinute: 2 } }) })
afterEach(() => bench.stop())

const Sync = z.looseObject({ errcode: z.number(), next_cursor: z.string(), has_more: z.number(), msg_list: z.array(z.looseObject({ msgtype: z.string(), origin: z.number() })) })
const sync = (body: Record<string, unknown>) => bench.post('kf/sync_msg', { open_kfid: demoKfId, ...body })
const send = (touser: string, rest: Record<string, unknown> = {}) => bench.post('kf/send_msg', { touser, open_kfid: demoKfId, msgtype: 'text', text: { content: '您好' }, ...rest })
const lastToken = () => element(bench.receiver.messages.at(-1) ?? '', 'Token') ?? ''

async function customerWrites(text = '在吗'): Promise<string> {
  const id = bench.simulator.controls.customerSendsKf(demoKfId, { newCustomer: { name: '散客' } }, text)
  await bench.simulator.controls.callbacksIdle()
  return id
}

describe('customer service messages', () => {
  it('an event without sender announces; sync pages by cursor until has_more is 0', async () => {
    const externalUserId = await customerWrites()
    expect(bench.receiver.messages[0]).toBe(`<xml><ToUserName><![CDATA[${corpId}]]></ToUserName><CreateTime>${bench.start / 1000}</CreateTime><MsgType><![CDATA[event]]></MsgType><Event><![CDATA[kf_msg_or_event]]></Event><Token><![CDATA[${element(bench.receiver.messages[0] ?? '', 'Token')}]]></Token><OpenKfId><![CDATA[${demoKfId}]]></OpenKfId></xml>`)
    const first = Sync.parse(await sync({ token: lastToken(), limit: 1 }))
    expect([first.has_more, first.msg_list.map((message) => message.msgtype)]).toEqual([1, ['event']])
    const second = await sync({ token: lastToken(), cursor: first.next_cursor })
    expect(shapeDifferences(jsonFixture('response/kf_sync_msg.json'), second)).toEqual([])
    expect(second).toMatchObject({ has_more: 0, msg_list: [{ origin: 3, external_userid: externalUserId, text: { content: '在吗' } }] })
    const third = Sync.parse(await sync({ token: lastToken(), cursor: String(second.next_cursor) }))
    expect([third.msg_list, third.next_cursor]).toEqual([[], second.next_cursor])
  })

  it('95000 unknown account, 95007 old token, 45009 without tokens', async () => {
    await customerWrites()
    const token = lastToken()
    expect((await bench.post('kf/sync_msg', { open_kfid: 'wkNO', token })).errcode).toBe(95000)
    bench.simulator.controls.advance(600_001)
    expect((await sync({ token })).errcode).toBe(95007)
    expect([(await sync({})).errcode, (await sync({})).errcode, (await sync({})).errcode]).toEqual([0, 0, 45009])
  })

  it('keeps three days', async () => {
    await customerWrites()
    bench.simulator.controls.advance(3 * 86_400_000 + 1)
    expect(Sync.parse(await sync({})).msg_list).toEqual([])
  })

  it('send_msg: five per turn of the customer, 48 hours, not while a member serves, and not returned by sync', async () => {
    const id = await customerWrites()
    expect(shapeDifferences(jsonFixture('response/kf_send_msg.json'), await send(id))).toEqual([])
    for (let each = 0; each < 4; each += 1) expect((await send(id)).errcode).toBe(0)
    expect((await send(id)).errcode).toBe(95001)
    bench.simulator.controls.customerSendsKf(demoKfId, { externalUserId: id }, '还有吗')
    expect((await send(id, { msgid: '坏' })).errcode).toBe(40058)
    expect((await send(id, { msgtype: 'fax' })).errcode).toBe(40008)
    bench.simulator.controls.advance(48 * 3_600_000 + 1)
    expect((await send(id)).errcode).toBe(95002)
    expect((await send('wmNOBODY')).errcode).toBe(40096)
    bench.simulator.controls.customerSendsKf(demoKfId, { externalUserId: id }, '还在吗')
    bench.simulator.controls.memberTakesKf(demoKfId, id, 'service01')
    expect((await send(id)).errcode).toBe(95018)
    bench.simulator.controls.memberSendsKf(demoKfId, id, '我来帮您')
    const all = Sync.parse(await sync({}))
    expect(all.msg_list.map((message) => message.origin)).toEqual([4, 3, 3, 3, 4, 5])
    expect(bench.simulator.controls.kfChat(demoKfId, id).filter((line) => line.from === 'staff')).toHaveLength(6)
  })

  it('a welcome code works once within 20 seconds', async () => {
    await customerWrites()
    const event = Sync.parse(await sync({ token: lastToken() })).msg_list[0]
    const code = z.looseObject({ event: z.looseObject({ welcome_code: z.string() }) }).parse(event).event.welcome_code
    const greet = () => bench.post('kf/send_msg_on_event', { code, msgtype: 'text', text: { content: '欢迎' } })
    expect([(await greet()).errcode, (await greet()).errcode]).toEqual([0, 41050])
  })
})
