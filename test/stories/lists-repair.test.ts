import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { selectNamed } from '../../server/access/index.ts'
import { belowNode, firstTermNode } from '../../server/access/listing/nodes.ts'
import { auditEntries } from '../../server/audit/audit.entity.ts'
import { listFaults, mendAllLists } from '../../server/customers/index.ts'
import { testDatabaseKinds } from '../support/databases.ts'
import { testEnvironment } from '../support/test-app.ts'
import { expectHidden, idsOf } from './support/answers.ts'
import { storyApp, type StoryApp } from './support/story-app.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

describe.each(await testDatabaseKinds())('rows behind lists that lie, on %s', (kind) => {
  let app: StoryApp
  beforeAll(async () => { app = await storyApp({ database: kind }) })
  afterAll(() => app.stop())

  const regionOf = (store: number) => app.company.departments.find((one) => one.id === store)?.parentId ?? 0
  const region = () => regionOf(app.storeOf('manager01'))
  const otherRegion = () => app.company.departments.find((one) => one.kind === 'region' && one.id !== region())?.id ?? 0
  const personOfRegion = (id: number) => app.person(app.company.staff.find((one) => one.role === 'regional-manager' && one.departmentIds.includes(id))?.userid ?? '')

  /** A row below the wrong region, none below the right one, and a name that is found by other letters. */
  async function plant(): Promise<string> {
    const { externalUserId } = await app.arrives(app.storeOf('manager01'), { name: '诸葛门店客' })
    const { id } = await app.customer(externalUserId)
    const { db } = app.services.database
    await selectNamed(db, 'INSERT INTO customer_scope (node, last_active_at, customer_id, stage, value_tier) SELECT :node, last_active_at, id, stage, value_tier FROM customers WHERE id = :id', { node: belowNode(otherRegion()), id })
    await selectNamed(db, 'DELETE FROM customer_scope WHERE node = :node AND customer_id = :id', { node: belowNode(region()), id })
    await selectNamed(db, 'DELETE FROM customer_scope WHERE node >= :firstTermNode AND customer_id = :id', { firstTermNode, id })
    return externalUserId
  }

  async function expectMissingOnly(externalUserId: string): Promise<void> {
    const [right, wrong] = await Promise.all([personOfRegion(region()), personOfRegion(otherRegion())])
    await expectHidden(wrong, externalUserId)
    expect(await idsOf(wrong, `q=${encodeURIComponent('诸葛')}`)).not.toContain(externalUserId)
    expect(await idsOf(right)).not.toContain(externalUserId)
    // A card asks the rules and no table.
    expect((await right.get(`/api/customers/${externalUserId}`)).status).toBe(200)
  }

  async function expectThere(externalUserId: string): Promise<void> {
    const [right, wrong] = await Promise.all([personOfRegion(region()), personOfRegion(otherRegion())])
    expect(await idsOf(right)).toContain(externalUserId)
    expect(await idsOf(right, `q=${encodeURIComponent('诸葛')}`)).toContain(externalUserId)
    await expectHidden(wrong, externalUserId)
    expect((await listFaults(app.services.database.db)).different).toEqual([])
  }

  function command(program: 'admin' | 'doctor', ...args: string[]): Promise<{ code: number | null, out: string }> {
    return new Promise((resolve, reject) => {
      const url = app.services.config.databaseUrl
      const child = spawn(process.execPath, ['--import', 'tsx', `server/cli/${program}.ts`, ...args], { cwd: root, env: { PATH: process.env['PATH'] ?? '', ...testEnvironment(app.simulator, { url }) } })
      let out = ''
      for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => { out += text })
      child.on('error', reject)
      child.on('close', (code) => resolve({ code, out }))
    })
  }

  it('S52 never leak: a planted row shows nobody, a lost one only hides for a while, and the nightly repair finds and tells both', async () => {
    const externalUserId = await plant()
    await expectMissingOnly(externalUserId)
    const told: unknown[] = []
    const log = { info: () => undefined, warn: () => undefined, error: (...what: unknown[]) => void told.push(what[0]) }
    expect(await mendAllLists(app.services.database, log)).toBeGreaterThan(0)
    expect(told).toEqual([{ customers: expect.any(Number) }])
    await expectThere(externalUserId)
    expect(await mendAllLists(app.services.database, log)).toBe(0)
    expect(told).toHaveLength(1)
  })

  it('S52 an administrator of the server compares and mends them by command, which is on the audit', { timeout: 300_000 }, async () => {
    const externalUserId = await plant()
    const { id } = await app.customer(externalUserId)
    const checked = await command('admin', 'relist', '--check')
    expect(checked).toMatchObject({ code: 1, out: expect.stringContaining(id) })
    await expectMissingOnly(externalUserId)
    expect((await command('doctor')).out).toMatch(/PROBLEM {2}tables behind lists: .* Remedy: run "npm run admin -- relist"/)
    const mended = await command('admin', 'relist')
    expect(mended).toEqual({ code: 0, out: expect.stringMatching(/^Mended what the tables behind lists said about \d+ customer\(s\)\.\n$/) })
    await expectThere(externalUserId)
    const entries = await app.services.database.db.getRepository(auditEntries).findBy({ action: 'lists.rebuilt' })
    expect(entries).toHaveLength(1)
    expect((await command('doctor')).out).toContain('ok       tables behind lists')
  })
})
