import type { MigrationInterface, QueryRunner } from 'typeorm'
import { json, longJson, type ColumnSpec } from '../server/database/columns.ts'
import { resizeText } from '../server/database/migrations.ts'

const documents = [
  ['roles', 'grants'], ['restrictions', 'definition'], ['temporary_grants', 'definition'], ['node_grants', 'subject'], ['node_grants', 'definition'],
  ['shares', 'operations'], ['approval_requests', 'payload'], ['approval_requests', 'beneficiaryStaffIds'], ['policy_previews', 'failedTests'],
] as const

/** Rules may name twenty thousand tags, which is more than the 64 KB of a text column of MySQL. */
export class LengthenDocuments1764100010000 implements MigrationInterface {
  readonly name = 'LengthenDocuments1764100010000'

  async up(runner: QueryRunner): Promise<void> {
    await resize(runner, longJson())
  }

  async down(runner: QueryRunner): Promise<void> {
    await resize(runner, json())
  }
}

async function resize(runner: QueryRunner, column: ColumnSpec): Promise<void> {
  for (const [table, property] of documents) await resizeText(runner, table, property, column)
}
