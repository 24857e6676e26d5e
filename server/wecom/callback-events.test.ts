import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { orderKeyOf, parseCallback } from './callback-events.ts'
import { CallbackMalformed } from './errors.ts'

const folder = new URL('../../test/fixtures/wecom/callback/', import.meta.url)
const read = (name: string) => readFileSync(new URL(`${name}.xml`, folder), 'utf8')
const parse = (name: string) => parseCallback(read(name))

const corpId = 'wwa1b2c3d4e5f60718'
const at = 1767225600_000
const sys = { corpId, at, agentId: null }
const app = { corpId, at, agentId: '1000002' }
const alice = 'alice.chen'
const wang = 'wmDEMO0001AAAAAAAAAAAAAAAAAAAAAA'
const chatId = 'wrDEMO0001DDDDDDDDDDDDDDDDDDDDDD'
const linkId = 'cawcdedemo00000001'
const follow = { ...sys, userid: alice, externalUserId: wang }
const message = { ...app, kind: 'staff.message', userid: alice, messageId: '7423905512398765432' }
const mediaId = '3demoMEDIAid0001-aaaaBBBBccccDDDD'
const members = (lastVersion: string, currentVersion: string, ...memberIds: string[]) => ({
  memberIds, memberCount: memberIds.length, lastVersion: lastVersion.repeat(32), currentVersion: currentVersion.repeat(32),
})
const idsOnly = { leaderFlags: null, mainDepartmentId: null, directLeaders: null, name: null, position: null, status: null }

/** Every fixture of an incoming callback: what it says, and in which order it belongs. */
const expected: Readonly<Record<string, readonly [object, string]>> = {
  'msg_text': [{ ...message, content: { type: 'text', text: 'hello' } }, 'staff:alice.chen'],
  'msg_image': [{ ...message, content: { type: 'image', mediaId, pictureUrl: 'https://img.example.com/1.jpg' } }, 'staff:alice.chen'],
  'msg_voice': [{ ...message, content: { type: 'voice', mediaId, format: 'amr' } }, 'staff:alice.chen'],
  'msg_video': [{ ...message, content: { type: 'video', mediaId, coverMediaId: `${mediaId}t` } }, 'staff:alice.chen'],
  'msg_location': [{ ...message, content: { type: 'location', latitude: 31.2304, longitude: 121.4737, label: 'Shanghai' } }, 'staff:alice.chen'],
  'msg_link': [{ ...message, content: { type: 'link', title: 't', description: 'd', url: 'https://example.com/a', pictureUrl: 'https://img.example.com/2.jpg' } }, 'staff:alice.chen'],

  'change_external_contact.add_external_contact': [{ ...follow, kind: 'follow.added', state: 'ch_douyin_01', welcomeCode: 'WELCOME_CODE_DEMO_1' }, `customer:${wang}`],
  'change_external_contact.add_external_contact.no_state': [{ ...follow, externalUserId: 'wmDEMO0002BBBBBBBBBBBBBBBBBBBBBB', kind: 'follow.added', state: null, welcomeCode: null }, 'customer:wmDEMO0002BBBBBBBBBBBBBBBBBBBBBB'],
  'change_external_contact.add_half_external_contact': [{ ...follow, kind: 'follow.half-added', state: 'ch_douyin_01', welcomeCode: 'WELCOME_CODE_DEMO_2' }, `customer:${wang}`],
  'change_external_contact.edit_external_contact': [{ ...follow, kind: 'follow.edited' }, `customer:${wang}`],
  'change_external_contact.del_external_contact': [{ ...follow, kind: 'follow.ended-by-staff', byTransfer: false }, `customer:${wang}`],
  'change_external_contact.del_external_contact.by_transfer': [{ ...follow, kind: 'follow.ended-by-staff', byTransfer: true }, `customer:${wang}`],
  'change_external_contact.del_follow_user': [{ ...follow, kind: 'follow.ended-by-customer' }, `customer:${wang}`],
  'change_external_contact.transfer_fail': [{ ...follow, userid: 'bob_li', kind: 'follow.transfer-failed', reason: 'customer-refused' }, `customer:${wang}`],
  'change_external_contact.msg_audit_approved': [{ ...follow, kind: 'follow.archive-agreed', welcomeCode: 'WELCOME_CODE_DEMO_3' }, `customer:${wang}`],

  'change_external_chat.create': [{ ...sys, kind: 'chat.created', chatId }, `chat:${chatId}`],
  'change_external_chat.dismiss': [{ ...sys, kind: 'chat.dismissed', chatId }, `chat:${chatId}`],
  'change_external_chat.update.add_member': [{ ...sys, kind: 'chat.members-added', chatId, joined: 'scanned', ...members('1', '2', wang, 'wmDEMO0002BBBBBBBBBBBBBBBBBBBBBB') }, `chat:${chatId}`],
  'change_external_chat.update.del_member': [{ ...sys, kind: 'chat.members-removed', chatId, removed: 'by-owner', ...members('2', '3', 'wmDEMO0002BBBBBBBBBBBBBBBBBBBBBB') }, `chat:${chatId}`],
  'change_external_chat.update.change_name': [{ ...sys, kind: 'chat.changed', chatId, what: 'name' }, `chat:${chatId}`],
  'change_external_chat.update.change_notice': [{ ...sys, kind: 'chat.changed', chatId, what: 'notice' }, `chat:${chatId}`],
  'change_external_chat.update.change_owner': [{ ...sys, kind: 'chat.changed', chatId, what: 'owner' }, `chat:${chatId}`],

  'change_external_tag.create': [{ ...sys, kind: 'tags.changed', change: 'created', subject: 'tag', id: 'etDEMO0001FFFFFFFFFFFFFFFFFFFFFF', strategyId: null }, 'tags'],
  'change_external_tag.update': [{ ...sys, kind: 'tags.changed', change: 'updated', subject: 'tag', id: 'etDEMO0001FFFFFFFFFFFFFFFFFFFFFF', strategyId: null }, 'tags'],
  'change_external_tag.delete': [{ ...sys, kind: 'tags.changed', change: 'deleted', subject: 'tag', id: 'etDEMO0001FFFFFFFFFFFFFFFFFFFFFF', strategyId: null }, 'tags'],
  'change_external_tag.delete_group': [{ ...sys, kind: 'tags.changed', change: 'deleted', subject: 'group', id: 'etDEMOGRP1HHHHHHHHHHHHHHHHHHHHHH', strategyId: null }, 'tags'],
  'change_external_tag.shuffle': [{ ...sys, kind: 'tags.changed', change: 'reordered', subject: null, id: null, strategyId: null }, 'tags'],

  'customer_acquisition.balance_low': [{ ...sys, kind: 'acquisition.balance', level: 'low' }, 'acquisition'],
  'customer_acquisition.balance_exhausted': [{ ...sys, kind: 'acquisition.balance', level: 'exhausted' }, 'acquisition'],
  'customer_acquisition.balance_increased': [{ ...sys, kind: 'acquisition.balance', level: 'increased' }, 'acquisition'],
  'customer_acquisition.quota_expire_soon': [{ ...sys, kind: 'acquisition.quota-expiring', expiresAt: 1767830400_000, quota: 100 }, 'acquisition'],
  'customer_acquisition.link_unavailable': [{ ...sys, kind: 'acquisition.link', change: 'unavailable', linkId }, `acquisition:${linkId}`],
  'customer_acquisition.delete_link': [{ ...sys, kind: 'acquisition.link', change: 'deleted', linkId }, `acquisition:${linkId}`],
  'customer_acquisition.open_profile': [{ ...sys, kind: 'acquisition.visit', step: 'profile-opened', linkId, state: 'ch_ad_07' }, `acquisition:${linkId}`],
  'customer_acquisition.friend_request': [{ ...sys, kind: 'acquisition.visit', step: 'friend-requested', linkId, state: 'ch_ad_07' }, `acquisition:${linkId}`],
  'customer_acquisition.customer_start_chat': [{ ...follow, kind: 'acquisition.chat-started', linkId }, `customer:${wang}`],
  'customer_acquisition.message_from_customer': [{ ...sys, kind: 'acquisition.message', linkId, chatKey: 'CHATKEY_DEMO' }, `acquisition:${linkId}`],

  'change_contact.create_user.ids_only': [{ ...sys, ...idsOnly, kind: 'directory.staff-created', userid: alice, departmentIds: [1, 2] }, 'directory'],
  'change_contact.create_user.legacy_full': [{
    ...sys, kind: 'directory.staff-created', userid: alice, departmentIds: [1, 2], leaderFlags: [1, 0], mainDepartmentId: 1,
    directLeaders: ['bob_li'], name: '陈小爱', position: '销售顾问', status: 'active',
  }, 'directory'],
  'change_contact.update_user.rename_ids_only': [{ ...sys, ...idsOnly, kind: 'directory.staff-updated', userid: alice, newUserid: 'alice.chen2', departmentIds: [2] }, 'directory'],
  'change_contact.delete_user': [{ ...sys, kind: 'directory.staff-deleted', userid: alice }, 'directory'],
  'change_contact.create_party': [{ ...sys, kind: 'directory.department-created', departmentId: 12, name: '华东区', parentId: 1, order: 10 }, 'directory'],
  'change_contact.update_party': [{ ...sys, kind: 'directory.department-updated', departmentId: 12, name: null, parentId: 3, order: null }, 'directory'],
  'change_contact.delete_party': [{ ...sys, kind: 'directory.department-deleted', departmentId: 12 }, 'directory'],
  'change_contact.update_tag': [{
    ...sys, kind: 'directory.tag-updated', tagId: 5, addedUserids: [alice, 'bob_li'], removedUserids: ['carol-w'],
    addedDepartmentIds: [12], removedDepartmentIds: [13, 14],
  }, 'directory'],

  'subscribe': [{ ...app, kind: 'staff.entered-range', userid: alice }, 'staff:alice.chen'],
  'unsubscribe': [{ ...app, kind: 'staff.left-range', userid: alice }, 'staff:alice.chen'],
  'enter_agent': [{ ...app, kind: 'app.opened', userid: alice }, 'staff:alice.chen'],
  'LOCATION': [{ ...app, kind: 'app.located', userid: alice, latitude: 31.2304, longitude: 121.4737, precision: 65 }, 'staff:alice.chen'],
  'click': [{ ...app, kind: 'app.menu', userid: alice, action: 'click', key: 'MENU_TODAY' }, 'staff:alice.chen'],
  'view': [{ ...app, kind: 'app.menu', userid: alice, action: 'page', key: 'https://crm.example.com/m' }, 'staff:alice.chen'],
  'view_miniprogram': [{ ...app, kind: 'app.menu', userid: alice, action: 'miniprogram', key: 'pages/index' }, 'staff:alice.chen'],
  'scancode_waitmsg': [{ ...app, kind: 'app.scanned', userid: alice, waits: true, key: '6', codeType: 'qrcode', result: 'SN-1' }, 'staff:alice.chen'],
  'batch_job_result': [{ ...sys, kind: 'app.batch-finished', jobId: 'jobDEMO1', jobType: 'sync_user', errcode: 0 }, 'app'],
  'upload_media_job_finish': [{ ...sys, kind: 'app.media-fetched', jobId: 'jobid_DEMO2' }, 'app'],
  'template_card_event.button': [{ ...app, kind: 'card.tapped', userid: alice, key: 'approve', taskId: 'task-1001', cardType: 'button_interaction', responseCode: 'RESPONSE_CODE_DEMO_1', selected: [] }, 'staff:alice.chen'],
  'template_card_event.vote': [{
    ...app, kind: 'card.tapped', userid: alice, key: 'submit', taskId: 'task-1002', cardType: 'vote_interaction', responseCode: 'RESPONSE_CODE_DEMO_2',
    selected: [{ question: 'q1', options: ['o1', 'o3'] }],
  }, 'staff:alice.chen'],
  'template_card_event.multiple': [{
    ...app, kind: 'card.tapped', userid: alice, key: 'submit', taskId: 'task-1003', cardType: 'multiple_interaction', responseCode: 'RESPONSE_CODE_DEMO_3',
    selected: [{ question: 'q1', options: ['o1'] }, { question: 'q2', options: ['o4'] }],
  }, 'staff:alice.chen'],
  'template_card_menu_event': [{ ...app, kind: 'card.menu-tapped', userid: alice, key: 'mute', taskId: 'task-1004', cardType: 'text_notice', responseCode: 'RESPONSE_CODE_DEMO_4', selected: [] }, 'staff:alice.chen'],
  'open_approval_change': [{ ...app, kind: 'approval.changed', engine: 'own', id: 'AP-1', status: 'pending', applicant: alice, appliedAt: 1767225540_000 }, 'approval:AP-1'],
  'inactive_alert': [{ ...app, kind: 'app.activity', state: 'inactive-soon', effectAt: 1767830400_000 }, 'app'],
  'close_inactive_agent': [{ ...app, kind: 'app.activity', state: 'closed', effectAt: null }, 'app'],
  'reopen_inactive_agent': [{ ...app, kind: 'app.activity', state: 'reopened', effectAt: null }, 'app'],
  'low_active_alert': [{ ...app, kind: 'app.activity', state: 'low-soon', effectAt: 1767830400_000 }, 'app'],
  'low_active': [{ ...app, kind: 'app.activity', state: 'low', effectAt: null }, 'app'],
  'active_restored': [{ ...app, kind: 'app.activity', state: 'restored', effectAt: null }, 'app'],

  'msgaudit_notify': [{ ...sys, agentId: '2000004', kind: 'archive.ready' }, 'archive'],
  'kf_msg_or_event': [{ ...sys, kind: 'kf.messages', openKfId: 'wkDEMO0001KKKKKKKKKKKKKKKKKKKKKK', token: 'ENCdemoToken0001' }, 'kf:wkDEMO0001KKKKKKKKKKKKKKKKKKKKKK'],
  'kf_account_auth_change': [{
    ...sys, kind: 'kf.accounts-changed', added: ['wkDEMO0001KKKKKKKKKKKKKKKKKKKKKK', 'wkDEMO0001KKKKKKKKKKKKKKKKKKKKK2'], removed: ['wkDEMO0001KKKKKKKKKKKKKKKKKKKKK3'],
  }, 'kf'],
}

const notIncoming = /^(?:passive_|envelope_request)/

describe('parseCallback', () => {
  it('T13: has an expectation for every fixture of an incoming callback', () => {
    const files = readdirSync(folder).filter((name) => name.endsWith('.xml') && !notIncoming.test(name)).map((name) => name.slice(0, -4))
    expect(Object.keys(expected).sort()).toEqual(files.sort())
  })

  it.each(Object.entries(expected))('T13: reads %s', (name, [event, key]) => {
    const parsed = parse(name)
    expect(parsed).toEqual(event)
    expect(orderKeyOf(parsed)).toBe(key)
  })

  const of = (fields: string) => parseCallback(`<xml><ToUserName>${corpId}</ToUserName><FromUserName>Alice.Chen</FromUserName><CreateTime>1767225600</CreateTime>${fields}</xml>`)
  const event = (name: string, fields = '') => of(`<MsgType>event</MsgType><Event>${name}</Event><AgentID>1000002</AgentID>${fields}`)

  it.each([
    ['scancode_push', '<ScanCodeInfo><ScanType>qrcode</ScanType><ScanResult>R</ScanResult></ScanCodeInfo>', { kind: 'app.scanned', waits: false, result: 'R' }],
    ['pic_sysphoto', '<SendPicsInfo><Count>2</Count></SendPicsInfo>', { kind: 'app.pictures', count: 2 }],
    ['pic_photo_or_album', '<SendPicsInfo><Count>1</Count></SendPicsInfo>', { kind: 'app.pictures', count: 1 }],
    ['pic_weixin', '', { kind: 'app.pictures', count: null }],
    ['location_select', '<SendLocationInfo><Location_X>31.2</Location_X><Location_Y>121.4</Location_Y><Label>店</Label></SendLocationInfo>', { kind: 'app.place', latitude: 31.2, longitude: 121.4, label: '店' }],
    ['share_agent_change', '', { kind: 'app.share-changed', what: 'agent' }],
    ['share_chain_change', '', { kind: 'app.share-changed', what: 'chain' }],
    ['sys_approval_change', '<ApprovalInfo><SpNo>1</SpNo><SpNoStr>202601010001</SpNoStr><SpStatus>2</SpStatus><ApplyTime>1767225540</ApplyTime><Applyer><UserId>Bob_Li</UserId></Applyer></ApprovalInfo>',
      { kind: 'approval.changed', engine: 'app', id: '202601010001', status: 'approved', applicant: 'bob_li', appliedAt: 1767225540_000 }],
  ])('T13: reads %s', (name, fields, expectation) => {
    expect(event(name, fields)).toMatchObject(expectation)
  })

  it('keeps userids lower case and customers’ ids as they are', () => {
    const added = event('change_external_contact', '<ChangeType>add_external_contact</ChangeType><UserID>Alice.CHEN</UserID><ExternalUserID>wmAbC</ExternalUserID>')
    expect(added).toMatchObject({ userid: 'alice.chen', externalUserId: 'wmAbC' })
    expect(orderKeyOf(added)).toBe('customer:wmAbC')
    expect(orderKeyOf(event('subscribe'))).toBe('staff:alice.chen')
  })

  it('T13: gives back as unknown what it does not know or what lacks a required field', () => {
    expect(event('brand_new', '<ChangeType>x</ChangeType>')).toEqual({ ...app, kind: 'unknown', event: 'brand_new', changeType: 'x', missing: null })
    expect(event('change_external_contact', '<ChangeType>brand_new</ChangeType>')).toMatchObject({ kind: 'unknown', changeType: 'brand_new', missing: null })
    expect(event('change_external_contact', '<ChangeType>add_external_contact</ChangeType><UserID>a</UserID>')).toMatchObject({ kind: 'unknown', missing: 'ExternalUserID' })
    expect(parseCallback('<xml><MsgType>event</MsgType><Event>click</Event></xml>')).toMatchObject({ kind: 'unknown', at: 0, missing: 'ToUserName' })
    expect(parseCallback('<xml></xml>')).toMatchObject({ kind: 'unknown', event: '', missing: 'ToUserName' })
    expect(of('<MsgType>sticker</MsgType><MsgId>9</MsgId>')).toMatchObject({ kind: 'staff.message', content: { type: 'other', wireType: 'sticker' } })
    expect(orderKeyOf(event('brand_new'))).toBe('unknown')
  })

  it('reads entities once, leaves CDATA alone, and takes markup in a text for text', () => {
    const text = (content: string) => of(`<MsgType>text</MsgType><MsgId>1</MsgId><Content>${content}</Content>`)
    expect(text('a &amp;lt; b &#20013; &unknown;')).toMatchObject({ content: { text: 'a &lt; b 中 &unknown;' } })
    expect(text('<![CDATA[<b>&amp;</b> <!DOCTYPE x>]]>')).toMatchObject({ content: { text: '<b>&amp;</b> <!DOCTYPE x>' } })
    expect(text('<![CDATA[007]]>')).toMatchObject({ content: { text: '007' } })
  })

  it.each(['', 'hello', '{"a":1}', '<xml>', '<xml><a></xml>', '<root></root>', '<!DOCTYPE xml [<!ENTITY a "b">]><xml>&a;</xml>', `<xml>${'<a>'.repeat(30)}${'</a>'.repeat(30)}</xml>`])(
    'refuses what is no callback document: %s', (body) => {
      expect(() => parseCallback(body)).toThrow(CallbackMalformed)
    })

  it('answers any damaged event with an event or CallbackMalformed', () => {
    const names = fc.constantFrom(...Object.keys(expected))
    const edit = fc.record({ at: fc.nat(900), remove: fc.nat(60), insert: fc.constantFrom('', '<', '</xml>', '<UserID>', ']]>', '&', '\0', '<constructor>', '__proto__') })
    fc.assert(fc.property(names, edit, (name, { at: from, remove, insert }) => {
      const good = read(name)
      try {
        expect(orderKeyOf(parseCallback(good.slice(0, from) + insert + good.slice(from + remove)))).not.toBe('')
      } catch (error) {
        expect(error).toBeInstanceOf(CallbackMalformed)
      }
    }), { numRuns: 2_000 })
  })
})
