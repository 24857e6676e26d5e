import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TemplateContent, QuickReply } from '#shared/contracts/templates'
import { templateUses, templateVersions } from '../../server/templates/index.ts'
import { testDatabaseKinds } from '../support/databases.ts'
import type { Person } from '../support/person.ts'
import { agreed } from '../support/second-person.ts'
import { storyApp, type StoryApp } from './support/story-app.ts'

const content = (more: Partial<TemplateContent> = {}): TemplateContent => ({
  name: '问候', category: 'care', text: '{{customer_name}}您好，我是{{sender_name}}', attachments: [], uses: ['quick-reply'], roles: ['clerk', 'sales'],
  levelAtLeast: 0, spendAtLeastFen: null, valueTierAtLeast: null, validFrom: null, validUntil: null, ...more,
})

describe.each(await testDatabaseKinds())('quick replies, on %s', (kind) => {
  let app: StoryApp
  let clerk: Person
  let lead: Person
  let mine = ''
  let foreign = ''

  beforeAll(async () => {
    app = await storyApp({ database: kind })
    clerk = await app.person('clerk01')
    lead = await app.person('marketinglead01')
    const follow = (userid: string, name: string) => app.simulator.controls.memberAddsCustomer(userid, { newCustomer: { name } }).externalUserId
    mine = follow('clerk01', '陈女士')
    foreign = follow('clerk02', '别家客户')
    await app.settle()
    const store = app.storeOf('clerk01')
    await app.knows(mine, { ownerStaffId: (await app.staffOf('clerk01')).id, ownerDepartmentId: store, poolDepartmentId: null, memberLevel: 3, valueTier: 4, mobile: '13812345678' })
  })
  afterAll(() => app.stop())

  const send = (person: Person, method: string, path: string, body: unknown = {}) => person.send(method, path, { body: JSON.stringify(body) })
  const publish = async (more: Partial<TemplateContent> = {}) => {
    const marketing = await app.person('marketing01')
    const { id, version } = (await send(marketing, 'POST', '/api/templates', { content: content(more), departmentId: null })).body
    const asked = (await send(marketing, 'POST', `/api/templates/${id}/submit`, { version })).body
    await send(lead, 'POST', `/api/approvals/${asked.approvalId}/decision`, { verdict: 'approve' })
    return id as string
  }
  const listed = async (id: string, person = clerk, customer = mine): Promise<QuickReply | undefined> =>
    (await person.get(`/api/customers/${customer}/quick-replies`)).body.items.find((one: QuickReply) => one.templateId === id)
  const handOut = async (id: string, person = clerk, customer = mine) => {
    const { versionId } = (await listed(id)) ?? { versionId: 'none' }
    return send(person, 'POST', `/api/customers/${customer}/quick-replies`, { templateId: id, versionId })
  }
  const confirm = (receipt: string, person = clerk) => send(person, 'POST', '/api/quick-replies/sent', { receipt })
  /** Handed out, and put into the chat. */
  const reply = async (id: string, person = clerk, customer = mine) => {
    const answer = await handOut(id, person, customer)
    if (answer.status === 200) expect((await confirm(answer.body.receipt, person)).body).toEqual({ counted: true })
    return answer
  }
  const uses = (templateId: string) => app.services.database.db.getRepository(templateUses).countBy({ templateId })
  const words = async (set: object[], remove: string[] = []) => {
    const before = (await lead.get('/api/screening/draft')).body.version
    const { version } = (await send(lead, 'PATCH', '/api/screening/draft/words', { version: before, set, remove })).body
    await agreed(app, await send(lead, 'POST', '/api/screening/draft/publish', { version, note: '更新' }))
  }

  it('S38 S39 fills a template for a customer whom I see, and counts and records the use', async () => {
    const id = await publish()
    const name = (await app.staffOf('clerk01')).name
    expect(await listed(id)).toMatchObject({ text: `陈女士您好，我是${name}`, refused: null })
    expect(await uses(id)).toBe(0)
    const given = await handOut(id)
    expect(given.body).toEqual({ text: `陈女士您好，我是${name}`, attachments: [], receipt: expect.any(String) })
    // WeCom asks once more, and somebody may say no there.
    expect(await uses(id)).toBe(0)
    const told = await Promise.all([1, 2, 3].map(() => confirm(given.body.receipt)))
    expect([told.map((one) => one.status), (await confirm(given.body.receipt)).status, await uses(id)]).toEqual([[200, 200, 200], 200, 1])
    const found = await (await app.as('admin01')).get('/api/audit?action=template.reply-sent')
    expect(found.body.items[0]).toMatchObject({ action: 'template.reply-sent', details: { template: id } })
    expect(found.text).not.toContain('陈女士')
  })

  it('S38 a receipt counts for whoever got it only, and none can be made up or moved', async () => {
    const id = await publish()
    const { receipt } = (await handOut(id)).body
    const other = await app.person('clerk02')
    const changed = `${receipt.slice(0, -2)}${receipt.endsWith('AA') ? 'BB' : 'AA'}`
    for (const [person, told] of [[other, receipt], [clerk, changed], [clerk, 'a.b.c'], [clerk, app.services.sealer.seal('{}', 'template.receipt')]] as const) {
      expect((await confirm(told, person)).body.error.code).toBe('request.invalid')
    }
    expect(await uses(id)).toBe(0)
  })

  it('S38 a customer whom I do not see, and a template that is not mine, are not there', async () => {
    const id = await publish()
    const service = await publish({ roles: ['service'] })
    await app.knows(foreign, { ownerStaffId: (await app.staffOf('clerk02')).id, ownerDepartmentId: app.storeOf('regional02'), poolDepartmentId: null })
    for (const customer of [foreign, `wm${'Z'.repeat(30)}`]) {
      expect([(await clerk.get(`/api/customers/${customer}/quick-replies`)).body.error.code, (await reply(id, clerk, customer)).body.error.code]).toEqual(['customer.not_found', 'customer.not_found'])
    }
    expect(await listed(service)).toBeUndefined()
    expect((await reply(service)).body.error.code).toBe('template.not_found')
    expect((await send(clerk, 'POST', `/api/customers/${mine}/quick-replies`, { templateId: id, versionId: 'older' })).body.error.code).toBe('template.changed')
    expect(await uses(id)).toBe(0)
  })

  it('S39 what I may not see of the customer cannot be filled in, nor what is not known', async () => {
    const [id, level] = [await publish(), await publish({ text: '您是{{customer_member_level}}级会员' })]
    expect((await reply(level)).body.text).toBe('您是3级会员')
    const rule = await app.restrict({ subject: { roles: ['clerk'] }, operations: ['customer.labels.view'], scope: { kind: 'all' } })
    const hidden = await reply(level)
    expect([hidden.status, hidden.body.error.code, hidden.body.error.data.variables]).toEqual([422, 'template.missing_value', ['customer_member_level:hidden']])
    await app.lift(rule)
    await app.knows(mine, { memberLevel: null })
    expect((await listed(level))?.refused).toEqual({ code: 'template.missing_value', variables: ['customer_member_level:unknown'], hits: [] })
    await app.knows(mine, { memberLevel: 3, name: '陈13812345678' })
    expect((await listed(id))?.refused).toEqual({ code: 'template.missing_value', variables: ['customer_name:masked'], hits: [] })
    expect(JSON.stringify(await listed(id))).not.toContain('138')
    await app.knows(mine, { name: '陈女士' })
    expect([await uses(id), await uses(level)]).toEqual([0, 1])
  })

  it('S39 the filled text is scanned once more: what the name brings in does not leave either, and says where and why', async () => {
    const id = await publish()
    await app.knows(mine, { name: '赌博' })
    const refused = await reply(id)
    expect([refused.status, refused.body.error.code]).toEqual([422, 'template.blocked'])
    expect(refused.body.error.data.hits).toEqual([expect.objectContaining({ part: 'text', start: 0, end: 2, word: '赌博', severity: 'block' })])
    expect(await uses(id)).toBe(0)
    const found = await (await app.as('admin01')).get('/api/audit?action=template.reply-refused')
    expect(found.body.items[0].details).toMatchObject({ template: id, code: 'template.blocked', categories: ['gambling'] })
    await app.knows(mine, { name: '陈女士' })
  })

  it('S39 a word that came in force after the approval stops it; one that a lead has looked at does not', async () => {
    const looked = await publish({ text: '这是最优惠的一次' })
    expect((await listed(looked))?.refused).toBeNull()
    await app.knows(mine, { name: '最佳' })
    const named = await publish({ text: '{{customer_name}}您好' })
    await words([{ word: '最佳', kind: 'review', category: 'advertising', disguises: [], note: '' }, { word: '店庆', kind: 'block', category: 'other', disguises: [], note: '' }])
    expect((await listed(named))?.refused?.code).toBe('template.blocked')
    await app.knows(mine, { name: '陈女士' })
    expect((await listed(named))?.refused).toBeNull()
    const later = await app.services.database.db.getRepository(templateVersions).findOneByOrFail({ templateId: looked })
    expect(later.confirmedWords).toEqual(['最优惠'])
    await words([{ word: '这是', kind: 'block', category: 'other', disguises: [], note: '' }])
    expect((await reply(looked)).body.error.code).toBe('template.blocked')
    await words([], ['这是', '最佳', '店庆'])
    expect((await reply(looked)).status).toBe(200)
  })

  it('S41 an exclusive template is for customers who spent enough, and says nothing about them to whoever may not see it', async () => {
    const id = await publish({ text: '专属权益', category: 'benefit', spendAtLeastFen: 500_000, valueTierAtLeast: 4 })
    const consultant = await app.person('sales01')
    const theirs = app.simulator.controls.memberAddsCustomer('sales01', { newCustomer: { name: '林先生' } }).externalUserId
    await app.settle()
    const store = app.storeOf('sales01')
    await app.knows(theirs, { ownerStaffId: (await app.staffOf('sales01')).id, ownerDepartmentId: store, poolDepartmentId: null, valueTier: 4 })
    const { versionId } = (await listed(id)) ?? raise()
    const answer = async (person: Person, customer: string) => {
      const { body } = await send(person, 'POST', `/api/customers/${customer}/quick-replies`, { templateId: id, versionId })
      if (body.receipt !== undefined) await confirm(body.receipt, person)
      return body.error?.code ?? body.text
    }
    expect(await answer(consultant, theirs)).toBe('template.not_for_customer')
    await app.buys(theirs, store, 499_999)
    expect(await answer(consultant, theirs)).toBe('template.not_for_customer')
    await app.buys(theirs, store, 1)
    expect(await answer(consultant, theirs)).toBe('专属权益')
    await app.knows(theirs, { valueTier: 3 })
    expect(await answer(consultant, theirs)).toBe('template.not_for_customer')
    await app.knows(theirs, { valueTier: 4 })
    const rule = await app.restrict({ subject: { roles: ['sales'] }, operations: ['customer.spending.view'], scope: { kind: 'all' } })
    expect(await answer(consultant, theirs)).toBe('template.not_for_customer')
    await app.lift(rule)
    // A clerk sees the orders of her store only: that a customer spent enough elsewhere is not hers to learn.
    await app.buys(mine, app.storeOf('clerk01'), 900_000)
    expect(await answer(clerk, mine)).toBe('template.not_for_customer')
    expect(await uses(id)).toBe(1)
  })
})

function raise(): never {
  throw new Error('the template is not in the list')
}
