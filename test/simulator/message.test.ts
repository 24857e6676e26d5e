import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { element, startBench } from './testing.ts'
import type { Bench } from './testing.ts'
import { jsonFixture, shapeDifferences, xmlFixture } from './shape.ts'

let bench: Bench
beforeEach(async () => { bench = await startBench({ limits: { messagesPerMemberPerMinute: 5 } }) })
afterEach(() => bench.stop())

const text = { touser: 'clerk01', agentid: 1000002, msgtype: 'text', text: { content: '你好' } }
const send = (body: Record<string, unknown>) => bench.post('message/send', body)
const code = async (body: Record<string, unknown>) => (await send(body)).errcode
const card = (change: Record<string, unknown> = {}) => ({
  touser: 'manager01|manager02', agentid: 1000002, msgtype: 'template_card',
  template_card: { card_type: 'button_interaction', main_title: { title: '审批' }, task_id: 'task-1', button_list: [{ text: '同意', key: 'yes' }, { text: '查看', type: 1, url: 'https://example.com' }], ...change },
})

describe('message/send', () => {
  it('partial success is 0 with lists in lower case; nobody is 81013 and sends nothing', async () => {
    const answer = await send({ ...text, touser: 'clerk01|GHOST', toparty: '99' })
    expect(shapeDifferences(jsonFixture('response/message_send.partial.json'), answer)).toEqual([])
    expect(answer).toMatchObject({ invaliduser: 'ghost', invalidparty: '99' })
    expect(await code({ ...text, touser: 'ghost' })).toBe(81013)
    expect(await code({ agentid: 1000002, msgtype: 'text', text: { content: 'a' } })).toBe(82001)
    expect(bench.simulator.controls.outbox('clerk01')).toHaveLength(1)
  })

  it('reaches departments with everybody below, tags, and all', async () => {
    await send({ ...text, touser: undefined, toparty: '100', totag: '1' })
    const reached = new Set(bench.simulator.state.messages.map((message) => message.userid))
    expect(['clerk01', 'regional01', 'manager02'].map((userid) => reached.has(userid))).toEqual([true, true, true])
    expect(reached.has('clerk02')).toBe(false)
  })

  it('each wrong part has its code', async () => {
    expect(await code({ ...text, agentid: 1000003 })).toBe(301002)
    expect(await code({ ...text, msgtype: 'sms' })).toBe(40008)
    expect(await code({ ...text, touser: Array(1001).fill('x').join('|') })).toBe(40032)
    expect(await code({ ...text, toparty: Array(101).fill('1').join('|') })).toBe(82002)
    expect(await code({ ...text, msgtype: 'markdown', markdown: { content: '字'.repeat(683) } })).toBe(45002)
    expect(await code({ ...text, msgtype: 'textcard', textcard: { title: 't', description: 'd', url: 'example.com' } })).toBe(40058)
    expect(await code({ ...text, msgtype: 'textcard', textcard: { title: 't'.repeat(129), description: 'd', url: 'https://example.com' } })).toBe(40058)
    expect(await code({ ...text, msgtype: 'image', image: { media_id: 'gone' } })).toBe(40007)
    expect(await code({ ...text, msgtype: 'news', news: { articles: [] } })).toBe(40063)
  })

  it('cuts text at 2,048 bytes between characters', async () => {
    await send({ ...text, text: { content: '字'.repeat(700) } })
    expect(bench.simulator.controls.outbox('clerk01')[0]?.body.content).toBe('字'.repeat(682))
  })

  it('drops messages above the member\'s limit without an error', async () => {
    for (let each = 0; each < 7; each += 1) expect(await code({ ...text, text: { content: `第${each}条` } })).toBe(0)
    expect(bench.simulator.controls.outbox('clerk01')).toHaveLength(5)
  })

  it('sends equal requests once when asked to check', async () => {
    const body = { ...text, enable_duplicate_check: 1, duplicate_check_interval: 60 }
    expect([await code(body), await code(body)]).toEqual([0, 0])
    expect(bench.simulator.controls.outbox('clerk01')).toHaveLength(1)
    bench.simulator.controls.advance(60_001)
    await send(body)
    expect(bench.simulator.controls.outbox('clerk01')).toHaveLength(2)
  })

  it('takes every golden request', async () => {
    bench.simulator.controls.createStaff({ userid: 'alice.chen', name: '甲', departmentIds: [1] })
    for (const name of ['text', 'markdown', 'textcard', 'card.text_notice', 'card.news_notice', 'card.button_interaction', 'card.vote_interaction', 'card.multiple_interaction']) {
      const answer = await bench.post('message/send', jsonFixture(`request/message_send.${name}.json`))
      expect([name, answer.errcode, answer.invaliduser]).toEqual([name, 0, 'bob_li'])
      expect([name, 'response_code' in answer]).toEqual([name, name.startsWith('card.') && name !== 'card.news_notice'])
    }
  })

  it('recalls within a day, then 42052; a stranger\'s message is 40058', async () => {
    const { msgid } = await send(text)
    expect((await bench.post('message/recall', { msgid: 'x' })).errcode).toBe(40058)
    expect((await bench.post('message/recall', { msgid })).errcode).toBe(0)
    expect(bench.simulator.controls.outbox('clerk01')).toEqual([])
    bench.simulator.controls.advance(86_400_001)
    expect((await bench.post('message/recall', { msgid })).errcode).toBe(42052)
  })
})

describe('template cards', () => {
  it('missing and illegal fields are refused; a task id is used once', async () => {
    expect(await code(card({ task_id: undefined }))).toBe(42014)
    expect(await code(card({ task_id: '任务' }))).toBe(42014)
    expect(await code(card({ main_title: {} }))).toBe(42027)
    expect(await code(card({ button_list: [] }))).toBe(42027)
    expect(await code(card({ button_list: Array.from({ length: 7 }, (_, key) => ({ text: 'x', key: `${key}` })) }))).toBe(42027)
    expect(await code(card({ button_list: [{ text: '无钥匙' }] }))).toBe(42027)
    expect(await code(card({ card_type: 'hologram' }))).toBe(42027)
    expect(await code(card({ card_type: 'text_notice' }))).toBe(42027)
    expect([await code(card()), await code(card())]).toEqual([0, 42014])
  })

  it('43012 without a callback address', async () => {
    await bench.stop()
    bench = await startBench({ callback: { url: '', token: 't', aesKey: 'k' } })
    expect(await code(card())).toBe(43012)
  })

  it('a tap sends the golden event with a fresh response code, which works once and for 72 hours', async () => {
    const sent = await send(card())
    const { responseCode } = bench.simulator.controls.tapCard('manager01', { taskId: 'task-1' }, 'yes')
    await bench.simulator.controls.callbacksIdle()
    expect(bench.receiver.messages).toEqual([xmlFixture('template_card_event.button')
      .replace('alice.chen', 'manager01').replace('1767225600', String(bench.start / 1000)).replace('approve', 'yes').replace('task-1001', 'task-1').replace('RESPONSE_CODE_DEMO_1', responseCode)])
    const update = (response_code: unknown, rest: Record<string, unknown> = { button: { replace_name: '已同意' } }) =>
      bench.post('message/update_template_card', { userids: ['manager01', 'ghost'], agentid: 1000002, response_code, ...rest })
    const updated = await update(responseCode)
    expect(shapeDifferences(jsonFixture('response/update_template_card.json'), updated)).toEqual([])
    expect(updated.invaliduser).toEqual(['ghost'])
    expect((await update(responseCode)).errcode).toBe(60140)
    expect((await update('made-up')).errcode).toBe(60140)
    expect((await update(sent.response_code, {})).errcode).toBe(40063)
    bench.simulator.controls.advance(72 * 3_600_000 + 1)
    expect((await update(sent.response_code)).errcode).toBe(60140)
    expect(bench.simulator.controls.outbox('manager01')[0]?.replacedName).toBe('已同意')
    expect(bench.simulator.controls.outbox('manager02')[0]?.replacedName).toBeNull()
  })

  it('a greyed button cannot be tapped, a stale device still can; selections travel along', async () => {
    const { response_code } = await send(card({ card_type: 'vote_interaction', button_list: undefined, checkbox: { question_key: 'q', mode: 1, option_list: [{ id: 'a', text: 'A', is_checked: false }] }, submit_button: { text: '提交', key: 'go' } }))
    await bench.post('message/update_template_card', { atall: 1, agentid: 1000002, response_code, button: { replace_name: '已结束' } })
    const { controls } = bench.simulator
    expect(() => controls.tapCard('manager02', { taskId: 'task-1' }, 'go')).toThrow('greyed')
    expect(() => controls.tapCard('manager02', { taskId: 'task-1' }, 'other', { stale: true })).toThrow('no button')
    controls.tapCard('manager02', { taskId: 'task-1' }, 'go', { stale: true, selected: [{ questionKey: 'q', optionIds: ['a'] }] })
    await controls.callbacksIdle()
    expect(element(bench.receiver.messages[0] ?? '', 'OptionId')).toBe('a')
  })
})
