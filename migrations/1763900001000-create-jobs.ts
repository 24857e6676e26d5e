import type { MigrationInterface, QueryRunner } from 'typeorm'
import { counter, id, instant, integer, json, key, nullable, primary, text, word } from '../server/database/columns.ts'
import { createTable, dropTable, useBytewiseComparison } from '../server/database/migrations.ts'

export class CreateJobs1763900001000 implements MigrationInterface {
  readonly name = 'CreateJobs1763900001000'

  async up(runner: QueryRunner): Promise<void> {
    await useBytewiseComparison(runner)
    await createTable(runner, 'inbox', {
      digest: primary(key(64)),
      seq: counter(),
      source: key(16),
      payload: text(),
      state: key(12),
      kind: nullable(key(96)),
      orderKey: nullable(key(160)),
      attempts: integer(),
      nextAt: instant(),
      receivedAt: instant(),
      doneAt: nullable(instant()),
      lastError: nullable(word(255)),
      repeats: integer(),
    }, [
      { name: 'ix_inbox_due', columns: ['state', 'nextAt', 'seq'] },
      { name: 'ix_inbox_order', columns: ['orderKey', 'state', 'seq'] },
    ])
    await createTable(runner, 'outbox', {
      id: primary(id()),
      seq: counter(),
      kind: key(96),
      orderKey: nullable(key(160)),
      uniqueKey: nullable(key(160)),
      payload: json(),
      state: key(12),
      attempts: integer(),
      nextAt: instant(),
      leaseUntil: nullable(instant()),
      leaseBy: nullable(key(64)),
      createdAt: instant(),
      doneAt: nullable(instant()),
      lastError: nullable(word(255)),
    }, [
      { name: 'ix_outbox_due', columns: ['state', 'nextAt', 'seq'] },
      { name: 'ix_outbox_order', columns: ['orderKey', 'state', 'seq'] },
      { name: 'ux_outbox_unique', columns: ['uniqueKey'], unique: true },
      { name: 'ix_outbox_done', columns: ['doneAt'] },
    ])
    await createTable(runner, 'leases', {
      name: primary(key(96)),
      holder: key(64),
      until: instant(),
    })
    await createTable(runner, 'wecom_tokens', {
      tokenKey: primary(key(96)),
      valueSealed: text(),
      expiresAt: instant(),
      updatedAt: instant(),
    })
  }

  async down(runner: QueryRunner): Promise<void> {
    await dropTable(runner, 'wecom_tokens')
    await dropTable(runner, 'leases')
    await dropTable(runner, 'outbox')
    await dropTable(runner, 'inbox')
  }
}
