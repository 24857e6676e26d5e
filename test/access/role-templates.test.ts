import { Repository } from 'typeorm'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { RoleGrant } from '#shared/access/index'
import { createAccess, ensureRoleTemplates, ensureTemplateRules, roles, roleTemplates, templateRules } from '../../server/access/index.ts'
import { renderCell, tableUnits } from '../../server/access/template-cells.ts'
import { testDatabase, testDatabaseKinds, type TestDatabase } from '../support/databases.ts'

/** The table of docs/architecture.md, "The permission layer", word for word. */
const table = `
| Unit | trainee 实习 | clerk 导购 | sales 顾问 | service 客服 | service-lead 客服组长 | store-manager 店长 | regional-manager 区域经理 | sales-head 销售主管 | marketing 市场专员 | marketing-director 市场总监 | hq-operations 总部运营 | director 总监 |
| profile | Vf | Vt | Vf Vp Eo | Vf | Vs | Vt Et | Vs | V* | – | V* | V* | V* |
| contact | – | Vo | Vo Eo Oo | Vf | – | Vt Et Ot | Vs | V* | – | – | – | V* O* |
| spending | – | Vtr | Vo | – | – | Vt | Vs | V* | – | – | V* | V* |
| contract | – | – | Vo | – | – | Vt | Vs | V* | – | – | – | V* O* |
| labels | – | Vo | Vo Eo | Vf | Vs | Vt Et Ot | Vs | V* E* | – | V* | V* E* | V* |
| ownership | – | Vt Ep Eo | Vf Vp Ep Eo | Vf | Vs | Vt Et Ot | Vs Os | V* O* | – | – | V* O* | V* O* |
| messages | – | Vo | Vo | Vf | Vs | Vt | Vs | V* | – | – | – | V* |
| followups | – | Vo Eo | Vo Eo | Vf Ef | Vs | Vt Eo | Vs Os | V* E* | – | – | V* | V* |
| history | – | – | – | – | – | Vt Ot | Vs Os | V* | – | – | – | V* O* |
| visits | – | Vtr Etr | Vo Eo | Vf | Vs | Vt Et Ot | Vs | V* | – | – | V* | V* |
| tickets | – | Vo Eo | Vo Eo | Vf Ef | Vs Es Os | Vt Et | Vs | V* | – | – | V* | V* |
| tasks | – | Vo Eo | Vo Eo | Vf Ef | Vs Os | Vt Et Ot | Vs Os | V* O* | – | – | V* | V* |
| templates | – | V | V | V | V | V E | V | V E | V E | V E O | V E | V O |
| broadcasts | – | Vo Eo Oo | Vo Eo Oo | Vf Ef Of | Vs | Vt Et Ot | Vs | V* E* O* | V* E* O* | V* E* O* | V* E* O* | V* |
| approvals | – | – | – | – | Vs | Vt Ot | Vs Os | V* O* | – | V* O* | V* | V* O* |
| entrances | – | Vt | Vo | – | – | Vt Et Ot | Vs | V* | V* E* | V* E* O* | V* E* O* | V* |
| reports | – | Vo | Vo | Vf | Vs | Vt | Vs Os | V* E* | V* | V* E* O* | V* E* | V* E* O* |
| strategy | – | – | – | – | – | – | – | – | V | V E O | V E | V |
`

const withoutAdministrator = roleTemplates.filter((template) => template.roleKey !== 'administrator')

describe('the role templates', () => {
  it('are exactly the table', () => {
    const head = `| Unit | ${withoutAdministrator.map((template) => `${template.roleKey} ${template.label}`).join(' | ')} |`
    const lines = tableUnits.map((unit) => {
      const cells = withoutAdministrator.map((template) => renderCell(template.grants, unit))
      return `| ${unit.slice(unit.indexOf('.') + 1)} | ${cells.join(' | ')} |`
    })
    expect(`\n${[head, ...lines].join('\n')}\n`).toBe(table)
  })

  it('give the administrator the system and the strategy, and no customer', () => {
    const administrator = roleTemplates.find((template) => template.roleKey === 'administrator')
    expect(administrator?.grants).toHaveLength(1)
    expect([...administrator?.grants[0]?.operations ?? []].sort()).toEqual([
      'marketing.strategy.edit', 'marketing.strategy.operate', 'marketing.strategy.view',
      'system.audit.operate', 'system.audit.view', 'system.integration.operate', 'system.integration.view',
      'system.policy.operate', 'system.policy.view', 'system.settings.operate', 'system.settings.view',
    ])
  })

  it('are readable as stored grants', () => {
    for (const template of roleTemplates) {
      for (const grant of template.grants) expect(RoleGrant.parse(JSON.parse(JSON.stringify(grant)))).toEqual(grant)
    }
  })
})

describe.each(await testDatabaseKinds())('on %s', (kind) => {
  let test: TestDatabase
  beforeEach(async () => { test = await testDatabase(kind) })
  afterEach(async () => { await test.drop() })

  it('inserts missing templates once, raises the epoch once, and never overwrites an edited one', async () => {
    const { database } = test
    const access = createAccess({ database, clock: () => 1, log: { warn: () => undefined } })
    expect(await database.transaction((work) => ensureRoleTemplates(work, 1000))).toHaveLength(13)
    expect(await access.readEpoch()).toBe(1)
    await database.db.getRepository(roles).update({ roleKey: 'clerk' }, { grants: [], version: 2 })
    await database.db.getRepository(roles).delete({ roleKey: 'sales' })
    expect(await database.transaction((work) => ensureRoleTemplates(work, 2000))).toEqual(['sales'])
    expect(await access.readEpoch()).toBe(2)
    expect(await database.transaction((work) => ensureRoleTemplates(work, 3000))).toEqual([])
    expect(await access.readEpoch()).toBe(2)
    expect(await database.db.getRepository(roles).findOneByOrFail({ roleKey: 'clerk' })).toMatchObject({ grants: [], version: 2 })
  })

  it('fills the assignment rules of a company without any, and leaves others alone', async () => {
    const { database } = test
    expect(await database.transaction((work) => ensureTemplateRules(work))).toBeGreaterThan(10)
    expect(await database.transaction((work) => ensureTemplateRules(work))).toBe(0)
    const rows = await database.db.getRepository(templateRules).find({ order: { rank: 'ASC' } })
    expect(rows[0]).toEqual({
      id: 'default-rule-01', rank: 10, departmentId: null, departmentKind: null, positionContains: '实习', leader: null, roleKey: 'trainee',
    })
    expect(rows.some((row) => row.roleKey === 'administrator')).toBe(false)
  })
  it('leaves a company with any rule its own, also when another process fills them at the same moment, and hides no other failure', async () => {
    const { database } = test
    const fill = () => database.transaction((work) => ensureTemplateRules(work))
    const own = { id: 'own', rank: 5, departmentId: null, departmentKind: null, positionContains: null, leader: null, roleKey: 'clerk' }
    await database.transaction((work) => work.db.getRepository(templateRules).insert(own))
    expect(await fill()).toBe(0)
    expect(await database.db.getRepository(templateRules).find()).toEqual([own])

    await database.db.getRepository(templateRules).update({ id: 'own' }, { id: 'default-rule-01' })
    const count = vi.spyOn(Repository.prototype, 'count').mockResolvedValue(0)
    try {
      expect(await fill()).toBe(0)
      const insert = vi.spyOn(Repository.prototype, 'insert').mockRejectedValue(new Error('the disk is full'))
      try {
        await expect(fill()).rejects.toThrow('the disk is full')
      } finally {
        insert.mockRestore()
      }
    } finally {
      count.mockRestore()
    }
  })
})
