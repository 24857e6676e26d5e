import type { MigrationInterface, QueryRunner } from 'typeorm'
import { addIndex, dropIndex } from '../server/database/migrations.ts'

/** Lists of grants with an end, newest first. */
export class ListTemporaryGrants1764100009000 implements MigrationInterface {
  readonly name = 'ListTemporaryGrants1764100009000'

  async up(runner: QueryRunner): Promise<void> {
    await addIndex(runner, 'temporary_grants', { name: 'ix_temporary_grants_created', columns: ['createdAt', 'id'] })
    await addIndex(runner, 'temporary_grants', { name: 'ix_temporary_grants_requester', columns: ['requestedBy', 'state'] })
    await addIndex(runner, 'temporary_grants', { name: 'ix_temporary_grants_until', columns: ['state', 'untilAt'] })
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const name of ['ix_temporary_grants_created', 'ix_temporary_grants_requester', 'ix_temporary_grants_until']) await dropIndex(runner, 'temporary_grants', name)
  }
}
