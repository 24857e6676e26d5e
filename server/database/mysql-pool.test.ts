import { describe, expect, it } from 'vitest'
import { mysqlIsUp, testDatabase } from '../../test/support/databases.ts'

describe.runIf(await mysqlIsUp())('connections to MySQL', () => {
  it('work at READ COMMITTED from their first statement on, in transactions and outside', async () => {
    const test = await testDatabase('mysql', { migrate: false })
    try {
      const { db } = test.database
      // both spellings: MySQL 8 dropped the old name, MariaDB 10 does not know the new one
      const [named]: { Variable_name: string }[] = await db.query(`show variables where variable_name in ('tx_isolation', 'transaction_isolation')`)
      const ask = `select @@${named?.Variable_name} as level, connection_id() as id, sleep(0.05)`
      // at once, so that each has a connection of its own
      const asked: { level: string; id: number }[][] = await Promise.all(Array.from({ length: 6 }, () => db.query(ask)))
      expect(new Set(asked.flat().map((row) => row.id)).size).toBe(6)
      expect(new Set(asked.flat().map((row) => row.level))).toEqual(new Set(['READ-COMMITTED']))
      if (test.database.kind === 'mariadb') expect(await db.query('select @@optimizer_switch as switches')).toEqual([{ switches: expect.stringContaining('subquery_cache=off') }])
      expect(await test.database.transaction((work) => work.db.query(ask))).toMatchObject([{ level: 'READ-COMMITTED' }])
    } finally {
      await test.drop()
    }
  })
})
