import type { MigrationInterface, QueryRunner } from 'typeorm'
import { id, instant, integer, key, nullable, primary, text, word } from '../server/database/columns.ts'
import { createTable, dropTable } from '../server/database/migrations.ts'

export class CreateWordLists1764100020000 implements MigrationInterface {
  readonly name = 'CreateWordLists1764100020000'

  async up(runner: QueryRunner): Promise<void> {
    await createTable(runner, 'word_versions', {
      number: primary(integer()),
      id: id(),
      contentHash: key(64),
      kind: key(16),
      restores: nullable(integer()),
      note: word(200),
      entries: integer(),
      createdAt: instant(),
      createdBy: id(),
    })
    await createTable(runner, 'word_drafts', {
      id: primary(id()),
      version: integer(),
      baseNumber: integer(),
      updatedAt: instant(),
      updatedBy: id(),
    })
    await createTable(runner, 'word_texts', {
      ownerId: primary(id()),
      part: primary(integer()),
      content: text(),
    })
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['word_texts', 'word_drafts', 'word_versions']) await dropTable(runner, table)
  }
}
