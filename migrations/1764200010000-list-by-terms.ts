import type { MigrationInterface, QueryRunner } from 'typeorm'
import { counter, id, primary } from '../server/database/columns.ts'
import { createTable, dropTable } from '../server/database/migrations.ts'

/** As in `nodes.ts`: from here on the scope table says by which tag or pair of letters a customer is found. */
const firstTermNode = 6 * 2 ** 48
const rowsPerStep = 10_000

/**
 * Tags and pairs of letters become rows of the scope table, in the order of lists, and the table of pairs goes. They are filled in
 * the background: where there are customers already, a mark says that they are not complete yet, and lists do without them.
 */
export class ListByTerms1764200010000 implements MigrationInterface {
  readonly name = 'ListByTerms1764200010000'

  async up(runner: QueryRunner): Promise<void> {
    await markUnlessEmpty(runner, 'terms')
    await runner.query('DELETE FROM list_marks WHERE name = ?', ['names'])
    await dropTable(runner, 'customer_name_grams')
  }

  async down(runner: QueryRunner): Promise<void> {
    await createTable(runner, 'customer_name_grams', {
      gram: primary(counter()),
      customerId: primary(id()),
    }, [
      { name: 'ix_customer_name_grams_customer', columns: ['customerId'] },
    ], { clustered: true })
    await markUnlessEmpty(runner, 'names')
    await dropTermRows(runner)
    await runner.query('DELETE FROM list_marks WHERE name = ?', ['terms'])
  }
}

async function dropTermRows(runner: QueryRunner): Promise<void> {
  if (runner.dataSource.options.type === 'better-sqlite3') {
    await runner.query('DELETE FROM customer_scope WHERE node >= ?', [firstTermNode])
    return
  }
  // Each step is a transaction of its own: none holds millions of rows.
  for (let more = true; more;) {
    await runner.query(`DELETE FROM customer_scope WHERE node >= ? LIMIT ${rowsPerStep}`, [firstTermNode])
    const rows: unknown[] = await runner.query('SELECT node FROM customer_scope WHERE node >= ? LIMIT 1', [firstTermNode])
    more = rows.length > 0
  }
}

/** Written before any server of this version starts, so that none takes an empty table for a complete one. */
async function markUnlessEmpty(runner: QueryRunner, name: string): Promise<void> {
  const customers: unknown[] = await runner.query('SELECT id FROM customers LIMIT 1')
  const marked: unknown[] = await runner.query('SELECT name FROM list_marks WHERE name = ?', [name])
  if (customers.length === 0 || marked.length > 0) return
  await runner.query('INSERT INTO list_marks (name, path, position, round, not_before) VALUES (?, NULL, ?, 1, 0)', [name, ''])
}
