import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { auditEntries } from '../../server/audit/audit.entity.ts'
import { testDatabaseKinds } from '../support/databases.ts'
import type { Person, Reply } from '../support/person.ts'
import { fieldsOf } from './support/answers.ts'
import { storyApp, type StoryApp } from './support/story-app.ts'

const send = (person: Person, method: string, path: string, body: unknown = {}): Promise<Reply> => person.send(method, path, { body: JSON.stringify(body) })
type Document = any

describe.each(await testDatabaseKinds())('the policy, from draft to force, on %s', (kind) => {
  let app: StoryApp
  let admin: Person
  let second: Person
  let mine = ''

  beforeAll(async () => {
    app = await storyApp({ database: kind })
    await app.giveRole('operations01', 'administrator')
    admin = await app.person('admin01')
    second = await app.person('operations01')
    mine = (await app.arrives(app.storeOf('clerk01'), { name: '方案客户' })).externalUserId
    await app.knows(mine, { mobile: '13512341234', ownerStaffId: (await app.staffOf('clerk01')).id, ownerDepartmentId: app.storeOf('clerk01') })
  })
  afterAll(() => app.stop())

  const begin = async (name = '调整', from?: number) => {
    const reply = await send(admin, 'POST', '/api/policy/drafts', { name, ...(from === undefined ? {} : { from }) })
    expect(reply.status).toBe(200)
    return reply.body
  }
  /** Saves a draft with its document changed. */
  const edit = async (draft: any, change: (document: Document) => void) => {
    const document = structuredClone(draft.document)
    change(document)
    const reply = await send(admin, 'PUT', `/api/policy/drafts/${draft.id}`, { version: draft.version, document })
    expect([reply.status, reply.body.error]).toEqual([200, undefined])
    return reply.body
  }
  const preview = async (draft: any) => {
    const started = await send(admin, 'POST', `/api/policy/drafts/${draft.id}/preview`)
    expect([started.status, started.body.state]).toEqual([200, 'running'])
    await app.settle()
    return (await admin.get(`/api/policy/previews/${started.body.previewId}`)).body
  }
  const publish = (draft: any, note = '调整权限') => send(admin, 'POST', `/api/policy/drafts/${draft.id}/publish`, { version: draft.version, note })
  const decide = (person: Person, requestId: string, verdict = 'approve') => send(person, 'POST', `/api/approvals/${requestId}/decision`, { verdict })
  const roleIn = (document: Document, key: string) => document.roles.find((role: { roleKey: string }) => role.roleKey === key)
  const current = async () => (await admin.get('/api/policy')).body
  const actions = async (action: string) => app.services.database.db.getRepository(auditEntries).findBy({ action })

  it('is read as one document, with its first version, equal to the templates', async () => {
    const policy = await current()
    expect(policy.version).toMatchObject({ number: 1, kind: 'first', createdBy: null, approvedBy: null })
    expect(policy.document.roles.map((role: { roleKey: string }) => role.roleKey)).toHaveLength(13)
    expect([policy.differences, policy.unreadable]).toEqual([[], []])
    expect(policy.holders).toEqual(expect.arrayContaining([{ roleKey: 'administrator', staff: 2 }]))
    expect((await current()).version.number).toBe(1)
    const words = (await admin.get('/api/policy/words')).body
    expect(words.departments.length).toBeGreaterThan(12)
    expect(words.tagGroups.length).toBeGreaterThan(0)
  })

  it('S25 a widening draft needs a preview and a second person; then it holds for the next request', async () => {
    const clerk = await app.person('clerk01')
    expect((await clerk.get(`/api/customers/${mine}`)).body.fields.mobile).toBe('masked')
    const draft = await edit(await begin('导购看清手机号'), (document) => {
      for (const grant of roleIn(document, 'clerk').grants) if (grant.operations.includes('customer.contact.view')) grant.fields = { mobile: 'clear' }
    })
    expect([draft.flaws, draft.narrowing]).toEqual([[], false])
    expect(draft.changes).toEqual([{ part: 'roles', key: 'clerk', change: 'changed', operations: expect.arrayContaining(['customer.contact.view']) }])
    expect((await publish(draft)).body.error.code).toBe('policy.preview_required')

    const shown = await preview(draft)
    expect([shown.state, shown.progress, shown.current, shown.failedTests]).toEqual(['done', 100, true, []])
    expect(shown.result).toMatchObject({ nobodyGains: false, nobodyLoses: true, staffLosing: 0 })
    const person = shown.result.people.find((one: { userid: string }) => one.userid === 'clerk01')
    expect(person.effects.map((effect: { what: string }) => effect.what)).toEqual(['field:mobile'])
    expect(person.effects[0].lost).toBe(0)
    for (const effect of shown.result.people.flatMap((one: { effects: object[] }) => one.effects)) {
      expect([effect.gainedExamples, effect.lostExamples]).toEqual([[], []])
      expect(effect.gained === null || effect.gained >= 5).toBe(true)
    }

    const asked = await publish(draft)
    expect(asked.body).toEqual({ outcome: 'waiting', number: null, requestId: expect.any(String) })
    expect((await clerk.get(`/api/customers/${mine}`)).body.fields.mobile).toBe('masked')
    expect((await send(admin, 'PUT', `/api/policy/drafts/${draft.id}`, { version: draft.version + 1, document: draft.document })).body.error.code).toBe('policy.draft_closed')
    await app.settle()
    for (const userid of ['admin01', 'director01', 'marketinglead01', 'manager01']) {
      expect([userid, (await decide(await app.person(userid), asked.body.requestId)).status]).toSatisfy(([, status]) => status === 403 || status === 404)
    }
    expect((await decide(second, asked.body.requestId)).body.outcome).toBe('approved')
    expect((await clerk.get(`/api/customers/${mine}`)).body.customer.mobile).toBe('+8613512341234')

    const policy = await current()
    expect(policy.version).toMatchObject({ number: 2, kind: 'published', note: '调整权限', createdBy: { userid: 'admin01' }, approvedBy: { userid: 'operations01' } })
    expect(policy.differences).toEqual([{ roleKey: 'clerk', own: false, cells: [{ operation: 'customer.contact.view', change: 'changed' }, ...policy.differences[0].cells.slice(1)] }])
    const [entry] = await actions('policy.published')
    expect(entry?.details).toMatchObject({ version: 2, hash: policy.version.contentHash, approvedBy: (await app.staffOf('operations01')).id })
  })

  it('S26 a draft that only narrows is in force at once, and an open card loses it at the next request', async () => {
    const manager = await app.person('manager01')
    expect(Object.keys((await manager.get(`/api/customers/${mine}`)).body.fields)).toContain('mobile')
    const draft = await edit(await begin('店长不看联系方式'), (document) => {
      for (const grant of roleIn(document, 'store-manager').grants) grant.operations = grant.operations.filter((operation: string) => !operation.startsWith('customer.contact.'))
    })
    expect(draft.narrowing).toBe(true)
    expect((await publish(draft)).body).toEqual({ outcome: 'published', number: 3, requestId: null })
    const card = await manager.get(`/api/customers/${mine}`)
    expect(Object.keys(card.body.fields)).toEqual(expect.not.arrayContaining(fieldsOf('contact')))
    expect(card.text).not.toContain('1234')
    expect((await current()).version).toMatchObject({ number: 3, approvedBy: null })
  })

  it('rolls back to an earlier version with a second person, as a version of its own', async () => {
    const draft = await begin('回退', 2)
    expect([draft.restores, draft.narrowing]).toEqual([2, false])
    await preview(draft)
    const asked = await publish(draft, '误删')
    await app.settle()
    expect((await second.get(`/api/approvals/${asked.body.requestId}`)).body).toMatchObject({ title: '回退到权限方案 v2', decideOn: 'console' })
    expect((await decide(second, asked.body.requestId)).body.outcome).toBe('approved')
    expect((await current()).version).toMatchObject({ number: 4, kind: 'rollback', restores: 2 })
    expect(Object.keys((await (await app.person('manager01')).get(`/api/customers/${mine}`)).body.fields)).toContain('mobile')
    const versions = (await admin.get('/api/policy/versions?limit=2')).body
    expect([versions.items.map((one: { number: number }) => one.number), versions.nextBefore]).toEqual([[4, 3], 3])
    expect((await admin.get('/api/policy/versions?before=3')).body.items.map((one: { number: number }) => one.number)).toEqual([2, 1])
    expect((await admin.get('/api/policy/versions/3')).body.changes).toEqual([expect.objectContaining({ part: 'roles', key: 'store-manager', change: 'changed' })])
    expect((await admin.get('/api/policy/versions/99')).body.error.code).toBe('policy.version_not_found')
  })

  it('a version published meanwhile closes the waiting request, and the draft is taken along', async () => {
    const widening = await edit(await begin('放宽'), (document) => { roleIn(document, 'trainee').grants[0].scope = { kind: 'team' } })
    await preview(widening)
    const asked = await publish(widening)
    expect(asked.body.outcome).toBe('waiting')
    const narrowing = await edit(await begin('收紧'), (document) => {
      for (const grant of roleIn(document, 'clerk').grants) grant.operations = grant.operations.filter((operation: string) => operation !== 'marketing.reports.view')
      roleIn(document, 'clerk').grants = roleIn(document, 'clerk').grants.filter((grant: { operations: string[] }) => grant.operations.length > 0)
    })
    expect((await publish(narrowing)).body).toMatchObject({ outcome: 'published', number: 5 })
    await app.settle()
    expect((await decide(second, asked.body.requestId)).status).toBeGreaterThanOrEqual(400)
    const reopened = (await admin.get(`/api/policy/drafts/${widening.id}`)).body
    expect(reopened).toMatchObject({ state: 'open', baseNumber: 4, currentNumber: 5, requestId: null })
    expect((await publish(reopened)).body.error.code).toBe('policy.base_changed')
    const taken = (await send(admin, 'POST', `/api/policy/drafts/${widening.id}/rebase`, { version: reopened.version })).body
    expect(taken.conflicts).toEqual([])
    expect(taken.draft).toMatchObject({ baseNumber: 5, changes: [{ part: 'roles', key: 'trainee', change: 'changed' }], previewId: null })
    expect((await admin.send('DELETE', `/api/policy/drafts/${widening.id}?version=${taken.draft.version}`)).body).toEqual({ discarded: true })
    expect((await admin.get('/api/policy/drafts')).body.items).toEqual([])
  })

  it('two editors: the second save is a conflict and changes nothing', async () => {
    const draft = await begin('两人同时改')
    const saved = await edit(draft, (document) => { roleIn(document, 'clerk').label = '导购员' })
    const stale = await send(second, 'PUT', `/api/policy/drafts/${draft.id}`, { version: draft.version, document: draft.document })
    expect([stale.status, stale.body.error.code]).toEqual([409, 'policy.version_conflict'])
    expect(roleIn((await second.get(`/api/policy/drafts/${draft.id}`)).body.document, 'clerk').label).toBe('导购员')
    await admin.send('DELETE', `/api/policy/drafts/${draft.id}?version=${saved.version}`)
    expect((await admin.send('DELETE', `/api/policy/drafts/${draft.id}?version=${saved.version}`)).body.error.code).toBe('policy.draft_closed')
  })

  it('a restriction is set at once, becomes part of the policy, and is lifted only with a second person', async () => {
    const clerk = await app.person('clerk01')
    const definition = { subject: { roles: ['clerk'] }, operations: ['customer.contact.view'], scope: { kind: 'all' } }
    const set = await send(admin, 'POST', '/api/restrictions', { definition, note: '导购泄露手机号' })
    expect(set.body).toEqual({ id: expect.any(String), number: 6 })
    expect(Object.keys((await clerk.get(`/api/customers/${mine}`)).body.fields)).not.toContain('mobile')
    expect((await current()).version).toMatchObject({ number: 6, kind: 'emergency' })
    const lifted = await send(admin, 'POST', `/api/restrictions/${set.body.id}/end`, { note: '已处理' })
    expect(lifted.body).toMatchObject({ outcome: 'waiting', requestId: expect.any(String) })
    await app.settle()
    expect(Object.keys((await clerk.get(`/api/customers/${mine}`)).body.fields)).not.toContain('mobile')
    expect((await decide(second, lifted.body.requestId)).body.outcome).toBe('approved')
    expect((await clerk.get(`/api/customers/${mine}`)).body.fields.mobile).toBe('clear')
    expect((await send(admin, 'POST', `/api/restrictions/${set.body.id}/end`, { note: '再来' })).body.error.code).toBe('policy.restriction_not_found')
  })

  it('S25 whom a restriction names does not agree to its end', async () => {
    await app.giveRole('operations02', 'administrator')
    const named = [(await app.staffOf('operations01')).id]
    const definition = { subject: { everyone: false, roles: [], staffIds: named, except: [] }, operations: ['customer.spending.view'], scope: { kind: 'all' }, conditions: [] }
    const set = await send(admin, 'POST', '/api/restrictions', { definition, note: '停用' })
    expect([set.status, set.body.error]).toEqual([200, undefined])
    const asked = await send(admin, 'POST', `/api/restrictions/${set.body.id}/end`, { note: '解除' })
    expect([asked.status, asked.body.outcome]).toEqual([200, 'waiting'])
    await app.settle()
    expect((await decide(second, asked.body.requestId)).status).toBe(403)
    expect((await current()).document.restrictions.map((one: { id: string }) => one.id)).toContain(set.body.id)
    expect((await decide(await app.as('operations02'), asked.body.requestId)).status).toBe(200)
    expect((await current()).document.restrictions.map((one: { id: string }) => one.id)).not.toContain(set.body.id)
    await app.takeRole('operations02', 'administrator')
  })

  it('restrictions that are set at the same moment are all in force', async () => {
    const before = (await current()).version.number
    const set = await Promise.all(['talk.history.view', 'talk.tickets.view', 'talk.tasks.view'].map((operation) =>
      send(admin, 'POST', '/api/restrictions', { definition: { subject: { roles: ['trainee'] }, operations: [operation], scope: { kind: 'all' } }, note: '应急' })))
    expect(set.map((reply) => reply.body.number).sort((a, b) => a - b)).toEqual([before + 1, before + 2, before + 3])
    expect((await current()).document.restrictions.map((one: { id: string }) => one.id)).toEqual(expect.arrayContaining(set.map((reply) => reply.body.id)))
  })

  it('the last administrator cannot lock himself out, neither by a draft nor by a restriction', async () => {
    const before = (await current()).version.number
    const everyone = await send(admin, 'POST', '/api/restrictions', { definition: { subject: { everyone: true }, operations: ['system.policy.operate'], scope: { kind: 'all' } }, note: '全部收回' })
    expect([everyone.status, everyone.body.error.code]).toEqual([409, 'access.last_administrator'])
    const draft = await edit(await begin('收回管理员'), (document) => {
      for (const grant of roleIn(document, 'administrator').grants) grant.operations = grant.operations.filter((operation: string) => operation !== 'system.policy.operate')
    })
    expect(draft.flaws).toEqual([expect.objectContaining({ code: 'last_administrator', blocking: true })])
    expect((await publish(draft)).body.error).toMatchObject({ code: 'policy.flawed', data: { count: 1, places: ['roles'] } })
    const restricted = await edit(draft, (document) => {
      document.roles = structuredClone((draft.document as Document).roles)
      roleIn(document, 'administrator').grants = [{ operations: ['system.policy.operate', 'system.policy.view', 'system.audit.view'], scope: { kind: 'all' }, conditions: [], fields: {} }]
      document.restrictions = [{ id: 'lock-out', definition: { subject: { everyone: false, roles: ['administrator'], staffIds: [], except: [] }, operations: ['system.policy.view'], scope: { kind: 'all' }, conditions: [] } }]
    })
    expect((await publish(restricted)).body.error.code).toBe('access.last_administrator')
    expect((await current()).version.number).toBe(before)
    await admin.send('DELETE', `/api/policy/drafts/${draft.id}?version=${restricted.version}`)
  })

  it('what changes the tables outside becomes a version, so that a draft does not take it back', async () => {
    const draft = await begin('旧稿')
    const before = (await current()).version.number
    const id = await app.restrict({ subject: { roles: ['service'] }, operations: ['talk.tasks.edit'], scope: { kind: 'all' } })
    expect((await current()).version).toMatchObject({ number: before + 1, kind: 'found' })
    const changed = await edit(draft, (document) => { roleIn(document, 'trainee').label = '新人' })
    expect((await publish(changed)).body.error.code).toBe('policy.base_changed')
    const { draft: taken } = (await send(admin, 'POST', `/api/policy/drafts/${draft.id}/rebase`, { version: changed.version })).body
    expect(taken.document.restrictions.map((one: { id: string }) => one.id)).toContain(id)
    expect((await publish(taken)).body).toMatchObject({ outcome: 'published' })
    expect((await current()).document.restrictions.map((one: { id: string }) => one.id)).toContain(id)
  })

  it('of two drafts published at once on the same version exactly one is in force, and the other is told', async () => {
    const one = await edit(await begin('甲'), (document) => { roleIn(document, 'trainee').label = '甲' })
    const other = await edit(await begin('乙'), (document) => { roleIn(document, 'trainee').label = '乙' })
    const before = (await current()).version.number
    const replies = await Promise.all([publish(one), publish(other)])
    expect(replies.map((reply) => reply.body.outcome ?? reply.body.error.code).sort()).toEqual(['policy.base_changed', 'published'])
    const policy = await current()
    expect(policy.version.number).toBe(before + 1)
    expect(roleIn(policy.document, 'trainee').label).toBe(replies[0]?.status === 200 ? '甲' : '乙')
    for (const { id, version } of (await admin.get('/api/policy/drafts')).body.items) await admin.send('DELETE', `/api/policy/drafts/${id}?version=${version}`)
  })

  it('edited rules of assignment hold with the publishing, and the preview says for whom', async () => {
    const draft = await edit(await begin('规则'), (document) => {
      for (const rule of document.templateRules) if (rule.positionContains === '导购') rule.roleKey = 'trainee'
    })
    expect([draft.flaws, draft.narrowing]).toEqual([[], false])
    const shown = await preview(draft)
    expect(shown.result.roleChanges).toEqual(expect.arrayContaining([{ userid: 'clerk01', name: expect.any(String), from: '导购', to: expect.any(String) }]))
    const asked = await publish(draft)
    await app.settle()
    expect((await decide(second, asked.body.requestId)).body.outcome).toBe('approved')
    expect((await (await app.person('clerk01')).get('/api/me')).body.roles.map((role: { key: string }) => role.key)).toEqual(['trainee'])
    expect((await (await app.person('clerk01')).get(`/api/customers/${mine}`)).body.fields.mobile).toBeUndefined()
    expect((await (await app.person('sales01')).get('/api/me')).body.roles.map((role: { key: string }) => role.key)).toEqual(['sales'])
  })

  it('a test that is kept while a draft waits is asked before it is in force: the second person agrees to nothing that it stops', async () => {
    const draft = await edit(await begin('实习看全店'), (document) => { roleIn(document, 'trainee').grants[0].scope = { kind: 'team' } })
    await preview(draft)
    const asked = await publish(draft)
    await app.settle()
    const text = [
      'about: S11 a trainee sees the profile of customers he follows', 'tree:', '  company:', '  store: { in: company, kind: store }', 'staff:', '  lin: { roles: [clerk], in: [store] }', '  xiao: { roles: [trainee], in: [store] }',
      'customers:', '  acme: { owner: lin }', 'questions:', '  - { may: xiao, do: customer.profile.view, to: acme, expect: deny }', '',
    ].join('\n')
    const kept = await send(admin, 'POST', '/api/policy/tests', { name: '实习只看跟进', text })
    expect([kept.status, kept.body.failures]).toEqual([200, []])
    const { number } = (await current()).version
    const decided = await decide(second, asked.body.requestId)
    expect([decided.status, decided.body.error?.code]).toEqual([409, 'approval.outdated'])
    expect((await current()).version.number).toBe(number)
    const open = (await admin.get(`/api/policy/drafts/${draft.id}`)).body
    expect([open.state, (await publish(open)).body.error]).toMatchObject(['open', { code: 'policy.tests_failed', data: { names: ['实习只看跟进'] } }])
    expect((await admin.send('DELETE', `/api/policy/tests/${kept.body.id}`)).body).toEqual({ dropped: true })
    await preview(open)
    const again = await publish(open)
    expect(again.body.outcome).toBe('waiting')
    await app.settle()
    expect((await send(admin, 'POST', `/api/policy/drafts/${draft.id}/withdraw`)).status).toBe(200)
    await admin.send('DELETE', `/api/policy/drafts/${draft.id}?version=${(await admin.get(`/api/policy/drafts/${draft.id}`)).body.version}`)
  })

  it('T03 whoever agreed to a publishing gained nothing by it, and cannot decide again', async () => {
    const draft = await edit(await begin('再放宽'), (document) => { roleIn(document, 'trainee').grants[0].scope = { kind: 'team' } })
    await preview(draft)
    const asked = await publish(draft)
    await app.settle()
    const before = (await second.get('/api/me')).body.operations
    expect((await decide(second, asked.body.requestId, 'refuse')).body.outcome).toBe('refused')
    expect((await decide(second, asked.body.requestId)).status).toBeGreaterThanOrEqual(400)
    expect((await second.get('/api/me')).body.operations).toEqual(before)
    const reopened = (await admin.get(`/api/policy/drafts/${draft.id}`)).body
    expect(reopened).toMatchObject({ state: 'open', requestId: null })
    await admin.send('DELETE', `/api/policy/drafts/${draft.id}?version=${reopened.version}`)
  })

  it('the only administrator waits a day, anybody who was told may stop it, and then it is in force', async () => {
    await app.takeRole('operations01', 'administrator')
    const draft = await edit(await begin('独自'), (document) => { roleIn(document, 'trainee').grants[0].scope = { kind: 'team' } })
    await preview(draft)
    const asked = await publish(draft)
    await app.settle()
    const { approvals, database } = app.services
    expect((await admin.get(`/api/approvals/${asked.body.requestId}`)).body.status).toBe('waiting')
    await approvals.moveDue()
    expect((await admin.get(`/api/policy/drafts/${draft.id}`)).body.state).toBe('waiting')
    await database.db.query('UPDATE approval_requests SET due_at = ? WHERE id = ?', [Date.now() - 1, asked.body.requestId])
    await approvals.moveDue()
    const policy = await current()
    expect(policy.version).toMatchObject({ kind: 'published', createdBy: { userid: 'admin01' }, approvedBy: null })
    expect(roleIn(policy.document, 'trainee').grants[0].scope).toEqual({ kind: 'team' })
    expect((await admin.get(`/api/policy/drafts/${draft.id}`)).body).toMatchObject({ state: 'published', publishedNumber: policy.version.number })
  })
})
