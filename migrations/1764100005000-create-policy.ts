import type { MigrationInterface, QueryRunner } from 'typeorm'
import { id, instant, integer, json, key, nullable, primary, text, word } from '../server/database/columns.ts'
import { createTable, dropTable } from '../server/database/migrations.ts'

export class CreatePolicy1764100005000 implements MigrationInterface {
  readonly name = 'CreatePolicy1764100005000'

  async up(runner: QueryRunner): Promise<void> {
    await createTable(runner, 'policy_texts', {
      ownerId: primary(id()),
      part: primary(integer()),
      content: text(),
    })
    await createTable(runner, 'policy_versions', {
      number: primary(integer()),
      id: id(),
      contentHash: key(64),
      kind: key(16),
      restores: nullable(integer()),
      note: word(200),
      createdAt: instant(),
      createdBy: nullable(id()),
      approvedBy: nullable(id()),
    }, [
      { name: 'ix_policy_versions_hash', columns: ['contentHash'] },
    ])
    await createTable(runner, 'policy_drafts', {
      id: primary(id()),
      name: word(64),
      state: key(16),
      version: integer(),
      baseNumber: integer(),
      contentHash: key(64),
      note: word(200),
      requestId: nullable(id()),
      publishedNumber: nullable(integer()),
      createdAt: instant(),
      createdBy: id(),
      updatedAt: instant(),
      updatedBy: id(),
    }, [
      { name: 'ix_policy_drafts_state', columns: ['state', 'updatedAt'] },
    ])
    await createTable(runner, 'policy_previews', {
      id: primary(id()),
      draftId: id(),
      contentHash: key(64),
      baseNumber: integer(),
      state: key(16),
      progress: integer(),
      failedTests: json(),
      startedBy: id(),
      startedAt: instant(),
      finishedAt: nullable(instant()),
    }, [
      { name: 'ix_policy_previews_draft', columns: ['draftId', 'startedAt'] },
      { name: 'ix_policy_previews_content', columns: ['contentHash', 'baseNumber'] },
    ])
    await createTable(runner, 'policy_settings', {
      name: primary(key(64)),
      value: integer(),
    })
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['policy_settings', 'policy_previews', 'policy_drafts', 'policy_versions', 'policy_texts']) await dropTable(runner, table)
  }
}
