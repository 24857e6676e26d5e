import type { MigrationInterface, QueryRunner } from 'typeorm'
import { counter, id, instant, key, nullable, primary } from '../server/database/columns.ts'
import { addIndex, createTable, dropIndex, dropTable } from '../server/database/migrations.ts'

/** Indexes for searching the audit, its daily anchors, and what nightly verifications found. */
export class CreateOversight1764100007000 implements MigrationInterface {
  readonly name = 'CreateOversight1764100007000'

  async up(runner: QueryRunner): Promise<void> {
    await addIndex(runner, 'audit_entries', { name: 'ix_audit_entries_action', columns: ['action', 'at'] })
    await addIndex(runner, 'audit_entries', { name: 'ix_audit_entries_request', columns: ['requestId'] })
    await createTable(runner, 'audit_anchors', {
      day: primary(key(10)),
      seq: counter(),
      hash: key(64),
      takenAt: instant(),
    })
    await createTable(runner, 'audit_verifications', {
      id: primary(id()),
      startedAt: instant(),
      finishedAt: instant(),
      checked: counter(),
      unsealed: counter(),
      headSeq: nullable(counter()),
      headHash: nullable(key(64)),
      brokenSeq: nullable(counter()),
      brokenEntryId: nullable(id()),
      brokenWhy: nullable(key(32)),
    }, [
      { name: 'ix_audit_verifications_finished', columns: ['finishedAt'] },
    ])
  }

  async down(runner: QueryRunner): Promise<void> {
    await dropTable(runner, 'audit_verifications')
    await dropTable(runner, 'audit_anchors')
    await dropIndex(runner, 'audit_entries', 'ix_audit_entries_request')
    await dropIndex(runner, 'audit_entries', 'ix_audit_entries_action')
  }
}
