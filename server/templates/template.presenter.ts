import { In, type EntityManager } from 'typeorm'
import type { z } from 'zod'
import type { TemplateDetail, TemplateItem, TemplateVersion } from '#shared/contracts/templates'
import type { VersionState } from '#shared/template-words'
import type { ActorAccess } from '../access/index.ts'
import type { Screener } from '../screening/index.ts'
import { staff } from '../organization/index.ts'
import type { Listed } from './list-templates.ts'
import { screenContent } from './screen-content.ts'
import { contentOf } from './template-content.ts'
import type { TemplateVersionRow } from './template.entity.ts'
import { isAllowed } from './template-options.ts'
import { variablesIn } from './variables.ts'

type Person = { readonly userid: string, readonly name: string }

async function peopleOf(db: EntityManager, ids: readonly string[]): Promise<Map<string, Person>> {
  const rows = ids.length === 0 ? [] : await db.getRepository(staff).findBy({ id: In([...new Set(ids)]) })
  return new Map(rows.map(({ id, userid, name }) => [id, { userid, name }]))
}

/** Drafts are not shown to whoever only uses the template: to him it is what is in use. */
function statesOf({ row, version }: Listed): { readonly state: VersionState, readonly edit: VersionState | null } {
  if (row.retiredAt !== null) return { state: 'retired', edit: null }
  if (row.liveVersionId === null) return { state: version.state, edit: null }
  return { state: 'published', edit: version.id === row.liveVersionId ? null : version.state }
}

function itemOf(listed: Listed, people: ReadonlyMap<string, Person>): z.input<typeof TemplateItem> {
  const { row, version } = listed
  return {
    id: row.id, number: row.number, name: version.name, category: version.category, ...statesOf(listed), text: version.text, attachments: version.attachments.length, uses: [...version.uses],
    levelAtLeast: version.levelAtLeast, spendAtLeastFen: version.spendAtLeastFen, valueTierAtLeast: version.valueTierAtLeast, validFrom: version.validFrom, validUntil: version.validUntil,
    creator: people.get(row.creatorStaffId) ?? null, updatedAt: row.updatedAt, version: row.version,
  }
}

export async function presentItems(db: EntityManager, listed: readonly Listed[]): Promise<z.input<typeof TemplateItem>[]> {
  const people = await peopleOf(db, listed.map(({ row }) => row.creatorStaffId))
  return listed.map((one) => itemOf(one, people))
}

/** One template with what the screening says of it now and what the actor may do. */
export async function presentTemplate(db: EntityManager, actor: ActorAccess, screener: Screener, listed: Listed): Promise<z.input<typeof TemplateDetail>> {
  const { row, version } = listed
  const [item] = await presentItems(db, [listed])
  const { verdict, hits } = screenContent(screener, version)
  const edit = row.retiredAt === null && isAllowed(actor, 'marketing.templates.edit', row, version)
  return {
    ...(item ?? itemOf(listed, new Map())), departmentId: row.departmentId, content: contentOf(version), variables: variablesIn(version.text), verdict, hits: [...hits],
    abilities: { edit, submit: edit && row.openVersionId === version.id && version.state === 'screened' && verdict !== 'block', retire: row.retiredAt === null && isAllowed(actor, 'marketing.templates.operate', row, version) },
    approvalId: version.approvalId,
  }
}

export async function presentVersions(db: EntityManager, versions: readonly TemplateVersionRow[]): Promise<z.input<typeof TemplateVersion>[]> {
  const people = await peopleOf(db, versions.flatMap(({ authors }) => authors))
  return versions.map((version) => ({
    id: version.id, ordinal: version.ordinal, state: version.state, verdict: version.verdict, authors: version.authors.flatMap((id) => people.get(id) ?? []),
    createdAt: version.createdAt, updatedAt: version.updatedAt, submittedAt: version.submittedAt, publishedAt: version.publishedAt, endedAt: version.endedAt, content: contentOf(version),
  }))
}
