import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer, request as httpRequest, type Server } from 'node:http'
import fc from 'fast-check'
import Koa from 'koa'
import { pino } from 'pino'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { testDatabase, testDatabaseKinds, type TestDatabase } from '../../test/support/databases.ts'
import { answerErrors } from '../http/answer-errors.ts'
import { addOutbox, createInbox, createInboxWorker, type Inbox } from '../jobs/index.ts'
import { arrivals, inbox, outbox } from '../jobs/jobs.entity.ts'
import { createSealer } from '../sealing.ts'
import { createCallbackCrypto, parseCallback, type WecomEvent } from '../wecom/index.ts'
import { callbackRoutes, createCallbackClassifier, createCallbackReceiver, type ConfiguredCrypto } from './index.ts'

const corpId = 'wwa1b2c3d4e5f60718'
const now = 1_767_225_700_000
const log = pino({ level: 'silent' })
const app = createCallbackCrypto({ token: 'ScrmDemoToken2026', aesKey: 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG', receiveId: corpId })
const contact = createCallbackCrypto({ token: 'ContactToken', aesKey: 'GFEDCBA9876543210zyxwvutsrqponmlkjihgfedcba', receiveId: corpId })
const cryptos: readonly ConfiguredCrypto[] = [{ source: 'app', crypto: app }, { source: 'contact', crypto: contact }]
type Crypto = typeof app

interface Sent { readonly query: string; readonly body: string | Buffer }
interface Answer { readonly status: number; readonly text: string; readonly code: string | null }

const message = (customer: string, change = 'edit_external_contact', seconds = 1_767_225_600): string =>
  `<xml><ToUserName><![CDATA[${corpId}]]></ToUserName><FromUserName><![CDATA[sys]]></FromUserName><CreateTime>${seconds}</CreateTime>`
  + `<MsgType><![CDATA[event]]></MsgType><Event><![CDATA[change_external_contact]]></Event><ChangeType><![CDATA[${change}]]></ChangeType>`
  + `<UserID><![CDATA[alice.chen]]></UserID><ExternalUserID><![CDATA[${customer}]]></ExternalUserID></xml>`
const envelope = (encrypt: string): string => `<xml><ToUserName><![CDATA[${corpId}]]></ToUserName><Encrypt><![CDATA[${encrypt}]]></Encrypt></xml>`

function signed(crypto: Crypto, encrypt: string, body = envelope(encrypt), timestamp = String(now / 1000), nonce = '7391046582'): Sent {
  return { query: `msg_signature=${crypto.sign(timestamp, nonce, encrypt)}&timestamp=${timestamp}&nonce=${nonce}`, body }
}
const valid = (text: string, crypto = app): Sent => signed(crypto, crypto.encrypt(text))

describe.each(await testDatabaseKinds())('callbacks on %s', (kind) => {
  let test: TestDatabase
  let server: Server
  let port = 0
  let store: Inbox
  let failing = false
  beforeAll(async () => {
    test = await testDatabase(kind)
    store = createInbox({ database: test.database, clock: () => now, log })
    const guarded: Inbox = { store: (arrival) => (failing ? Promise.reject(new Error('disk full')) : store.store(arrival)) }
    const koa = new Koa()
    koa.use(answerErrors(log))
    koa.use(callbackRoutes(createCallbackReceiver({ cryptos, inbox: guarded, clock: () => now, log })))
    server = createServer(koa.callback()).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const address = server.address()
    port = typeof address === 'object' && address !== null ? address.port : 0
  })
  beforeEach(async () => {
    await test.database.db.clear(arrivals)
    await test.database.db.clear(inbox)
    await test.database.db.clear(outbox)
  })
  afterAll(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
    await test.drop()
  })

  function send(method: string, query: string, body: string | Buffer = '', headers: Record<string, string> = {}): Promise<Answer> {
    return new Promise((resolve, reject) => {
      let answered = false
      const sending = httpRequest({ port, method, path: `/wecom/callback?${query}`, headers, agent: false }, (answer) => {
        answered = true
        const chunks: Buffer[] = []
        answer.on('data', (chunk: Buffer) => chunks.push(chunk))
        answer.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8')
          const code = /"code":"([\w.]+)"/.exec(text)?.[1] ?? null
          resolve({ status: answer.statusCode ?? 0, text, code })
        })
      })
      // the server may hang up on a body that is too large while we still write it
      sending.on('error', (error) => { if (!answered) reject(error) })
      sending.end(body)
    })
  }
  const post = ({ query, body }: Sent, headers?: Record<string, string>) => send('POST', query, body, headers)
  const handled = () => test.database.db.find(inbox, { order: { seq: 'ASC' } })
  const stored = () => test.database.db.find(arrivals, { order: { seq: 'ASC' } })

  it('answers WeCom\'s check of the address with the exact plaintext', async () => {
    const vector = JSON.parse(readFileSync(new URL('../../test/fixtures/wecom/callback/crypto_vector.json', import.meta.url), 'utf8')).urlVerification
    const query = `msg_signature=${vector.msg_signature}&timestamp=${vector.timestamp}&nonce=${vector.nonce}`
    expect(await send('GET', `${query}&echostr=${vector.echostrUrlEncoded}`)).toMatchObject({ status: 200, text: vector.expectedBody })
    expect(await send('GET', `${query}&echostr=${vector.echostr}`)).toMatchObject({ status: 200, text: vector.expectedBody })
    expect(await send('GET', `${query}&echostr=${vector.echostrUrlEncoded}&echostr=x`)).toMatchObject({ status: 400, code: 'callback.bad_request' })
    expect(await send('GET', query)).toMatchObject({ status: 400, code: 'callback.bad_request' })
    expect(await send('GET', `${query}&echostr=${encodeURIComponent(app.encrypt('other'))}`)).toMatchObject({ status: 403, code: 'callback.bad_signature' })
    expect(await send('GET', '')).toMatchObject({ status: 400, code: 'callback.bad_request' })
  })

  it('answers a valid event with an empty 200 and one row that holds no clear text', async () => {
    const text = message('wm1')
    expect(await post(valid(text))).toEqual({ status: 200, text: '', code: null })
    const [row] = await stored()
    expect(row).toMatchObject({ digest: createHash('sha256').update(text).digest('hex'), source: 'app' })
    expect(row?.payload).toMatch(/^w1:app:[A-Za-z0-9+/]+=*$/)
  })

  it('knows the callback of the contact assistant by its own token and key', async () => {
    expect((await post(valid(message('wm1'), contact))).status).toBe(200)
    expect(await stored()).toMatchObject([{ source: 'contact' }])
    // signed with one token, encrypted under the other key
    const mixed = signed(app, contact.encrypt(message('wm2')))
    expect(await post(mixed)).toMatchObject({ status: 400, code: 'callback.bad_request' })
    expect(await stored()).toHaveLength(1)
  })

  it('accepts timestamps within an hour and refuses others', async () => {
    const at = (ms: number) => signed(app, app.encrypt(message(`wm${ms}`)), undefined, String((now + ms) / 1000))
    for (const ms of [-3_600_000, 3_600_000]) expect((await post(at(ms))).status).toBe(200)
    for (const ms of [-3_601_000, 3_601_000]) expect(await post(at(ms))).toMatchObject({ status: 403, code: 'callback.stale' })
    expect(await stored()).toHaveLength(2)
  })

  it('asks WeCom to send again when the event could not be stored, and takes it then', async () => {
    const event = valid(message('wm1'))
    failing = true
    expect(await post(event)).toMatchObject({ status: 503, code: 'service.unavailable' })
    failing = false
    expect((await post(event)).status).toBe(200)
    expect(await stored()).toHaveLength(1)
  })

  it('refuses other methods, and leaves other paths to the rest of the app', async () => {
    expect(await send('PUT', '')).toMatchObject({ status: 405, code: 'request.method_not_allowed' })
    const other = await fetch(`http://127.0.0.1:${port}/wecom/other`)
    expect(other.status).toBe(404)
  })

  it('T12 keeps two customers of the same second apart, and one text sent three times together', async () => {
    const events = [message('wm1', 'add_external_contact'), message('wm2', 'add_external_contact'), message('wm1', 'add_external_contact')]
    // each delivery has a nonce and a ciphertext of its own, as a retry of WeCom's may have
    const answers = await Promise.all([...events, events[0] ?? ''].map((text) => post(valid(text))))
    expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200, 200])
    await worker([]).drain()
    expect([(await handled()).map((row) => row.repeats).sort(), await stored()]).toEqual([[0, 2], []])
  })

  function worker(kinds: readonly string[], apply: (event: WecomEvent) => void = () => undefined) {
    const handler = {
      prepare: async () => null,
      apply: async (work: Parameters<typeof addOutbox>[0], event: { readonly content: WecomEvent }) => {
        apply(event.content)
        await addOutbox(work, { kind: 'seen', payload: { of: 'externalUserId' in event.content ? event.content.externalUserId : '' } })
      },
    }
    return createInboxWorker<WecomEvent>({
      database: test.database, clock: () => now, log, sealer: createSealer(['a data key of at least 32 characters']),
      classify: createCallbackClassifier(cryptos), parse: parseCallback, handlers: new Map(kinds.map((each) => [each, handler])), retry: { maxAttempts: 1 },
    })
  }
  const seen = async () => (await test.database.db.find(outbox, { order: { seq: 'ASC' } })).map((row) => row.payload)

  it('T12 both customers of the same second reach their handler', async () => {
    await Promise.all(['wm1', 'wm2'].map((customer) => post(valid(message(customer, 'add_external_contact')))))
    await worker(['follow.added']).drain()
    expect((await seen()).map((payload) => JSON.stringify(payload)).sort()).toEqual(['{"of":"wm1"}', '{"of":"wm2"}'])
    expect((await handled()).map((row) => [row.orderKey, row.state]).sort()).toEqual([['customer:wm1', 'done'], ['customer:wm2', 'done']])
  })

  it('S31 lets an event with a welcome code go before others: the code dies after 20 seconds', () => {
    const classify = createCallbackClassifier(cryptos)
    const isUrgent = (text: string) => classify(`w1:app:${app.encrypt(text)}`, 'app').isUrgent
    const added = message('wm1', 'add_external_contact')
    const withCode = (text: string) => text.replace('</xml>', '<WelcomeCode><![CDATA[CODE]]></WelcomeCode></xml>')
    expect([added, withCode(added), withCode(message('wm1', 'add_half_external_contact')), withCode(message('wm1'))].map(isUrgent)).toEqual([false, true, true, false])
  })

  it('T13 acknowledges every event type; what has no handler is kept and visible by its kind', async () => {
    const strange = message('wm1').replace('change_external_contact', 'event_of_next_year')
    const known = message('wm2')
    for (const text of [strange, known]) expect((await post(valid(text))).status).toBe(200)
    await worker(['follow.added']).drain()
    expect((await handled()).map((row) => [row.kind, row.state])).toEqual([
      ['unknown:event_of_next_year:edit_external_contact', 'unhandled'], ['follow.edited', 'unhandled'],
    ])
    // a retry of an acknowledged event is accepted like the first delivery
    expect((await post(valid(strange))).status).toBe(200)
    await worker(['follow.added']).drain()
    expect([await handled(), await stored()]).toMatchObject([[{ repeats: 1 }, { repeats: 0 }], []])
  })

  it('T14 an exception after decryption loses nothing: poison is parked, the others pass', async () => {
    for (const text of ['this is no xml', message('wm1'), message('wm2')]) expect((await post(valid(text))).status).toBe(200)
    await worker(['follow.edited'], (event) => {
      if ('externalUserId' in event && event.externalUserId === 'wm1') throw new Error('poison')
    }).drain()
    expect((await handled()).map((row) => row.state)).toEqual(['dead', 'dead', 'done'])
    expect((await handled())[0]?.lastError).toMatch(/^unreadable: CallbackMalformed callback.bad_request/)
    expect(await seen()).toEqual([{ of: 'wm2' }])
  })

  const plain = message('wmAttack')
  const good = app.encrypt(plain)
  /** Ciphertext of any bytes under the right key and signature: what only a holder of our key could send. */
  const otherCorp = createCallbackCrypto({ token: 'ScrmDemoToken2026', aesKey: 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG', receiveId: 'wwsomebodyelse' })
  const bomb = `<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "${'&a;'.repeat(50)}"><!ENTITY c "${'&b;'.repeat(50)}">]><xml><Encrypt>&c;</Encrypt></xml>`
  const base = `timestamp=${now / 1000}&nonce=1`

  const malformed: fc.Arbitrary<Sent> = fc.oneof(
    // not signed by us
    fc.stringMatching(/^[0-9a-f]{40}$/).map((signature) => ({ query: `msg_signature=${signature}&${base}`, body: envelope(good) })),
    fc.string().map((signature) => ({ query: `msg_signature=${encodeURIComponent(signature)}&${base}`, body: envelope(good) })),
    fc.constantFrom('timestamp', 'nonce', 'body').map((part) => {
      const { query, body } = signed(app, good)
      if (part === 'timestamp') return { query: query.replace(/timestamp=(\d+)/, `timestamp=${now / 1000 + 1}`), body }
      if (part === 'nonce') return { query: `${query}9`, body }
      return { query, body: envelope(app.encrypt(plain)) }
    }),
    // for somebody else, or cut, or changed, yet signed
    fc.constant(signed(app, otherCorp.encrypt(plain))),
    fc.nat({ max: good.length - 5 }).map((length) => signed(app, good.slice(0, length + 1))),
    fc.nat({ max: good.length - 1 }).map((place) => {
      const letter = good[place] === 'A' ? 'B' : 'A'
      return signed(app, good.slice(0, place) + letter + good.slice(place + 1))
    }).filter(({ body }) => decryptsToNothing(String(body))),
    fc.uint8Array({ minLength: 1, maxLength: 200 }).map((bytes) => signed(app, Buffer.from(bytes).toString('base64'))),
    fc.uint8Array({ minLength: 4, maxLength: 8 }).map((bytes) => signed(app, Buffer.from(Array.from({ length: 16 * bytes.length }, (_unused, place) => bytes[place % bytes.length] ?? 0)).toString('base64'))),
    // not the envelope
    fc.string().map((body) => signed(app, good, body)),
    fc.uint8Array({ maxLength: 300 }).map((bytes) => ({ ...signed(app, good), body: Buffer.from(bytes) })),
    fc.constantFrom(
      bomb, '', '{"Encrypt":"x"}', `<xml>${'<a>'.repeat(3_000)}`, `<xml><Encrypt>${good}</Encrypt><Encrypt>${good}</Encrypt></xml>`,
      `<xml><a><Encrypt>${good}</Encrypt></a></xml>`, `<html><Encrypt>${good}</Encrypt></html>`, `<xml><Encrypt></Encrypt></xml>`, `<xml><Encrypt>${good}`,
      `<xml><Encrypt><![CDATA[${good}]]></Encrypt></xml><xml/>`,
    ).map((body) => signed(app, good, body)),
    // the query
    fc.constantFrom('msg_signature', 'timestamp', 'nonce').map((name) => {
      const { query, body } = signed(app, good)
      return { query: `${query}&${/(?:^|&)(\w+=[^&]*)/.exec(query.slice(query.indexOf(name)))?.[1] ?? `${name}=1`}`, body }
    }),
    fc.constantFrom('msg_signature', 'timestamp', 'nonce').map((name) => ({ ...signed(app, good), query: signed(app, good).query.replace(name, `x${name}`) })),
    fc.constantFrom('abc', '', '-1', '1e9', '99999999999999', '1767225700.5', '%zz', '0x10').map((timestamp) => ({ query: `msg_signature=${'a'.repeat(40)}&timestamp=${timestamp}&nonce=1`, body: envelope(good) })),
    fc.constantFrom(60_001, 200_000, 10_000_000).map((bytes) => ({ ...signed(app, good), body: envelope(good).padEnd(bytes, ' ') })),
  )

  function decryptsToNothing(body: string): boolean {
    try {
      app.decrypt(/CDATA\[([^\]]*)\]\]><\/Encrypt/.exec(body)?.[1] ?? '')
      return false
    } catch {
      return true
    }
  }

  const expected = new Set(['callback.bad_request', 'callback.bad_signature', 'callback.stale', 'request.too_large'])

  it('1,000 malformed callbacks: always 4xx with a code, nothing stored, and a valid one right after is served', async () => {
    let number = 0
    let sentSoFar = 0
    await fc.assert(fc.asyncProperty(malformed, async (sent) => {
      const answer = await post(sent)
      expect(answer.status).toBeGreaterThanOrEqual(400)
      expect(answer.status).toBeLessThan(500)
      expect(expected.has(answer.code ?? '')).toBe(true)
      expect(await test.database.db.count(arrivals)).toBe(number)
      sentSoFar += 1
      if (sentSoFar % 10 === 0) {
        number += 1
        expect((await post(valid(message(`wm${number}`)))).status).toBe(200)
      }
    }), { numRuns: kind === 'sqlite' ? 1_000 : 200 })
    expect((await post(valid(message('wmLast')))).status).toBe(200)
    expect(await test.database.db.count(arrivals)).toBe(number + 1)
  }, 120_000)

  it('stops reading a body without announced length at the cap', async () => {
    const { query } = signed(app, good)
    const answer = await new Promise<number>((resolve, reject) => {
      const sending = httpRequest({ port, method: 'POST', path: `/wecom/callback?${query}`, agent: false }, (reply) => {
        clearInterval(timer)
        reply.resume()
        resolve(reply.statusCode ?? 0)
        sending.destroy()
      })
      sending.on('error', reject)
      const timer = setInterval(() => sending.write('x'.repeat(20_000)), 5)
    })
    expect(answer).toBe(413)
    expect(await stored()).toEqual([])
  })
})
