import type { Access, ActorAccess } from '../access/index.ts'
import type { Approvals } from '../approvals/index.ts'
import type { Audit } from '../audit/index.ts'
import type { Database } from '../database/database.ts'
import type { Screenings } from '../screening/index.ts'
import type { TemplateRow, TemplateVersionRow } from './template.entity.ts'

/** What templates work with. */
export interface TemplateOptions {
  readonly database: Database
  readonly access: Access
  readonly audit: Audit
  readonly approvals: Approvals
  readonly screenings: Screenings
}

type Level = 'marketing.templates.view' | 'marketing.templates.edit' | 'marketing.templates.operate'

/** Whether the actor holds the operation over this template; rules may be narrowed to its category. */
export function isAllowed(actor: ActorAccess, operation: Level, { departmentId, creatorStaffId }: Pick<TemplateRow, 'departmentId' | 'creatorStaffId'>, { category }: Pick<TemplateVersionRow, 'category'>): boolean {
  return actor.decideResource(operation, { departmentId, creatorStaffId, templateCategory: category }).allowed
}

/** Whether the actor reads a template as one who writes or publishes it: beside the version in use also drafts and what was. */
export const isEditor = (actor: ActorAccess, row: TemplateRow, version: TemplateVersionRow): boolean =>
  isAllowed(actor, 'marketing.templates.edit', row, version) || isAllowed(actor, 'marketing.templates.operate', row, version)
