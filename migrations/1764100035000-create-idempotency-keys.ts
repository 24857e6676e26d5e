import type { MigrationInterface, QueryRunner } from 'typeorm'
import { id, instant, integer, key, longJson, nullable, primary, word } from '../server/database/columns.ts'
import { addIndex, createTable, dropTable } from '../server/database/migrations.ts'

export class CreateIdempotencyKeys1764100035000 implements MigrationInterface {
  readonly name = 'CreateIdempotencyKeys1764100035000'

  async up(runner: QueryRunner): Promise<void> {
    await createTable(runner, 'idempotency_keys', {
      staffId: primary(id()),
      keyHash: primary(key(64)),
      fingerprint: key(64),
      state: word(16),
      holder: key(64),
      leaseUntil: instant(),
      status: nullable(integer()),
      answer: nullable(longJson()),
      epoch: nullable(instant()),
      answeredAt: nullable(instant()),
      createdAt: instant(),
    })
    await addIndex(runner, 'idempotency_keys', { name: 'ix_idempotency_keys_created', columns: ['createdAt'] })
  }

  async down(runner: QueryRunner): Promise<void> {
    await dropTable(runner, 'idempotency_keys')
  }
}
