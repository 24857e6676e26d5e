import type { MigrationInterface, QueryRunner } from 'typeorm'
import { counter, id, instant, integer, key, nullable, primary } from '../server/database/columns.ts'
import { addIndex, createTable, dropIndex, dropTable } from '../server/database/migrations.ts'

/**
 * The tables behind fast lists. They are filled in the background: where there are customers already, marks say that the tables
 * are not complete yet, and lists do without them.
 */
export class CreateLists1764100003000 implements MigrationInterface {
  readonly name = 'CreateLists1764100003000'

  async up(runner: QueryRunner): Promise<void> {
    await createTable(runner, 'list_marks', {
      name: primary(key(64)),
      path: nullable(key(512)),
      position: key(128),
      round: integer(),
      notBefore: instant(),
    })
    await createTable(runner, 'customer_scope', {
      node: primary(counter()),
      lastActiveAt: primary(instant()),
      customerId: primary(id()),
      stage: key(32),
      valueTier: nullable(integer()),
    }, [
      { name: 'ix_customer_scope_customer', columns: ['customerId'] },
      { name: 'ix_customer_scope_stage', columns: ['node', 'stage', 'lastActiveAt', 'customerId'] },
    ], { clustered: true })
    await createTable(runner, 'customer_name_grams', {
      gram: primary(counter()),
      customerId: primary(id()),
    }, [
      { name: 'ix_customer_name_grams_customer', columns: ['customerId'] },
    ], { clustered: true })
    for (const mark of ['scopes', 'names']) await markUnlessEmpty(runner, mark)
    await dropIndex(runner, 'customers', 'ix_customers_stage')
    await addIndex(runner, 'customers', { name: 'ix_customers_stage', columns: ['stage', 'lastActiveAt', 'id'] })
  }

  async down(runner: QueryRunner): Promise<void> {
    await dropIndex(runner, 'customers', 'ix_customers_stage')
    await addIndex(runner, 'customers', { name: 'ix_customers_stage', columns: ['stage'] })
    await dropTable(runner, 'customer_name_grams')
    await dropTable(runner, 'customer_scope')
    await dropTable(runner, 'list_marks')
  }
}

/** Written before any server of this version starts, so that none takes an empty table for a complete one. */
async function markUnlessEmpty(runner: QueryRunner, name: string): Promise<void> {
  const customers: unknown[] = await runner.query('SELECT id FROM customers LIMIT 1')
  const marked: unknown[] = await runner.query('SELECT name FROM list_marks WHERE name = ?', [name])
  if (customers.length === 0 || marked.length > 0) return
  await runner.query('INSERT INTO list_marks (name, path, position, round, not_before) VALUES (?, NULL, ?, 1, 0)', [name, ''])
}
