import { afterEach, describe, expect, it } from 'vitest'
import { LengthenDocuments1764100010000 } from '../../migrations/1764100010000-lengthen-documents.ts'
import { roles } from '../../server/access/index.ts'
import { migrateDown, migrateUp, pendingMigrations } from '../../server/database/migrations.ts'
import { entities } from '../../server/entities.ts'
import { migrations } from '../../migrations/index.ts'
import { testDatabase, testDatabaseKinds, type TestDatabase } from '../support/databases.ts'

describe.each(await testDatabaseKinds())('migrations on %s', (kind) => {
  let test: TestDatabase | null = null
  afterEach(async () => {
    await test?.drop()
    test = null
  })

  it('leave no difference between the tables and what the code declares', async () => {
    test = await testDatabase(kind)
    const difference = await test.database.source.driver.createSchemaBuilder().log()
    expect(difference.upQueries.map((query) => query.query)).toEqual([])
  })

  it('go all the way down and up again', async () => {
    test = await testDatabase(kind)
    for (let step = 0; step < migrations.length; step += 1) await migrateDown(test.database)
    const runner = test.database.source.createQueryRunner()
    const left: string[] = []
    for (const entity of entities) if (await runner.hasTable(entity.options.name)) left.push(entity.options.name)
    await runner.release()
    expect(left).toEqual([])
    expect(await migrateUp(test.database)).toHaveLength(migrations.length)
    expect(await pendingMigrations(test.database)).toEqual([])
  })

  it('finish what a crash between two statements left half done', async () => {
    test = await testDatabase(kind, { migrate: false })
    const runner = test.database.source.createQueryRunner()
    await migrateUp(test.database)
    await runner.query('drop table audit_chain')
    await runner.query(`delete from schema_migrations where name like 'CreateAudit%'`)
    await runner.release()
    expect(await migrateUp(test.database)).toHaveLength(1)
    const difference = await test.database.source.driver.createSchemaBuilder().log()
    expect(difference.upQueries).toEqual([])
  })
})

describe.each(await testDatabaseKinds())('documents of more than 64 KB on %s', (kind) => {
  it('are kept whole, and a way back that would cut them is refused', async () => {
    const test = await testDatabase(kind)
    try {
      const grants = [{ tagIds: Array.from({ length: 10_000 }, (_, place) => `tag-${place}`) }]
      await test.database.db.insert(roles, { roleKey: 'many', label: '很多标签', grants, version: 1, updatedAt: 0 })
      expect((await test.database.db.findOneByOrFail(roles, { roleKey: 'many' })).grants).toEqual(grants)
      const runner = test.database.source.createQueryRunner()
      const migration = new LengthenDocuments1764100010000()
      if (kind === 'mysql') await expect(migration.down(runner)).rejects.toThrow('roles.grants holds texts of more than 64 KB')
      await test.database.db.update(roles, { roleKey: 'many' }, { grants: [{ tagIds: ['one'] }] })
      await migration.down(runner)
      await migration.up(runner)
      await runner.release()
      expect((await test.database.db.findOneByOrFail(roles, { roleKey: 'many' })).grants).toEqual([{ tagIds: ['one'] }])
      expect((await test.database.source.driver.createSchemaBuilder().log()).upQueries).toEqual([])
    } finally {
      await test.drop()
    }
  })
})
