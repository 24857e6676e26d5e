import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { v7 as uuid } from 'uuid'
import { broadcasts } from '../../server/broadcasts/broadcast.entity.ts'
import { follows, updateFollow } from '../../server/customers/index.ts'
import { staff } from '../../server/organization/index.ts'
import { mostEntries } from '../../server/screening/index.ts'
import { sendingCompany, type SendingCompany } from '../broadcasts/support/sending-company.ts'
import { testDatabaseKinds } from '../support/databases.ts'
import type { Reply } from '../support/person.ts'
import { agreed } from '../support/second-person.ts'

/** What people and machines send that no template, broadcast or word list should be: a clear error or a safe answer. Files: template-media.test.ts. */
describe.each(await testDatabaseKinds())('bad input around broadcasts, on %s', (kind) => {
  let company: SendingCompany
  beforeAll(async () => { company = await sendingCompany(kind, () => Date.now()) })
  afterAll(() => company.app.stop())

  const codeOf = ({ status, body }: Reply) => [status, body.error?.code]
  const db = () => company.app.services.database.db
  const content = (more: object = {}) => ({
    name: '问候', category: 'care', text: '您好', attachments: [], uses: ['broadcast'], roles: ['clerk'], levelAtLeast: 0, spendAtLeastFen: null, valueTierAtLeast: null, validFrom: null, validUntil: null, ...more,
  })
  const unfollow = async (externalId: string, userid: string) => {
    const [{ id: customerId }, { id: staffId }] = [await company.app.customer(externalId), await company.app.staffOf(userid)]
    await company.app.services.database.transaction(async (work) => updateFollow(work, await work.db.findOneByOrFail(follows, { customerId, staffId }), { endedAt: Date.now(), liveKey: null }))
  }

  it('a template with an unknown variable is refused, and says which', async () => {
    const marketing = await company.app.person('marketing01')
    const create = (text: string) => marketing.post('/api/templates', { content: content({ text }), departmentId: null })
    for (const [text, name] of [['您好{{nobody}}', 'nobody'], ['{{__proto__}}', '__proto__'], ['{{constructor}}', 'constructor'], ['{{ sender_name.constructor }}', 'sender_name.constructor']]) {
      const refused = await create(text ?? '')
      expect([...codeOf(refused), JSON.stringify(refused.body.error?.data)]).toEqual([400, 'template.unknown_variable', expect.stringContaining(name ?? '')])
    }
    expect(codeOf(await create('{{customer_name}}您好'))).toEqual([400, 'template.customer_variable'])
  })

  it('an audience that is emptied between preflight and submission submits nothing and holds no quota', async () => {
    const ids = await company.customersOf('clerk01', 3)
    const before = await company.quota('clerk01')
    const draft = (await company.draft('clerk01', { audience: { externalUserIds: ids } })).body
    expect((await (await company.app.person('clerk01')).post(`/api/broadcasts/${draft.id}/preflight`, {})).body.kept).toEqual({ value: 3 })
    for (const id of ids) await unfollow(id, 'clerk01')
    expect(codeOf(await company.submit('clerk01', draft))).toEqual([409, 'broadcast.nobody_left'])
    expect([await company.quota('clerk01'), (await company.row(draft.id)).status]).toEqual([before, 'draft'])
  })

  it('an audience that is emptied between approval and leaving leaves nobody, and all of the quota comes back', async () => {
    const ids = await company.customersOf('clerk02', 2)
    const sent = (await company.send('clerk02', ids)).body
    await company.app.settle()
    await company.approve('manager02', sent.id)
    for (const id of ids) await unfollow(id, 'clerk02')
    const { planId } = await company.row(sent.id)
    const staffId = (await company.app.staffOf('clerk02')).id
    const { refused, leftOut } = await company.ports.check(company.app.services.database, planId ?? '', staffId)
    expect([refused, new Set(leftOut.values())]).toEqual([null, new Set(['unreachable'])])
    await company.ports.settle(company.app.services.database, planId ?? '', staffId, [...leftOut.keys()].map((customerId) => ({ customerId, outcome: 'left-out', at: Date.now() })))
    expect([await company.quota('clerk02'), (await company.row(sent.id)).status]).toEqual([[0, 0], 'done'])
  })

  it('a sender who resigned sends nothing: not what waits, not what is planned', async () => {
    const waiting = (await company.send('clerk03', await company.customersOf('clerk03', 2))).body
    await company.app.settle()
    const planned = (await company.send('clerk03', await company.customersOf('clerk03', 1))).body
    await company.app.settle()
    await company.approve('manager03', planned.id)
    const person = await company.app.staffOf('clerk03')
    await db().update(staff, { id: person.id }, { status: 'left' })
    await company.approve('manager03', waiting.id)
    await company.app.settle()
    expect(['outdated', 'waiting', 'draft']).toContain((await company.row(waiting.id)).status)
    expect(company.ports.plans.has((await company.row(waiting.id)).planId ?? '')).toBe(false)
    expect((await company.ports.check(company.app.services.database, (await company.row(planned.id)).planId ?? '', person.id)).refused).not.toBeNull()
    await db().update(staff, { id: person.id }, { status: 'active' })
  })

  it('a word list of a million lines is refused over HTTP, and read only as far as the limit', async () => {
    const lead = await company.app.person('marketinglead01')
    const { version } = (await lead.get('/api/screening/draft')).body
    const lines = (count: number, from = 0) => Array.from({ length: count }, (_, place) => `词${(from + place).toString(36)}x`).join('\n')
    expect((await lead.post('/api/screening/draft/import', { version, text: lines(1_000_000), mode: 'merge' })).status).toBe(413)
    expect(codeOf(await lead.post('/api/screening/draft/import', { version, text: lines(20_000), mode: 'merge' }))).toEqual([400, 'request.invalid'])
    // In pieces it comes in, up to the limit of the list.
    const first = await lead.post('/api/screening/draft/import', { version, text: lines(9_000), mode: 'merge' })
    expect([first.status, first.body.added]).toEqual([200, 9_000])
    expect(mostEntries).toBe(200_000)
    await lead.send('DELETE', `/api/screening/draft?version=${first.body.version}`)
  })

  it('a regular expression in a word is a word, and takes no longer than any other', async () => {
    const lead = await company.app.person('marketinglead01')
    const bombs = ['[a-z]{1,64}$', '^(([a-z])+.)+[A-Z]([a-z])+$', '甲(乙|丙)*丁', '\\u0041\\d+', 'a{100000}']
    const { version } = (await lead.get('/api/screening/draft')).body
    const edit = (words: readonly string[]) => lead.patch('/api/screening/draft/words', { version, set: words.map((word) => ({ word, kind: 'block', category: 'other', disguises: ['sound', 'pinyin', 'shape', 'split'], note: '' })), remove: [] })
    // Of these only one letter is left to look for.
    expect(codeOf(await edit(['(a+)+$', '(.*)*x']))).toEqual([400, 'screening.bad_words'])
    const edited = await edit(bombs)
    expect(edited.status).toBe(200)
    await agreed(company.app, await lead.post('/api/screening/draft/publish', { version: edited.body.version, note: '正则' }))
    const texts = ['a'.repeat(4_000), `${'a'.repeat(3_999)}!`, 'ab'.repeat(2_000), '甲乙丙乙丙丁', 'a1b2'.repeat(1_000), '(a'.repeat(1_500)]
    const began = process.hrtime.bigint()
    const scanned = await company.app.services.screenings.scanAll([...texts, '甲(乙|丙)*丁'])
    expect(Number(process.hrtime.bigint() - began) / 1e9).toBeLessThan(10)
    expect(scanned.slice(0, 4).map((one) => one.verdict)).toEqual(['pass', 'pass', 'pass', 'pass'])
    expect(scanned.at(-1)?.verdict).toBe('block')
  })

  it('a word that no text can hold is refused by its place, and none breaks the list', async () => {
    const lead = await company.app.person('marketinglead01')
    const { version } = (await lead.get('/api/screening/draft')).body
    const set = (words: readonly string[]) => lead.patch('/api/screening/draft/words', { version, set: words.map((word) => ({ word, kind: 'block', category: 'other', disguises: [], note: '' })), remove: [] })
    for (const word of ['\u200b\u200b\u200b', '。。', '一', '\u0000\u0000', '\ud800x'.slice(0, 1).repeat(2)]) expect([word, (await set([word])).status]).toEqual([word, 400])
    expect((await set(['a'.repeat(65)])).status).toBe(400)
    const commas = await set(['逗号,引号"词', '换行不行'])
    expect(commas.status).toBe(200)
    expect((await lead.get('/api/screening/words?list=draft&q=%E9%80%97%E5%8F%B7')).body.items.map((one: { word: string }) => one.word)).toEqual(['逗号,引号"词'])
    await lead.send('DELETE', `/api/screening/draft?version=${commas.body.version}`)
  })

  it('a text that grows past WeCom’s limit once it is filled is refused before anybody approves it', async () => {
    const long = company.ports.add({ id: uuid(), text: '{说明}'.repeat(20), variables: [{ name: '说明', kind: 'sender' }] })
    const sent = await company.send('clerk04', await company.customersOf('clerk04', 1), { templateId: long, values: { 说明: '很长的说明'.repeat(60) } })
    expect(codeOf(sent)).toEqual([409, 'broadcast.text_too_long'])
  })

  it('values that nothing asks for, names of the language and variables inside values change no text', async () => {
    const ids = await company.customersOf('clerk05', 1)
    const raw = `{"name":"x","templateId":"${company.template}","senders":"self","audience":{"externalUserIds":${JSON.stringify(ids)}},"plannedAt":${company.tomorrow()},"values":{"constructor":"乙","toString":"丙","成员姓名":"{成员姓名}{{customer_name}}"}}`
    const clerk = await company.app.person('clerk05')
    expect((await clerk.send('POST', '/api/broadcasts', { body: raw.replace('"constructor"', '"__proto__"') })).status).toBe(400)
    const draft = await clerk.send('POST', '/api/broadcasts', { body: raw })
    expect(draft.status).toBe(200)
    const sent = await company.submit('clerk05', draft.body)
    expect((await clerk.get(`/api/broadcasts/${sent.body.id}`)).body.texts[0].text).toBe('您好，我是{成员姓名}{{customer_name}}，周末到店有礼。')
  })

  it('times and audiences that no broadcast has are refused', async () => {
    const ids = await company.customersOf('clerk06', 1)
    const draft = (more: object) => company.draft('clerk06', { audience: { externalUserIds: ids }, ...more })
    for (const plannedAt of [Number.MAX_SAFE_INTEGER, -1, 1.5, '2026', null]) expect([plannedAt, (await draft({ plannedAt })).status]).toEqual([plannedAt, 400])
    for (const audience of [{ externalUserIds: [] }, { externalUserIds: Array.from({ length: 1_001 }, (_, place) => `wm${place}`) }, { tags: [''] }, { refusesContact: false }, { $where: '1' }]) expect((await draft({ audience })).status).toBe(400)
    const past = (await draft({ plannedAt: 1 })).body
    expect(codeOf(await company.submit('clerk06', past))).toEqual([409, 'broadcast.too_late'])
    const twice = await company.send('clerk06', [...ids, ...ids])
    expect([twice.status, (await db().findOneByOrFail(broadcasts, { id: twice.body.id })).recipients]).toEqual([200, 1])
  })
})
