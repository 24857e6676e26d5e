import type { MigrationInterface, QueryRunner } from 'typeorm'
import { id, instant, primary, word } from '../server/database/columns.ts'
import { createTable, dropTable } from '../server/database/migrations.ts'

export class CreatePolicyTests1764100005100 implements MigrationInterface {
  readonly name = 'CreatePolicyTests1764100005100'

  async up(runner: QueryRunner): Promise<void> {
    await createTable(runner, 'policy_tests', {
      id: primary(id()),
      name: word(64),
      createdAt: instant(),
      createdBy: id(),
    })
  }

  async down(runner: QueryRunner): Promise<void> {
    await dropTable(runner, 'policy_tests')
  }
}
