import { readFileSync } from 'node:fs'
import { afterEach, describe, expect, it } from 'vitest'
import { cannedWecom, type CannedWecom, fail, ok, type Reply } from '../../test/support/canned-server.ts'

const fixture = (path: string): unknown => JSON.parse(readFileSync(new URL(`../../test/fixtures/wecom/${path}.json`, import.meta.url), 'utf8'))
const response = (name: string): Reply => ({ json: fixture(`response/${name}`) })
const external = (name: string): Reply => response(`externalcontact/${name}`)

let wecom: CannedWecom | undefined
afterEach(async () => {
  await wecom?.close()
  wecom = undefined
})

async function start(routes: Parameters<typeof cannedWecom>[0]): Promise<CannedWecom> {
  wecom = await cannedWecom(routes)
  return wecom
}

async function pages<T>(generator: AsyncGenerator<readonly T[]>): Promise<(readonly T[])[]> {
  const all: (readonly T[])[] = []
  for await (const page of generator) all.push(page)
  return all
}

const wang = 'wmDEMO0001AAAAAAAAAAAAAAAAAAAAAA'

describe('directory', () => {
  it('reads departments, staff and the visible range', async () => {
    const { client, last } = await start({
      'department/list': response('department_list'), 'user/list': response('user_list'), 'user/get': response('user_get.new_app_no_sensitive_fields'),
      'agent/get': response('agent_get'), 'tag/get': response('tag_get'),
    })
    await expect(client.listDepartments()).resolves.toEqual([
      { id: 1, name: '示例公司', parentId: 0, order: 100000000, leaders: ['bob_li'] },
      { id: 12, name: '华东区', parentId: 1, order: 10, leaders: ['alice.chen'] },
    ])
    const alice = {
      userid: 'alice.chen', name: '陈小爱', alias: 'Alice', position: '销售顾问', mainDepartmentId: 12, directLeaders: ['bob_li'], status: 'active',
      departments: [{ id: 1, order: 1, isLeader: false }, { id: 12, order: 2, isLeader: true }],
    }
    await expect(client.getStaff('alice.chen')).resolves.toEqual({ ...alice, avatar: null, gender: 'unknown' })
    expect(last('user/get')?.query['userid']).toBe('alice.chen')
    expect((await client.listStaffOf(12))[0]).toMatchObject(alice)
    expect(last('user/list')?.query['department_id']).toBe('12')
    await expect(client.getApp()).resolves.toEqual({
      agentId: 1000002, name: 'SCRM', closed: false, trustedDomain: 'crm.example.com',
      visible: { userids: ['alice.chen', 'bob_li'], departmentIds: [1], tagIds: [5] },
    })
    await expect(client.getTagMembers(5)).resolves.toEqual({ userids: ['alice.chen'], departmentIds: [12] })
  })

  it('reads the fields that only older apps receive, with the gender as a string', async () => {
    const { client } = await start({ 'user/get': response('user_get.legacy_full') })
    await expect(client.getStaff('alice.chen')).resolves.toMatchObject({ gender: 'female', avatar: 'https://img.example.com/a/0' })
  })

  it('walks the id list by its cursor', async () => {
    const { client, requests } = await start({
      'user/list_id': (_request, nth) => (nth === 1 ? ok({ next_cursor: 'C2', dept_user: [] }) : response('user_list_id')),
    })
    await expect(client.listUserIds()).resolves.toHaveLength(3)
    expect(requests.filter(({ endpoint }) => endpoint === 'user/list_id').map(({ body }) => body)).toEqual([
      { cursor: '', limit: 10000 }, { cursor: 'C2', limit: 10000 },
    ])
  })
})

describe('identify', () => {
  it.each([
    [response('auth_getuserinfo.member'), { kind: 'staff', userid: 'alice.chen' }],
    [response('auth_getuserinfo.member_private'), { kind: 'staff', userid: 'alice.chen' }],
    [response('auth_getuserinfo.external'), { kind: 'external', openId: 'oDEMOOPENID1', externalUserId: wang }],
    [ok({ openid: 'o1' }), { kind: 'external', openId: 'o1', externalUserId: null }],
    [ok({ userid: 'wwOther/Bob' }), { kind: 'linked-staff', corpId: 'wwOther', userid: 'bob' }],
    [ok({ userid: 'Alice.CHEN' }), { kind: 'staff', userid: 'alice.chen' }],
  ])('%j', async (reply, identity) => {
    const { client, last } = await start({ 'auth/getuserinfo': reply })
    await expect(client.identify('CODE+/')).resolves.toEqual(identity)
    expect(last('auth/getuserinfo')?.query['code']).toBe('CODE+/')
  })

  it('takes an answer without any identity for no identity', async () => {
    const { client } = await start({ 'auth/getuserinfo': ok() })
    await expect(client.identify('c')).rejects.toMatchObject({ kind: 'bug' })
  })
})

describe('customers', () => {
  const wangFollow = {
    userid: 'alice.chen', remark: '王先生-VIP', description: '采购', addedAt: 1767139200_000,
    tagIds: ['etDEMO0001FFFFFFFFFFFFFFFFFFFFFF', 'stDEMO0001IIIIIIIIIIIIIIIIIIIIII'],
    remarkCompany: '某公司', remarkMobiles: ['13800000001'], addedBy: { kind: 'customer' }, addWay: 1, state: 'ch_douyin_01',
  }
  const wangCustomer = {
    externalUserId: wang, name: '王先生', avatar: 'https://img.example.com/w/0', type: 'wechat', gender: 'male', unionId: 'oDEMOUNIONID0001',
    position: null, corpName: null, corpFullName: null,
  }

  it('reads a customer with all follows and the three kinds of tags', async () => {
    const { client, last } = await start({ 'externalcontact/get': external('get.wechat') })
    const detail = await client.getCustomer(wang)
    expect(detail.customer).toEqual(wangCustomer)
    expect(detail.follows).toHaveLength(2)
    expect(detail.follows[0]).toEqual({
      ...wangFollow,
      tags: [
        { id: 'etDEMO0001FFFFFFFFFFFFFFFFFFFFFF', name: 'A', groupName: '等级', kind: 'corp' },
        { id: null, name: '重点', groupName: '我的', kind: 'personal' },
        { id: 'stDEMO0001IIIIIIIIIIIIIIIIIIIIII', name: 'X', groupName: '华东', kind: 'strategy' },
      ],
    })
    expect(detail.follows[1]).toMatchObject({ userid: 'bob_li', addedBy: { kind: 'staff', userid: 'bob_li' }, state: null, addWay: 10, tagIds: [] })
    expect(last('externalcontact/get')?.query).toEqual({ access_token: 'TOKEN-1', external_userid: wang })
  })

  it('reads a WeCom contact', async () => {
    const { client } = await start({ 'externalcontact/get': external('get.wecom') })
    expect((await client.getCustomer('woX')).customer).toMatchObject({ type: 'wecom', gender: 'unknown', corpName: '客户公司', position: 'Manager', unionId: null })
  })

  it('loops the cursor of a customer with many follows, and stops at one that does not move', async () => {
    const { client, requests } = await start({
      'externalcontact/get': (_request, nth) => external(nth === 1 ? 'get.paged_over_500_followers' : 'get.wechat'),
    })
    expect((await client.getCustomer(wang)).follows).toHaveLength(3)
    expect(requests.at(-1)?.query['cursor']).toBe('CURSOR_DEMO')
    await wecom?.close()
    const endless = await start({ 'externalcontact/get': external('get.paged_over_500_followers') })
    await expect(endless.client.getCustomer(wang)).rejects.toMatchObject({ kind: 'bug', places: ['next_cursor'] })
    expect(endless.countOf('externalcontact/get')).toBe(2)
  })

  it('reads the batch form into the same follow, across empty pages and more than 100 members', async () => {
    const { client, requests } = await start({
      'externalcontact/batch/get_by_user': (_request, nth) => (nth === 1
        ? ok({ external_contact_list: [], next_cursor: 'C2' })
        : nth === 2 ? external('batch_get_by_user') : fail(84061)),
    })
    const result = await pages(client.batchGetByUser(Array.from({ length: 101 }, (_, at) => `u${String(at)}`)))
    expect(result).toEqual([[], [{ customer: wangCustomer, follow: wangFollow }], []])
    const bodies = requests.filter(({ endpoint }) => endpoint.startsWith('externalcontact')).map(({ body }) => body)
    expect(bodies[1]).toMatchObject({ cursor: 'C2', limit: 100 })
    expect(bodies[2]).toEqual({ userid_list: ['u100'], cursor: '', limit: 100 })
  })

  it('maps 84061 of the list to nobody, and nothing else', async () => {
    const { client } = await start({ 'externalcontact/list': (_request, nth) => (nth === 1 ? fail(84061) : nth === 2 ? external('list') : fail(60111)) })
    await expect(client.listCustomersOf('alice')).resolves.toEqual([])
    await expect(client.listCustomersOf('alice')).resolves.toEqual([wang, 'woDEMO0003CCCCCCCCCCCCCCCCCCCCCC'])
    await expect(client.listCustomersOf('alice')).rejects.toMatchObject({ kind: 'gone', errcode: 60111 })
  })

  it('sends remarks and tag changes as documented', async () => {
    const { client, last, countOf } = await start({ 'externalcontact/remark': ok(), 'externalcontact/mark_tag': ok() })
    await client.remark({ userid: 'alice.chen', externalUserId: wang, remark: '' })
    expect(last('externalcontact/remark')?.body).toEqual({ userid: 'alice.chen', external_userid: wang, remark: '' })
    await client.markTag({
      userid: 'alice.chen', externalUserId: wang, add: ['etDEMO0001FFFFFFFFFFFFFFFFFFFFFF'], remove: ['etDEMO0002GGGGGGGGGGGGGGGGGGGGGG'],
    })
    expect(last('externalcontact/mark_tag')?.body).toEqual(fixture('request/mark_tag'))
    await client.markTag({ userid: 'alice.chen', externalUserId: wang, add: [], remove: [] })
    expect(countOf('externalcontact/mark_tag')).toBe(1)
  })

  it('marks one pair one after the other, also after a failure, and different pairs together', async () => {
    const running = { now: 0, most: 0 }
    const { client, requests } = await start({
      'externalcontact/mark_tag': async (_request, nth) => {
        running.now += 1
        running.most = Math.max(running.most, running.now)
        await new Promise((resolve) => { setTimeout(resolve, 20) })
        running.now -= 1
        return nth === 1 ? fail(40068) : ok()
      },
    })
    const mark = (userid: string, tag: string) => client.markTag({ userid, externalUserId: wang, add: [tag] })
    const results = await Promise.allSettled([mark('alice', 't1'), mark('ALICE', 't2'), mark('alice', 't3')])
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled'])
    expect(requests.filter(({ endpoint }) => endpoint.endsWith('mark_tag')).map(({ body }) => body)).toMatchObject([{ add_tag: ['t1'] }, { add_tag: ['t2'] }, { add_tag: ['t3'] }])
    expect(running.most).toBe(1)
    await Promise.all([mark('alice', 't1'), mark('bob', 't1')])
    expect(running.most).toBe(2)
  })

  it('lists living tags only', async () => {
    const { client } = await start({ 'externalcontact/get_corp_tag_list': (_request, nth) => external(nth === 1 ? 'get_corp_tag_list' : 'get_corp_tag_list.filtered_deleted') })
    const [group] = await client.listCorpTags()
    expect(group).toMatchObject({ id: 'etDEMOGRP1HHHHHHHHHHHHHHHHHHHHHH', name: '等级', order: 10, createdAt: 1767224601_000 })
    expect(group?.tags.map(({ name }) => name)).toEqual(['A', 'B'])
    expect((await client.listCorpTags())[0]?.tags).toEqual([])
  })
})

describe('contact ways', () => {
  it('adds, reads, lists, changes and deletes', async () => {
    const { client, last } = await start({
      'externalcontact/add_contact_way': external('add_contact_way.qr'), 'externalcontact/get_contact_way': external('get_contact_way'),
      'externalcontact/list_contact_way': external('list_contact_way'), 'externalcontact/update_contact_way': ok(), 'externalcontact/del_contact_way': ok(),
    })
    const configId = '0f1e2d3c4b5a69788796a5b4c3d2e1f0'
    await expect(client.addContactWay({
      kind: 'multi', remark: '门店', state: 'store_9', userids: ['alice.chen', 'bob_li'], departmentIds: [12],
    })).resolves.toEqual({ configId, qrCodeUrl: 'https://wework.qpic.cn/demo/qr1/0' })
    expect(last('externalcontact/add_contact_way')?.body).toEqual(fixture('request/add_contact_way.multi_qr'))
    await client.addContactWay({ kind: 'single', remark: '抖音活码', skipVerify: true, state: 'ch_douyin_01', userids: ['alice.chen'] })
    expect(last('externalcontact/add_contact_way')?.body).toEqual(fixture('request/add_contact_way.single_qr'))
    await expect(client.getContactWay(configId)).resolves.toEqual({
      configId, kind: 'multi', remark: '抖音活码', skipVerify: true, state: 'ch_douyin_01', userids: ['alice.chen', 'bob_li'], departmentIds: [12],
      qrCodeUrl: 'https://wework.qpic.cn/demo/qr1/0',
    })
    await expect(pages(client.listContactWays({ from: 1_500, to: 2_500 }))).resolves.toEqual([[configId]])
    expect(last('externalcontact/list_contact_way')?.body).toEqual({ start_time: 1, end_time: 3, limit: 1000 })
    await client.updateContactWay(configId, { userids: ['bob_li'] })
    expect(last('externalcontact/update_contact_way')?.body).toEqual({ config_id: configId, user: ['bob_li'] })
    await client.deleteContactWay(configId)
    expect(last('externalcontact/del_contact_way')?.body).toEqual({ config_id: configId })
  })
})

describe('media', () => {
  it('uploads as multipart with name and length', async () => {
    const { client, last } = await start({ 'media/upload': response('media_upload') })
    const bytes = new Uint8Array([1, 2, 3, 4, 5, 6])
    await expect(client.uploadMedia({ type: 'image', fileName: '海报.png', contentType: 'image/png', bytes })).resolves.toEqual({
      mediaId: '3demoMEDIAid0001-aaaaBBBBccccDDDD', expiresAt: 1767225600_000 + 259_200_000,
    })
    const sent = last('media/upload')
    expect(sent?.query).toEqual({ access_token: 'TOKEN-1', type: 'image' })
    expect(sent?.contentType).toMatch(/^multipart\/form-data; ?boundary=/)
    expect(sent?.raw.toString()).toContain('name="media"; filename="海报.png"')
    expect(sent?.raw.includes(Buffer.from(bytes))).toBe(true)
    await expect(client.uploadMedia({ type: 'image', fileName: 'x', contentType: 'image/png', bytes: new Uint8Array(5) })).rejects.toThrow('too small')
  })
})

describe('JS-SDK', () => {
  it('fetches each ticket once and signs without it leaving', async () => {
    const { client, countOf, last } = await start({ 'get_jsapi_ticket': response('get_jsapi_ticket'), 'ticket/get': response('ticket_get.agent_config') })
    const url = 'https://crm.example.com/sidebar/?x=1'
    const [corp, agent] = await Promise.all([client.signJsapi({ url, kind: 'corp' }), client.signJsapi({ url: `${url}#/home`, kind: 'agent' })])
    await client.signJsapi({ url, kind: 'corp' })
    expect(countOf('get_jsapi_ticket')).toBe(1)
    expect(last('ticket/get')?.query['type']).toBe('agent_config')
    expect(corp.signature).not.toBe(agent.signature)
    expect(corp).toEqual({ timestamp: 1767225600, nonceStr: expect.stringMatching(/^[0-9a-f]{24}$/), signature: expect.stringMatching(/^[0-9a-f]{40}$/) })
    expect(JSON.stringify([corp, agent])).not.toContain('TICKET')
  })
})
