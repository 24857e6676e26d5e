import { In } from 'typeorm'
import type { UnitOfWork } from '../database/database.ts'
import { claimTemplate, findTemplate } from './find-template.ts'
import { templateKey } from './save-draft.ts'
import { templates, templateVersions } from './template.entity.ts'
import type { TemplateOptions } from './template-options.ts'

/** Out of use for the next message; an edit that waits goes with it. Throws `template.*`. */
export async function retireTemplate(options: TemplateOptions, work: UnitOfWork, staffId: string, input: { readonly templateId: string, readonly version: number }): Promise<void> {
  const { access, approvals, audit } = options
  const { db } = work
  const { row } = await findTemplate(db, await access.actorFor(staffId, db), input.templateId, 'marketing.templates.operate')
  const now = access.clock.now()
  await claimTemplate(db, row, input.version, now)
  await approvals.withdrawUnder(work, templateKey(row.id))
  await db.getRepository(templateVersions).update({ templateId: row.id, state: In(['draft', 'screened', 'waiting', 'published']) }, { state: 'retired', endedAt: now, updatedAt: now })
  await db.getRepository(templates).update({ id: row.id }, { liveVersionId: null, openVersionId: null, retiredAt: now })
  await audit.record(db, {
    actorKind: 'staff', actorId: staffId, action: 'template.retired', operation: 'marketing.templates.operate', subjectKind: 'template', subjectId: row.id, outcome: 'done',
  })
}
