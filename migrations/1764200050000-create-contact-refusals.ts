import type { MigrationInterface, QueryRunner } from 'typeorm'
import { id, instant, key, nullable, primary, text } from '../server/database/columns.ts'
import { createTable, dropTable } from '../server/database/migrations.ts'

export class CreateContactRefusals1764200050000 implements MigrationInterface {
  readonly name = 'CreateContactRefusals1764200050000'

  async up(runner: QueryRunner): Promise<void> {
    await createTable(runner, 'contact_refusals', {
      id: primary(id()),
      customerId: id(),
      liveKey: nullable(id()),
      source: key(16),
      saidAt: instant(),
      setBy: nullable(id()),
      setAt: instant(),
      liftedBy: nullable(id()),
      liftedAt: nullable(instant()),
      liftReason: nullable(key(32)),
      liftNoteSealed: nullable(text()),
    }, [
      { name: 'ux_contact_refusals_live', columns: ['liveKey'], unique: true },
      { name: 'ix_contact_refusals_customer', columns: ['customerId', 'setAt'] },
    ])
  }

  async down(runner: QueryRunner): Promise<void> {
    await dropTable(runner, 'contact_refusals')
  }
}
