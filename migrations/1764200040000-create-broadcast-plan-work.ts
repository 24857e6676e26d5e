import type { MigrationInterface, QueryRunner } from 'typeorm'
import { id, instant, key, nullable, primary } from '../server/database/columns.ts'
import { createTable, dropTable } from '../server/database/migrations.ts'

/** What a broadcast's plan still needs, done piece by piece. */
export class CreateBroadcastPlanWork1764200040000 implements MigrationInterface {
  readonly name = 'CreateBroadcastPlanWork1764200040000'

  async up(runner: QueryRunner): Promise<void> {
    await createTable(runner, 'broadcast_plan_work', {
      planId: primary(id()),
      broadcastId: id(),
      kind: key(16),
      category: key(64),
      reason: nullable(key(64)),
      afterStaffId: nullable(id()),
      createdAt: instant(),
      aliveUntil: instant(),
    }, [{ name: 'ix_broadcast_plan_work_broadcast', columns: ['broadcastId'] }])
  }

  async down(runner: QueryRunner): Promise<void> {
    await dropTable(runner, 'broadcast_plan_work')
  }
}
