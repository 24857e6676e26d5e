import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Restriction, RoleGrant } from '#shared/access/index'
import { createAccess, loadFacts, roles } from '../../server/access/index.ts'
import { ActorAccess } from '../../server/access/actor-access.ts'
import { loadCompanyPolicy, loadPolicyInput, readGrants } from '../../server/access/company-policy.ts'
import { compilePolicy } from '../../server/access/compile.ts'
import { testDatabaseKinds } from '../support/databases.ts'
import { grantOf, places, StoryCompany, storyEnd, storyStart, type Story } from './support/company.ts'

const { nanjingRoad, east } = places

const company: Story = {
  roles: { everything: [grantOf(['customer.profile.view'])], regional: [grantOf(['customer.profile.view'], { scope: { kind: 'subtree' } })], nothing: [] },
  staff: {
    director: { roles: ['everything'], in: [east] }, eastern: { roles: ['regional'], in: [east] },
    homeless: { roles: ['regional', 'clerk', 'store-manager', 'sales'] }, lin: { roles: ['nothing'], in: [nanjingRoad] },
  },
  customers: { acme: { ownerStaffId: 'x', ownerDepartmentId: nanjingRoad, tagIds: ['t9999'] }, bolt: { poolDepartmentId: east }, stray: {} },
}
const messagesOf = (parsed: { readonly error?: { readonly issues: readonly { readonly message: string, readonly path: readonly PropertyKey[] }[] } | undefined }) =>
  parsed.error?.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('\n') ?? ''

describe('bad words in a rule', () => {
  it('an unknown operation, scope, field or condition is refused by its name', () => {
    const rule = (more: object) => RoleGrant.safeParse({ operations: ['customer.profile.view'], scope: { kind: 'all' }, ...more })
    expect(messagesOf(rule({ operations: ['customer.profile.delete'] }))).toBe('operations.0: unknown operation customer.profile.delete')
    expect(messagesOf(rule({ operations: [] }))).toContain('operations')
    expect(messagesOf(rule({ scope: { kind: 'planet' } }))).toContain('scope.kind')
    expect(messagesOf(rule({ scope: { kind: 'departments', departmentIds: ['3'] } }))).toContain('scope.departmentIds.0')
    expect(messagesOf(rule({ fields: { salary: 'clear' } }))).toContain('fields.salary')
    expect(messagesOf(rule({ fields: { mobile: 'blurred' } }))).toContain('fields.mobile')
    expect(messagesOf(rule({ conditions: [{ kind: 'weather', anyOf: ['rain'] }] }))).toContain('conditions.0.kind')
    expect(messagesOf(rule({ conditions: [{ kind: 'tags', match: 'some', tagIds: ['t'] }] }))).toContain('conditions.0.match')
    expect(messagesOf(rule({ conditions: [{ kind: 'tags', match: 'any', tagIds: ['t '] }] }))).toContain('spaces around a key')
    expect(messagesOf(rule({ conditions: [{ kind: 'tags', match: 'any', tagIds: Array.from({ length: 20_001 }, (_, place) => `t${place}`) }] }))).toContain('conditions.0.tagIds')
    expect(messagesOf(rule({ everybody: true }))).toContain('everybody')
    expect(messagesOf(Restriction.safeParse({ subject: { everyone: true, all: true }, operations: ['customer.profile.view'], scope: { kind: 'all' } }))).toContain('subject')
    expect(rule({}).success).toBe(true)
  })
})

describe.each(await testDatabaseKinds())('bad input on %s', (kind) => {
  let story: StoryCompany
  beforeAll(async () => { story = await StoryCompany.open(kind) })
  afterAll(() => story.test.drop())

  it('a circle in the tree opens nothing, is reported by its id, and leaves the sound part as it was', async () => {
    await story.tell(company)
    expect(await story.sees('eastern')).toEqual(['acme', 'bolt'])
    const move = (id: number, path: string) => story.test.database.transaction(async (work) => {
      await work.db.query('UPDATE departments SET path = ? WHERE id = ?', [path, id])
      await story.access.raiseEpoch(work)
    })
    await move(nanjingRoad, `/1/${nanjingRoad}/${east}/${nanjingRoad}/`)
    expect(await story.sees('eastern')).toEqual(['bolt'])
    expect(story.access.problems()).toEqual([{ kind: 'department', id: String(nanjingRoad) }])
    expect(story.warnings.at(-1)).toMatchObject({ problem: 'department', id: String(nanjingRoad) })
    await move(nanjingRoad, '/1/2/')
    expect(await story.sees('eastern')).toEqual(['bolt'])
    await story.tell(company)
  })

  it('a restriction still reaches what lies below by a path that is no path', async () => {
    const restriction: Restriction = { subject: { everyone: true, roles: [], staffIds: [], except: [] }, operations: ['customer.profile.view'], scope: { kind: 'departments', departmentIds: [east] }, conditions: [] }
    await story.tell({ ...company, restrictions: [restriction] })
    await story.test.database.transaction(async (work) => {
      await work.db.query('UPDATE departments SET path = ? WHERE id = ?', [`/1/${east}/${nanjingRoad}/${east}/${nanjingRoad}/`, nanjingRoad])
      await story.access.raiseEpoch(work)
    })
    expect(await story.sees('director')).toEqual(['stray'])
    await story.tell(company)
    expect(await story.sees('director')).toEqual(['acme', 'bolt', 'stray'])
  })

  it('somebody in no department reaches nothing that is departmental', async () => {
    expect(await story.sees('homeless')).toEqual([])
    const actor = await story.as('homeless')
    expect(actor.decideResource('marketing.entrances.view', { departmentId: nanjingRoad, creatorStaffId: 'x' }).allowed).toBe(false)
    expect(await story.sees('director')).toEqual(['acme', 'bolt', 'stray'])
  })

  it('ten thousand tags in a condition decide like one', async () => {
    const many = Array.from({ length: 10_000 }, (_, place) => `t${place}`)
    const policyFor = async (match: 'any' | 'all' | 'none') => {
      const grants = readGrants('many', [grantOf(['customer.profile.view'], { conditions: [{ kind: 'tags', match, tagIds: many }] })]) ?? []
      // Longer than a column of MySQL holds, so it is not read from one.
      const company = { ...await loadCompanyPolicy(story.test.database.db), grantsByRole: new Map([['everything', grants]]) }
      return new ActorAccess(compilePolicy(await loadPolicyInput(story.test.database.db, company, 'director')), { epoch: 1, now: story.now, dialect: kind })
    }
    const facts = await loadFacts(story.test.database.db, ['acme', 'bolt', 'stray'])
    for (const [match, expected] of [['any', ['acme']], ['all', []], ['none', ['bolt', 'stray']]] as const) {
      const actor = await policyFor(match)
      expect(await story.select(actor.rowFilter('customer.profile.view'))).toEqual(expected)
      expect([...facts.values()].filter((one) => actor.decideFor('customer.profile.view', one).allowed).map((one) => one.customerId).sort()).toEqual(expected)
    }
  })

  it('a role whose stored text is cut off, is no list or names what does not exist gives nothing', async () => {
    for (const grants of [{}, 'all', [null], [{ ...grantOf(['customer.profile.view']), operations: ['customer.profile.peek'] }], [{ ...grantOf(['customer.profile.view']), until: 5 }]]) {
      await story.test.database.transaction(async (work) => {
        await work.db.getRepository(roles).update({ roleKey: 'everything' }, { grants })
        await story.access.raiseEpoch(work)
      })
      expect(await story.sees('director')).toEqual([])
      expect(story.access.problems()).toEqual([{ kind: 'role', id: 'everything' }])
    }
    await story.test.database.transaction(async (work) => {
      await work.db.query('UPDATE roles SET grants = ? WHERE role_key = ?', ['[{"operations": ["customer.prof', 'everything'])
      await story.access.raiseEpoch(work)
    })
    expect(await story.sees('director')).toEqual([])
    await story.tell(company)
    expect(await story.sees('director')).toEqual(['acme', 'bolt', 'stray'])
  })

  it('expired, not yet valid and upside-down grants give nothing; one between its instants gives', async () => {
    const grant = grantOf(['customer.profile.view'])
    const at = (fromAt: number, untilAt: number): Story => ({ ...company, temporary: { t: { staffId: 'lin', grant, fromAt, untilAt } } })
    for (const [fromAt, untilAt] of [[0, storyStart], [storyStart + 1, storyEnd], [storyEnd, 0], [storyStart, storyStart]] as const) {
      await story.tell(at(fromAt, untilAt))
      expect(await story.sees('lin')).toEqual([])
    }
    await story.tell(at(storyStart, storyStart + 1))
    expect(await story.sees('lin')).toEqual(['acme', 'bolt', 'stray'])
    await story.tell(company)
  })

  it('a clock moved back, in this process or the next, revives nothing', async () => {
    await story.tell({ ...company, temporary: { t: { staffId: 'lin', grant: grantOf(['customer.profile.view']), fromAt: 0, untilAt: storyEnd } } })
    expect(await story.sees('lin')).toEqual(['acme', 'bolt', 'stray'])
    story.now = storyEnd
    expect(await story.sees('lin')).toEqual([])
    story.now = storyStart
    expect(await story.sees('lin')).toEqual([])
    const next = createAccess({ database: story.test.database, clock: () => storyStart, log: { warn: () => undefined } })
    const actor = await next.actorFor('lin')
    expect(await story.select(actor.rowFilter('customer.profile.view'))).toEqual([])
    expect(actor.decideFor('customer.profile.view', await story.facts('acme')).allowed).toBe(false)
  })
})
