import type { MigrationInterface, QueryRunner } from 'typeorm'
import { id, instant, integer, json, key, money, nullable, primary, text, word } from '../server/database/columns.ts'
import { addColumn, createTable, dropColumn, dropTable } from '../server/database/migrations.ts'

/** Templates with their versions and uses, and the level of staff that some of them ask for. */
export class CreateTemplates1764100040000 implements MigrationInterface {
  readonly name = 'CreateTemplates1764100040000'

  async up(runner: QueryRunner): Promise<void> {
    await createTable(runner, 'templates', {
      id: primary(id()),
      number: integer(),
      departmentId: nullable(integer()),
      creatorStaffId: id(),
      liveVersionId: nullable(id()),
      openVersionId: nullable(id()),
      currentVersionId: id(),
      version: integer(),
      createdAt: instant(),
      updatedAt: instant(),
      retiredAt: nullable(instant()),
    }, [
      { name: 'ux_templates_number', columns: ['number'], unique: true },
      { name: 'ix_templates_created', columns: ['createdAt', 'id'] },
    ])
    await createTable(runner, 'template_versions', {
      id: primary(id()),
      templateId: id(),
      ordinal: integer(),
      state: key(16),
      name: word(60),
      category: key(32),
      text: text(),
      attachments: json(),
      uses: json(),
      roles: json(),
      levelAtLeast: integer(),
      spendAtLeastFen: nullable(money()),
      valueTierAtLeast: nullable(integer()),
      validFrom: nullable(instant()),
      validUntil: nullable(instant()),
      contentHash: key(64),
      verdict: key(16),
      confirmedWords: json(),
      approvalId: nullable(id()),
      authors: json(),
      createdAt: instant(),
      updatedAt: instant(),
      submittedAt: nullable(instant()),
      publishedAt: nullable(instant()),
      endedAt: nullable(instant()),
    }, [
      { name: 'ux_template_versions_ordinal', columns: ['templateId', 'ordinal'], unique: true },
    ])
    await createTable(runner, 'template_uses', {
      id: primary(id()),
      useKey: key(160),
      templateId: id(),
      versionId: id(),
      staffId: id(),
      customerId: id(),
      kind: key(16),
      usedAt: instant(),
    }, [
      { name: 'ux_template_uses_key', columns: ['useKey'], unique: true },
      { name: 'ix_template_uses_used', columns: ['usedAt', 'templateId'] },
    ])
    await addColumn(runner, 'staff', 'level', nullable(integer()))
  }

  async down(runner: QueryRunner): Promise<void> {
    await dropColumn(runner, 'staff', 'level')
    for (const table of ['template_uses', 'template_versions', 'templates']) await dropTable(runner, table)
  }
}
