import type { MigrationInterface, QueryRunner } from 'typeorm'
import { id, instant, integer, key, nullable, primary, text, word } from '../server/database/columns.ts'
import { createTable, dropTable } from '../server/database/migrations.ts'

export class CreateTemplateMedia1764200051000 implements MigrationInterface {
  readonly name = 'CreateTemplateMedia1764200051000'

  async up(runner: QueryRunner): Promise<void> {
    await createTable(runner, 'template_media', {
      id: primary(id()),
      kind: key(16),
      name: word(120),
      bytes: integer(),
      state: key(16),
      contentType: nullable(key(80)),
      contentHash: nullable(key(64)),
      creatorStaffId: id(),
      createdAt: instant(),
      readyAt: nullable(instant()),
      wecomMediaId: nullable(key(256)),
      wecomUntil: nullable(instant()),
    }, [
      { name: 'ix_template_media_creator', columns: ['creatorStaffId', 'createdAt'] },
      { name: 'ix_template_media_state', columns: ['state', 'createdAt'] },
    ])
    await createTable(runner, 'media_pieces', {
      mediaId: primary(id()),
      piece: primary(integer()),
      content: text(),
    })
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['media_pieces', 'template_media']) await dropTable(runner, table)
  }
}
