import type { EntityManager } from 'typeorm'
import type { ActorAccess } from '../access/index.ts'
import { present, ProjectError } from '../errors.ts'
import { templates, templateVersions, type TemplateRow, type TemplateVersionRow } from './template.entity.ts'
import { isAllowed } from './template-options.ts'

export interface FoundTemplate {
  readonly row: TemplateRow
  /** The version that its editors see. */
  readonly current: TemplateVersionRow
}

export async function versionOf(db: EntityManager, versionId: string): Promise<TemplateVersionRow> {
  return present(await db.getRepository(templateVersions).findOneBy({ id: versionId }), 'a version that its template names')
}

/** The template over which the actor holds the operation. The same `template.not_found` for one that does not exist and one that is not his. */
export async function findTemplate(db: EntityManager, actor: ActorAccess, templateId: string, operation: 'marketing.templates.edit' | 'marketing.templates.operate'): Promise<FoundTemplate> {
  const row = await db.getRepository(templates).findOneBy({ id: templateId })
  if (row === null) throw new ProjectError('template.not_found', 404)
  const current = await versionOf(db, row.currentVersionId)
  // A rule narrowed to categories must reach both what is in use and what is written.
  const live = row.liveVersionId === null ? current : await versionOf(db, row.liveVersionId)
  if (![current, live].every((version) => isAllowed(actor, operation, row, version))) throw new ProjectError('template.not_found', 404)
  return { row, current }
}

/** Takes the template for a change. Throws `template.retired`, and `template.version_conflict` for a stale one. */
export async function claimTemplate(db: EntityManager, row: TemplateRow, version: number, now: number): Promise<void> {
  if (row.retiredAt !== null) throw new ProjectError('template.retired', 409)
  const { affected } = await db.getRepository(templates).update({ id: row.id, version }, { version: version + 1, updatedAt: now })
  if (affected !== 1) throw new ProjectError('template.version_conflict', 409)
}
