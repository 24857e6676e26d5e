import type { MigrationInterface, QueryRunner } from 'typeorm'
import { flag, id, instant, integer, json, key, nullable, primary, text } from '../server/database/columns.ts'
import { createTable, dropTable } from '../server/database/migrations.ts'

/** Broadcasts that staff send by hand in WeCom's client. */
export class CreateHandBroadcasts1764200020000 implements MigrationInterface {
  readonly name = 'CreateHandBroadcasts1764200020000'

  async up(runner: QueryRunner): Promise<void> {
    await createTable(runner, 'hand_broadcasts', {
      id: primary(id()),
      msgid: key(),
      creatorUserid: nullable(key(64)),
      personal: flag(),
      madeAt: instant(),
      textSealed: text(),
      verdict: key(16),
      findings: json(),
      foundAt: instant(),
      nextAt: nullable(instant()),
      readings: integer(),
      version: integer(),
    }, [
      { name: 'ux_hand_broadcasts_msgid', columns: ['msgid'], unique: true },
      { name: 'ix_hand_broadcasts_next', columns: ['nextAt'] },
    ])
    await createTable(runner, 'hand_parts', {
      id: primary(id()),
      handBroadcastId: id(),
      staffId: id(),
      departmentId: nullable(integer()),
      sentAt: instant(),
      overQuota: flag(),
      isComplete: flag(),
    }, [
      { name: 'ux_hand_parts_sender', columns: ['handBroadcastId', 'staffId'], unique: true },
      { name: 'ix_hand_parts_sent', columns: ['sentAt', 'id'] },
    ])
    await createTable(runner, 'hand_excesses', {
      partId: primary(id()),
      customerId: primary(id()),
    })
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['hand_excesses', 'hand_parts', 'hand_broadcasts']) await dropTable(runner, table)
  }
}
