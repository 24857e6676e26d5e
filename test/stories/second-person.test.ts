import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { BroadcastRules } from '#shared/contracts/broadcast-rules'
import { auditEntries } from '../../server/audit/audit.entity.ts'
import { defaultRules } from '../../server/broadcasts/rules/rules.ts'
import { waitingPeriodMs } from '../../server/approvals/index.ts'
import { generateCompany } from '../company/generate.ts'
import { testDatabaseKinds } from '../support/databases.ts'
import type { Person } from '../support/person.ts'
import { storyApp, type StoryApp } from './support/story-app.ts'

const put = (person: Person, path: string, body: object) => person.send('PUT', path, { body: JSON.stringify(body) })

/** Words, rules and quiet hours: whoever gives more needs a second person, whoever takes away needs nobody. */
describe.each(await testDatabaseKinds())('what a second person agrees to, on %s', (kind) => {
  let app: StoryApp
  let lead: Person
  let admin: Person
  let now = Date.now()
  beforeAll(async () => {
    app = await storyApp({ database: kind, clock: () => now, company: generateCompany({ customers: 5 }) })
    lead = await app.person('marketinglead01')
    admin = await app.person('admin01')
  })
  afterAll(() => app.stop())

  const decide = (person: Person, id: string, verdict = 'approve') => person.post(`/api/approvals/${id}/decision`, { verdict })
  const version = async () => (await lead.get('/api/screening/draft')).body.version as number
  const edit = async (change: { set?: object[], remove?: string[] }) => (await lead.patch('/api/screening/draft/words', { version: await version(), set: [], remove: [], ...change })).body.version as number
  const publish = async (at: number, person = lead) => person.post('/api/screening/draft/publish', { version: at, note: '调整词库' })
  const verdict = async (text: string) => (await app.services.screenings.scanAll([text]))[0]?.verdict
  const word = (text: string, more: object = {}) => ({ word: text, kind: 'block', category: 'other', disguises: [], note: '', ...more })

  it('a word more is in force at once; a word less only when somebody else agrees, and not before', async () => {
    expect((await publish(await edit({ set: [word('新禁词甲')] }))).body).toEqual({ number: 1, approvalId: null })
    expect(await verdict('新禁词甲')).toBe('block')
    const asked = await publish(await edit({ remove: ['新禁词甲'] }))
    expect(asked.body).toEqual({ number: null, approvalId: expect.any(String) })
    expect([await verdict('新禁词甲'), (await decide(lead, asked.body.approvalId)).status]).toEqual(['block', 403])
    expect((await decide(await app.person('manager01'), asked.body.approvalId)).status).toBe(404)
    const shown = (await admin.get(`/api/approvals/${asked.body.approvalId}`)).text
    expect(shown).toContain('新禁词甲')
    expect((await decide(admin, asked.body.approvalId)).body.outcome).toBe('approved')
    expect([await verdict('新禁词甲'), await version()]).toEqual(['pass', 0])
    expect(await app.services.database.db.findBy(auditEntries, { action: 'words.published' })).toMatchObject([{ details: { number: 1 } }, { details: { number: 2, approvedBy: (await app.staffOf('admin01')).id } }])
  })

  it('an allowed phrase, a weaker word and an earlier list are less as well', async () => {
    for (const change of [{ set: [word('合法赌博', { kind: 'allow' })] }, { set: [word('赌博', { kind: 'warn', disguises: ['sound', 'pinyin', 'shape', 'split'] })] }]) {
      const at = await edit(change)
      expect((await publish(at)).body.number).toBeNull()
      await lead.send('DELETE', `/api/screening/draft?version=${at}`)
    }
    await publish(await edit({ set: [word('新禁词乙')] }))
    expect((await lead.post('/api/screening/versions/0/restore', { note: '恢复' })).body.number).toBeNull()
    expect(await verdict('新禁词乙')).toBe('block')
  })

  it('what was edited or overtaken meanwhile does not come in force by an old agreement', async () => {
    const first = await publish(await edit({ remove: ['新禁词乙'] }))
    await edit({ remove: ['赌博'] })
    expect((await decide(admin, first.body.approvalId)).body.outcome).not.toBe('approved')
    expect(await verdict('新禁词乙')).toBe('block')
    const second = await publish(await version())
    const refused = await decide(admin, second.body.approvalId, 'refuse')
    expect([refused.body.outcome, await verdict('赌博')]).toEqual(['refused', 'block'])
    await lead.send('DELETE', `/api/screening/draft?version=${await version()}`)
    // Restored 0 waits; another list comes in force; then nothing brings 0 back.
    const old = await lead.post('/api/screening/versions/0/restore', { note: '恢复' })
    const third = await edit({ set: [word('新禁词丙')] })
    expect((await publish(third)).body.number).not.toBeNull()
    expect((await decide(admin, old.body.approvalId)).body.outcome).not.toBe('approved')
    expect(await verdict('新禁词丙')).toBe('block')
  })

  it('of two who agree at once one decides, and the list is published once', async () => {
    const asked = await publish(await edit({ remove: ['新禁词丙'] }))
    const before = (await app.services.screenings.inForce()).number
    const replies = await Promise.all([decide(admin, asked.body.approvalId), decide(admin, asked.body.approvalId)])
    expect(replies.filter((reply) => reply.body.outcome === 'approved')).toHaveLength(1)
    expect((await app.services.screenings.inForce()).number).toBe(before + 1)
  })

  const rules = async (changed: BroadcastRules) => {
    const draft = (await lead.get('/api/broadcast-rules')).body.draft
    const edited = await put(lead, '/api/broadcast-rules/draft', { version: draft?.version ?? 0, rules: changed })
    return lead.post('/api/broadcast-rules/publish', { version: edited.body.version })
  }
  const inForce = async () => (await lead.get('/api/broadcast-rules')).body.active.rules

  it('S40 lower caps hold at once, higher ones when somebody else agrees', async () => {
    const lower = { ...defaultRules, frequency: { messages: 1, days: 7 } }
    expect((await rules(lower)).body).toEqual({ version: 1, approvalId: null })
    const asked = await rules(defaultRules)
    expect([asked.body.version, await inForce()]).toEqual([null, lower])
    const changedMind = await rules({ ...defaultRules, frequency: { messages: 3, days: 7 } })
    expect((await decide(admin, asked.body.approvalId)).body.outcome).not.toBe('approved')
    expect((await decide(admin, changedMind.body.approvalId)).body.outcome).toBe('approved')
    expect((await inForce()).frequency).toEqual({ messages: 3, days: 7 })
    expect((await lead.get('/api/broadcast-rules')).body.draft).toBeNull()
  })

  it('whoever lost the right before the agreement gets nothing', async () => {
    const asked = await rules({ ...defaultRules, frequency: { messages: 5, days: 7 } })
    await app.takeRole('marketinglead01', 'marketing-director')
    expect((await decide(admin, asked.body.approvalId)).body.outcome).not.toBe('approved')
    await app.giveRole('marketinglead01', 'marketing-director')
    expect((await inForce()).frequency.messages).toBe(3)
  })

  it('a company whose administrator is alone waits a day, and whoever was told can refuse', async () => {
    await app.takeRole('marketinglead01', 'marketing-director')
    const asked = await put(admin, '/api/outreach/quiet-hours', { from: '22:00', until: '08:00', version: 0 })
    await app.settle()
    const state = async () => (await admin.get(`/api/approvals/${asked.body.approvalId}`)).body.status
    expect([asked.body.version, await state()]).toEqual([0, 'waiting'])
    now += waitingPeriodMs + 60_000
    await app.services.approvals.moveDue()
    await app.settle()
    const fresh = await app.as('admin01')
    expect((await fresh.get('/api/outreach/quiet-hours')).body).toEqual({ from: '22:00', until: '08:00', version: 1 })
  })
})
