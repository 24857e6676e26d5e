import { inspect } from 'node:util'
import { afterEach, describe, expect, it } from 'vitest'
import { cannedWecom, type CannedWecom, fail, memoryStore, ok, type Reply } from '../../test/support/canned-server.ts'
import { WecomAnswerUnexpected, WecomError, WecomLimited, WecomUnreachable } from './errors.ts'
import type { WecomClientOptions } from './ports.ts'

let wecom: CannedWecom | undefined
afterEach(async () => {
  await wecom?.close()
  wecom = undefined
})

async function start(routes: Parameters<typeof cannedWecom>[0], settings: Partial<WecomClientOptions> = {}): Promise<CannedWecom> {
  wecom = await cannedWecom(routes, settings)
  return wecom
}

async function errorOf(call: Promise<unknown>): Promise<unknown> {
  return call.then(() => { throw new Error('it succeeded') }, (error: unknown) => error)
}

const followers = ok({ follow_user: ['Alice'] })
const sequence = (...replies: Reply[]) => (_request: unknown, nth: number): Reply => replies[nth - 1] ?? replies.at(-1) ?? fail(-1)

describe('tokens', () => {
  it('fetches one token for many calls at once and keeps it', async () => {
    const { client, countOf, last } = await start({ 'externalcontact/get_follow_user_list': followers })
    await Promise.all(Array.from({ length: 10 }, () => client.listFollowUsers()))
    await client.listFollowUsers()
    expect(countOf('gettoken')).toBe(1)
    expect(last('gettoken')?.query).toEqual({ corpid: 'ww-corp', corpsecret: 'SECRET-APP' })
    expect(last('externalcontact/get_follow_user_list')?.query).toEqual({ access_token: 'TOKEN-1' })
  })

  it('shares the token with another process through the store', async () => {
    const { client, secondClient, countOf } = await start({ 'externalcontact/get_follow_user_list': followers })
    await client.listFollowUsers()
    await secondClient().listFollowUsers()
    expect(countOf('gettoken')).toBe(1)
  })

  it('refreshes before the end of its life', async () => {
    const { client, time, countOf, last } = await start({ 'externalcontact/get_follow_user_list': followers })
    await client.listFollowUsers()
    time.wall += 6_800_000
    await client.listFollowUsers()
    expect(countOf('gettoken')).toBe(1)
    time.wall += 50_000
    await client.listFollowUsers()
    expect(countOf('gettoken')).toBe(2)
    expect(last('externalcontact/get_follow_user_list')?.query['access_token']).toBe('TOKEN-2')
  })

  it.each([40014, 42001])('fetches another once after %d, for ten calls together', async (errcode) => {
    const { client, countOf } = await start({
      'externalcontact/get_follow_user_list': (request) => (request.query['access_token'] === 'TOKEN-1' ? fail(errcode) : followers),
    })
    const answers = await Promise.all(Array.from({ length: 10 }, () => client.listFollowUsers()))
    expect(answers).toEqual(Array.from({ length: 10 }, () => ['alice']))
    expect(countOf('gettoken')).toBe(2)
  })

  it('takes the newer token of another process instead of fetching, and does not drop it', async () => {
    const store = memoryStore()
    const { client, countOf } = await start({
      'externalcontact/get_follow_user_list': (request) => (request.query['access_token'] === 'TOKEN-OTHER' ? followers : fail(42001)),
    }, { tokens: store })
    await errorOf(client.listFollowUsers())
    const [key] = [...store.entries.keys()]
    store.entries.set(key ?? '', { value: 'TOKEN-OTHER', expiresAt: 1_767_225_600_000 + 60_000 })
    const before = countOf('gettoken')
    await expect(client.listFollowUsers()).resolves.toEqual(['alice'])
    expect(countOf('gettoken')).toBe(before)
    expect(store.entries.get(key ?? '')?.value).toBe('TOKEN-OTHER')
  })

  it('gives up when the new token is refused too', async () => {
    const { client, countOf } = await start({ 'externalcontact/get_follow_user_list': fail(42001) })
    expect(await errorOf(client.listFollowUsers())).toMatchObject({ errcode: 42001, kind: 'auth' })
    expect(countOf('gettoken')).toBe(2)
    expect(countOf('externalcontact/get_follow_user_list')).toBe(2)
  })

  it('works without the store and reports it', async () => {
    const broken = { read: () => Promise.reject(new Error('down')), write: () => Promise.reject(new Error('down')), drop: () => Promise.reject(new Error('down')) }
    const { client, countOf, logged } = await start({
      'externalcontact/get_follow_user_list': (request) => (request.query['access_token'] === 'TOKEN-1' ? fail(40014) : followers),
    }, { tokens: broken })
    await client.listFollowUsers()
    await client.listFollowUsers()
    expect(countOf('gettoken')).toBe(2)
    expect(logged.some(({ message }) => message === 'token store cannot be read')).toBe(true)
  })

  it('does not hammer with a wrong secret: WeCom would block the address for an hour', async () => {
    const { client, time, countOf } = await start({ gettoken: fail(40001) })
    for (let count = 0; count < 5; count += 1) expect(await errorOf(client.listFollowUsers())).toMatchObject({ errcode: 40001, kind: 'auth' })
    expect(countOf('gettoken')).toBe(1)
    time.wall += 61_000
    await errorOf(client.listFollowUsers())
    await errorOf(client.listFollowUsers())
    expect(countOf('gettoken')).toBe(2)
  })

  it('uses the second secret for the id list only, and says when it is missing', async () => {
    const route = { 'user/list_id': ok({ next_cursor: '', dept_user: [{ userid: 'Alice', department: 12 }] }) }
    const { client, last } = await start(route)
    await expect(client.listUserIds()).resolves.toEqual([{ userid: 'alice', departmentId: 12 }])
    expect(last('gettoken')?.query['corpsecret']).toBe('SECRET-CONTACT')
    await wecom?.close()
    const without = await start(route, { secrets: { app: 'SECRET-APP' } })
    expect(without.client.hasContactSecret).toBe(false)
    await expect(without.client.listUserIds()).rejects.toThrow('not configured')
  })
})

describe('answers that are not success', () => {
  it('tries up to three times when WeCom is busy, with growing pauses', async () => {
    const { client, time, countOf } = await start({ 'externalcontact/get_follow_user_list': sequence(fail(-1), fail(-1), followers) })
    await expect(client.listFollowUsers()).resolves.toEqual(['alice'])
    expect(countOf('externalcontact/get_follow_user_list')).toBe(3)
    expect(time.slept).toEqual([200, 800])
  })

  it('gives up after the third try', async () => {
    const { client, countOf } = await start({ 'externalcontact/get_follow_user_list': fail(-1) })
    expect(await errorOf(client.listFollowUsers())).toMatchObject({ errcode: -1, kind: 'transient' })
    expect(countOf('externalcontact/get_follow_user_list')).toBe(3)
  })

  it('does not repeat unseen what is not safe to repeat', async () => {
    const { client, countOf } = await start({ 'externalcontact/add_contact_way': fail(-1), 'externalcontact/remark': fail(-1) })
    expect(await errorOf(client.addContactWay({ kind: 'single', state: 's', userids: ['a'] }))).toMatchObject({ kind: 'transient' })
    expect(countOf('externalcontact/add_contact_way')).toBe(1)
    await errorOf(client.remark({ userid: 'a', externalUserId: 'wm', remark: 'x' }))
    expect(countOf('externalcontact/remark')).toBe(3)
  })

  it('closes an endpoint after 45009, fails fast, opens again after the window, and doubles a second window', async () => {
    const { client, time, countOf } = await start({
      'externalcontact/get_follow_user_list': sequence(fail(45009), fail(45009), followers), 'agent/get': ok({ agentid: 1000002 }),
    })
    expect(await errorOf(client.listFollowUsers())).toMatchObject({ retryAfterMs: 60_000, errcode: 45009, kind: 'limited' })
    time.monotonic += 10_000
    const fast = await errorOf(client.listFollowUsers())
    expect(fast).toBeInstanceOf(WecomLimited)
    expect(fast).toMatchObject({ retryAfterMs: 50_000 })
    expect(countOf('externalcontact/get_follow_user_list')).toBe(1)
    await expect(client.getApp()).resolves.toMatchObject({ agentId: 1000002 })
    time.monotonic += 50_000
    expect(await errorOf(client.listFollowUsers())).toMatchObject({ retryAfterMs: 120_000 })
    time.monotonic += 120_000
    await expect(client.listFollowUsers()).resolves.toEqual(['alice'])
    expect(time.slept).toEqual([])
  })

  it.each([45033, 45035])('waits once and shortly when calls collide (%d)', async (errcode) => {
    const { client, time, countOf } = await start({
      'externalcontact/mark_tag': sequence(fail(errcode), ok()), 'externalcontact/remark': fail(errcode),
    })
    await client.markTag({ userid: 'a', externalUserId: 'wm', add: ['et1'] })
    expect(time.slept).toEqual([200])
    expect(await errorOf(client.remark({ userid: 'a', externalUserId: 'wm', remark: 'x' }))).toMatchObject({ errcode, kind: 'limited', retryAfterMs: 2_000 })
    expect(countOf('externalcontact/remark')).toBe(2)
  })

  it.each([
    [48002, 'auth'], [60020, 'auth'], [84061, 'gone'], [60111, 'gone'], [41051, 'refused'], [40058, 'bug'], [999999, 'refused'],
  ])('turns %d into an error of kind %s without a second try', async (errcode, kind) => {
    const { client, countOf, logged } = await start({ 'user/get': fail(errcode) })
    const error = await errorOf(client.getStaff('alice'))
    expect(error).toBeInstanceOf(WecomError)
    expect(error).toMatchObject({ code: 'wecom.failed', status: 502, errcode, endpoint: 'user/get', kind, data: { errcode } })
    expect(countOf('user/get')).toBe(1)
    expect(logged).toContainEqual(expect.objectContaining({ fields: { endpoint: 'user/get', errcode, kind } }))
  })

  it('takes an absent errcode for success and a textual one for a number', async () => {
    const { client } = await start({ 'externalcontact/get_follow_user_list': sequence({ json: { follow_user: [] } }, { json: { errcode: '84074' } }) })
    await expect(client.listFollowUsers()).resolves.toEqual([])
    expect(await errorOf(client.listFollowUsers())).toMatchObject({ errcode: 84074 })
  })

  it('refuses an answer without the list on which deletions rest, naming places only', async () => {
    const { client, logged } = await start({ 'externalcontact/list': ok(), 'externalcontact/get_follow_user_list': ok({ follow_user: [7] }) })
    expect(await errorOf(client.listCustomersOf('alice'))).toMatchObject({ kind: 'bug', places: ['external_userid'] })
    expect(await errorOf(client.listFollowUsers())).toBeInstanceOf(WecomAnswerUnexpected)
    expect(logged).toContainEqual({ level: 'warn', fields: { endpoint: 'externalcontact/list', places: ['external_userid'] }, message: 'wecom answered unexpectedly' })
  })
})

describe('no verdict', () => {
  const cases: [string, Reply, string][] = [
    ['a cut connection', 'cut', 'ECONNRESET'], ['no answer in time', 'hang', 'timeout'], ['HTTP 502', { status: 502, text: 'bad gateway' }, 'http-502'],
    ['a redirect', { status: 302, text: '' }, 'http-302'], ['a page', { status: 200, text: '<html>' }, 'not-json'],
    ['no object', { status: 200, text: '[]' }, 'not-an-answer'], ['an odd errcode', { status: 200, text: '{"errcode":{}}' }, 'not-an-answer'],
  ]
  it.each(cases)('%s is WecomUnreachable and may have reached WeCom', async (_name, reply, reason) => {
    const { client, outcomes } = await start({ 'user/get': reply })
    const error = await errorOf(client.getStaff('alice'))
    expect(error).toBeInstanceOf(WecomUnreachable)
    expect(error).toMatchObject({ code: 'wecom.unreachable', reason, mayHaveReached: true, endpoint: 'user/get' })
    expect(outcomes).toEqual([['gettoken', 'ok'], ['user/get', 'unreachable']])
  })

  it('a refused connection certainly did not reach it', async () => {
    const { client } = await start({}, { apiBase: 'http://127.0.0.1:1' })
    expect(await errorOf(client.getStaff('alice'))).toMatchObject({ reason: 'ECONNREFUSED', mayHaveReached: false })
  })

  it('a failed token fetch is not remembered', async () => {
    const { client } = await start({ gettoken: sequence('cut', ok({ access_token: 'T', expires_in: 7200 })), 'externalcontact/get_follow_user_list': followers })
    await errorOf(client.listFollowUsers())
    await expect(client.listFollowUsers()).resolves.toEqual(['alice'])
  })
})

describe('secrecy', () => {
  it('no error, log line or metric holds token, secret, errmsg or what was sent', async () => {
    const replies: Reply[] = [fail(48002), fail(40058), fail(84061), fail(45009), 'cut', { status: 500, text: 'x' }, ok({ msgid: { SECRET: 1 } })]
    for (const reply of replies) {
      for (const endpoint of ['gettoken', 'message/send']) {
        const { client, logged, outcomes } = await start({ [endpoint]: reply })
        const error = await errorOf(client.sendMessage({ to: { userids: ['alice'] }, message: { type: 'text', content: 'SECRET-TEXT' } }))
        const shown = inspect([error, logged, outcomes], { depth: 10, showHidden: true }) + JSON.stringify([error, logged])
        expect(shown).not.toMatch(/SECRET|TOKEN-|access_token=|corpsecret/)
        await wecom?.close()
      }
    }
  })
})

describe('our own rate limit', () => {
  const endpoint = 'externalcontact/get_follow_user_list'

  it('lets a burst through, then queues', async () => {
    const { client, time, countOf } = await start({ [endpoint]: followers }, { limits: { [endpoint]: { perSecond: 10, burst: 2 } } })
    await client.listFollowUsers()
    await client.listFollowUsers()
    expect(time.slept).toEqual([])
    await client.listFollowUsers()
    expect(time.slept).toEqual([100])
    expect(countOf(endpoint)).toBe(3)
  })

  it('refuses with the time to wait, without calling, when the queue is too long', async () => {
    const { client, time, countOf } = await start({ [endpoint]: followers }, { limits: { [endpoint]: { perSecond: 10, burst: 1, maxWaitMs: 50 } } })
    await client.listFollowUsers()
    const refused = await errorOf(client.listFollowUsers())
    expect(refused).toBeInstanceOf(WecomLimited)
    expect(refused).toMatchObject({ retryAfterMs: 100, endpoint })
    expect(countOf(endpoint)).toBe(1)
    time.monotonic += 100
    await expect(client.listFollowUsers()).resolves.toEqual(['alice'])
  })
})
