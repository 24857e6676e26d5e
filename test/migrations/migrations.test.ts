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

  it('take callbacks that wait to be read along, there and back, each text once', async () => {
    test = await testDatabase(kind)
    const { db } = test.database
    const back = async () => {
      while (await test?.database.source.query(`select count(*) as total from schema_migrations where name like 'CreateArrivals%'`).then((rows) => Number(rows[0].total)) !== 0) await migrateDown(test?.database as TestDatabase['database'])
    }
    for (const [seq, digest] of [[1, 'a'], [2, 'b'], [3, 'a'], [4, 'known']]) await db.query(`insert into arrivals (seq, digest, source, payload, received_at) values (${seq}, '${digest}', 'app', 'w1:${digest}', 7)`)
    await db.query(`insert into inbox (digest, seq, source, payload, state, attempts, next_at, received_at, repeats) values ('known', 0, 'app', 's1:', 'done', 0, 5, 5, 0)`)
    await back()
    const inInbox = () => db.query('select digest, seq, state from inbox order by seq').then((rows: { digest: string, seq: unknown, state: string }[]) => rows.map((row) => [row.digest, Number(row.seq), row.state]))
    expect(await inInbox()).toEqual([['known', 0, 'done'], ['a', 1, 'new'], ['b', 2, 'new']])
    await migrateUp(test.database)
    expect(await inInbox()).toEqual([['known', 0, 'done']])
    const rows: { seq: unknown, digest: string, payload: string, received_at: unknown }[] = await db.query('select seq, digest, payload, received_at from arrivals order by seq')
    expect(rows.map((row) => [Number(row.seq), row.digest, row.payload, Number(row.received_at)])).toEqual([[1, 'a', 'w1:a', 7], [2, 'b', 'w1:b', 7]])
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
