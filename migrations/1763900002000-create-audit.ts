import type { MigrationInterface, QueryRunner } from 'typeorm'
import { counter, id, instant, json, key, nullable, primary } from '../server/database/columns.ts'
import { createTable, dropTable } from '../server/database/migrations.ts'

export class CreateAudit1763900002000 implements MigrationInterface {
  readonly name = 'CreateAudit1763900002000'

  async up(runner: QueryRunner): Promise<void> {
    await createTable(runner, 'audit_entries', {
      id: primary(id()),
      at: instant(),
      actorKind: key(16),
      actorId: nullable(key(64)),
      action: key(64),
      operation: nullable(key(64)),
      subjectKind: nullable(key(32)),
      subjectId: nullable(key(128)),
      outcome: key(16),
      details: json(),
      requestId: nullable(key(64)),
    }, [
      { name: 'ix_audit_entries_at', columns: ['at'] },
      { name: 'ix_audit_entries_subject', columns: ['subjectId', 'at'] },
      { name: 'ix_audit_entries_actor', columns: ['actorId', 'at'] },
    ])
    await createTable(runner, 'audit_chain', {
      seq: primary(counter()),
      entryId: id(),
      previousHash: key(64),
      hash: key(64),
      sealedAt: instant(),
    }, [
      { name: 'ux_audit_chain_entry', columns: ['entryId'], unique: true },
    ])
    await createTable(runner, 'audit_pending', {
      entryId: primary(id()),
    })
  }

  async down(runner: QueryRunner): Promise<void> {
    await dropTable(runner, 'audit_pending')
    await dropTable(runner, 'audit_chain')
    await dropTable(runner, 'audit_entries')
  }
}
