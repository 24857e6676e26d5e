import type { UnitOfWork } from '../database/database.ts'
import { ProjectError } from '../errors.ts'
import { claimTemplate, findTemplate } from './find-template.ts'
import { templateKey } from './save-draft.ts'
import { screenContent } from './screen-content.ts'
import { checkContent, contentOf } from './template-content.ts'
import { templateKind, type TemplatePayload } from './template-kind.ts'
import { templateVersions } from './template.entity.ts'
import type { TemplateOptions } from './template-options.ts'

/**
 * Asks the marketing leads for this draft. It is scanned with the words in force: what must not leave is refused here and gets no
 * approver to see it (S39). Throws `template.blocked` with the findings, and the rest of `template.*`.
 */
export async function submitTemplate(options: TemplateOptions, work: UnitOfWork, staffId: string, input: { readonly templateId: string, readonly version: number }): Promise<{ readonly approvalId: string, readonly version: number }> {
  const { access, approvals, audit, screenings } = options
  const { db } = work
  const actor = await access.actorFor(staffId, db)
  const { row, current } = await findTemplate(db, actor, input.templateId, 'marketing.templates.edit')
  const now = access.clock.now()
  await claimTemplate(db, row, input.version, now)
  if (row.openVersionId === null || (current.state !== 'draft' && current.state !== 'screened')) throw new ProjectError('template.nothing_to_submit', 409)
  const content = contentOf(current)
  await checkContent(db, content)
  const screened = screenContent((await screenings.inForce(db)).screener, content)
  if (screened.verdict === 'block') throw new ProjectError('template.blocked', 422, { hits: screened.hits })
  const payload: TemplatePayload = { templateId: row.id, versionId: current.id, changes: row.liveVersionId !== null }
  const request = await approvals.ask(work, {
    kind: templateKind, payload, requesterStaffId: staffId, beneficiaryStaffIds: [...current.authors], departmentId: row.departmentId,
    contentHash: current.contentHash, uniqueKey: templateKey(row.id),
  })
  await db.getRepository(templateVersions).update({ id: current.id }, { state: 'waiting', verdict: screened.verdict, approvalId: request.id, submittedAt: now, updatedAt: now })
  await audit.record(db, {
    actorKind: 'staff', actorId: staffId, action: 'template.submitted', operation: 'marketing.templates.edit', subjectKind: 'template', subjectId: row.id, outcome: 'done',
    details: { ordinal: current.ordinal, screening: screened.verdict, request: request.id },
  })
  return { approvalId: request.id, version: input.version + 1 }
}
