import type { MigrationInterface, QueryRunner } from 'typeorm'
import { counter, id, instant, integer, key, nullable, primary, text, word } from '../server/database/columns.ts'
import { createTable, dropTable } from '../server/database/migrations.ts'

export class CreateLimits1764100006000 implements MigrationInterface {
  readonly name = 'CreateLimits1764100006000'

  async up(runner: QueryRunner): Promise<void> {
    await createTable(runner, 'card_counts', {
      staffId: primary(id()),
      day: primary(key(10)),
      inDay: integer(),
      hour: counter(),
      inHour: integer(),
      dayFullAt: nullable(instant()),
      alertedAt: nullable(instant()),
    })
    await createTable(runner, 'card_views', {
      staffId: primary(id()),
      day: primary(key(10)),
      customerId: primary(id()),
      hour: counter(),
    }, [
      { name: 'ix_card_views_day', columns: ['day'] },
    ])
    await createTable(runner, 'access_freezes', {
      id: primary(id()),
      staffId: id(),
      liveKey: nullable(id()),
      reason: key(32),
      frozenAt: instant(),
      liftedAt: nullable(instant()),
      liftedBy: nullable(id()),
    }, [
      { name: 'ux_access_freezes_live', columns: ['liveKey'], unique: true },
      { name: 'ix_access_freezes_staff', columns: ['staffId', 'frozenAt'] },
    ])
    await createTable(runner, 'reveal_counts', {
      staffId: primary(id()),
      day: primary(key(10)),
      used: integer(),
    })
    await createTable(runner, 'reveal_allowances', {
      id: primary(id()),
      staffId: id(),
      customerId: id(),
      rest: integer(),
      untilAt: instant(),
      requestId: id(),
    }, [
      { name: 'ix_reveal_allowances_staff', columns: ['staffId', 'customerId'] },
    ])
    await createTable(runner, 'reveals', {
      id: primary(id()),
      staffId: id(),
      customerId: id(),
      subject: key(64),
      messageId: nullable(id()),
      reason: key(32),
      noteSealed: nullable(text()),
      at: instant(),
    }, [
      { name: 'ix_reveals_staff', columns: ['staffId', 'at'] },
      { name: 'ix_reveals_at', columns: ['at'] },
    ])
    await createTable(runner, 'block_requests', {
      id: primary(id()),
      staffId: id(),
      customerId: id(),
      unit: key(64),
      days: integer(),
      reason: word(200),
      state: key(16),
      waitingKey: nullable(key(160)),
      requestId: nullable(id()),
      grantId: nullable(id()),
      createdAt: instant(),
      decidedAt: nullable(instant()),
      askAgainAt: nullable(instant()),
    }, [
      { name: 'ux_block_requests_waiting', columns: ['waitingKey'], unique: true },
      { name: 'ix_block_requests_staff', columns: ['staffId', 'customerId'] },
    ])
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['block_requests', 'reveals', 'reveal_allowances', 'reveal_counts', 'access_freezes', 'card_views', 'card_counts']) await dropTable(runner, table)
  }
}
