import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { migrations } from '../../migrations/index.ts'
import { previewChange } from '../../server/access/bulk/preview.ts'
import { companyPolicyFrom, loadCompanyPolicy, type PolicyRules } from '../../server/access/company-policy.ts'
import { roleTemplates } from '../../server/access/role-templates.ts'
import { openDatabase, type Database } from '../../server/database/database.ts'
import { migrateUp } from '../../server/database/migrations.ts'
import { entities } from '../../server/entities.ts'
import { mysqlIsUp, testDatabase } from '../support/databases.ts'
import { fillPreviewCompany } from './preview-company.ts'

type Grant = PolicyRules['roles'][number]['grants'][number]

const published: PolicyRules = { roles: roleTemplates.map(({ roleKey, grants }) => ({ roleKey, grants })), restrictions: [], nodeGrants: [] }
const eachGrant = (keys: readonly string[], change: (grant: Grant) => Grant): PolicyRules =>
  ({ ...published, roles: published.roles.map((role) => (keys.includes(role.roleKey) ? { ...role, grants: role.grants.map(change) } : role)) })
const everybody = published.roles.map((role) => role.roleKey)

/** Edits of the policy as an administrator may make them, from one role to everything. */
const edits: Readonly<Record<string, PolicyRules>> = {
  oneRole: eachGrant(['regional-manager'], (grant) => ({ ...grant, operations: grant.operations.filter((operation) => operation !== 'customer.contact.view') })),
  clerksSeeAll: eachGrant(['clerk'], (grant) => (grant.scope.kind === 'team' ? { ...grant, scope: { kind: 'all' } } : grant)),
  everyRoleByStage: eachGrant(everybody, (grant) => ({ ...grant, conditions: [...grant.conditions, { kind: 'stage', anyOf: ['lead', 'intent'] }] })),
  restrictionForAll: {
    ...published,
    restrictions: [{ id: 'vip', definition: {
      subject: { everyone: true, roles: [], staffIds: [], except: [] }, operations: ['customer.profile.view'], scope: { kind: 'all' },
      conditions: [{ kind: 'tags', match: 'any', tagIds: ['tag0', 'tag1'] }],
    } }],
  },
}

async function measure(database: Database): Promise<Record<string, number>> {
  const company = await loadCompanyPolicy(database.db)
  const before = companyPolicyFrom(company, published)
  const figures: Record<string, number> = {}
  for (const [name, rules] of Object.entries(edits)) {
    globalThis.gc?.()
    const began = performance.now()
    const cpuBegan = process.cpuUsage()
    const delays = monitorEventLoopDelay({ resolution: 5 })
    delays.enable()
    let peak = 0
    const watch = setInterval(() => { peak = Math.max(peak, process.memoryUsage().rss) }, 20)
    const found = await previewChange(database.db, { before, after: companyPolicyFrom(company, rules), rolesAfter: new Map(), now: Date.now(), most: 200 })
    clearInterval(watch)
    delays.disable()
    const seconds = (performance.now() - began) / 1000
    const { user, system } = process.cpuUsage(cpuBegan)
    console.log(`${database.kind} ${name}: ${seconds.toFixed(2)} s (${((user + system) / 1e6).toFixed(2)} s of our processor) for ${found.staff} staff and ${found.customers} customers; ${found.staffGaining} gain, ${found.staffLosing} lose; `
      + `event loop held for ${(delays.max / 1e6).toFixed(0)} ms at most (p99 ${(delays.percentile(99) / 1e6).toFixed(0)} ms), ${Math.round(peak / 1e6)} MB in all`)
    figures[name] = Number(seconds.toFixed(3))
    figures[`${name}HeldMs`] = Math.round(delays.max / 1e6)
    figures['peakMb'] = Math.max(figures['peakMb'] ?? 0, Math.round(peak / 1e6))
  }
  return figures
}

/** `npm run bench -- preview`: an edited policy previewed for 5,000 staff and 100,000 customers, on SQLite and MySQL. */
export async function bench(): Promise<Record<string, unknown>> {
  const folder = mkdtempSync(join(tmpdir(), 'scrm-preview-'))
  const sqlite = await openDatabase({ url: `sqlite:${join(folder, 'scrm.db')}`, entities, migrations })
  await migrateUp(sqlite)
  await fillPreviewCompany(sqlite)
  const onSqlite = await measure(sqlite)
  await sqlite.close()
  rmSync(folder, { recursive: true, force: true })
  let onMysql: Record<string, number> = {}
  if (await mysqlIsUp()) {
    const test = await testDatabase('mysql')
    await fillPreviewCompany(test.database)
    onMysql = await measure(test.database)
    await test.drop()
  }
  const seconds = Object.keys(edits).flatMap((name) => [onSqlite[name] ?? 0, onMysql[name] ?? 0])
  return { worstSeconds: Math.max(...seconds), sqlite: onSqlite, mysql: onMysql }
}
