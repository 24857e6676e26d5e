import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { v7 as uuid } from 'uuid'
import type { TemplateContent } from '#shared/contracts/templates'
import { approvalRequests, approvalApprovers } from '../../server/approvals/index.ts'
import { storeMessage } from '../../server/conversations/index.ts'
import { createScreenings } from '../../server/screening/index.ts'
import { fillTemplate, recordTemplateUses, sweepConversions, templateUses, templateVersions, usableTemplate } from '../../server/templates/index.ts'
import { testDatabaseKinds } from '../support/databases.ts'
import type { Person, Reply } from '../support/person.ts'
import { agreed } from '../support/second-person.ts'
import { storyApp, type StoryApp } from './support/story-app.ts'

const day = 86_400_000

export const content = (more: Partial<TemplateContent> = {}): TemplateContent => ({
  name: '生日关怀', category: 'care', text: '您好，我是{{sender_name}}，祝您生日快乐！', attachments: [], uses: ['broadcast', 'quick-reply'], roles: ['clerk', 'service'],
  levelAtLeast: 0, spendAtLeastFen: null, valueTierAtLeast: null, validFrom: null, validUntil: null, ...more,
})

describe.each(await testDatabaseKinds())('templates, on %s', (kind) => {
  let app: StoryApp
  let marketing: Person
  let lead: Person
  let director: Person
  let clerk: Person
  const clock = { ahead: 0 }

  beforeAll(async () => {
    app = await storyApp({ database: kind, clock: () => Date.now() + clock.ahead })
    marketing = await app.person('marketing01')
    lead = await app.person('marketinglead01')
    director = await app.person('director01')
    clerk = await app.person('clerk01')
  })
  afterAll(() => app.stop())

  const send = (person: Person, method: string, path: string, body: unknown = {}) => person.send(method, path, { body: JSON.stringify(body) })
  const create = async (more: Partial<TemplateContent> = {}, by = marketing) => (await send(by, 'POST', '/api/templates', { content: content(more), departmentId: null })).body as { id: string, version: number }
  const save = (id: string, version: number, more: Partial<TemplateContent>, by = marketing) => send(by, 'PUT', `/api/templates/${id}`, { version, content: content(more) })
  const submit = (id: string, version: number, by = marketing) => send(by, 'POST', `/api/templates/${id}/submit`, { version })
  const decide = (approvalId: string, by = lead, verdict = 'approve') => send(by, 'POST', `/api/approvals/${approvalId}/decision`, { verdict })
  const detail = async (id: string, by = marketing) => (await by.get(`/api/templates/${id}`)).body
  const codeOf = ({ status, body }: Reply): [number, string] => [status, body.error?.code]
  /** Written, submitted and confirmed. */
  const publish = async (more: Partial<TemplateContent> = {}) => {
    const { id, version } = await create(more)
    const asked = await submit(id, version)
    expect((await decide(asked.body.approvalId)).body.outcome).toBe('approved')
    return id
  }
  const usable = async (userid: string, id: string) => {
    const { database: { db }, access } = app.services
    return usableTemplate(db, await access.actorFor((await app.staffOf(userid)).id), id)
  }
  const words = async (set: object[], remove: string[] = []) => {
    const before = (await lead.get('/api/screening/draft')).body.version
    const { version } = (await send(lead, 'PATCH', '/api/screening/draft/words', { version: before, set, remove })).body
    expect((await agreed(app, await send(lead, 'POST', '/api/screening/draft/publish', { version, note: '更新' }))).status).toBe(200)
  }
  const word = (text: string, severity: string) => ({ word: text, kind: severity, category: 'other', disguises: [], note: '' })

  it('S37 nothing is usable before the marketing lead confirms it; the confirmed one is, for its roles', async () => {
    const { id, version } = await create()
    expect(await usable('clerk01', id)).toBeNull()
    expect((await clerk.get(`/api/templates/${id}`)).status).toBe(404)
    const { approvalId } = (await submit(id, version)).body
    expect(await usable('clerk01', id)).toBeNull()
    expect((await detail(id)).state).toBe('waiting')
    await app.settle()
    const asked = await app.services.database.db.getRepository(approvalApprovers).findBy({ requestId: approvalId })
    expect(asked.map((one) => one.staffId).sort()).toEqual([(await app.staffOf('marketinglead01')).id, (await app.staffOf('director01')).id].sort())
    for (const userid of ['marketing01', 'saleshead01', 'admin01']) expect([userid, (await decide(approvalId, await app.person(userid))).status]).not.toEqual([userid, 200])
    expect((await decide(approvalId)).body.outcome).toBe('approved')
    expect(await usable('clerk01', id)).toMatchObject({ id, name: '生日关怀', variables: [{ name: 'sender_name', kind: 'sender' }] })
    expect(await usable('sales01', id)).toBeNull()
    expect((await clerk.get('/api/templates')).body.items.map((one: { id: string }) => one.id)).toContain(id)
    expect((await submit(id, version + 2)).body.error.code).toBe('template.nothing_to_submit')
  })

  it('S37 her own needs another lead, also one that somebody else hands in for her', async () => {
    const own = await create({ name: '自己写的' }, lead)
    const asked = (await submit(own.id, own.version, lead)).body
    expect(codeOf(await decide(asked.approvalId, lead))).toEqual([403, 'approval.not_eligible'])
    expect((await decide(asked.approvalId, director)).body.outcome).toBe('approved')
    const handed = await create({ name: '代提交的' }, lead)
    const byOther = (await submit(handed.id, handed.version, marketing)).body
    expect(codeOf(await decide(byOther.approvalId, lead))).toEqual([403, 'approval.not_eligible'])
    // A sales head may decide over whoever stands in her line, but is no lead of marketing; her own is confirmed by one.
    const sales = await app.person('saleshead01')
    const hers = await create({ name: '销售话术' }, sales)
    expect((await decide((await submit(hers.id, hers.version, sales)).body.approvalId, lead)).body.outcome).toBe('approved')
  })

  it('S37 an edit of a confirmed one needs a new confirmation, and the old one stays in use meanwhile', async () => {
    const id = await publish({ text: '第一版，祝好' })
    const { version } = await detail(id)
    const edited = await save(id, version, { text: '第二版，祝好' })
    expect(edited.body).toMatchObject({ state: 'screened', verdict: 'pass' })
    expect((await usable('clerk01', id))?.text).toBe('第一版，祝好')
    expect((await clerk.get(`/api/templates/${id}`)).body).toMatchObject({ state: 'published', edit: null, text: '第一版，祝好' })
    expect(await detail(id)).toMatchObject({ state: 'published', edit: 'screened', text: '第二版，祝好' })
    const asked = (await submit(id, edited.body.version)).body
    // An edit while it waits takes the request back: what is agreed to is never something else.
    const again = await save(id, asked.version, { text: '第三版，祝好' })
    expect((await decide(asked.approvalId)).body.error.code).toBe('approval.closed')
    expect((await usable('clerk01', id))?.text).toBe('第一版，祝好')
    const third = (await submit(id, again.body.version)).body
    expect((await decide(third.approvalId)).body.outcome).toBe('approved')
    expect((await usable('clerk01', id))?.text).toBe('第三版，祝好')
    expect((await marketing.get(`/api/templates/${id}/versions`)).body.items.map((one: { ordinal: number, state: string }) => [one.ordinal, one.state])).toEqual([[2, 'published'], [1, 'replaced']])
    expect((await clerk.get(`/api/templates/${id}/versions`)).status).toBe(404)
  })

  it('S37 a confirmation of a content that is not there any more confirms nothing', async () => {
    const { id, version } = await create({ text: '原来的内容' })
    const { approvalId } = (await submit(id, version)).body
    await app.services.database.db.getRepository(templateVersions).update({ templateId: id }, { text: '换掉的内容' })
    expect((await decide(approvalId)).body.error.code).toBe('approval.outdated')
    const row = await app.services.database.db.getRepository(approvalRequests).findOneByOrFail({ id: approvalId })
    expect(row.status).toBe('outdated')
    expect(await usable('clerk01', id)).toBeNull()
    expect((await detail(id)).state).toBe('screened')
  })

  it('S37 refused it is a draft again, retired it is gone at once, with the edit that waits', async () => {
    const first = await create({ name: '被拒绝的' })
    const asked = (await submit(first.id, first.version)).body
    expect((await decide(asked.approvalId, lead, 'refuse')).body.outcome).toBe('refused')
    expect((await detail(first.id)).state).toBe('screened')
    const id = await publish({ name: '要停用的' })
    const edited = await save(id, (await detail(id)).version, { name: '要停用的', text: '新的内容' })
    const waiting = (await submit(id, edited.body.version)).body
    const { version } = await detail(id)
    expect((await send(marketing, 'POST', `/api/templates/${id}/retire`, { version })).status).toBe(403)
    expect((await send(lead, 'POST', `/api/templates/${id}/retire`, { version: version - 1 })).body.error.code).toBe('template.version_conflict')
    expect((await send(lead, 'POST', `/api/templates/${id}/retire`, { version })).body).toEqual({ retired: true })
    expect(await usable('clerk01', id)).toBeNull()
    expect((await decide(waiting.approvalId)).body.error.code).toBe('approval.closed')
    expect(await detail(id)).toMatchObject({ state: 'retired', abilities: { edit: false, submit: false, retire: false } })
    expect((await save(id, version + 1, {})).body.error.code).toBe('template.retired')
  })

  it('S37 of two who save the same draft, one is told that the other was faster', async () => {
    const { id, version } = await create()
    const both = await Promise.all([save(id, version, { text: '甲的版本' }), save(id, version, { text: '乙的版本' })])
    expect(both.map((one) => one.status).sort()).toEqual([200, 409])
  })

  it('S37 many who begin one at once have a number each', async () => {
    const made = await Promise.all(Array.from({ length: 8 }, () => create()))
    const numbers = await Promise.all(made.map(async ({ id }) => (await detail(id)).number as number))
    expect(new Set(numbers).size).toBe(8)
  })

  it('S38 ordinary staff see only what is whitelisted for their role, within its validity', async () => {
    const now = Date.now() + clock.ahead
    const forService = await publish({ name: '客服专用', roles: ['service'] })
    const later = await publish({ name: '以后才用', validFrom: now + day, validUntil: now + 2 * day })
    const seen = async (userid: string, query = '') => (await (await app.person(userid)).get(`/api/templates?limit=100${query}`)).body.items.map((one: { id: string }) => one.id) as string[]
    expect(await seen('service01')).toContain(forService)
    expect(await seen('clerk01')).not.toContain(forService)
    expect((await clerk.get('/api/templates?which=all')).body.items).toEqual([])
    expect(await seen('marketing01', '&which=all')).toEqual(expect.arrayContaining([forService, later]))
    expect(await seen('marketing01', `&which=all&q=${encodeURIComponent('客服专')}`)).toEqual([forService])
    expect(await seen('clerk01')).not.toContain(later)
    clock.ahead += 1.5 * day
    expect(await (await app.as('clerk01')).get('/api/templates?limit=100').then(({ body }) => body.items.map((one: { id: string }) => one.id))).toContain(later)
    clock.ahead += day
    expect(await usable('clerk01', later)).toBeNull()
    clerk = await app.as('clerk01')
    marketing = await app.as('marketing01')
    lead = await app.as('marketinglead01')
    director = await app.as('director01')
  })

  it('S38 a page ends where it should, and a rule narrowed to a category opens only that category', async () => {
    for (const place of [1, 2, 3]) await create({ name: `翻页${place}` })
    const first = (await marketing.get(`/api/templates?which=mine&limit=2&q=${encodeURIComponent('翻页')}`)).body
    const second = (await marketing.get(`/api/templates?which=mine&limit=2&q=${encodeURIComponent('翻页')}&cursor=${encodeURIComponent(first.nextCursor)}`)).body
    expect([...first.items, ...second.items].map((one: { name: string }) => one.name)).toEqual(['翻页3', '翻页2', '翻页1'])
    expect(second.nextCursor).toBeNull()
    const care = await publish({ name: '关怀类' })
    const promotion = await publish({ name: '活动类', category: 'promotion' })
    const rule = await app.restrict({ subject: { roles: ['clerk'] }, operations: ['marketing.templates.view'], scope: { kind: 'all' }, conditions: [{ kind: 'templateCategory', anyOf: ['promotion'] }] })
    expect([await usable('clerk01', care) !== null, await usable('clerk01', promotion)]).toEqual([true, null])
    await app.lift(rule)
    expect(await usable('clerk01', promotion)).not.toBeNull()
  })

  it('S38 the twenty with the most conversions are for those who lead the templates', async () => {
    const [good, poor] = [await publish({ name: '转化高' }), await publish({ name: '转化低' })]
    const { database } = app.services
    const clerkId = (await app.staffOf('clerk01')).id
    const versionId = (await usable('clerk01', good))?.versionId ?? ''
    const some = (await database.db.getRepository('customers').find({ take: 4, order: { id: 'ASC' } })) as { id: string, externalUserId: string }[]
    const usedAt = Date.now() - day
    const use = (templateId: string, place: number, at = usedAt) => ({ useKey: `broadcast:test:${templateId}:${place}`, templateId, versionId, staffId: clerkId, customerId: some[place]?.id ?? '', kind: 'broadcast' as const, usedAt: at })
    const uses = [use(good, 0), use(good, 1), use(good, 2), use(poor, 3), { ...use(poor, 0, usedAt + 2 * day), useKey: 'late' }]
    for (const _ of [1, 2]) await database.transaction((work) => recordTemplateUses(work, uses))
    expect(await database.db.getRepository(templateUses).countBy({ templateId: good })).toBe(3)
    await database.transaction((work) => storeMessage(work, app.services, {
      channel: 'kf', messageId: uuid(), externalUserId: some[0]?.externalUserId ?? '', direction: 'in', userid: null, account: null, sentAt: usedAt + 1000, kind: 'text', text: '好的',
    }, Date.now()))
    await app.buys(some[1]?.externalUserId ?? '', app.storeOf('clerk01'), 100)
    await app.visitsStore(some[1]?.externalUserId ?? '', app.storeOf('clerk01'), '到店')
    // Found again and again, and counted once: what was attributed stays as it is.
    for (const _ of [1, 2]) await sweepConversions({ database, clock: Date.now, onConverted: [] })
    for (const person of [lead, director]) {
      const { items } = (await person.get('/api/template-results')).body
      expect(items.find((one: { id: string }) => one.id === good)).toMatchObject({ uses: 3, converted: 2, replies: 1, visits: 1, orders: 1, contracts: 0 })
      expect(items.find((one: { id: string }) => one.id === poor)).toMatchObject({ uses: 2, converted: 0 })
      expect(items.length).toBeLessThanOrEqual(20)
    }
    for (const person of [clerk, marketing, await app.as('operations01')]) expect((await person.get('/api/template-results')).status).toBe(403)
  })

  it('S39 what must not leave cannot be submitted; the author sees where and why, and the words of the moment count again at the approval', async () => {
    const made = await send(marketing, 'POST', '/api/templates', { content: content({ text: '来{{sender_name}}店里赌 bo吧' }), departmentId: null })
    expect(made.body).toMatchObject({ state: 'draft', verdict: 'block', hits: [{ part: 'text', word: '赌博', reason: 'word.pinyin', severity: 'block', start: 18, end: 22 }] })
    const refused = await submit(made.body.id, made.body.version)
    expect(codeOf(refused)).toEqual([422, 'template.blocked'])
    expect(refused.body.error.data.hits).toHaveLength(1)
    const link = await send(marketing, 'POST', '/api/template-screening', { text: '看看{{nobody}}', attachments: [{ type: 'link', title: '活动', url: 'http://1.2.3.4/x', desc: '', picUrl: null }] })
    expect(link.body).toMatchObject({ unknownVariables: ['nobody'], hits: [{ part: 'attachments.0.url' }] })
    const { id, version } = await create({ text: '今晚有暖川特惠' })
    const { approvalId } = (await submit(id, version)).body
    await words([word('暖川特惠', 'block')])
    expect((await decide(approvalId)).body.error.code).toBe('approval.outdated')
    expect(await detail(id)).toMatchObject({ state: 'draft', verdict: 'block', abilities: { submit: false } })
    await words([], ['暖川特惠'])
    expect((await submit(id, (await detail(id)).version)).status).toBe(200)
  })

  it.each<[string, Partial<TemplateContent>, string]>([
    ['an unknown variable', { text: '您好{{nobody}}' }, 'template.unknown_variable'],
    ['a brace that is never closed', { text: '您好{{sender_name' }, 'template.unknown_variable'],
    ['a value of the customer in a broadcast', { text: '{{customer_name}}您好' }, 'template.customer_variable'],
    ['4,001 bytes', { text: `${'好'.repeat(1333)}ab` }, 'template.text_too_long'],
    ['nothing at all', { text: ' ' }, 'template.empty'],
    ['a title of 129 bytes', { attachments: [{ type: 'link', title: '题'.repeat(43), url: 'https://work.weixin.qq.com/a', desc: '', picUrl: null }] }, 'template.bad_attachments'],
    ['an image without a source', { attachments: [{ type: 'image', picUrl: null, mediaId: null }] }, 'template.bad_attachments'],
    ['a mini program in a quick reply', { attachments: [{ type: 'miniprogram', title: '小程序', appid: 'wx1', page: 'a.html', picMediaId: 'm' }] }, 'template.bad_attachments'],
    ['an end before the beginning', { validFrom: 2, validUntil: 2 }, 'template.bad_validity'],
    ['a role that is none', { roles: ['clerk', 'nobody'] }, 'template.unknown_roles'],
    ['nobody who may use it', { roles: [] }, 'request.invalid'],
    ['ten attachments', { attachments: Array.from({ length: 10 }, () => ({ type: 'file' as const, mediaId: 'm' })) }, 'request.invalid'],
  ])('S37 refuses %s', async (_, more, code) => {
    const reply = await send(marketing, 'POST', '/api/templates', { content: content(more), departmentId: null })
    expect([reply.status < 500, reply.body.error?.code]).toEqual([true, code])
  })

  it('S37 4,000 bytes are within the limit, and a department that is none is refused', async () => {
    expect((await send(marketing, 'POST', '/api/templates', { content: content({ text: `${'好'.repeat(1333)}a` }), departmentId: null })).status).toBe(200)
    expect((await send(marketing, 'POST', '/api/templates', { content: content(), departmentId: 987_654 })).body.error.code).toBe('template.out_of_reach')
  })

  it('S41 below gold rank the exclusive template is unusable; who sets ranks publishes the strategy', async () => {
    const id = await publish({ name: '专属权益', category: 'benefit', roles: ['sales', 'clerk'], levelAtLeast: 2, spendAtLeastFen: 500_000 })
    const level = async (person: Person, value: number) => (await send(person, 'PUT', '/api/staff/clerk01/level', { level: value })).status
    expect(await usable('clerk01', id)).toBeNull()
    for (const person of [clerk, marketing, director]) expect(await level(person, 2)).toBe(403)
    expect(await level(lead, 1)).toBe(200)
    expect(await usable('clerk01', id)).toBeNull()
    expect(await level(lead, 2)).toBe(200)
    expect(await usable('clerk01', id)).toMatchObject({ spendAtLeastFen: 500_000 })
    expect((await lead.get('/api/staff-levels')).body.items).toEqual([{ userid: 'clerk01', name: (await app.staffOf('clerk01')).name, level: 2 }])
    // What WeCom says of her does not touch it.
    await app.services.database.transaction(async (work) => app.services.staffWriter.put(work, {
      userid: 'clerk01', name: '改名', position: '导购', status: 'active', mainDepartmentId: app.storeOf('clerk01'), departments: [{ id: app.storeOf('clerk01'), isLeader: false, order: 0 }],
    } as never))
    expect((await app.staffOf('clerk01')).level).toBe(2)
    expect(await level(lead, 0)).toBe(200)
    expect(await usable('clerk01', id)).toBeNull()
    expect((await send(lead, 'PUT', '/api/staff/nobody/level', { level: 1 })).status).toBe(404)
  })

  it('S39 every process scans with the words in force, and the trail holds no text', async () => {
    expect((await createScreenings(app.services.screenings).scanAll(['赌博']))[0]?.verdict).toBe('block')
    const admin = await app.as('admin01')
    for (const action of ['template.saved', 'template.submitted', 'template.published', 'template.not-published', 'template.retired', 'template.blocked', 'staff.level-set']) {
      const found = await admin.get(`/api/audit?action=${action}`)
      expect([action, found.body.items.length > 0]).toEqual([action, true])
      expect(found.text).not.toMatch(/生日|赌|祝好/)
    }
  })
})

describe('filling', () => {
  it('S39 fills each variable once, and a value is not read as a text again', () => {
    expect(fillTemplate('{{ sender_name }}：{{customer_name}}', { sender_name: '{{customer_name}}', customer_name: '王' })).toBe('{{customer_name}}：王')
  })

  it.each([['{{customer_name}}', {}], ['{{customer_name}}', { customer_name: ' ' }], ['{{customer_name}}', { sender_name: '王' }]])('S39 refuses %s with %j: there is no value', (text, values) => {
    expect(() => fillTemplate(text, values)).toThrow(expect.objectContaining({ code: 'template.missing_value' }))
  })

  it.each(['{{toString}}', '{{}}', '{{a', 'a}}', '{{{sender_name}}}'])('S39 refuses %s: no such variable', (text) => {
    expect(() => fillTemplate(text, { sender_name: '王' })).toThrow(expect.objectContaining({ code: 'template.unknown_variable' }))
  })
})
