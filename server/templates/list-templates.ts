import type { EntityManager, SelectQueryBuilder } from 'typeorm'
import type { z } from 'zod'
import type { listTemplates } from '#shared/contracts/templates'
import type { ActorAccess } from '../access/index.ts'
import type { Position } from '../http/cursors.ts'
import { templates, templateVersions, type TemplateRow, type TemplateVersionRow } from './template.entity.ts'
import { isAllowed, isEditor } from './template-options.ts'
import { isUsable, usingOf } from './usable-template.ts'

export interface Listed {
  readonly row: TemplateRow
  readonly version: TemplateVersionRow
}

type Filter = Pick<z.output<(typeof listTemplates)['query']>, 'which' | 'q' | 'category' | 'use' | 'state'>

/** Rows that are read at once; most of them are shown. */
const batch = 200

/**
 * Templates newest first. SQL finds candidates; whether somebody may use or edit one is decided in memory, by its category too, so it
 * reads on until the page is full.
 */
export async function readTemplates(db: EntityManager, actor: ActorAccess, filter: Filter, after: Position | null, limit: number): Promise<Listed[]> {
  const using = await usingOf(db, actor)
  const fits = ({ row, version }: Listed): boolean => {
    if (filter.use !== undefined && !version.uses.includes(filter.use)) return false
    if (filter.which === 'usable') return isUsable(using, row, version)
    if (filter.which === 'mine') return row.creatorStaffId === actor.staffId && isAllowed(actor, 'marketing.templates.view', row, version)
    return isEditor(actor, row, version)
  }
  const found: Listed[] = []
  for (let from = after; found.length < limit;) {
    const rows = await readBatch(db, actor, filter, from)
    const versions = await versionsOf(db, rows, filter)
    for (const row of rows) {
      const version = versions.get(shownId(row, filter) ?? '')
      if (version !== undefined && fits({ row, version })) found.push({ row, version })
    }
    const last = rows.at(-1)
    if (last === undefined || rows.length < batch) break
    from = { at: last.createdAt, id: last.id }
  }
  return found.slice(0, limit)
}

const shownId = (row: TemplateRow, { which }: Filter): string | null => (which === 'usable' ? row.liveVersionId : row.currentVersionId)

async function versionsOf(db: EntityManager, rows: readonly TemplateRow[], filter: Filter): Promise<Map<string, TemplateVersionRow>> {
  const ids = rows.flatMap((row) => shownId(row, filter) ?? [])
  const found = ids.length === 0 ? [] : await db.createQueryBuilder(templateVersions, 'shown').where('shown.id IN (:...ids)', { ids }).getMany()
  return new Map(found.map((version) => [version.id, version]))
}

function readBatch(db: EntityManager, actor: ActorAccess, { which, q, category, state }: Filter, after: Position | null): Promise<TemplateRow[]> {
  const query = db.createQueryBuilder(templates, 'templates')
    .innerJoin(templateVersions.options.name, 'shown', `shown.id = templates.${which === 'usable' ? 'live_version_id' : 'current_version_id'}`)
  if (which === 'usable') query.where('templates.retired_at IS NULL')
  else if (which === 'mine') query.where('templates.creator_staff_id = :me', { me: actor.staffId })
  else query.where('1 = 1')
  if (q !== undefined) query.andWhere(`(LOWER(shown.name) LIKE :q ESCAPE '!' OR LOWER(shown.text) LIKE :q ESCAPE '!')`, { q: `%${q.toLowerCase().replace(/[!%_]/g, (letter) => `!${letter}`)}%` })
  if (category !== undefined) query.andWhere('shown.category = :category', { category })
  if (state !== undefined) ofState(query, state)
  if (after !== null) query.andWhere('(templates.created_at < :afterAt OR (templates.created_at = :afterAt AND templates.id < :afterId))', { afterAt: after.at, afterId: after.id })
  return query.orderBy('templates.createdAt', 'DESC').addOrderBy('templates.id', 'DESC').limit(batch).getMany()
}

/** `published` is what is in use, `waiting`, `screened` and `draft` whatever is being written, be it an edit. */
function ofState(query: SelectQueryBuilder<TemplateRow>, state: NonNullable<Filter['state']>): void {
  if (state === 'retired') query.andWhere('templates.retired_at IS NOT NULL')
  else if (state === 'published') query.andWhere('templates.live_version_id IS NOT NULL')
  else query.andWhere('templates.retired_at IS NULL AND templates.open_version_id = shown.id AND shown.state = :state', { state })
}
