import type { MigrationInterface, QueryRunner } from 'typeorm'
import { addIndex, dropIndex } from '../server/database/migrations.ts'

const name = 'ix_follows_customer'

/** Whether a customer is followed by somebody, or in a department, is asked about each row of a list: the index alone answers. */
export class ReadFollowsByIndex1764200011000 implements MigrationInterface {
  readonly name = 'ReadFollowsByIndex1764200011000'

  async up(runner: QueryRunner): Promise<void> {
    await dropIndex(runner, 'follows', name)
    await addIndex(runner, 'follows', { name, columns: ['customerId', 'endedAt', 'staffId', 'departmentId', 'liveKey'] })
  }

  async down(runner: QueryRunner): Promise<void> {
    await dropIndex(runner, 'follows', name)
    await addIndex(runner, 'follows', { name, columns: ['customerId'] })
  }
}
