import { readFileSync } from 'node:fs'
import { afterEach, describe, expect, it } from 'vitest'
import { company, corpId, startBench, type Bench } from '../../test/simulator/testing.ts'
import { cannedWecom, type CannedWecom, fail, ok, type Reply } from '../../test/support/canned-server.ts'
import { createWecomClient, foundForm, type WecomClient } from './index.ts'

const fixture = (path: string): unknown => JSON.parse(readFileSync(new URL(`../../test/fixtures/wecom/${path}.json`, import.meta.url), 'utf8'))
const answer = (name: string): Reply => ({ json: fixture(`response/externalcontact/${name}`) })
const mediaId = '3demoMEDIAid0001-aaaaBBBBccccDDDD'
const draft = {
  sender: 'alice.chen', externalUserIds: ['wmDEMO0001AAAAAAAAAAAAAAAAAAAAAA', 'wmDEMO0002BBBBBBBBBBBBBBBBBBBBBB'], text: '活动通知',
  attachments: [{ type: 'image', mediaId }, { type: 'link', title: 't', pictureUrl: 'https://img.example.com/1.jpg', description: 'd', url: 'https://example.com' }],
} as const

async function all<T>(pages: AsyncGenerator<readonly T[]>): Promise<T[]> {
  const items: T[] = []
  for await (const page of pages) items.push(...page)
  return items
}

describe('broadcasts as documented', () => {
  let wecom: CannedWecom | undefined
  afterEach(async () => {
    await wecom?.close()
    wecom = undefined
  })
  const start = async (routes: Parameters<typeof cannedWecom>[0]) => (wecom = await cannedWecom(routes))

  it('are sent and read in WeCom\'s words', async () => {
    const { client, last } = await start({
      'externalcontact/add_msg_template': answer('add_msg_template'), 'externalcontact/get_groupmsg_list_v2': answer('get_groupmsg_list_v2'),
      'externalcontact/get_groupmsg_task': answer('get_groupmsg_task'), 'externalcontact/get_groupmsg_send_result': answer('get_groupmsg_send_result.single'),
    })
    await expect(client.addBroadcast(draft)).resolves.toEqual({ msgid: 'msgDEMO0001JJJJJJJJJJJJJJJJJJJJJ', unreachable: ['wmDEMO0002BBBBBBBBBBBBBBBBBBBBBB'] })
    expect(last('externalcontact/add_msg_template')?.body).toEqual(fixture('request/add_msg_template.single'))
    const [found] = await all(client.listBroadcasts({ from: 1_500, to: 2_500 }))
    expect(last('externalcontact/get_groupmsg_list_v2')?.body).toEqual({ chat_type: 'single', start_time: 1, end_time: 3, filter_type: 0, limit: 100 })
    expect(found).toEqual({ msgid: 'msgDEMO0001JJJJJJJJJJJJJJJJJJJJJ', creator: null, personal: false, createdAt: 1767225600_000, text: '活动通知', attachments: draft.attachments.map(foundForm) })
    expect(await all(client.listBroadcastTasks('msg'))).toEqual([{ userid: 'alice.chen', confirmed: true, provenUnsent: false, sentAt: 1767225600_000 }, { userid: 'bob_li', confirmed: false, provenUnsent: true, sentAt: null }])
    expect((await all(client.listBroadcastResults('msg', 'alice.chen'))).map(({ outcome, sentAt }) => [outcome, sentAt])).toEqual([['sent', 1767225600_000], ['not-friend', null], ['over-limit', null]])
  })

  it('need customers and content, and a status that is not documented proves nothing', async () => {
    const { client, countOf } = await start({
      'externalcontact/get_groupmsg_task': ok({ task_list: [{ userid: 'Alice', status: 1 }] }), 'externalcontact/get_groupmsg_send_result': ok({ send_list: [{ external_userid: 'wm1', userid: 'alice', status: 4 }] }),
    })
    for (const bad of [{ externalUserIds: [] }, { externalUserIds: Array<string>(10_001).fill('wm') }, { text: '', attachments: [] }]) await expect(client.addBroadcast({ ...draft, ...bad })).rejects.toThrow('a broadcast')
    expect(countOf('externalcontact/add_msg_template')).toBe(0)
    expect(await all(client.listBroadcastTasks('m'))).toEqual([{ userid: 'alice', confirmed: false, provenUnsent: false, sentAt: null }])
    expect(await all(client.listBroadcastResults('m', 'alice'))).toEqual([{ externalUserId: 'wm1', outcome: 'unknown', sentAt: null }])
  })

  it('are not repeated when WeCom is busy, unlike what is safe, and do not leave once they are not wanted', async () => {
    const { client, countOf } = await start({ 'externalcontact/add_msg_template': fail(-1), 'externalcontact/cancel_groupmsg_send': (_request, nth) => (nth < 3 ? fail(-1) : ok()) })
    await expect(client.addBroadcast(draft)).rejects.toMatchObject({ errcode: -1, kind: 'transient' })
    expect(countOf('externalcontact/add_msg_template')).toBe(1)
    await client.cancelBroadcast('m')
    expect(countOf('externalcontact/cancel_groupmsg_send')).toBe(3)
    await expect(client.addBroadcast(draft, () => false)).rejects.toMatchObject({ code: 'wecom.unreachable', mayHaveReached: false })
    expect(countOf('externalcontact/add_msg_template')).toBe(1)
  })
})

describe('broadcasts in the simulated WeCom', () => {
  let bench: Bench
  let client: WecomClient
  afterEach(() => bench.stop())
  const start = async () => {
    bench = await startBench({ strict: { broadcastDispatchMs: 5_000 } })
    client = createWecomClient({
      apiBase: bench.simulator.apiBase, corpId, agentId: 1000002, secrets: { app: 'app-secret' }, clock: () => bench.start, timeoutMs: 2_000, log: { warn: () => undefined, info: () => undefined },
      tokens: { read: () => Promise.resolve(null), write: () => Promise.resolve(), drop: () => Promise.resolve() },
    })
  }
  const own = company.customers.filter((customer) => customer.follows.some((follow) => follow.userid === 'clerk01')).map((customer) => customer.externalUserId)
  const ours = { sender: 'clerk01', externalUserIds: own, text: '新品到店', attachments: [] }

  it('go their whole way', async () => {
    await start()
    const { controls } = bench.simulator
    const { msgid, unreachable } = await client.addBroadcast({ ...ours, externalUserIds: [...own, 'wmNOBODY'] })
    expect(unreachable).toEqual(['wmNOBODY'])
    await expect(all(client.listBroadcastTasks(msgid))).rejects.toMatchObject({ errcode: 41063, kind: 'transient' })
    await expect(all(client.listBroadcastTasks('other'))).rejects.toMatchObject({ errcode: 41047, kind: 'gone' })
    controls.advance(5_000)
    expect(await all(client.listBroadcastTasks(msgid))).toEqual([{ userid: 'clerk01', confirmed: false, provenUnsent: true, sentAt: null }])
    expect((await all(client.listBroadcastResults(msgid, 'clerk01'))).map((one) => one.outcome)).toEqual(own.map(() => 'unsent'))
    for (const _ of [1, 2, 3]) await client.remindBroadcast(msgid)
    await expect(client.remindBroadcast(msgid)).rejects.toMatchObject({ errcode: 41094, kind: 'refused' })
    controls.confirmBroadcast('clerk01', msgid)
    expect(await all(client.listBroadcastTasks(msgid))).toMatchObject([{ userid: 'clerk01', confirmed: true }])
    expect(new Set((await all(client.listBroadcastResults(msgid, 'clerk01'))).map((one) => one.outcome))).toEqual(new Set(['sent']))
    await client.cancelBroadcast(msgid)
    await expect(client.cancelBroadcast(msgid)).rejects.toMatchObject({ errcode: 41093, kind: 'refused' })
    await expect(client.addBroadcast({ ...ours, externalUserIds: ['wmNOBODY'] })).rejects.toMatchObject({ errcode: 41048, kind: 'refused' })
  })

  it('are listed over all pages', async () => {
    await start()
    for (let number = 0; number < 130; number += 1) await client.addBroadcast({ ...ours, text: `第${number}条`, externalUserIds: own.slice(0, 1) })
    const found = await all(client.listBroadcasts({ from: bench.start - 60_000, to: bench.start + 60_000 }))
    expect([found.length, new Set(found.map((one) => one.text)).size]).toEqual([130, 130])
  })
})
