import type { MigrationInterface, QueryRunner } from 'typeorm'
import { counter, instant, nullable } from '../server/database/columns.ts'
import { addColumn, dropColumn } from '../server/database/migrations.ts'

/** Under which rules a file was written. One that was written before this version does not say, and is written anew. */
export class DateBuiltExports1764100030000 implements MigrationInterface {
  readonly name = 'DateBuiltExports1764100030000'

  async up(runner: QueryRunner): Promise<void> {
    await addColumn(runner, 'report_exports', 'builtEpoch', nullable(counter()))
    await addColumn(runner, 'report_exports', 'builtAt', nullable(instant()))
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const property of ['builtAt', 'builtEpoch']) await dropColumn(runner, 'report_exports', property)
  }
}
