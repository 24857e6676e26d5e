import type { MigrationInterface, QueryRunner } from 'typeorm'
import { id, integer, key, nullable, primary } from '../server/database/columns.ts'
import { createTable, dropTable } from '../server/database/migrations.ts'

const having = (outcome: string) => `SUM(CASE WHEN r.outcome = '${outcome}' THEN 1 ELSE 0 END)`

/** What left before this table was there; what a run that was cut off has counted is left alone. */
const countWhatLeft = `INSERT INTO broadcast_results (plan_id, staff_id, broadcast_id, template_id, department_id, month, leaving, sent, not_friend, over_limit, unsent, left_out, replied, visited, ordered, contracted, version)
  SELECT r.plan_id, r.staff_id, b.id, b.template_id, s.main_department_id, q.month,
    ${having('leaving')}, ${having('sent')}, ${having('not-friend')}, ${having('over-limit')}, ${having('unsent')}, ${having('left-out')}, 0, 0, 0, 0, 1
  FROM broadcast_recipients r JOIN broadcasts b ON b.plan_id = r.plan_id JOIN quota_shares q ON q.plan_id = r.plan_id AND q.staff_id = r.staff_id
    LEFT JOIN staff s ON s.id = r.staff_id LEFT JOIN broadcast_results known ON known.plan_id = r.plan_id AND known.staff_id = r.staff_id
  WHERE r.outcome NOT IN ('planned', 'withdrawn') AND known.plan_id IS NULL
  GROUP BY r.plan_id, r.staff_id, b.id, b.template_id, s.main_department_id, q.month`

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
    await runner.query(countWhatLeft)
  }

  async down(runner: QueryRunner): Promise<void> {
    await dropTable(runner, 'broadcast_results')
  }
}
