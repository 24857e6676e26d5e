import { readFileSync } from 'node:fs'
import { afterEach, describe, expect, it } from 'vitest'
import { cannedWecom, type CannedWecom, fail, ok, type Reply } from '../../test/support/canned-server.ts'
import type { AppMessage } from './messages.ts'

const fixture = (path: string): unknown => JSON.parse(readFileSync(new URL(`../../test/fixtures/wecom/${path}.json`, import.meta.url), 'utf8'))
const response = (name: string): Reply => ({ json: fixture(`response/${name}`) })

let wecom: CannedWecom | undefined
afterEach(async () => {
  await wecom?.close()
  wecom = undefined
})

async function start(routes: Parameters<typeof cannedWecom>[0]): Promise<CannedWecom> {
  wecom = await cannedWecom(routes)
  return wecom
}

const wang = 'wmDEMO0001AAAAAAAAAAAAAAAAAAAAAA'

describe('welcome messages', () => {
  it('sends all kinds of parts', async () => {
    const { client, last } = await start({ 'externalcontact/send_welcome_msg': ok() })
    const mediaId = '3demoMEDIAid0001-aaaaBBBBccccDDDD'
    await expect(client.sendWelcome({
      welcomeCode: 'WELCOME_CODE_DEMO_1', text: '您好',
      attachments: [
        { type: 'image', mediaId },
        { type: 'link', title: 't', pictureUrl: 'https://img.example.com/1.jpg', description: 'd', url: 'https://example.com' },
        { type: 'miniprogram', title: 't', coverMediaId: mediaId, appId: 'wx00demo00000000', page: '/pages/index.html' },
        { type: 'video', mediaId },
        { type: 'file', mediaId },
      ],
    })).resolves.toBe('sent')
    expect(last('externalcontact/send_welcome_msg')?.body).toEqual(fixture('request/send_welcome_msg'))
    await expect(client.sendWelcome({ welcomeCode: 'c', text: '' })).rejects.toThrow('needs content')
  })

  it.each([
    [[fail(41051)], 'already-welcomed', 1], [[fail(41050)], 'expired', 1], [[fail(41053)], 'archive-consent-missing', 1],
    [[fail(41096), fail(41096), ok()], 'sent', 3], [[fail(41096), fail(41051)], 'already-welcomed', 2],
  ])('%j', async (replies: Reply[], outcome, tries) => {
    const { client, countOf } = await start({ 'externalcontact/send_welcome_msg': (_request, nth) => replies[nth - 1] ?? ok() })
    await expect(client.sendWelcome({ welcomeCode: 'c', text: 'x' })).resolves.toBe(outcome)
    expect(countOf('externalcontact/send_welcome_msg')).toBe(tries)
  })
})

describe('messages to staff', () => {
  const to = { userids: ['alice.chen', 'bob_li'] }
  const check = { enable_duplicate_check: 1, duplicate_check_interval: 1800 }
  const source = { desc: 'SCRM', descColor: 1 } as const
  const messages: [string, AppMessage][] = [
    ['text', { type: 'text', content: '你好\n<a href="https://crm.example.com">打开</a>' }],
    ['markdown', { type: 'markdown', content: '**客户** <font color="warning">流失</font>' }],
    ['textcard', { type: 'text-card', title: '新客户', description: '<div class="gray">今天</div>王先生', url: 'https://crm.example.com/c/1', buttonText: '查看' }],
    ['card.button_interaction', { type: 'template-card', card: {
      cardType: 'button_interaction', source, mainTitle: { title: '线索分配' }, taskId: 'task-1001',
      buttonSelection: { questionKey: 'owner', title: '分配给', optionList: [{ id: 'u1', text: '陈小爱' }, { id: 'u2', text: '李博' }], selectedId: 'u1' },
      buttonList: [{ text: '同意', style: 1, key: 'approve' }, { text: '查看', type: 1, url: 'https://crm.example.com' }],
    } }],
    ['card.vote_interaction', { type: 'template-card', card: {
      cardType: 'vote_interaction', source, mainTitle: { title: '回访结果' }, taskId: 'task-1002', submitButton: { text: '提交', key: 'submit' },
      checkbox: { questionKey: 'q1', mode: 1, optionList: [{ id: 'o1', text: '有意向', isChecked: false }, { id: 'o3', text: '需报价', isChecked: false }] },
    } }],
    ['card.multiple_interaction', { type: 'template-card', card: {
      cardType: 'multiple_interaction', source, mainTitle: { title: '登记' }, taskId: 'task-1003', submitButton: { text: '提交', key: 'submit' },
      selectList: [
        { questionKey: 'q1', title: '阶段', selectedId: 'o1', optionList: [{ id: 'o1', text: '初访' }, { id: 'o2', text: '成交' }] },
        { questionKey: 'q2', title: '等级', optionList: [{ id: 'o4', text: 'A' }] },
      ],
    } }],
    ['card.text_notice', { type: 'template-card', card: {
      cardType: 'text_notice', source, actionMenu: { desc: '更多', actionList: [{ text: '不再提醒', key: 'mute' }] }, taskId: 'task-1004',
      mainTitle: { title: '日报', desc: '2026-01-01' }, emphasisContent: { title: '12', desc: '新增' }, subTitleText: '共 300 客户',
      horizontalContentList: [{ keyname: '负责人', value: '陈小爱', type: 3, userid: 'alice.chen' }],
      jumpList: [{ type: 1, title: '详情', url: 'https://crm.example.com' }], cardAction: { type: 1, url: 'https://crm.example.com' },
    } }],
    ['card.news_notice', { type: 'template-card', card: {
      cardType: 'news_notice', source, mainTitle: { title: '活动' }, cardImage: { url: 'https://img.example.com/1.jpg', aspectRatio: 1.5 },
      verticalContentList: [{ title: '亮点', desc: '说明' }], cardAction: { type: 1, url: 'https://crm.example.com' },
    } }],
  ]

  it.each(messages)('sends %s as documented', async (name, message) => {
    const { client, last } = await start({ 'message/send': response('message_send') })
    const golden = fixture(`request/message_send.${name}`)
    await client.sendMessage({ to, message })
    const { safe: _safe, ...expected } = { safe: 0, ...(typeof golden === 'object' ? golden : {}), ...check }
    expect(last('message/send')?.body).toEqual(expected)
  })

  it('reports whom it did not reach, and the response code', async () => {
    const { client, last } = await start({ 'message/send': (_request, nth) => response(['message_send.partial', 'message_send.callback_card'][nth - 1] ?? 'error.81013') })
    const message: AppMessage = { type: 'text', content: 'x' }
    await expect(client.sendMessage({ to: { departmentIds: [1, 2], tagIds: [5] }, message, repeatWindowMs: 10 * 3_600_000 })).resolves.toEqual({
      messageId: 'appmsgDEMO2', invalidUsers: ['ghost1', 'ghost2'], invalidDepartments: ['99'], invalidTags: [], unlicensedUsers: [], responseCode: null,
    })
    expect(last('message/send')?.body).toMatchObject({ toparty: '1|2', totag: '5', duplicate_check_interval: 14_400 })
    await expect(client.sendMessage({ to: { everyone: true }, message })).resolves.toMatchObject({ responseCode: 'RESPONSE_CODE_DEMO_0' })
    expect(last('message/send')?.body).toMatchObject({ touser: '@all' })
    await expect(client.sendMessage({ to, message })).rejects.toMatchObject({ errcode: 81013, kind: 'refused' })
  })

  it.each([
    [{}], [{ userids: [] }], [{ userids: ['a|b'] }], [{ userids: ['@all'] }], [{ userids: Array.from({ length: 1001 }, () => 'a') }], [{ departmentIds: Array.from({ length: 101 }, () => 1) }],
  ])('refuses wrong receivers before any call', async (receivers) => {
    const { client, requests } = await start({ 'message/send': ok() })
    await expect(client.sendMessage({ to: receivers, message: { type: 'text', content: 'x' } })).rejects.toThrow()
    await expect(client.sendMessage({ to, message: { type: 'text', content: '中'.repeat(683) } })).rejects.toThrow('2048')
    expect(requests).toEqual([])
  })

  it('updates a card by button or as a whole', async () => {
    const { client, last } = await start({ 'message/update_template_card': response('update_template_card') })
    await expect(client.updateTemplateCard({ responseCode: 'RESPONSE_CODE_DEMO_1', to: { userids: ['alice.chen'] }, button: { replaceName: '已同意' } }))
      .resolves.toEqual({ invalidUsers: ['ghost1'] })
    expect(last('message/update_template_card')?.body).toEqual(fixture('request/update_template_card.button'))
    await client.updateTemplateCard({
      responseCode: 'R', to: { everyone: true },
      card: { cardType: 'button_interaction', mainTitle: { title: 't' }, taskId: 'x', buttonList: [], replaceText: '已处理' },
    })
    expect(last('message/update_template_card')?.body).toMatchObject({ atall: 1, response_code: 'R', template_card: { replace_text: '已处理', card_type: 'button_interaction' } })
  })
})

describe('customer service', () => {
  it('reads messages and events, whose ids lie inside the event', async () => {
    const { client, last } = await start({ 'kf/sync_msg': response('kf_sync_msg') })
    const openKfId = 'wkDEMO0001KKKKKKKKKKKKKKKKKKKKKK'
    const page = await client.syncKfMessages(openKfId, '', 'ENCdemoToken0001')
    const frame = { openKfId, externalUserId: wang, sentAt: 1767225600_000 }
    expect(page).toEqual({
      nextCursor: 'kfCURSOR2', hasMore: true,
      messages: [
        { ...frame, messageId: 'kfmsg1', origin: 'customer', userid: null, content: { type: 'text', text: '在吗', menuId: null } },
        { ...frame, messageId: 'kfmsg2', origin: 'staff', userid: 'alice.chen', content: { type: 'text', text: '在的', menuId: null } },
        { ...frame, messageId: 'kfmsg3', origin: 'system', userid: null, content: { type: 'event', event: { name: 'session-entered', scene: 'shop', sceneParam: 'p1', welcomeCode: 'KFWELCOME1' } } },
        { ...frame, messageId: 'kfmsg4', origin: 'system', userid: null, content: { type: 'event', event: { name: 'session-changed', change: 'taken-from-pool', oldUserid: null, newUserid: 'alice.chen', messageCode: 'KFMSGCODE1' } } },
      ],
    })
    expect(last('kf/sync_msg')?.body).toEqual({ open_kfid: openKfId, token: 'ENCdemoToken0001', limit: 1000, voice_format: 0 })
  })

  it('keeps the cursor when WeCom sends none, and does not stumble over unknown kinds', async () => {
    const row = { msgid: 'm', send_time: 1, origin: 9 }
    const { client } = await start({
      'kf/sync_msg': ok({
        has_more: 0, msg_list: [
          { ...row, msgtype: 'hologram', hologram: {} }, { ...row, msgtype: 'image', image: 7 }, { ...row, msgtype: 'image', image: { media_id: 'M' } },
          { ...row, msgtype: 'event', event: { event_type: 'new_thing' } }, { ...row, msgtype: 'event', event: { event_type: 'user_recall_msg', recall_msgid: 'r' } },
          { ...row, msgtype: 'location', location: { latitude: '31.2', longitude: 121, name: 'n' } },
        ],
      }),
    })
    const page = await client.syncKfMessages('wk', 'CURSOR')
    expect(page).toMatchObject({ nextCursor: 'CURSOR', hasMore: false })
    expect(page.messages.map(({ content }) => content)).toEqual([
      { type: 'other', wireType: 'hologram' }, { type: 'other', wireType: 'image' }, { type: 'image', mediaId: 'M' },
      { type: 'event', event: { name: 'other', wireType: 'new_thing' } }, { type: 'event', event: { name: 'recalled', by: 'customer', messageId: 'r' } },
      { type: 'location', latitude: 31.2, longitude: 121, name: 'n', address: '' },
    ])
    expect(page.messages[0]).toMatchObject({ origin: 'unknown', openKfId: null })
  })

  it('sends, and answers events', async () => {
    const { client, last } = await start({ 'kf/send_msg': response('kf_send_msg'), 'kf/send_msg_on_event': response('kf_send_msg') })
    await expect(client.sendKfMessage({ openKfId: 'wk', externalUserId: wang, messageId: 'own1', content: { type: 'text', text: '您好' } })).resolves.toEqual({ messageId: 'kfmsg9' })
    expect(last('kf/send_msg')?.body).toEqual({ touser: wang, open_kfid: 'wk', msgid: 'own1', msgtype: 'text', text: { content: '您好' } })
    await client.sendKfOnEvent({ code: 'KFWELCOME1', text: '欢迎' })
    expect(last('kf/send_msg_on_event')?.body).toEqual({ code: 'KFWELCOME1', msgtype: 'text', text: { content: '欢迎' } })
  })
})
