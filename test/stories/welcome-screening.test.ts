import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { auditEntries } from '../../server/audit/audit.entity.ts'
import { entrances } from '../../server/entrances/index.ts'
import { generateCompany } from '../company/generate.ts'
import { testDatabaseKinds } from '../support/databases.ts'
import { agreed } from '../support/second-person.ts'
import { storyApp, type StoryApp } from './support/story-app.ts'

/** S39 for the one text that leaves without anybody having looked at it. */
describe.each(await testDatabaseKinds())('welcome messages, on %s', (kind) => {
  let app: StoryApp
  const company = generateCompany({ customers: 5 })
  const home = company.staff.find((person) => person.userid === 'clerk02')?.departmentIds[0] ?? 0
  const named = company.departments.map((one) => (one.id === home ? { ...one, name: '线上赌博平台店' } : one))
  beforeAll(async () => { app = await storyApp({ database: kind, company: { ...company, departments: named } }) })
  afterAll(() => app.stop())

  const publish = async (set: object[], remove: string[] = []) => {
    const lead = await app.person('marketinglead01')
    const { version } = (await lead.get('/api/screening/draft')).body
    const edited = await lead.patch('/api/screening/draft/words', { version, set, remove })
    await agreed(app, await lead.post('/api/screening/draft/publish', { version: edited.body.version, note: '欢迎语' }))
  }
  const word = (text: string, kindOf = 'block') => ({ word: text, kind: kindOf, category: 'other', disguises: [], note: '' })
  const welcomed = async (departmentId: number) => {
    const { state } = await app.entranceOf(departmentId)
    const scan = app.simulator.controls.customerScans({ state, newCustomer: { name: '新客户' } })
    await app.settle()
    return JSON.stringify(app.simulator.controls.chat(scan.userid, scan.externalUserId))
  }
  const stopped = () => app.services.database.db.findBy(auditEntries, { action: 'welcome.stopped' })

  it('S39 a store whose name must not leave gets the plain welcome', async () => {
    const { welcomeText } = await app.services.database.db.findOneByOrFail(entrances, { departmentId: home })
    expect([welcomeText.startsWith('您好，欢迎！'), (await app.services.screenings.scanAll([welcomeText]))[0]?.verdict]).toEqual([true, 'pass'])
  })

  it('S39 the words in force when it leaves decide, also about what a person would have to judge', async () => {
    const store = app.storeOf('clerk01')
    expect(await welcomed(store)).toContain('欢迎来到')
    for (const severity of ['block', 'review']) {
      await publish([word('欢迎来到', severity)])
      const said = await welcomed(store)
      expect([said.includes('欢迎来到'), said.includes('您好，欢迎！')]).toEqual([false, true])
    }
    expect(await stopped()).toMatchObject([{ outcome: 'refused', details: { categories: ['other'], screening: 'block', plain: true } }, { details: { screening: 'review', plain: true } }])
    await publish([word('专属顾问')])
    expect(await welcomed(store)).not.toContain('欢迎')
    expect((await stopped()).at(-1)).toMatchObject({ details: { plain: false } })
    await publish([], ['专属顾问', '欢迎来到'])
    expect(await welcomed(store)).toContain('欢迎来到')
  })
})
