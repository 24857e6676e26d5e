import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { repeatRules, type WriteCall } from '../../server/wecom/index.ts'
import { findUses, findWrites } from './customer-messages.ts'

const server = join(import.meta.dirname, '..', '..', 'server')
const sources = readdirSync(server, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
  .map((name) => ({ name: name.replaceAll('\\', '/'), text: readFileSync(join(server, name), 'utf8') }))
const isWecom = ({ name }: { readonly name: string }) => name.startsWith('wecom/')

/** Whether a write makes something reach a customer. One more write does not compile before somebody has said it here. */
const reaches: Readonly<Record<WriteCall, boolean>> = {
  'broadcast.add': true, 'welcome.send': true, 'kf.send': true, 'kf.sendOnEvent': true,
  'broadcast.cancel': false, 'broadcast.remind': false,
  'customer.remark': false, 'customer.markTag': false, 'tag.add': false, 'contactWay.add': false, 'contactWay.update': false, 'contactWay.delete': false,
  'message.send': false, 'card.update': false, 'media.upload': false, 'interceptRule.add': false, 'interceptRule.update': false, 'interceptRule.delete': false,
}

/** WeCom's endpoints through which something reaches a customer (API.md sections 7 to 10), also those that nobody calls yet. */
const endpoints = [
  'externalcontact/add_msg_template', 'externalcontact/send_welcome_msg', 'externalcontact/add_moment_task', 'externalcontact/group_welcome_template/add', 'kf/send_msg', 'kf/send_msg_on_event',
]

/** Every file that makes a message leave: the gate, and what cannot wait for it, with the reason. */
const senders: Readonly<Record<string, { readonly methods: readonly string[], readonly why: string }>> = {
  'outreach/dispatch.ts': { methods: ['addBroadcast'], why: 'the gate itself' },
  'entrances/entrances.workers.ts': { methods: ['sendWelcome'], why: 'answers a scan within the 20 seconds that its code lives; one fixed text of the store, to the customer who came by himself' },
}

describe('messages to customers', () => {
  const writes = sources.filter(isWecom).flatMap(({ name, text }) => findWrites(name, text))
  const methods = new Set(writes.filter(({ write }) => Object.entries(reaches).some(([known, reached]) => known === write && reached)).map(({ method }) => method))

  it('are known to the check, with the methods of the client that send them', () => {
    expect(Object.keys(reaches).sort()).toEqual(Object.keys(repeatRules).sort())
    expect([...methods].sort()).toEqual(['addBroadcast', 'sendKfMessage', 'sendKfOnEvent', 'sendWelcome'])
    expect(writes.filter(({ method }) => method === '?')).toEqual([])
  })

  it('leave through the gate alone, or through what is named here with its reason', () => {
    const using = sources.filter((source) => !isWecom(source)).map(({ name, text }) => [name, findUses(name, text, methods)] as const).filter(([, used]) => used.length > 0)
    expect(Object.fromEntries(using), 'send through server/outreach, or name the file in test/structure/customer-messages.test.ts with a reason').toEqual(Object.fromEntries(Object.entries(senders).map(([name, { methods: used }]) => [name, [...used]])))
    for (const { why } of Object.values(senders)) expect(why.length).toBeGreaterThan(10)
  })

  it('leave through no other endpoint', () => {
    const naming = sources.flatMap(({ name, text }) => endpoints.filter((endpoint) => text.includes(`'${endpoint}'`)).map((endpoint) => `${name} ${endpoint}`))
    expect(naming.sort()).toEqual(['wecom/broadcasts.ts externalcontact/add_msg_template', 'wecom/kf.ts kf/send_msg', 'wecom/kf.ts kf/send_msg_on_event', 'wecom/welcome.ts externalcontact/send_welcome_msg'])
  })

  it.each([
    ['await wecom.addBroadcast(draft)'], ['const { addBroadcast } = wecom'], ['const { addBroadcast: send } = wecom'], ['wecom["addBroadcast"](draft)'], ['const send = services.wecom.addBroadcast'],
  ])('%s is noticed', (text) => {
    expect(findUses('some.ts', text, methods)).toEqual(['addBroadcast'])
  })

  it.each([['type Calls = Pick<WecomClient, "addBroadcast">'], ['const addBroadcast = 1'], ['wecom.cancelBroadcast(msgid)']])('%s sends nothing', (text) => {
    expect(findUses('some.ts', text, methods)).toEqual([])
  })
})
