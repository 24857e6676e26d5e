import { IsNull, type EntityManager } from 'typeorm'
import { v7 as uuid } from 'uuid'
import type { TemplateContent } from '#shared/contracts/templates'
import type { VersionState } from '#shared/template-words'
import type { UnitOfWork } from '../database/database.ts'
import { isUniqueViolation } from '../database/violations.ts'
import { ProjectError } from '../errors.ts'
import { departments, staff } from '../organization/index.ts'
import { claimTemplate, findTemplate } from './find-template.ts'
import { foreignMedia } from './media/used-media.ts'
import { screenContent, type Screened } from './screen-content.ts'
import { checkContent, hashOf } from './template-content.ts'
import { templates, templateVersions, type TemplateRow, type TemplateVersionRow } from './template.entity.ts'
import { isAllowed, type TemplateOptions } from './template-options.ts'

export interface SavedDraft extends Screened {
  readonly id: string
  readonly version: number
  readonly state: VersionState
}

/** Under this key the request for a template's approval waits. */
export const templateKey = (templateId: string): string => `template:${templateId}`

const stateAfter = ({ verdict }: Screened): VersionState => (verdict === 'block' ? 'draft' : 'screened')

/** A new template in its first draft. Throws `template.*`. */
export async function createDraft(options: TemplateOptions, work: UnitOfWork, staffId: string, input: { readonly content: TemplateContent, readonly departmentId: number | null }): Promise<SavedDraft> {
  const { access, screenings } = options
  const { db } = work
  const actor = await access.actorFor(staffId, db)
  const departmentId = input.departmentId ?? (await db.getRepository(staff).findOneBy({ id: staffId }))?.mainDepartmentId ?? null
  const isKnown = departmentId === null || await db.getRepository(departments).existsBy({ id: departmentId, deletedAt: IsNull() })
  const place = { departmentId, creatorStaffId: staffId }
  if (!isKnown || !isAllowed(actor, 'marketing.templates.edit', place, input.content)) throw new ProjectError('template.out_of_reach', 403)
  await checkContent(db, input.content)
  await requireOwnMedia(db, staffId, input.content, [])
  const screened = screenContent((await screenings.inForce(db)).screener, input.content)
  const now = access.clock.now()
  const [templateId, versionId] = [uuid(), uuid()]
  await insertNumbered(work, { id: templateId, ...place, liveVersionId: null, openVersionId: versionId, currentVersionId: versionId, version: 1, createdAt: now, updatedAt: now, retiredAt: null })
  await db.getRepository(templateVersions).insert(newVersion({ id: versionId, templateId, ordinal: 1, content: input.content, screened, staffId, now }))
  await recordSaved(options, work, staffId, templateId, 1, screened)
  return { id: templateId, version: 1, state: stateAfter(screened), ...screened }
}

const mostTries = 20

/** The next number; whoever loses it to somebody who writes at the same moment takes the one after. */
async function insertNumbered({ db }: UnitOfWork, row: Omit<TemplateRow, 'number'>): Promise<void> {
  const table = db.getRepository(templates)
  for (let tries = 1; ; tries += 1) {
    const [last] = await table.find({ select: { number: true }, order: { number: 'DESC' }, take: 1 })
    try {
      await table.insert({ ...row, number: (last?.number ?? 0) + 1 })
      return
    } catch (error) {
      if (!isUniqueViolation(error) || tries === mostTries) throw error
    }
  }
}

interface NewVersion {
  readonly id: string
  readonly templateId: string
  readonly ordinal: number
  readonly content: TemplateContent
  readonly screened: Screened
  readonly staffId: string
  readonly now: number
}

function newVersion({ id, templateId, ordinal, content, screened, staffId, now }: NewVersion): TemplateVersionRow {
  return {
    id, templateId, ordinal, ...writtenOf(content, screened), authors: [staffId],
    createdAt: now, updatedAt: now, submittedAt: null, publishedAt: null, endedAt: null,
  }
}

/** What a save writes; whatever an approval had said about the former content goes. */
function writtenOf(content: TemplateContent, screened: Screened) {
  return { ...content, contentHash: hashOf(content), state: stateAfter(screened), verdict: screened.verdict, confirmedWords: [], approvalId: null, submittedAt: null }
}

/**
 * Writes the draft, or begins a new version of a published template, which stays in use as it is (S37). A request that waits
 * for the former content is withdrawn. Throws `template.*`.
 */
export async function saveDraft(options: TemplateOptions, work: UnitOfWork, staffId: string, input: { readonly templateId: string, readonly version: number, readonly content: TemplateContent }): Promise<SavedDraft> {
  const { access, approvals, screenings } = options
  const { db } = work
  const { templateId, version, content } = input
  const actor = await access.actorFor(staffId, db)
  const { row, current } = await findTemplate(db, actor, templateId, 'marketing.templates.edit')
  if (!isAllowed(actor, 'marketing.templates.edit', row, content)) throw new ProjectError('template.out_of_reach', 403)
  const now = access.clock.now()
  await claimTemplate(db, row, version, now)
  await checkContent(db, content)
  await requireOwnMedia(db, staffId, content, current.attachments)
  const screened = screenContent((await screenings.inForce(db)).screener, content)
  await approvals.withdrawUnder(work, templateKey(templateId))
  const table = db.getRepository(templateVersions)
  if (row.openVersionId === null) {
    const versionId = uuid()
    await table.insert(newVersion({ id: versionId, templateId, ordinal: current.ordinal + 1, content, screened, staffId, now }))
    await db.getRepository(templates).update({ id: templateId }, { openVersionId: versionId, currentVersionId: versionId })
  } else {
    await table.update({ id: row.openVersionId }, { ...writtenOf(content, screened), authors: [...new Set([...current.authors, staffId])], updatedAt: now })
  }
  await recordSaved(options, work, staffId, templateId, row.openVersionId === null ? current.ordinal + 1 : current.ordinal, screened)
  return { id: templateId, version: version + 1, state: stateAfter(screened), ...screened }
}

async function recordSaved({ audit }: TemplateOptions, work: UnitOfWork, staffId: string, templateId: string, ordinal: number, { verdict, hits }: Screened): Promise<void> {
  await audit.record(work.db, {
    actorKind: 'staff', actorId: staffId, action: 'template.saved', operation: 'marketing.templates.edit', subjectKind: 'template', subjectId: templateId, outcome: 'done',
    details: { ordinal, screening: verdict, hits: hits.length },
  })
}

/** A file of somebody else is as unknown as none: by its id alone nobody brings it into a template of his own. */
async function requireOwnMedia(db: EntityManager, staffId: string, { attachments }: TemplateContent, before: readonly TemplateContent['attachments'][number][]): Promise<void> {
  const places = await foreignMedia(db, staffId, attachments, before)
  if (places.length > 0) throw new ProjectError('template.media_missing', 409, { places })
}
