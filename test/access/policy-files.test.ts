import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { describeProblem, describeResult, ScenarioInvalid } from '../../server/access/index.ts'
import { readScenario, realEngines, type Engines } from '../../server/access/scenario/index.ts'
import { runScenario } from '../../server/scenarios.ts'

const folder = new URL('../policies/', import.meta.url)
const files = readdirSync(folder).filter((name) => name.endsWith('.yaml')).sort().map((name) => ({ name, text: readFileSync(new URL(name, folder), 'utf8') }))
const aboutOf = (text: string) => /^about: (.*)$/m.exec(text)?.[1] ?? ''

describe('policies as data', () => {
  it.each(files.map(({ name, text }) => [aboutOf(text), name, text] as const))('%s (%s)', async (_about, _name, text) => {
    const result = await runScenario(text)
    expect(result.differences).toEqual([])
    expect(result.questions).toBeGreaterThan(5)
  })

  it.each(files.map(({ name, text }) => [name, text] as const))('%s has an allow and a deny side', (_name, text) => {
    expect(text).toMatch(/expect: (allow|\[\S|\{.*(clear|masked|yuan))/)
    expect(text).toMatch(/expect: (deny|\[\])|rest: hidden|: hidden/)
  })

  it('docs/policy-tests.md shows whole files that pass', async () => {
    const guide = readFileSync(new URL('../../docs/policy-tests.md', import.meta.url), 'utf8')
    const whole = [...guide.matchAll(/```yaml\n(.*?)```/gs)].map((match) => match[1] ?? '').filter((block) => block.includes('tree:') && block.includes('questions:'))
    expect(whole.length).toBeGreaterThan(0)
    for (const block of whole) expect((await runScenario(block)).differences).toEqual([])
  })

  it('covers the stories that are about rules, and both readings of the store manager', () => {
    const named = files.map(({ text }) => aboutOf(text)).join(' ')
    for (const story of [...'S01 S02 S03 S04 S05 S06 S07 S08 S09 S10 S11 S12 S13 S15 S16 S18 S19 S20 S21 S22 S23 S24 T02 T04'.split(' ')]) expect(named).toContain(story)
    expect(files.map(({ name }) => name)).toEqual(expect.arrayContaining(['s01-s12-three-scopes.yaml', 's01-all-profiles.yaml']))
  })

  it('takes lists apart, and refuses more questions than a person means', async () => {
    const people = Array.from({ length: 40 }, (_, place) => `  p${place}: { roles: [store-manager], in: [store] }`).join('\n')
    const customers = Array.from({ length: 40 }, (_, place) => `  c${place}: { owner: p${place} }`).join('\n')
    const names = Array.from({ length: 40 }, (_, place) => `p${place}`).join(', ')
    const text = `tree:\n  store:\nstaff:\n${people}\ncustomers:\n${customers}\nquestions:\n  - { may: [${names}], do: [customer.profile.view, customer.contact, talk.visits], to: [c1, c2, c3], expect: allow }\n`
    const result = await runScenario(text)
    expect(result.questions).toBe(40 * 7 * 3)
    expect(result.differences).toEqual([])
    const all = Array.from({ length: 40 }, (_, place) => `c${place}`).join(', ')
    await expect(runScenario(text.replace('[c1, c2, c3]', `[${all}]`).replace(/do: \[/, `do: [${Array(30).fill('customer.profile').join(', ')}, `))).rejects.toThrow(/more than 20000 questions/)
  })
})

const small = `
tree:
  company:
  store: { in: company, kind: store }
staff:
  wu: { roles: [store-manager], in: [store] }
  小林: { roles: [clerk], in: [store] }
customers:
  acme: { owner: 小林, orders: [{ store: store, yuan: 3 }] }
  bolt:
things:
  code: { in: store }
questions:
`
const ask = (question: string, engines?: Engines) => runScenario(`${small}  - ${question}\n`, engines === undefined ? {} : { engines })

describe('a wrong expectation', () => {
  it.each([
    ['{ may: wu, do: customer.profile.view, to: acme, expect: deny }', { expected: 'deny', decide: 'allow', rowFilter: 'allow', reason: 'role:store-manager#1' }],
    ['{ may: wu, do: customer.profile.view, to: bolt, expect: allow }', { expected: 'allow', decide: 'deny', rowFilter: 'deny', reason: 'role:store-manager#1 lacks scope team' }],
    ['{ may: wu, do: customer.profile.view, to: acme, expect: allow, because: share }', { expected: 'allow because of share', decide: 'allow', rowFilter: 'allow', reason: 'role:store-manager#1' }],
    ['{ may: wu, do: marketing.entrances.view, to: code, expect: deny }', { expected: 'deny', decide: 'allow', rowFilter: 'allow', reason: 'role:store-manager#1' }],
    ['{ may: wu, do: system.policy.view, expect: allow }', { expected: 'allow', decide: 'deny', rowFilter: '–', reason: 'no grant gives it' }],
    ['{ sees: wu, with: customer.profile.view, expect: [bolt] }', { expected: 'bolt', decide: 'acme', rowFilter: 'acme', reason: 'acme: role:store-manager#1; bolt: role:store-manager#1 lacks scope team' }],
    ['{ who: customer.contact.edit, to: acme, expect: [] }', { expected: 'nobody', decide: 'wu', rowFilter: 'wu', reason: 'wu: role:store-manager#1' }],
    ['{ shows: wu, of: acme, expect: { mobile: clear } }', { expected: 'clear', decide: 'masked', rowFilter: 'not clear', reason: '' }],
    ['{ writes: 小林, of: acme, expect: [name] }', { expected: 'name', decide: 'nobody', rowFilter: 'nobody', reason: '' }],
    ['{ totals: wu, of: acme, expect: { yuan: 4 } }', { expected: 'yuan 4', decide: 'yuan 3', rowFilter: 'yuan 3', reason: '' }],
    ['{ hired: { position: 导购 }, expect: trainee }', { expected: 'trainee', decide: 'clerk', rowFilter: '–', reason: '' }],
  ])('%s is told with what both executions say', async (question, expected) => {
    const { questions, differences } = await ask(question)
    expect({ questions, differences }).toMatchObject({ questions: 1, differences: [expected] })
    expect(differences[0]?.line).toBe(14)
  })

  it('reads as a table', async () => {
    const lines = describeResult(await ask('{ may: [wu, 小林], do: customer.contact.operate, to: acme, expect: allow }'))
    expect(lines).toEqual([
      '2 questions, 1 answered otherwise',
      'line  question                                      expected  decide  rowFilter  why',
      '14    may 小林 do customer.contact.operate to acme  allow     deny    deny       no grant gives it',
    ])
    expect(describeResult(await ask('{ may: wu, do: customer.contact.operate, to: acme, expect: allow }'))).toEqual(['1 questions, all answered as expected by decide and by rowFilter'])
  })
})

describe('both executions are asked', () => {
  const everything: Engines = { ...realEngines, decide: (actor, asked, target) => ({ ...realEngines.decide(actor, asked, target), allowed: true }) }
  const everyRow: Engines = { ...realEngines, select: async () => new Set(['acme', 'bolt', 'code']), selectClear: async () => new Set(['acme', 'bolt']) }
  const noRow: Engines = { ...realEngines, select: async () => new Set(), selectClear: async () => new Set() }

  it.each([
    ['{ may: wu, do: customer.profile.view, to: bolt, expect: deny }', everything, everyRow],
    ['{ may: wu, do: customer.spending.view, to: bolt, madeIn: store, expect: deny }', everything, everyRow],
    ['{ may: 小林, do: marketing.entrances.operate, to: code, expect: deny }', everything, everyRow],
    ['{ sees: wu, with: customer.profile.view, expect: [acme] }', everything, everyRow],
    ['{ sees: 小林, with: marketing.entrances.operate, among: things, expect: [] }', everything, everyRow],
    ['{ who: customer.contract.view, to: acme, expect: [wu] }', everything, everyRow],
    ['{ sees: wu, with: customer.profile.view, expect: [acme] }', everything, noRow],
    ['{ may: wu, do: customer.profile.view, to: acme, expect: allow }', null, noRow],
    ['{ shows: wu, of: acme, expect: { mobile: masked } }', null, everyRow],
    ['{ shows: wu, of: acme, expect: { name: clear } }', null, noRow],
    ['{ writes: wu, of: acme, expect: [name, birthday, preferences, remark, customer.contact, stage, memberLevel] }', null, noRow],
  ] as const)('%s: a broken one is found', async (question, inMemory, inDatabase) => {
    expect((await ask(question)).differences).toEqual([])
    if (inMemory !== null) expect((await ask(question, inMemory)).differences).toHaveLength(1)
    expect((await ask(question, inDatabase)).differences).toHaveLength(1)
  })
})

describe('a file that cannot be asked', () => {
  async function problemsOf(text: string): Promise<string[]> {
    const error: unknown = await runScenario(text).catch((caught: unknown) => caught)
    if (!(error instanceof ScenarioInvalid)) throw new Error(`accepted, or failed otherwise: ${String(error)}`)
    return error.problems.map(describeProblem)
  }

  it.each([
    ['no YAML', 'tree: [', /^line 1: /],
    ['two equal words', 'tree:\n  a:\n  a:\nstaff: {}\nquestions: []', /^line 2: Map keys must be unique/],
    ['an empty file', '', /^Invalid input/],
    ['no question', 'tree: { a: }\nstaff: {}\nquestions: []', /^line 3, questions: /],
  ])('%s', async (_what, text, expected) => {
    expect((await problemsOf(text)).join('\n')).toMatch(expected)
  })

  it('any damage to a file is told as a problem of the file, never as a failure of the program', async () => {
    const [, ...lines] = files.flatMap(({ text }) => text.split('\n'))
    const damaged = fc.tuple(fc.constantFrom(...files.map(({ text }) => text)), fc.nat(), fc.nat({ max: 40 }), fc.oneof(fc.constantFrom(...lines), fc.string({ maxLength: 12 }), fc.constantFrom('__proto__: {}', 'constructor', '*a', '&a [*a]', '~', '[]', '{}', '!!binary x', '1e999')))
      .map(([text, at, length, instead]) => text.slice(0, at % text.length) + instead + text.slice((at % text.length) + length))
    let [refused, asked] = [0, 0]
    await fc.assert(fc.asyncProperty(fc.oneof(damaged, fc.string()), async (text) => {
      try {
        readScenario(text)
        asked += 1
      } catch (error) {
        if (!(error instanceof ScenarioInvalid) || error.problems.length === 0) throw error
        refused += 1
      }
    }), { numRuns: 3_000 })
    expect([refused > 500, asked > 50]).toEqual([true, true])
  })

  const inside = (section: string, question = '{ may: wu, do: customer.profile.view, to: acme, expect: allow }') => small.replace('questions:\n', `${section}\nquestions:\n  - ${question}\n`)

  it.each([
    ['a department above', inside('').replace('in: company', 'in: compny'), 'line 4, tree.store.in: no department is called "compny"'],
    ['a circle in the tree', inside('').replace('company:', 'company: { in: store }'), /^line 3, tree.company.in: the departments stand in a circle\nline 4, tree.store.in: the departments stand in a circle$/],
    ['a role', inside('').replace('[store-manager]', '[store-manger]'), 'line 6, staff.wu.roles.0: no role is called "store-manger" (there is store-manager, sales, service, service-lead, sales-head, trainee, clerk, regional-manager, marketing, marketing-director, hq-operations, director, …)'],
    ['an owner', inside('').replace('owner: 小林', 'owner: 小陈'), 'line 9, customers.acme.owner: no staff is called "小陈" (there is 小林, wu)'],
    ['a word', inside('').replace('owner: 小林', 'ownr: 小林'), 'line 9, customers.acme.ownr: unknown word'],
    ['an operation', inside('', '{ may: wu, do: customer.profile.see, to: acme, expect: allow }'), 'line 15, questions.0.do.0: unknown operation "customer.profile.see"'],
    ['a customer', inside('', '{ may: wu, do: customer.profile.view, to: acm, expect: allow }'), 'line 15, questions.0.to.0: no customer is called "acm" (there is acme, bolt)'],
    ['an expected customer', inside('', '{ sees: wu, with: customer.profile.view, expect: [acme, blot] }'), 'line 15, questions.0.expect.1: no customer is called "blot" (there is bolt, acme)'],
    ['an expected person', inside('', '{ who: customer.profile.view, to: acme, expect: [wo] }'), 'line 15, questions.0.expect.0: no staff is called "wo" (there is wu, 小林)'],
    ['a field', inside('', '{ shows: wu, of: acme, expect: { phone: clear } }'), 'line 15, questions.0.expect.phone: unknown field'],
    ['a form', inside('', '{ can: wu }'), 'line 15, questions.0: a question begins with one of may, sees, who, shows, writes, totals, hired'],
    ['an instant without zone', inside('', '{ may: wu, do: customer.profile.view, to: acme, expect: allow, at: 2026-01-01T00:00:00 }'), /^line 15, questions.0.at: .*an instant such as/],
    ['no customer for an operation that needs one', inside('', '{ may: wu, do: customer.profile.view, expect: allow }'), 'line 15, questions.0: customer.profile.view is bound to a customer: say which with "to"'],
    ['a thing for an operation that needs a customer', inside('', '{ may: wu, do: customer.profile.view, to: code, expect: allow }'), 'line 15, questions.0: customer.profile.view is bound to a customer, not to a thing of marketing'],
    ['records of a unit that has none', inside('', '{ may: wu, do: customer.profile.view, to: acme, madeIn: store, expect: allow }'), 'line 15, questions.0.madeIn: customer.profile has no records'],
    ['a cell', inside('roles:\n  x: { cells: { profile: Vq } }'), /^line 14, roles.x.cells.profile: not a cell of the table: profile "Vq"/],
    ['a unit', inside('roles:\n  x: { cells: { profil: Vo } }'), /^line 14, roles.x.cells.profil: not a cell of the table/],
    ['a scope', inside('roles:\n  x: { grants: [{ operations: customer.profile.view, scope: teem }] }'), /^line 14, roles.x.grants.0.scope.kind: /],
    ['a condition', inside('roles:\n  x: { grants: [{ operations: customer.profile.view, scope: all, conditions: [{ kind: colour }] }] }'), /^line 14, roles.x.grants.0.conditions.0.kind: /],
    ['a tag in a condition', inside('roles:\n  x: { grants: [{ operations: customer.profile.view, scope: all, conditions: [{ kind: tags, match: any, tagIds: [vip] }] }] }'), 'line 14, roles.x.grants.0.conditions.0.tagIds.0: no tag is called "vip" (the file names none)'],
    ['a node in a condition', inside('roles:\n  x: { grants: [{ operations: customer.profile.view, scope: all, conditions: [{ kind: journeyNode, anyOf: [birthday] }] }] }'), /no node is called "birthday"/],
    ['a stage', inside('roles:\n  x: { grants: [{ operations: customer.profile.view, scope: all, conditions: [{ kind: stage, anyOf: [led] }] }] }'), /no stage is called "led" \(there is lead/],
    ['an exception of a restriction', inside('restrictions:\n  r: { subject: { everyone: true, except: [wou] }, operations: customer.profile, scope: all }'), 'line 14, restrictions.r.subject.except.0: no staff is called "wou" (there is wu, 小林)'],
    ['a campaign of a grant', inside('temporary:\n  t: { campaign: double11, grant: { operations: customer.profile.view, scope: all }, from: 0, until: 1 }'), 'line 14, temporary.t.campaign: no campaign is called "double11" (the file names none)'],
    ['neither a person nor a campaign', inside('temporary:\n  t: { grant: { operations: customer.profile.view, scope: all }, from: 0, until: 1 }'), 'line 14, temporary.t: either staff or campaign'],
    ['a share of nobody', inside('shares:\n  s: { customer: cedar, staff: wu, operations: customer.profile.view, from: 0, until: 1 }'), 'line 14, shares.s.customer: no customer is called "cedar" (there is acme, bolt)'],
    ['customers who are like each other', inside('').replace('bolt:', 'bolt: { like: bolt }'), 'line 10, customers.bolt.like: these customers are like each other in a circle'],
    ['one name for two things', inside('').replace('code:', 'acme:'), /^line 12, things.acme: a customer has the same name/],
  ])('an unknown or wrong name is never ignored: %s', async (_what, text, expected) => {
    const problems = await problemsOf(text)
    if (typeof expected === 'string') expect(problems).toEqual([expected])
    else expect(problems.join('\n')).toMatch(expected)
  })
})
