import type { MigrationInterface, QueryRunner } from 'typeorm'
import { flag, id, instant, integer, json, key, longJson, nullable, primary, text, word } from '../server/database/columns.ts'
import { createTable, dropTable } from '../server/database/migrations.ts'

export class CreateBroadcasts1764100060000 implements MigrationInterface {
  readonly name = 'CreateBroadcasts1764100060000'

  async up(runner: QueryRunner): Promise<void> {
    await createTable(runner, 'broadcast_rules', {
      id: primary(key(16)),
      version: integer(),
      document: json(),
      updatedAt: instant(),
      updatedBy: id(),
    })
    await createTable(runner, 'quota_uses', {
      staffId: primary(id()),
      period: primary(key(10)),
      bucket: primary(key(80)),
      reserved: integer(),
      used: integer(),
    })
    await createTable(runner, 'quota_shares', {
      planId: primary(id()),
      staffId: primary(id()),
      month: key(7),
      day: key(10),
      counts: json(),
      open: json(),
      version: integer(),
    })
    await createTable(runner, 'broadcasts', {
      id: primary(id()),
      name: word(100),
      creatorStaffId: id(),
      departmentId: nullable(integer()),
      status: key(16),
      version: integer(),
      templateId: id(),
      senders: key(16),
      sentValues: json(),
      audience: longJson(),
      plannedAt: instant(),
      planId: nullable(id()),
      templateVersionId: nullable(id()),
      category: nullable(key(64)),
      attachments: longJson(),
      contentHash: nullable(key(64)),
      recipients: integer(),
      hiddenRecipients: integer(),
      excluded: json(),
      reviewHits: integer(),
      neededSteps: json(),
      agreedSteps: json(),
      createdAt: instant(),
      updatedAt: instant(),
      submittedAt: nullable(instant()),
      endedAt: nullable(instant()),
    }, [
      { name: 'ux_broadcasts_plan', columns: ['planId'], unique: true },
      { name: 'ix_broadcasts_creator', columns: ['creatorStaffId', 'createdAt', 'id'] },
      { name: 'ix_broadcasts_planned', columns: ['status', 'plannedAt'] },
    ])
    await createTable(runner, 'broadcast_parts', {
      planId: primary(id()),
      staffId: primary(id()),
      content: text(),
      recipients: integer(),
    })
    await createTable(runner, 'broadcast_recipients', {
      planId: primary(id()),
      customerId: primary(id()),
      staffId: id(),
      valueTier: nullable(integer()),
      isHidden: flag(),
      day: key(10),
      outcome: key(16),
    }, [
      { name: 'ix_broadcast_recipients_customer', columns: ['customerId', 'day'] },
      { name: 'ix_broadcast_recipients_staff', columns: ['planId', 'staffId', 'outcome'] },
    ])
    await createTable(runner, 'contact_locks', {
      customerId: primary(id()),
      touched: integer(),
    })
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['contact_locks', 'broadcast_recipients', 'broadcast_parts', 'broadcasts', 'quota_shares', 'quota_uses', 'broadcast_rules']) await dropTable(runner, table)
  }
}
