import { describe, expect, it } from 'vitest'
import { ListByTerms1764200010000 } from '../../migrations/1764200010000-list-by-terms.ts'
import { openMarks, selectNamed, workOnMarks } from '../../server/access/index.ts'
import { firstTermNode, letterNodes, pairNodes, tagNode } from '../../server/access/listing/nodes.ts'
import { newCustomer } from '../../server/customers/index.ts'
import { insertCustomers } from '../../server/customers/customer-rows.ts'
import type { Database } from '../../server/database/database.ts'
import { expectTrueLists } from '../support/lists.ts'
import { testDatabase, testDatabaseKinds } from '../support/databases.ts'

const migration = new ListByTerms1764200010000()
const people = ['诸葛亮', '王', '欧阳锋'].map((name, place) => newCustomer(`wmTerms${place}`, name, 1_000 + place))

async function run(database: Database, way: 'up' | 'down'): Promise<void> {
  const runner = database.source.createQueryRunner()
  try {
    await migration[way](runner)
  } finally {
    await runner.release()
  }
}

const marksOf = async ({ db }: Database) => (await openMarks(db)).map((mark) => mark.name)
const termsOf = async ({ db }: Database) => (await selectNamed(db, 'SELECT node FROM customer_scope WHERE node >= :firstTermNode', { firstTermNode }) as { node: unknown }[]).map((row) => Number(row.node)).sort((one, other) => one - other)
const expected = [tagNode('gold'), ...people.flatMap(({ nameSearch }) => [...letterNodes(nameSearch), ...pairNodes(nameSearch)])].sort((one, other) => one - other)

describe.each(await testDatabaseKinds())('tags and names as rows of the scope table on %s', (kind) => {
  it('are filled in bounded steps after the update, and a way back leaves the table of pairs to be filled', async () => {
    const { database, drop } = await testDatabase(kind)
    try {
      await database.transaction((work) => insertCustomers(work, people))
      await database.db.query('INSERT INTO customer_tags (customer_id, tag_id, follow_id) VALUES (?, ?, ?)', [people[0]?.id, 'gold', ''])
      await run(database, 'down')
      expect(await termsOf(database)).toEqual([])
      expect(await marksOf(database)).toEqual(['names'])
      expect(await database.db.query('SELECT gram FROM customer_name_grams')).toEqual([])

      await run(database, 'up')
      // Once more, as after a crash before the migration was written down.
      await run(database, 'up')
      expect(await marksOf(database)).toEqual(['terms'])
      expect(await termsOf(database)).toEqual([])
      const stopped = new AbortController()
      stopped.abort()
      expect(await workOnMarks({ database, clock: Date.now, signal: stopped.signal, batch: 1 })).toBe(0)
      expect(await marksOf(database)).toEqual(['terms'])
      expect(await workOnMarks({ database, clock: Date.now, signal: new AbortController().signal, batch: 1 })).toBeNull()
      expect(await marksOf(database)).toEqual([])
      expect(await termsOf(database)).toEqual(expected)
      await expectTrueLists(database)
      expect((await database.source.driver.createSchemaBuilder().log()).upQueries).toEqual([])
    } finally {
      await drop()
    }
  })

  it('need no filling where there is nobody yet', async () => {
    const { database, drop } = await testDatabase(kind)
    try {
      await run(database, 'down')
      await run(database, 'up')
      expect(await marksOf(database)).toEqual([])
    } finally {
      await drop()
    }
  })
})
