import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { nodeGrants, restrictions, roles, temporaryGrants, campaigns, campaignMembers, shares } from '../../server/access/index.ts'
import { readLivePolicy } from '../../server/policy/live-document.ts'
import { exportScenario, runScenario } from '../../server/scenarios.ts'
import { testDatabase, testDatabaseKinds, type TestDatabase } from '../support/databases.ts'
import { storyApp, type StoryApp } from '../stories/support/story-app.ts'
import { moment } from './support/random-rules.ts'
import { worldArbitrary } from './support/random-world.ts'
import { replaceWorld } from './support/write-world.ts'

describe.each(await testDatabaseKinds())('the running policy as a file, on %s', (kind) => {
  let app: StoryApp
  let text = ''
  const now = Date.now()
  beforeAll(async () => {
    app = await storyApp({ database: kind })
    const { db } = app.services.database
    const clerk = await app.staffOf('clerk01')
    const [customer] = await db.query('SELECT id FROM customers WHERE owner_staff_id IS NOT NULL ORDER BY id LIMIT 1') as { id: string }[]
    await app.restrict({ subject: { everyone: true, except: [clerk.id] }, operations: ['customer.contact.view'], scope: { kind: 'departments', departmentIds: [app.storeOf('clerk01'), 987_654] }, conditions: [{ kind: 'tags', match: 'any', tagIds: ['et-unknown'] }] })
    await app.restrict({ subject: { roles: ['clerk', 'vanished-role'], staffIds: ['019a0000-0000-7000-8000-000000000000'] }, operations: ['customer.spending.view'], scope: { kind: 'all' }, fields: { spendTotalFen: 'masked' }, from: 1, until: now + 86_400_000 })
    const source = { createdAt: 1, endedAt: null }
    await db.getRepository(nodeGrants).insert({ id: 'birthday-cards', nodeKey: 'birthday', subject: { roles: ['trainee'], staffIds: [clerk.id] }, definition: { operations: ['customer.contact.view'], scope: { kind: 'all' }, conditions: [{ kind: 'spend', atLeastFen: 100_000 }] }, keepsOpen: true, ...source })
    const person = { version: 1, createdAt: 1 }
    await db.getRepository(campaigns).insert({ id: 'camp-1', campaignKey: 'double11', name: '双十一秘密', fromAt: 1, untilAt: now + 5_000, endedAt: null, createdBy: 'x', ...person })
    await db.getRepository(campaignMembers).insert({ campaignId: 'camp-1', staffId: clerk.id, since: 1 })
    const grant = { fromAt: 1, untilAt: now + 9_000, state: 'granted' as const, reason: '秘密的理由', requestedBy: 'x', decidedBy: null, decidedAt: null, endedAt: null, ...person }
    await db.getRepository(temporaryGrants).insert([
      { id: 'for-camp', staffId: null, campaignId: 'camp-1', definition: { operations: ['customer.contract.view'], scope: { kind: 'all' }, conditions: [{ kind: 'campaign', anyOf: ['double11', 'unknown-campaign'] }] }, ...grant },
      { id: 'for-clerk', staffId: clerk.id, campaignId: null, definition: { operations: ['customer.contract.view'], scope: { kind: 'customers', customerIds: [customer?.id ?? ''] } }, ...grant },
    ])
    await db.getRepository(shares).insert({ id: 'shown', customerId: customer?.id ?? '', staffId: clerk.id, operations: ['customer.profile.view', 'customer.contact.view'], fromAt: 1, untilAt: now + 9_000, reason: '秘密的理由', sharedBy: 'x', createdAt: 1, endedAt: null })
    text = await exportScenario(app.services.database, now)
  })
  afterAll(() => app.stop())

  it('can be asked again, and everything is as it was', async () => {
    const result = await runScenario(text)
    expect(result.differences).toEqual([])
    expect(result.questions).toBeGreaterThan(500)
  })

  it('asks about each role, with customers on both sides', () => {
    for (const role of new Set(app.company.staff.map((one) => one.role))) expect(text).toMatch(new RegExp(`staff-\\d+: \\{ roles: \\[[^\\]]*\\b${role}\\b`))
    expect(text).toMatch(/sees: staff-\d+, with: \[ [^\]]*\], expect: \[ customer/)
    expect(text).toMatch(/expect: \[ *\]/)
    expect(text).toMatch(/expect: allow/)
    expect(text).toMatch(/expect: deny/)
    for (const rule of ['for-clerk', 'for-camp', 'birthday-cards', 'shown', 'double11', 'vanished-role', 'et-unknown', 'department-987654']) expect(text).toContain(rule)
  })

  it('holds nothing personal: no name, number, text, amount or id of a person or customer', async () => {
    const { db } = app.services.database
    const people = await db.query('SELECT id, userid, wecom_userid, name FROM staff') as Record<string, string>[]
    const known = await db.query('SELECT id, external_user_id, name, unionid, avatar FROM customers') as Record<string, string | null>[]
    const named = new Set([(await app.staffOf('clerk01')).id])
    const values = [...people.flatMap((one) => Object.values(one)), ...known.flatMap((one) => Object.values(one)), ...app.company.departments.map((one) => one.name)]
      .filter((value): value is string => value !== null && value.length > 1 && !named.has(value))
    expect(values.length).toBeGreaterThan(300)
    const labels = new Set(['客服', '总部', '市场部'])
    expect(values.filter((value) => !labels.has(value) && text.includes(value))).toEqual([])
    const amounts = (await db.query('SELECT amount_fen AS amount FROM orders WHERE amount_fen > 1000') as { amount: unknown }[]).map((one) => `fen: ${String(one.amount)} `)
    expect(amounts.filter((amount) => text.includes(amount))).toEqual([])
    for (const secret of ['秘密', '双十一']) expect(text).not.toContain(secret)
  })

  it('finds what another set of rules would change', async () => {
    const roleRows = await app.services.database.db.getRepository(roles).find()
    const policy = {
      roles: roleRows.filter((row) => row.roleKey !== 'director').map((row) => ({ roleKey: row.roleKey, label: row.label, grants: [{ operations: ['customer.profile.view' as const], scope: { kind: 'own' as const }, conditions: [], fields: {} }] })),
      restrictions: [], nodeGrants: [], templateRules: [],
    }
    const { differences } = await runScenario(text, { policy })
    expect(differences.length).toBeGreaterThan(50)
    expect(differences.every((one) => one.line !== null && one.decide !== one.expected)).toBe(true)
    const draft = await exportScenario(app.services.database, now, policy)
    expect(draft).not.toContain('restrictions:')
    expect((await runScenario(draft)).differences).toEqual([])
  })

  it('is the same rules that are published as a document', async () => {
    const { document } = await readLivePolicy(app.services.database.db)
    expect((await runScenario(text, { policy: document })).differences).toEqual([])
    expect((await runScenario(await exportScenario(app.services.database, now, document))).differences).toEqual([])
  })

  it('is refused while a rule in force cannot be read', async () => {
    const { db } = app.services.database
    await db.getRepository(restrictions).insert({ id: 'broken-rule', definition: { subject: 7 }, createdAt: 1, endedAt: null })
    await expect(exportScenario(app.services.database, now)).rejects.toThrow(/restrictions.broken-rule: this rule cannot be read/)
    await db.getRepository(restrictions).delete({ id: 'broken-rule' })
    await expect(exportScenario(app.services.database, now)).resolves.toContain('restrictions')
  })
})

describe('random companies', () => {
  let test: TestDatabase
  beforeAll(async () => { test = await testDatabase('sqlite') })
  afterAll(() => test.drop())

  it('come back from their file with the same answers', async () => {
    let asked = 0
    await fc.assert(fc.asyncProperty(worldArbitrary.map((world) => ({ ...world, unreadable: [], freezes: [] })), async (world) => {
      await test.database.transaction((work) => replaceWorld(work.db, world))
      const { questions, differences } = await runScenario(await exportScenario(test.database, moment))
      asked += questions
      expect(differences).toEqual([])
    }), { numRuns: 25 })
    expect(asked).toBeGreaterThan(2_000)
  })
})
