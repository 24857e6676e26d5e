import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testDatabaseKinds } from '../support/databases.ts'
import { expectHidden } from './support/answers.ts'
import { codeOf, day, post, rightsOf, type RightsWords } from './support/rights.ts'
import { storyApp, type StoryApp } from './support/story-app.ts'

describe.each(await testDatabaseKinds())('customers shown to colleagues, on %s', (kind) => {
  let app: StoryApp
  let rights: RightsWords
  const clock = { ahead: 0 }
  const now = () => Date.now() + clock.ahead
  /** The consultant's customer. */
  let student = ''

  beforeAll(async () => {
    app = await storyApp({ database: kind, clock: now })
    rights = rightsOf(app)
    student = await customerOf('sales01', '学员')
  })
  afterAll(() => app.stop())

  async function customerOf(userid: string, name: string): Promise<string> {
    const { externalUserId } = app.simulator.controls.memberAddsCustomer(userid, { newCustomer: { name } })
    await app.settle()
    await app.knows(externalUserId, { ownerStaffId: (await app.staffOf(userid)).id, ownerDepartmentId: app.storeOf(userid), contractAmountFen: 12_345_600, contractState: 'signed', mobile: '13912345678' })
    return externalUserId
  }

  const share = async (userid: string, customer: string, body: object) => post(await app.as(userid), `/api/customers/${customer}/shares`, { reason: '一起跟进', until: now() + day, ...body })
  const may = async (userid: string, customer: string): Promise<string[]> => ((await (await app.as(userid)).get(`/api/customers/${customer}`)).body.abilities?.operations ?? []).filter((one: string) => /^(customer|talk)\./.test(one))

  it('S20 a consultant shares the follow-ups of a student with a class teacher: no contract amount, no change of contact data', async () => {
    const teacher = await app.as('service01')
    await expectHidden(teacher, student)
    const shared = await share('sales01', student, { userid: 'service01', operations: ['talk.followups.edit'] })
    expect([shared.status, shared.body.operations, shared.body.state]).toEqual([200, ['customer.profile.view', 'talk.followups.view', 'talk.followups.edit'], 'active'])
    expect(await may('service01', student)).toEqual(['customer.profile.view', 'talk.followups.view', 'talk.followups.edit'])
    const card = await teacher.get(`/api/customers/${student}`)
    expect([card.status, card.text.includes('12345600'), card.body.abilities.writable]).toEqual([200, false, []])
    expect(Object.keys(card.body.fields)).not.toEqual(expect.arrayContaining(['contractAmountFen']))
    expect((await teacher.patch(`/api/customers/${student}`, { version: card.body.customer.version, mobile: '13800001234' })).status).toBe(403)
    // The consultant himself never sees the amount.
    expect((await (await app.as('sales01')).get(`/api/customers/${student}`)).text).not.toContain('12345600')
    expect((await teacher.get(`/api/customers/${student}/shares`)).body.items.map((one: { staff: { userid: string } }) => one.staff.userid)).toEqual(['service01'])
    expect((await rights.actions((await app.customer(student)).id))).toContain('share.given')
  })

  it('S20 one shares what one holds by one\'s own role, and what the other\'s role could hold, no further', async () => {
    // A clerk neither holds contracts nor may the shared customer be shared on.
    expect(codeOf(await share('service01', student, { userid: 'service02', operations: ['talk.followups.view'] }))).toEqual([403, 'share.not_yours'])
    expect(codeOf(await share('sales01', student, { userid: 'service01', operations: ['customer.contract.view'] }))).toEqual([409, 'share.gives_nothing'])
    expect(codeOf(await share('sales01', student, { userid: 'clerk02', operations: ['customer.contract.edit'] }))).toEqual([403, 'share.not_yours'])
    expect(codeOf(await share('clerk02', student, { userid: 'clerk03', operations: ['customer.profile.view'] }))).toEqual([404, 'customer.not_found'])
    const flawed = await share('sales01', student, { userid: 'sales01', until: now() - 1, operations: ['customer.contact.operate', 'marketing.reports.view', 'nothing.at.all'] })
    expect([codeOf(flawed), flawed.body.error.data.places]).toEqual([[400, 'share.flawed'], ['userid', 'operations.0', 'operations.1', 'operations.2', 'until']])
    expect(codeOf(await share('sales01', student, { userid: 'nobody', operations: ['customer.profile.view'] }))).toEqual([404, 'staff.not_found'])
    expect(codeOf(await share('sales01', student, { userid: 'service01', operations: ['customer.profile.view'], until: now() + 91 * day }))).toEqual([400, 'share.flawed'])
  })

  it('S20 a share ends by whoever gave or got it, or an administrator, or the clock; nobody else ends it', async () => {
    for (const ender of ['sales01', 'service02', 'admin01']) {
      const { id } = (await share('sales01', student, { userid: 'service02', operations: ['talk.followups.view'] })).body
      expect((await may('service02', student)).length).toBe(2)
      expect(codeOf(await post(await app.as('clerk03'), `/api/shares/${id}/end`, {}))).toEqual([404, 'share.not_found'])
      expect((await post(await app.as(ender), `/api/shares/${id}/end`, {})).body).toEqual({ ended: true })
      expect((await post(await app.as(ender), `/api/shares/${id}/end`, {})).body).toEqual({ ended: false })
      await expectHidden(await app.as('service02'), student)
    }
    await share('sales01', student, { userid: 'service02', operations: ['talk.followups.view'] })
    clock.ahead += day
    await expectHidden(await app.as('service02'), student)
  })

  it('T20 a shared customer does not vanish because the right of whoever shared him ended', async () => {
    const other = await customerOf('sales01', '转走的客户')
    await share('sales01', other, { userid: 'service03', operations: ['talk.followups.view'] })
    await app.services.database.transaction((work) => app.services.staffWriter.remove(work, 'sales01'))
    expect(await may('service03', other)).toEqual(['customer.profile.view', 'talk.followups.view'])
    // Whoever received it and leaves loses it.
    await app.services.database.transaction((work) => app.services.staffWriter.remove(work, 'service03'))
    const listed = (await (await app.as('director01')).get(`/api/customers/${other}/shares`)).body.items
    expect(listed.map((one: { state: string }) => one.state)).toEqual(['ended'])
  })
})
