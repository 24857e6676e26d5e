import type { EntityManager } from 'typeorm'
import type { TemplateAttachment, TemplateUse } from '#shared/contracts/templates'
import type { ActorAccess, CustomerFacts } from '../access/index.ts'
import { staffLevelOf } from '../organization/index.ts'
import { versionOf } from './find-template.ts'
import { templates, type TemplateRow, type TemplateVersionRow } from './template.entity.ts'
import { isAllowed } from './template-options.ts'
import { variablesIn, type VariableKind } from './variables.ts'

/** A template that this person may use at this moment. */
export interface UsableTemplate {
  readonly id: string
  readonly versionId: string
  readonly number: number
  readonly name: string
  readonly category: string
  readonly text: string
  readonly variables: readonly { readonly name: string, readonly kind: VariableKind }[]
  readonly attachments: readonly TemplateAttachment[]
  /** The customers it is for; null: everybody (S41). */
  readonly spendAtLeastFen: number | null
  readonly valueTierAtLeast: number | null
  readonly uses: readonly TemplateUse[]
  readonly departmentId: number | null
  readonly creatorStaffId: string
  /** Findings that a person has looked at and confirmed, by their word. */
  readonly confirmedWords: readonly string[]
}

export interface Using {
  readonly level: number
  readonly actor: ActorAccess
}

/** The level belongs to the person, not to his rules, so it is read beside them. */
export const usingOf = async (db: EntityManager, actor: ActorAccess): Promise<Using> => ({ actor, level: await staffLevelOf(db, actor.staffId) })

/** Published, within its validity, whitelisted for one of the person's roles, his level high enough, and `marketing.templates.view` over it. */
export function isUsable({ actor, level }: Using, row: TemplateRow, version: TemplateVersionRow): boolean {
  if (row.retiredAt !== null || row.liveVersionId !== version.id || version.state !== 'published') return false
  if (version.validFrom !== null && actor.now < version.validFrom) return false
  if (version.validUntil !== null && actor.now >= version.validUntil) return false
  if (!version.roles.some((role) => actor.roles.includes(role)) || level < version.levelAtLeast) return false
  return isAllowed(actor, 'marketing.templates.view', row, version)
}

export function usableOf(row: TemplateRow, version: TemplateVersionRow): UsableTemplate {
  const { name, category, text, attachments, spendAtLeastFen, valueTierAtLeast, uses, confirmedWords } = version
  return {
    id: row.id, versionId: version.id, number: row.number, name, category, text, variables: variablesIn(text), attachments, spendAtLeastFen, valueTierAtLeast, uses,
    departmentId: row.departmentId, creatorStaffId: row.creatorStaffId, confirmedWords,
  }
}

/**
 * What a sender may use now; null for everything else, whatever the reason (lock one and two, S37, S38, S41). Inside a transaction
 * hand in its `db` and an actor made from it.
 */
export async function usableTemplate(db: EntityManager, actor: ActorAccess, templateId: string): Promise<UsableTemplate | null> {
  const row = await db.getRepository(templates).findOneBy({ id: templateId })
  if (row === null || row.liveVersionId === null) return null
  const version = await versionOf(db, row.liveVersionId)
  return isUsable(await usingOf(db, actor), row, version) ? usableOf(row, version) : null
}

/** Whether the customer is among those whom a template is for (S41); an unknown value is below every bound. */
export function isMeantFor({ spendAtLeastFen, valueTierAtLeast }: Pick<UsableTemplate, 'spendAtLeastFen' | 'valueTierAtLeast'>, facts: Pick<CustomerFacts, 'spendFen' | 'valueTier'>): boolean {
  return (spendAtLeastFen === null || facts.spendFen >= spendAtLeastFen) && (valueTierAtLeast === null || (facts.valueTier ?? 0) >= valueTierAtLeast)
}
