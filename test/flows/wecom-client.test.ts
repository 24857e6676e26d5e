import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  createCallbackCrypto, createWecomClient, orderKeyOf, parseCallback, scanEnvelope, type TokenStore, WecomError, WecomLimited, WecomUnreachable,
  type WecomClient, type WecomEvent,
} from '../../server/wecom/index.ts'
import { demoKfId } from '../simulator/index.ts'
import { callbackKey, callbackToken, company, corpId, startBench, type Bench } from '../simulator/testing.ts'

/** The real client and callback reader against the simulated WeCom, over HTTP. */

let bench: Bench
let client: WecomClient
let urls: string[]

function memoryTokens(): TokenStore {
  const entries = new Map<string, { value: string, expiresAt: number }>()
  return {
    read: (key) => Promise.resolve(entries.get(key) ?? null),
    write: (key, value, expiresAt) => Promise.resolve(void entries.set(key, { value, expiresAt })),
    drop: (key, value) => Promise.resolve(entries.get(key)?.value === value ? void entries.delete(key) : undefined),
  }
}

beforeEach(async () => {
  bench = await startBench()
  urls = []
  bench.receiver.reply = (request, response) => {
    urls.push(request.url ?? '')
    response.end()
  }
  client = createWecomClient({
    apiBase: bench.simulator.apiBase, corpId, agentId: 1000002, secrets: { app: 'app-secret', contact: 'contact-secret' },
    tokens: memoryTokens(), clock: () => bench.start, timeoutMs: 500, log: { warn: () => undefined, info: () => undefined },
  })
})

afterEach(() => bench.stop())

/** Every callback delivered so far, opened the way our server opens it. */
async function events(): Promise<WecomEvent[]> {
  await bench.simulator.controls.callbacksIdle()
  const crypto = createCallbackCrypto({ token: callbackToken, aesKey: callbackKey, receiveId: corpId })
  return bench.receiver.bodies.map((body, at) => {
    const { encrypt } = scanEnvelope(Buffer.from(body))
    const query = new URL(urls[at] ?? '', 'http://receiver').searchParams
    expect(crypto.verify(query.get('msg_signature') ?? '', query.get('timestamp') ?? '', query.get('nonce') ?? '', encrypt)).toBe(true)
    return parseCallback(crypto.decrypt(encrypt).toString())
  })
}

async function errorOf(call: Promise<unknown>): Promise<unknown> {
  return call.then(() => { throw new Error('it succeeded') }, (error: unknown) => error)
}

async function all<T>(pages: AsyncGenerator<readonly T[]>): Promise<T[]> {
  const items: T[] = []
  for await (const page of pages) items.push(...page)
  return items
}

const active = company.staff.filter((person) => person.status === 1)
const follow = company.customers.flatMap((customer) => customer.follows.map(({ userid }) => ({ userid, externalUserId: customer.externalUserId })))
  .find(({ userid }) => active.some((person) => person.userid === userid)) ?? { userid: '', externalUserId: '' }

describe('reading the company', () => {
  it('finds departments, people, visible range and ids', async () => {
    const departments = await client.listDepartments()
    expect(departments.map(({ id }) => id).sort()).toEqual(company.departments.map(({ id }) => id).sort())
    const person = active[0]
    const [departmentId = 0] = person?.departmentIds ?? []
    expect((await client.listStaffOf(departmentId)).map(({ userid }) => userid)).toContain(person?.userid.toLowerCase())
    await expect(client.getStaff(person?.userid ?? '')).resolves.toMatchObject({ name: person?.name, status: 'active', position: person?.position })
    expect(await errorOf(client.getStaff('nobody.here'))).toMatchObject({ kind: 'gone' })
    await expect(client.getApp()).resolves.toMatchObject({ agentId: 1000002, closed: false })
    const ids = new Set((await client.listUserIds()).map(({ userid }) => userid))
    expect(ids.has(person?.userid.toLowerCase() ?? '')).toBe(true)
  })

  it('finds the same follows one by one and in batches', async () => {
    const staff = await client.listFollowUsers()
    const rows = await all(client.batchGetByUser(staff))
    expect(rows.length).toBeGreaterThan(100)
    const pairs = new Set(rows.map((row) => `${row.follow.userid} ${row.customer.externalUserId}`))
    const listed = await Promise.all(staff.map(async (userid) => (await client.listCustomersOf(userid)).map((id) => `${userid} ${id}`)))
    expect(new Set(listed.flat())).toEqual(pairs)
    const detail = await client.getCustomer(follow.externalUserId)
    const single = detail.follows.find(({ userid }) => userid === follow.userid.toLowerCase())
    const row = rows.find((each) => each.follow.userid === follow.userid.toLowerCase() && each.customer.externalUserId === follow.externalUserId)
    expect(detail.customer).toEqual(row?.customer)
    expect(single).toMatchObject({ ...row?.follow, tagIds: expect.arrayContaining([...row?.follow.tagIds ?? []]) })
  })

  it('finds the tag library and signs in people of three kinds', async () => {
    const groups = await client.listCorpTags()
    expect(groups.map(({ id }) => id).sort()).toEqual(company.tagGroups.map(({ id }) => id).sort())
    const { oauthCode } = bench.simulator.controls
    const code = oauthCode(follow.userid)
    await expect(client.identify(code)).resolves.toEqual({ kind: 'staff', userid: follow.userid.toLowerCase() })
    expect(await errorOf(client.identify(code))).toMatchObject({ errcode: 40029, kind: 'refused' })
    await expect(client.identify(oauthCode('linkedcorp/alice'))).resolves.toEqual({ kind: 'linked-staff', corpId: 'linkedcorp', userid: 'alice' })
    await expect(client.identify(oauthCode('openid:oX', { externalUserId: follow.externalUserId }))).resolves.toEqual({ kind: 'external', openId: 'oX', externalUserId: follow.externalUserId })
  })

  it('signs pages for both identities', async () => {
    const url = `${bench.simulator.publicUrl}/sidebar/`
    await expect(client.signJsapi({ url, kind: 'corp' })).resolves.toHaveProperty('signature')
    await expect(client.signJsapi({ url, kind: 'agent' })).resolves.toHaveProperty('signature')
  })
})

describe('a new customer', () => {
  it('S31: comes through our code, is welcomed once, tagged and read back', async () => {
    const staff = active.find(({ userid }) => userid === follow.userid)?.userid ?? ''
    const added = await client.addContactWay({ kind: 'single', state: 'store_9', remark: '门店', userids: [staff] })
    expect(added.qrCodeUrl).toMatch(/^http/)
    await expect(client.getContactWay(added.configId)).resolves.toMatchObject({ state: 'store_9', userids: [staff.toLowerCase()], kind: 'single' })
    expect(await all(client.listContactWays({ from: bench.start - 86_400_000, to: bench.start + 86_400_000 }))).toContain(added.configId)

    const { externalUserId } = bench.simulator.controls.customerScans({ state: 'store_9', newCustomer: { name: '新客' } })
    const [event] = await events()
    expect(event).toMatchObject({ kind: 'follow.added', userid: staff.toLowerCase(), externalUserId, state: 'store_9' })
    if (event?.kind !== 'follow.added' || event.welcomeCode === null) throw new Error('no welcome code')
    expect(orderKeyOf(event)).toBe(`customer:${externalUserId}`)
    await expect(client.sendWelcome({ welcomeCode: event.welcomeCode, text: '您好' })).resolves.toBe('sent')
    await expect(client.sendWelcome({ welcomeCode: event.welcomeCode, text: '您好' })).resolves.toBe('already-welcomed')

    const tag = company.tagGroups[0]?.tags[0]?.id ?? ''
    await Promise.all([client.markTag({ userid: staff, externalUserId, add: [tag] }), client.markTag({ userid: staff, externalUserId, add: [tag] })])
    await client.remark({ userid: staff, externalUserId, remark: '新客-店' })
    const detail = await client.getCustomer(externalUserId)
    expect(detail.follows).toMatchObject([{ userid: staff.toLowerCase(), remark: '新客-店', tagIds: [tag], state: 'store_9', addedBy: { kind: 'customer' }, addWay: 1 }])

    await client.updateContactWay(added.configId, { remark: '改' })
    await client.deleteContactWay(added.configId)
    expect(await errorOf(client.getContactWay(added.configId))).toMatchObject({ kind: 'gone' })
  })

  it('leaves: WeCom tells who ended it', async () => {
    const { controls } = bench.simulator
    controls.customerDeletesMember(follow.userid, follow.externalUserId)
    controls.memberDeletesCustomer(follow.userid, follow.externalUserId)
    expect((await events()).map(({ kind }) => kind).sort()).toEqual(['follow.ended-by-customer', 'follow.ended-by-staff'])
  })
})

describe('messages and cards', () => {
  it('S44: a card is tapped, and its code updates it once', async () => {
    const { controls } = bench.simulator
    const sent = await client.sendMessage({
      to: { userids: [follow.userid, 'ghost'] },
      message: { type: 'template-card', card: {
        cardType: 'button_interaction', mainTitle: { title: '群发审批' }, taskId: 'task-1',
        buttonList: [{ text: '同意', key: 'approve', style: 1 }, { text: '拒绝', key: 'reject', style: 2 }],
      } },
    })
    expect(sent).toMatchObject({ invalidUsers: ['ghost'] })
    expect(sent.responseCode).not.toBeNull()
    controls.tapCard(follow.userid, { taskId: 'task-1' }, 'approve')
    const [tap] = await events()
    if (tap?.kind !== 'card.tapped' || tap.responseCode === null) throw new Error('no tap')
    expect(tap).toMatchObject({ userid: follow.userid.toLowerCase(), key: 'approve', taskId: 'task-1', cardType: 'button_interaction' })
    const update = { responseCode: tap.responseCode, to: { userids: [follow.userid] }, button: { replaceName: '已同意' } }
    await client.updateTemplateCard(update)
    expect(await errorOf(client.updateTemplateCard(update))).toMatchObject({ errcode: 60140, kind: 'gone' })
  })

  it('sends the other kinds, and reports when nobody can receive', async () => {
    const to = { userids: [follow.userid] }
    await client.sendMessage({ to, message: { type: 'text', content: '你好' } })
    await client.sendMessage({ to, message: { type: 'markdown', content: '**你好**' } })
    await client.sendMessage({ to, message: { type: 'text-card', title: 't', description: 'd', url: 'https://crm.example.com' } })
    expect(bench.simulator.controls.outbox(follow.userid)).toHaveLength(3)
    await client.sendMessage({ to, message: { type: 'text', content: '你好' } })
    expect(bench.simulator.controls.outbox(follow.userid)).toHaveLength(3)
    expect(await errorOf(client.sendMessage({ to: { userids: ['ghost'] }, message: { type: 'text', content: 'x' } }))).toMatchObject({ errcode: 81013 })
  })
})

describe('customer service', () => {
  it('an event brings the token, the token brings the messages, the cursor goes on', async () => {
    const { controls } = bench.simulator
    const externalUserId = controls.customerSendsKf(demoKfId, { newCustomer: { name: '客服来客' } }, '在吗')
    const [notice] = await events()
    if (notice?.kind !== 'kf.messages' || notice.token === null) throw new Error('no notice')
    expect(orderKeyOf(notice)).toBe(`kf:${demoKfId}`)
    const first = await client.syncKfMessages(notice.openKfId, '', notice.token)
    const frame = { openKfId: demoKfId, externalUserId }
    expect(first.messages).toMatchObject([
      { ...frame, origin: 'system', content: { type: 'event', event: { name: 'session-entered' } } },
      { ...frame, origin: 'customer', content: { type: 'text', text: '在吗' } },
    ])
    expect(first.hasMore).toBe(false)
    const welcome = first.messages[0]?.content
    if (welcome?.type !== 'event' || welcome.event.name !== 'session-entered') throw new Error('no session')
    await client.sendKfOnEvent({ code: welcome.event.welcomeCode ?? '', text: '欢迎' })
    await client.sendKfMessage({ openKfId: demoKfId, externalUserId, content: { type: 'text', text: '您好' } })
    controls.memberTakesKf(demoKfId, externalUserId, follow.userid)
    controls.memberSendsKf(demoKfId, externalUserId, '我来')
    const second = await client.syncKfMessages(demoKfId, first.nextCursor)
    expect(second.messages.map(({ origin, userid }) => [origin, userid])).toEqual([['system', null], ['staff', follow.userid.toLowerCase()]])
    expect(await errorOf(client.sendKfMessage({ openKfId: demoKfId, externalUserId, content: { type: 'text', text: 'x' } }))).toMatchObject({ errcode: 95018 })
  })
})

describe('media', () => {
  it('an uploaded picture can be sent in a welcome message', async () => {
    const bytes = new Uint8Array(Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'))
    const { mediaId, expiresAt } = await client.uploadMedia({ type: 'image', fileName: '海报.png', contentType: 'image/png', bytes })
    expect(expiresAt).toBe(bench.start + 3 * 86_400_000)
    bench.simulator.controls.memberAddsCustomer(follow.userid, { newCustomer: { name: '新客' } })
    const [event] = await events()
    if (event?.kind !== 'follow.added' || event.welcomeCode === null) throw new Error('no welcome code')
    expect(event.state).toBeNull()
    await expect(client.sendWelcome({ welcomeCode: event.welcomeCode, attachments: [{ type: 'image', mediaId }] })).resolves.toBe('sent')
  })
})

describe('a WeCom in trouble', () => {
  it('survives expired and revoked tokens', async () => {
    const { controls } = bench.simulator
    await client.listFollowUsers()
    controls.expireTokens()
    await expect(client.listFollowUsers()).resolves.not.toHaveLength(0)
    controls.revokeTokens()
    await expect(client.listFollowUsers()).resolves.not.toHaveLength(0)
  })

  it('survives -1 twice, and reports limits, cuts, slowness and HTTP errors by type', async () => {
    const { controls } = bench.simulator
    const path = '/cgi-bin/externalcontact/get_follow_user_list'
    controls.addApiFault({ path, kind: 'busy', times: 2 })
    await expect(client.listFollowUsers()).resolves.not.toHaveLength(0)
    controls.addApiFault({ path, kind: 'cut', times: 1 })
    expect(await errorOf(client.listFollowUsers())).toBeInstanceOf(WecomUnreachable)
    controls.addApiFault({ path, kind: 'http', status: 503, times: 1 })
    expect(await errorOf(client.listFollowUsers())).toMatchObject({ reason: 'http-503' })
    controls.addApiFault({ path, kind: 'slow', ms: 1_500, times: 1 })
    expect(await errorOf(client.listFollowUsers())).toMatchObject({ reason: 'timeout', mayHaveReached: true })
    controls.addApiFault({ path, kind: 'errcode', errcode: 48002, times: 1 })
    const refused = await errorOf(client.listFollowUsers())
    expect(refused).toBeInstanceOf(WecomError)
    expect(refused).toMatchObject({ kind: 'auth', errcode: 48002 })
    controls.addApiFault({ path, kind: 'limit', times: 1 })
    expect(await errorOf(client.listFollowUsers())).toBeInstanceOf(WecomLimited)
    const before = controls.calls(path).length
    expect(await errorOf(client.listFollowUsers())).toBeInstanceOf(WecomLimited)
    expect(controls.calls(path)).toHaveLength(before)
  })
})
