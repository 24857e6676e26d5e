import type { MigrationInterface, QueryRunner } from 'typeorm'
import { flag, id, instant, integer, json, key, nullable, primary, word } from '../server/database/columns.ts'
import { createTable, dropTable } from '../server/database/migrations.ts'

export class CreateApprovals1764100004000 implements MigrationInterface {
  readonly name = 'CreateApprovals1764100004000'

  async up(runner: QueryRunner): Promise<void> {
    await createTable(runner, 'approval_requests', {
      id: primary(id()),
      kind: key(64),
      payload: json(),
      contentHash: key(64),
      uniqueKey: nullable(key(160)),
      requesterStaffId: id(),
      beneficiaryStaffIds: json(),
      departmentId: nullable(integer()),
      departmentIsOwn: flag(),
      reach: word(16),
      mode: word(8),
      status: word(16),
      level: integer(),
      dueAt: nullable(instant()),
      expiresAt: instant(),
      createdAt: instant(),
      closedAt: nullable(instant()),
      decidedBy: nullable(id()),
      note: nullable(word(500)),
      version: integer(),
    }, [
      { name: 'ux_approval_requests_unique', columns: ['uniqueKey'], unique: true },
      { name: 'ix_approval_requests_due', columns: ['dueAt'] },
      { name: 'ix_approval_requests_created', columns: ['createdAt', 'id'] },
      { name: 'ix_approval_requests_requester', columns: ['requesterStaffId', 'createdAt'] },
    ])
    await createTable(runner, 'approval_approvers', {
      id: primary(id()),
      requestId: id(),
      staffId: id(),
      level: integer(),
      askedAt: nullable(instant()),
      cardSentAt: nullable(instant()),
      cardCode: nullable(key(255)),
      verdict: nullable(word(8)),
      via: nullable(word(8)),
      decidedAt: nullable(instant()),
    }, [
      { name: 'ux_approval_approvers_person', columns: ['requestId', 'staffId'], unique: true },
      { name: 'ix_approval_approvers_staff', columns: ['staffId', 'decidedAt'] },
    ])
    await createTable(runner, 'approval_pairs', {
      pairKey: primary(key(80)),
      firstStaffId: id(),
      secondStaffId: id(),
      firstApproved: integer(),
      secondApproved: integer(),
      reportedAt: instant(),
    }, [
      { name: 'ix_approval_pairs_reported', columns: ['reportedAt'] },
    ])
    await createTable(runner, 'staff_persons', {
      staffId: primary(id()),
      personId: id(),
    }, [
      { name: 'ix_staff_persons_person', columns: ['personId'] },
    ])
  }

  async down(runner: QueryRunner): Promise<void> {
    await dropTable(runner, 'staff_persons')
    await dropTable(runner, 'approval_pairs')
    await dropTable(runner, 'approval_approvers')
    await dropTable(runner, 'approval_requests')
  }
}
