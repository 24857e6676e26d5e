import type { MigrationInterface, QueryRunner } from 'typeorm'
import { id, integer, key, nullable, primary } from '../server/database/columns.ts'
import { createTable, dropTable } from '../server/database/migrations.ts'

/** What became of one sender's part of a broadcast, in numbers. */
export class CreateBroadcastResults1764200030100 implements MigrationInterface {
  readonly name = 'CreateBroadcastResults1764200030100'

  async up(runner: QueryRunner): Promise<void> {
    await createTable(runner, 'broadcast_results', {
      planId: primary(id()),
      staffId: primary(id()),
      broadcastId: id(),
      templateId: id(),
      departmentId: nullable(integer()),
      month: key(7),
      leaving: integer(),
      sent: integer(),
      notFriend: integer(),
      overLimit: integer(),
      unsent: integer(),
      leftOut: integer(),
      replied: integer(),
      visited: integer(),
      ordered: integer(),
      contracted: integer(),
      version: integer(),
    }, [
      { name: 'ix_broadcast_results_month', columns: ['month', 'departmentId', 'staffId'] },
      { name: 'ix_broadcast_results_staff', columns: ['staffId', 'month'] },
    ])
  }

  async down(runner: QueryRunner): Promise<void> {
    await dropTable(runner, 'broadcast_results')
  }
}
