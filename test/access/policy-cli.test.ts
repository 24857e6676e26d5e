import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ensureRoleTemplates, ensureTemplateRules } from '../../server/access/index.ts'
import { testDatabase, type TestDatabase } from '../support/databases.ts'

const root = new URL('../../', import.meta.url).pathname

function policy(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<{ code: number | null, out: string, errors: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--import', 'tsx', 'server/cli/policy.ts', ...args], { cwd: root, env: { PATH: process.env['PATH'] ?? '', ...env } })
    const [out, errors]: [string[], string[]] = [[], []]
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk.toString('utf8')))
    child.stderr.on('data', (chunk: Buffer) => errors.push(chunk.toString('utf8')))
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, out: out.join(''), errors: errors.join('') }))
  })
}

describe('npm run policy', () => {
  const folder = mkdtempSync(join(tmpdir(), 'scrm-policy-'))
  const path = (name: string) => join(folder, name)
  let test: TestDatabase
  beforeAll(async () => {
    test = await testDatabase('sqlite')
    await test.database.transaction(async (work) => {
      await ensureRoleTemplates(work, 1)
      await ensureTemplateRules(work)
    })
    const good = 'tree: { store: }\nstaff: { wu: { roles: [store-manager], in: [store] } }\ncustomers: { acme: { owner: wu } }\nquestions:\n  - { may: wu, do: customer.profile.view, to: acme, expect: allow }\n'
    writeFileSync(path('good.yaml'), good)
    writeFileSync(path('wrong.yaml'), good.replace('expect: allow', 'expect: deny'))
    writeFileSync(path('bad.yaml'), good.replace('to: acme', 'to: bolt'))
  })
  afterAll(async () => {
    await test.drop()
    rmSync(folder, { recursive: true, force: true })
  })

  it('answers 0 when all is as expected', async () => {
    expect(await policy(['test', path('good.yaml')])).toEqual({ code: 0, out: `${path('good.yaml')}: 1 questions, all answered as expected by decide and by rowFilter\n`, errors: '' })
  })

  it('answers 1 with a table of the differences, and goes on with the other files', async () => {
    const { code, out, errors } = await policy(['test', path('wrong.yaml'), path('good.yaml')])
    expect([code, errors]).toEqual([1, ''])
    expect(out).toContain('line  question                                 expected  decide  rowFilter  why')
    expect(out).toContain('5     may wu do customer.profile.view to acme  deny      allow   allow      role:store-manager#1')
    expect(out).toContain(`${path('good.yaml')}: 1 questions, all answered`)
  })

  it('answers 2 for a file that cannot be asked, that is not there, or that nobody named', async () => {
    const bad = await policy(['test', path('good.yaml'), path('bad.yaml'), path('none.yaml')])
    expect(bad.code).toBe(2)
    expect(bad.errors).toContain(`${path('bad.yaml')}: line 5, questions.0.to.0: no customer is called "bolt" (there is acme)`)
    expect(bad.errors).toContain('ENOENT')
    expect((await policy(['test'])).code).toBe(2)
  })

  it('writes the running policy as a file that passes', async () => {
    const exported = await policy(['export'], { DATABASE_URL: test.url })
    expect([exported.code, exported.errors]).toEqual([0, ''])
    writeFileSync(path('export.yaml'), exported.out)
    expect((await policy(['test', path('export.yaml')])).code).toBe(0)
    expect((await policy(['export'], { DATABASE_URL: `sqlite:${path('empty.db')}` })).code).toBe(1)
  })
})
