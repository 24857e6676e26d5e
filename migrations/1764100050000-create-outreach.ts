import type { MigrationInterface, QueryRunner } from 'typeorm'
import { id, instant, integer, json, key, nullable, primary, text } from '../server/database/columns.ts'
import { createTable, dropTable } from '../server/database/migrations.ts'

export class CreateOutreach1764100050000 implements MigrationInterface {
  readonly name = 'CreateOutreach1764100050000'

  async up(runner: QueryRunner): Promise<void> {
    await createTable(runner, 'outreach_tasks', {
      id: primary(id()),
      source: key(32),
      sourceId: key(64),
      staffId: id(),
      text: text(),
      attachments: json(),
      state: key(16),
      recipients: integer(),
      notBefore: instant(),
      createdAt: instant(),
      nextAt: nullable(instant()),
      intentKey: nullable(id()),
      intentAt: nullable(instant()),
      intents: integer(),
      senderUserid: nullable(key(64)),
      msgid: nullable(key()),
      sentToWecomAt: nullable(instant()),
      expiresAt: nullable(instant()),
      confirmedAt: nullable(instant()),
      unsentAt: nullable(instant()),
      polls: integer(),
      withdrawal: nullable(key(16)),
      withdrawalAt: nullable(instant()),
      reminders: integer(),
      reason: nullable(key(64)),
      candidates: nullable(json()),
      endedAt: nullable(instant()),
      leaseBy: nullable(id()),
      leaseUntil: nullable(instant()),
    }, [
      { name: 'ux_outreach_tasks_intent', columns: ['intentKey'], unique: true },
      { name: 'ux_outreach_tasks_msgid', columns: ['msgid'], unique: true },
      { name: 'ix_outreach_tasks_next', columns: ['nextAt'] },
      { name: 'ix_outreach_tasks_source', columns: ['source', 'sourceId'] },
      { name: 'ix_outreach_tasks_state', columns: ['state', 'intentAt'] },
    ])
    await createTable(runner, 'outreach_recipients', {
      taskId: primary(id()),
      customerId: primary(id()),
      outcome: nullable(key(16)),
      outcomeAt: nullable(instant()),
    }, [], { clustered: true })
    await createTable(runner, 'outreach_settings', {
      id: primary(key(16)),
      quietFrom: integer(),
      quietUntil: integer(),
      version: integer(),
      updatedAt: instant(),
      updatedBy: id(),
    })
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['outreach_settings', 'outreach_recipients', 'outreach_tasks']) await dropTable(runner, table)
  }
}
