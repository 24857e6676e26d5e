import { afterEach, describe, expect, it } from 'vitest'
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
