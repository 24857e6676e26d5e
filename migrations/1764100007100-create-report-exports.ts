import type { MigrationInterface, QueryRunner } from 'typeorm'
import { id, instant, integer, key, nullable, primary, text } from '../server/database/columns.ts'
import { addIndex, createTable, dropIndex, dropTable } from '../server/database/migrations.ts'

/** Reports read what happened within a month: indexes by time. Exports wait for a decision, then to be downloaded once. */
export class CreateReportExports1764100007100 implements MigrationInterface {
  readonly name = 'CreateReportExports1764100007100'

  async up(runner: QueryRunner): Promise<void> {
    await addIndex(runner, 'follows', { name: 'ix_follows_began', columns: ['beganAt'] })
    await addIndex(runner, 'orders', { name: 'ix_orders_placed', columns: ['placedAt'] })
    await addIndex(runner, 'visits', { name: 'ix_visits_visited', columns: ['visitedAt'] })
    await createTable(runner, 'report_exports', {
      id: primary(id()),
      requesterStaffId: id(),
      report: key(32),
      period: key(16),
      fromDay: key(10),
      level: key(16),
      departmentId: integer(),
      status: key(16),
      createdAt: instant(),
      approvedAt: nullable(instant()),
      readyAt: nullable(instant()),
      expiresAt: nullable(instant()),
      downloadedAt: nullable(instant()),
      rowCount: nullable(integer()),
      failure: nullable(key(64)),
    }, [
      { name: 'ix_report_exports_requester', columns: ['requesterStaffId', 'createdAt'] },
      { name: 'ix_report_exports_status', columns: ['status', 'expiresAt'] },
    ])
    await createTable(runner, 'report_export_parts', {
      exportId: primary(id()),
      part: primary(integer()),
      content: text(),
    })
  }

  async down(runner: QueryRunner): Promise<void> {
    await dropTable(runner, 'report_export_parts')
    await dropTable(runner, 'report_exports')
    await dropIndex(runner, 'visits', 'ix_visits_visited')
    await dropIndex(runner, 'orders', 'ix_orders_placed')
    await dropIndex(runner, 'follows', 'ix_follows_began')
  }
}
