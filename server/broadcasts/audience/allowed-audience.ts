import type { CustomerField } from '#shared/access/index'
import type { AudienceFilter } from '#shared/broadcast-words'
import type { ActorAccess, RowFilter } from '../../access/index.ts'
import { ProjectError } from '../../errors.ts'

/** The rows that an author may address, and what narrows them. */
export interface AllowedAudience {
  readonly rows: RowFilter
  readonly where: string
  readonly parameters: Readonly<Record<string, unknown>>
}

interface Narrowing {
  readonly name: keyof AudienceFilter
  readonly field: CustomerField | 'activity'
  readonly sql: string
  readonly parameters: Readonly<Record<string, unknown>>
}

/**
 * Turns an audience into rows for which the author holds `marketing.broadcasts.operate`. A condition only meets customers whose
 * field he sees in clear; one by something that he sees of nobody is refused, not ignored (T10). Customers outside do not exist,
 * also when they are named.
 */
export function allowedAudience(actor: ActorAccess, filter: AudienceFilter, templateCategory: string): AllowedAudience {
  const narrowings = narrowingsOf(filter)
  const refused = narrowings.filter(({ field }) => (field === 'activity' ? !actor.may('talk.messages.view') : !actor.canFilterBy(field))).map(({ name }) => name)
  if (refused.length > 0) throw new ProjectError('access.filter_refused', 403, { fields: refused })
  const seen = narrowings.map(({ field }) => (field === 'activity' ? actor.rowFilter('talk.messages.view') : actor.fieldFilter(field)))
  const named = filter.externalUserIds === undefined ? [] : ['customers.external_user_id IN (:...audienceNamed)']
  const parameters: Record<string, unknown> = named.length === 0 ? {} : { audienceNamed: filter.externalUserIds }
  for (const one of narrowings) Object.assign(parameters, one.parameters)
  return {
    rows: seen.reduce((all, one) => all.and(one), actor.rowFilter('marketing.broadcasts.operate', { templateCategory })),
    where: ['1 = 1', ...named, ...narrowings.map(({ sql }) => sql)].join(' AND '),
    parameters,
  }
}

function narrowingsOf(filter: AudienceFilter): Narrowing[] {
  const { tags, stages, valueTierAtLeast, departmentId, lastContactFrom, lastContactBefore } = filter
  const found: Narrowing[] = []
  const add = (name: keyof AudienceFilter, field: Narrowing['field'], sql: string, parameters: Narrowing['parameters']) => void found.push({ name, field, sql, parameters })
  if (tags !== undefined) add('tags', 'tags', 'EXISTS (SELECT 1 FROM customer_tags audience_tag WHERE audience_tag.customer_id = customers.id AND audience_tag.tag_id IN (:...audienceTags))', { audienceTags: tags })
  if (stages !== undefined) add('stages', 'stage', 'customers.stage IN (:...audienceStages)', { audienceStages: stages })
  if (valueTierAtLeast !== undefined) add('valueTierAtLeast', 'valueTier', 'customers.value_tier >= :audienceTier', { audienceTier: valueTierAtLeast })
  if (departmentId !== undefined) {
    add('departmentId', 'owner', `customers.owner_department_id IN (SELECT place.id FROM departments place WHERE place.path LIKE :audiencePlace)`, { audiencePlace: `%/${departmentId}/%` })
  }
  if (lastContactFrom !== undefined) add('lastContactFrom', 'activity', 'customers.last_active_at >= :audienceFrom', { audienceFrom: lastContactFrom })
  if (lastContactBefore !== undefined) add('lastContactBefore', 'activity', 'customers.last_active_at < :audienceBefore', { audienceBefore: lastContactBefore })
  return found
}
