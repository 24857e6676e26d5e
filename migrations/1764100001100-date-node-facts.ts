import type { MigrationInterface, QueryRunner } from 'typeorm'
import { id, instant, key, nullable, primary } from '../server/database/columns.ts'
import { createTable, dropTable } from '../server/database/migrations.ts'

/** No domain has written node facts before this version, so the table is made anew instead of changing its key. */
export class DateNodeFacts1764100001100 implements MigrationInterface {
  readonly name = 'DateNodeFacts1764100001100'

  async up(runner: QueryRunner): Promise<void> {
    const old = await runner.getTable('customer_node_facts')
    if (old !== undefined && old.findColumnByName('reference') === undefined) await dropTable(runner, 'customer_node_facts')
    await createTable(runner, 'customer_node_facts', {
      customerId: primary(id()),
      nodeKey: primary(key(64)),
      reference: primary(key(64)),
      enteredAt: instant(),
      leftAt: nullable(instant()),
    }, [
      { name: 'ix_node_facts_node', columns: ['nodeKey'] },
    ])
  }

  async down(runner: QueryRunner): Promise<void> {
    const present = await runner.getTable('customer_node_facts')
    if (present?.findColumnByName('reference') !== undefined) await dropTable(runner, 'customer_node_facts')
    await createTable(runner, 'customer_node_facts', {
      customerId: primary(id()),
      nodeKey: primary(key(64)),
    }, [
      { name: 'ix_node_facts_node', columns: ['nodeKey'] },
    ])
  }
}
