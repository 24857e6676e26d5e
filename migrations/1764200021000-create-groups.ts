import type { MigrationInterface, QueryRunner } from 'typeorm'
import { id, instant, integer, key, nullable, primary, word } from '../server/database/columns.ts'
import { addColumn, createTable, dropColumn, dropTable } from '../server/database/migrations.ts'

/** Customer groups, and tasks whose recipients are groups. */
export class CreateGroups1764200021000 implements MigrationInterface {
  readonly name = 'CreateGroups1764200021000'

  async up(runner: QueryRunner): Promise<void> {
    await createTable(runner, 'customer_groups', {
      id: primary(id()),
      chatId: key(64),
      name: word(),
      ownerStaffId: nullable(id()),
      departmentId: nullable(integer()),
      members: integer(),
      status: key(16),
      readAt: instant(),
    }, [
      { name: 'ux_customer_groups_chat', columns: ['chatId'], unique: true },
      { name: 'ix_customer_groups_owner', columns: ['ownerStaffId', 'status'] },
    ])
    await addColumn(runner, 'outreach_tasks', 'target', nullable(key(16)))
  }

  async down(runner: QueryRunner): Promise<void> {
    await dropColumn(runner, 'outreach_tasks', 'target')
    await dropTable(runner, 'customer_groups')
  }
}
