import { decrypt, encrypt, getSignature } from '@wecom/crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { callbackKey, callbackToken, corpId, element, startBench } from './testing.ts'
import type { Bench } from './testing.ts'
import { jsonFixture, xmlFixture } from './shape.ts'
import { sealEvent } from './callbacks/envelope.ts'
import { toXml } from './callbacks/xml.ts'

let bench: Bench
beforeEach(async () => { bench = await startBench({ callbacks: { retryDelayMs: 5, timeoutMs: 1_500, verifyTimeoutMs: 1_000 } }) })
afterEach(() => bench.stop())

const Vector = z.looseObject({
  corpid: z.string(), token: z.string(), encodingAESKey: z.string(), randomBlock: z.string(),
  event: z.object({ plaintext: z.string(), timestamp: z.string(), nonce: z.string(), encrypt: z.string(), msg_signature: z.string() }),
})

describe('the envelope', () => {
  it('agrees with the published vector', () => {
    const vector = Vector.parse(jsonFixture('callback/crypto_vector.json'))
    expect(encrypt(vector.encodingAESKey, vector.event.plaintext, vector.corpid, Buffer.from(vector.randomBlock))).toBe(vector.event.encrypt)
    expect(getSignature(vector.token, vector.event.timestamp, vector.event.nonce, vector.event.encrypt)).toBe(vector.event.msg_signature)
  })

  it('is signed over its own ciphertext and opens to the message and the corp', () => {
    const sealed = sealEvent({ url: 'http://127.0.0.1/cb?x=1', token: callbackToken, aesKey: callbackKey }, corpId, 1000002, '<xml/>', 1_767_225_601_000)
    const query = new URL(sealed.url).searchParams
    const encrypted = element(sealed.body, 'Encrypt') ?? ''
    expect([query.get('x'), query.get('timestamp')]).toEqual(['1', '1767225601'])
    expect(query.get('msg_signature')).toBe(getSignature(callbackToken, '1767225601', query.get('nonce') ?? '', encrypted))
    expect(decrypt(callbackKey, encrypted)).toMatchObject({ message: '<xml/>', id: corpId })
    expect(element(sealed.body, 'AgentID')).toBe('1000002')
  })

  it('survives text that ends a CDATA section', () => {
    expect(toXml([['Content', 'a]]>b']])).toBe('<xml><Content><![CDATA[a]]]]><![CDATA[>b]]></Content></xml>')
  })
})

describe('events are the golden ones', () => {
  const fill = (name: string, values: Record<string, string>) =>
    Object.entries(values).reduce((xml, [from, to]) => xml.replaceAll(from, to), xmlFixture(name).replace('1767225600', String(bench.start / 1000)))

  it('adding, editing and deleting a customer', async () => {
    const { controls } = bench.simulator
    await bench.post('externalcontact/add_contact_way', { type: 1, scene: 2, state: 'ch_douyin_01', user: ['clerk01'] })
    const scan = controls.customerScans({ state: 'ch_douyin_01', newCustomer: { name: '甲' } })
    controls.memberEditsCustomer('clerk01', scan.externalUserId, { remark: '新' })
    controls.customerDeletesMember('clerk01', scan.externalUserId)
    controls.memberDeletesCustomer('clerk01', scan.externalUserId)
    await controls.callbacksIdle()
    const ids = { 'alice.chen': 'clerk01', wmDEMO0001AAAAAAAAAAAAAAAAAAAAAA: scan.externalUserId, WELCOME_CODE_DEMO_1: scan.welcomeCode ?? '' }
    const golden = ['add_external_contact', 'edit_external_contact', 'del_follow_user', 'del_external_contact'].map((name) => fill(`change_external_contact.${name}`, ids))
    expect([...bench.receiver.messages].sort()).toEqual(golden.sort())
  })

  it('messages, subscriptions, tags and directory', async () => {
    const { controls } = bench.simulator
    controls.deleteStaff('clerk01')
    const { groupId } = controls.adminCreatesTagGroup('组', [])
    controls.adminDeletesTag(groupId)
    controls.moveDepartment(1000, 101)
    await controls.callbacksIdle()
    const unsubscribe = fill('unsubscribe', { 'alice.chen': 'clerk01' })
    expect(bench.receiver.messages).toContain(unsubscribe)
    expect(bench.receiver.messages).toContain(fill('change_contact.delete_user', { 'alice.chen': 'clerk01' }))
    expect(bench.receiver.messages).toContain(fill('change_external_tag.delete_group', { etDEMOGRP1HHHHHHHHHHHHHHHHHHHHHH: groupId }))
    expect(bench.receiver.messages).toContain(fill('change_contact.update_party', { '<Id>12<': '<Id>1000<', '<ParentId>3<': '<ParentId>101<' }))
    controls.memberMessagesApp('manager01', 'hello')
    await controls.callbacksIdle()
    const text = bench.receiver.messages.at(-1) ?? ''
    expect(text).toBe(fill('msg_text', { 'alice.chen': 'manager01', '7423905512398765432': element(text, 'MsgId') ?? '' }))
    expect(BigInt(element(text, 'MsgId') ?? 0)).toBeGreaterThan(BigInt(Number.MAX_SAFE_INTEGER))
  })
})

describe('delivery', () => {
  const last = () => bench.simulator.controls.deliveries().at(-1)

  it('repeats a refused event three times, each time encrypted anew, then gives up', async () => {
    bench.receiver.reply = (_request, response) => void response.writeHead(500).end()
    bench.simulator.controls.memberMessagesApp('clerk01', 'a')
    await bench.simulator.controls.callbacksIdle()
    expect(last()).toMatchObject({ outcome: 'failed', attempts: [{ status: 500 }, { status: 500 }, { status: 500 }, { status: 500 }] })
    expect(new Set(bench.receiver.bodies).size).toBe(4)
    expect(new Set(bench.receiver.messages).size).toBe(1)
  })

  it('cuts the connection after the timeout and tries again', async () => {
    bench.receiver.reply = (_request, response, attempt) => { if (attempt > 1) response.end() }
    bench.simulator.controls.memberMessagesApp('clerk01', 'a')
    await bench.simulator.controls.callbacksIdle()
    expect(last()).toMatchObject({ outcome: 'delivered', attempts: [{ status: null, error: 'TimeoutError' }, { status: 200 }] })
  })

  it('notes an answer that WeCom would not understand', async () => {
    bench.receiver.reply = (_request, response) => void response.end('{"ok":true}')
    bench.simulator.controls.memberMessagesApp('clerk01', 'a')
    await bench.simulator.controls.callbacksIdle()
    expect(last()).toMatchObject({ outcome: 'delivered', oddAnswer: '{"ok":true}' })
  })

  it('has up to twenty on their way at once', async () => {
    let open = 0
    let most = 0
    bench.receiver.reply = (_request, response) => {
      open += 1
      most = Math.max(most, open)
      setTimeout(() => {
        open -= 1
        response.end()
      }, 20)
    }
    for (let each = 0; each < 60; each += 1) bench.simulator.controls.memberMessagesApp('clerk01', `${each}`)
    await bench.simulator.controls.callbacksIdle()
    expect(bench.receiver.messages).toHaveLength(60)
    expect(most).toBeGreaterThan(5)
    expect(most).toBeLessThanOrEqual(20)
  })

  it('duplicates, drops, delays and reorders when told to', async () => {
    const { controls } = bench.simulator
    controls.setCallbackFaults({ duplicateNext: 1, dropNext: 1 })
    controls.memberMessagesApp('clerk01', 'dropped')
    controls.memberMessagesApp('clerk01', 'twice')
    await controls.callbacksIdle()
    expect(bench.receiver.messages.map((message) => element(message, 'Content'))).toEqual(['twice', 'twice'])
    expect(controls.deliveries()[0]?.outcome).toBe('dropped')
    bench.receiver.messages.length = 0
    controls.setCallbackFaults({ reorderMs: 30, delayMs: 10 })
    const sent = Array.from({ length: 30 }, (_, each) => `${each}`)
    for (const text of sent) controls.memberMessagesApp('clerk01', text)
    await controls.callbacksIdle()
    const arrived = bench.receiver.messages.map((message) => element(message, 'Content'))
    expect(arrived).not.toEqual(sent)
    expect([...arrived].sort()).toEqual([...sent].sort())
  })

  it('sends anything raw, encrypted and signed', async () => {
    bench.simulator.controls.sendRaw('<xml><Event>unheard_of</Event></xml>')
    await bench.simulator.controls.callbacksIdle()
    expect(bench.receiver.messages).toEqual(['<xml><Event>unheard_of</Event></xml>'])
  })
})

describe('verification of the address', () => {
  const answering = (change: (plain: string) => string, delayMs = 0) => {
    bench.receiver.reply = (request, response) => {
      const echo = new URL(request.url ?? '/', 'http://receiver').searchParams.get('echostr') ?? ''
      setTimeout(() => response.end(change(decrypt(callbackKey, echo).message)), delayMs)
    }
    return bench.simulator.controls.verifyCallbackUrl()
  }

  it('demands the exact text within a second', async () => {
    expect((await answering((plain) => plain)).ok).toBe(true)
    expect((await answering((plain) => `${plain}\n`)).ok).toBe(false)
    expect((await answering((plain) => `"${plain}"`)).ok).toBe(false)
    expect((await answering((plain) => plain, 1_300)).ok).toBe(false)
  })
})
