import type { MigrationInterface, QueryRunner } from 'typeorm'
import { id, instant, nullable } from '../server/database/columns.ts'
import { addColumn, addIndex, dropColumn, dropIndex } from '../server/database/migrations.ts'

const times = ['repliedAt', 'visitedAt', 'orderedAt', 'contractedAt']

/** What followed each message, and which broadcast it was a part of. Older messages get the former when records are read again. */
export class AttributeConversions1764200030000 implements MigrationInterface {
  readonly name = 'AttributeConversions1764200030000'

  async up(runner: QueryRunner): Promise<void> {
    await addColumn(runner, 'template_uses', 'sourceId', nullable(id()))
    for (const property of times) await addColumn(runner, 'template_uses', property, nullable(instant()))
    // `broadcast:PLAN:CUSTOMER`, ids of 36 characters each.
    await runner.query(`UPDATE template_uses SET source_id = SUBSTR(use_key, 11, 36) WHERE source_id IS NULL AND use_key LIKE 'broadcast:%'`)
    await addIndex(runner, 'template_uses', { name: 'ix_template_uses_customer', columns: ['customerId', 'usedAt'] })
    await addIndex(runner, 'template_uses', { name: 'ix_template_uses_source', columns: ['sourceId', 'staffId'] })
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const name of ['ix_template_uses_source', 'ix_template_uses_customer']) await dropIndex(runner, 'template_uses', name)
    for (const property of [...times, 'sourceId']) await dropColumn(runner, 'template_uses', property)
  }
}
