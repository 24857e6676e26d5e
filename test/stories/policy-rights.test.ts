import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { policyContracts } from '#shared/contracts/policy'
import { policyTestContracts } from '#shared/contracts/policy-tests'
import { testDatabaseKinds } from '../support/databases.ts'
import type { Person } from '../support/person.ts'
import { expectHidden, idsOf } from './support/answers.ts'
import { storyApp, type StoryApp } from './support/story-app.ts'

const send = (person: Person, method: string, path: string, body: unknown = {}) => person.send(method, path, method === 'GET' || method === 'DELETE' ? {} : { body: JSON.stringify(body) })
const nobody = '019a0000-0000-7000-8000-000000000000'

describe.each(await testDatabaseKinds())('who may shape the policy, on %s', (kind) => {
  let app: StoryApp
  let admin: Person
  beforeAll(async () => {
    app = await storyApp({ database: kind })
    admin = await app.person('admin01')
  })
  afterAll(() => app.stop())

  const begin = async () => (await send(admin, 'POST', '/api/policy/drafts', { name: '草稿' })).body
  const drop = async (draft: { id: string }) => {
    const { version } = (await admin.get(`/api/policy/drafts/${draft.id}`)).body
    expect((await admin.send('DELETE', `/api/policy/drafts/${draft.id}?version=${version}`)).status).toBe(200)
  }

  it('S06 a marketing director configures strategy, and can neither grant, restrict, publish nor read policy and audit', async () => {
    const director = await app.person('marketinglead01')
    expect((await director.get('/api/me')).body.operations).toContain('marketing.strategy.operate')
    const draft = await begin()
    for (const [method, path, body] of [
      ['GET', '/api/policy'], ['GET', '/api/policy/versions'], ['GET', `/api/policy/drafts/${draft.id}`], ['GET', '/api/audit'],
      ['POST', '/api/policy/drafts', { name: '我的' }], ['PUT', `/api/policy/drafts/${draft.id}`, { version: draft.version, document: draft.document }],
      ['POST', `/api/policy/drafts/${draft.id}/preview`], ['POST', `/api/policy/drafts/${draft.id}/publish`, { version: draft.version, note: '发布' }],
      ['POST', '/api/restrictions', { definition: { subject: { everyone: true }, operations: ['talk.messages.view'], scope: { kind: 'all' } }, note: '停' }],
      ['POST', '/api/policy/tests', { name: '用例' }],
    ] as const) {
      const reply = await send(director, method, path, body)
      expect([method, path, reply.status, reply.body.error?.code]).toEqual([method, path, 403, 'access.denied'])
    }
    expect((await admin.get(`/api/policy/drafts/${draft.id}`)).body.version).toBe(draft.version)
    await drop(draft)
  })

  it('S07 the administrator sets the rules by which customers are seen, and sees none of them, in no preview either', async () => {
    const { externalUserId } = await app.arrives(app.storeOf('clerk01'), { name: '顾客甲乙丙' })
    await expectHidden(admin, externalUserId)
    expect(await idsOf(admin)).toEqual([])
    const draft = await begin()
    const document = structuredClone(draft.document)
    for (const grant of document.roles.find((role: { roleKey: string }) => role.roleKey === 'clerk').grants) if (grant.scope.kind === 'team') grant.scope = { kind: 'all' }
    const saved = (await send(admin, 'PUT', `/api/policy/drafts/${draft.id}`, { version: draft.version, document })).body
    const { previewId } = (await send(admin, 'POST', `/api/policy/drafts/${draft.id}/preview`)).body
    await app.settle()
    const shown = await admin.get(`/api/policy/previews/${previewId}`)
    const clerk = shown.body.result.people.find((one: { userid: string }) => one.userid === 'clerk01')
    expect(clerk.effects.find((effect: { what: string }) => effect.what === 'customer.profile.view').gained).toBeGreaterThan(5)
    expect(shown.text).not.toMatch(/"externalUserId"|顾客甲乙丙/)

    // Whoever sees the customers as well is told which.
    await app.giveRole('admin01', 'director')
    const both = (await admin.get(`/api/policy/previews/${previewId}`)).body.result.people.find((one: { userid: string }) => one.userid === 'clerk01')
    expect(both.effects.find((effect: { what: string }) => effect.what === 'customer.profile.view').gainedExamples).toHaveLength(5)
    await app.takeRole('admin01', 'director')
    expect((await admin.get(`/api/policy/previews/${previewId}`)).text).not.toContain('"externalUserId"')
    expect(saved.flaws).toEqual([])
    await drop(draft)
  })

  it('T01 wrong names in a draft are all told at once and stop preview and publishing; nothing is allowed by them', async () => {
    const draft = await begin()
    const document = structuredClone(draft.document)
    document.roles[0].grants = [
      { operations: ['customer.profile.wiew', 'system.audit.view'], scope: { kind: 'galaxy' }, conditions: [{ kind: 'moonPhase' }, { kind: 'tags', match: 'any', tagIds: ['nothing'] }], fields: { nmae: 'clear' } },
      { operations: [], scope: { kind: 'departments', departmentIds: [987_654] } },
    ]
    document.restrictions = [{ id: 'r', definition: { subject: { everyone: true, except: ['administrator'] }, operations: ['talk.messages.view'], scope: { kind: 'all' } } }]
    const saved = (await send(admin, 'PUT', `/api/policy/drafts/${draft.id}`, { version: draft.version, document })).body
    expect(saved.flaws.map((flaw: { code: string }) => flaw.code).sort()).toEqual([
      'all_only', 'empty_operations', 'role_as_exception', 'unknown_condition', 'unknown_department', 'unknown_field', 'unknown_operation', 'unknown_scope', 'unknown_tag',
    ])
    expect(saved.narrowing).toBeNull()
    expect((await send(admin, 'POST', `/api/policy/drafts/${draft.id}/validate`)).body).toMatchObject({ publishable: false, flaws: saved.flaws })
    for (const [path, body] of [['preview', {}], ['publish', { version: saved.version, note: '发布' }]] as const) {
      const refused = await send(admin, 'POST', `/api/policy/drafts/${draft.id}/${path}`, body)
      expect([refused.status, refused.body.error.code, refused.body.error.data.count]).toEqual([409, 'policy.flawed', saved.flaws.length])
    }
    expect((await admin.get('/api/policy')).body.version.number).toBe(1)
    await drop(draft)
  })

  it('T05 ids in a route or a body widen nothing: unknown ones are not found, foreign keys are refused', async () => {
    for (const [method, path, body, code] of [
      ['GET', `/api/policy/drafts/${nobody}`, undefined, 'policy.draft_not_found'], ['GET', `/api/policy/previews/${nobody}`, undefined, 'policy.preview_not_found'],
      ['POST', `/api/policy/drafts/${nobody}/publish`, { version: 1, note: '发布' }, 'policy.draft_not_found'], ['POST', '/api/restrictions/nothing/end', { note: '停' }, 'policy.restriction_not_found'],
      ['GET', '/api/policy/drafts/admin01', undefined, 'request.invalid'], ['GET', '/api/policy/versions/0', undefined, 'request.invalid'], ['GET', '/api/policy/versions/1e9999', undefined, 'request.invalid'],
      ['POST', '/api/policy/drafts', { name: '草稿', staffId: 'director01' }, 'request.invalid'], ['POST', '/api/policy/drafts', { name: '草稿', from: -1 }, 'request.invalid'],
      ['POST', '/api/restrictions', { definition: { subject: { everyone: true }, operations: ['talk.messages.view'], scope: { kind: 'all' }, allow: true }, note: '停' }, 'request.invalid'],
      ['POST', '/api/restrictions', { definition: { subject: {}, operations: ['talk.messages.view'], scope: { kind: 'all' } }, note: '停' }, 'policy.flawed'],
      ['POST', '/api/restrictions', { definition: { subject: { everyone: true }, operations: ['talk.messages.view'], scope: { kind: 'departments' } }, note: '停' }, 'policy.flawed'],
    ] as const) {
      const reply = await send(admin, method, path, body)
      expect([method, path, body, reply.body.error?.code]).toEqual([method, path, body, code])
    }
    expect((await admin.get('/api/policy')).body.version.number).toBe(1)
  })

  it('hostile bodies on every writing route are refused clearly and change nothing', async () => {
    const draft = await begin()
    const bodies: unknown[] = [[], 'text', 1, { version: '1' }, { version: 1, document: 5 }, { version: 1, note: '' }, { name: '' }, { name: 'x'.repeat(61) }, { name: { $ne: 1 } }, { definition: [], note: '说明' }, { __proto__: { name: 'x' }, constructor: 1 }]
    for (const contract of [...policyContracts, ...policyTestContracts].filter((one) => one.method === 'POST' || one.method === 'PUT')) {
      for (const body of bodies) {
        const reply = await send(admin, contract.method, contract.path.replace(/:\w+/, draft.id), body)
        expect([contract.path, body, reply.status]).toEqual([contract.path, body, 400])
        expect(reply.text).not.toMatch(/SQLITE|ER_|at .*\.ts/)
      }
    }
    expect((await admin.get(`/api/policy/drafts/${draft.id}`)).body).toMatchObject({ version: draft.version, state: 'open', document: draft.document })
    expect((await admin.get('/api/policy')).body.version.number).toBe(1)
    await drop(draft)
  })

  it('a kept test stops the publishing of a policy that would fail it', async () => {
    const text = [
      'about: S01 a store manager sees the spending of her store', 'tree:', '  company:', '  store: { in: company, kind: store }', 'staff:', '  wu: { roles: [store-manager], in: [store] }', '  lin: { roles: [clerk], in: [store] }',
      'customers:', '  acme: { owner: lin, orders: [{ store: store, yuan: 100 }] }', 'questions:', '  - { may: wu, do: customer.spending.view, to: acme, expect: allow }', '',
    ].join('\n')
    const kept = await send(admin, 'POST', '/api/policy/tests', { name: '店长看消费', text })
    expect([kept.status, kept.body.questions, kept.body.failures]).toEqual([200, 1, []])
    const draft = await begin()
    const document = structuredClone(draft.document)
    for (const grant of document.roles.find((role: { roleKey: string }) => role.roleKey === 'store-manager').grants) grant.operations = grant.operations.filter((operation: string) => operation !== 'customer.spending.view')
    const saved = (await send(admin, 'PUT', `/api/policy/drafts/${draft.id}`, { version: draft.version, document })).body
    expect(saved.narrowing).toBe(true)
    const refused = await send(admin, 'POST', `/api/policy/drafts/${draft.id}/publish`, { version: saved.version, note: '收紧' })
    expect([refused.status, refused.body.error]).toMatchObject([409, { code: 'policy.tests_failed', data: { count: 1, names: ['店长看消费'] } }])
    const { previewId } = (await send(admin, 'POST', `/api/policy/drafts/${draft.id}/preview`)).body
    await app.settle()
    expect((await admin.get(`/api/policy/previews/${previewId}`)).body.failedTests).toEqual([{ name: '店长看消费', detail: expect.stringContaining('customer.spending.view') }])
    expect((await send(admin, 'POST', '/api/policy/tests', { name: '坏文件', text: 'about: [' })).body.error.code).toBe('policy.test_unreadable')
    const exported = await send(admin, 'POST', '/api/policy/tests', { name: '现行方案' })
    expect([exported.status, exported.body.failures]).toEqual([200, []])
    expect((await admin.get(`/api/policy/tests/${exported.body.id}`)).body.text).toContain('questions:')
    for (const { id } of (await admin.get('/api/policy/tests')).body.items) expect((await admin.send('DELETE', `/api/policy/tests/${id}`)).body).toEqual({ dropped: true })
    expect((await send(admin, 'POST', `/api/policy/drafts/${draft.id}/publish`, { version: saved.version, note: '收紧' })).body).toMatchObject({ outcome: 'published', number: 2 })
  })
})
