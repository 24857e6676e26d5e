import { In, type EntityManager } from 'typeorm'
import { v7 as uuid } from 'uuid'
import type { TemplateUse } from '#shared/contracts/templates'
import { messages } from '../conversations/index.ts'
import type { UnitOfWork } from '../database/database.ts'
import { orders, visits } from '../records/index.ts'
import { attribute, conversionMs, type ConversionRecord } from './conversions.ts'
import { templateUses, type TemplateUseRow } from './template.entity.ts'

export interface NewUse {
  /** The same message counts once, however often it is told: `broadcast:PLAN:CUSTOMER`. */
  readonly useKey: string
  readonly templateId: string
  readonly versionId: string
  readonly staffId: string
  readonly customerId: string
  readonly kind: TemplateUse
  readonly usedAt: number
  /** What it was a part of: of a broadcast, its plan. */
  readonly sourceId?: string
}

const rowsAtOnce = 500

/**
 * Counts messages that left, in the transaction that learns of it. We may learn of it long after: what the customer did meanwhile is
 * its result too.
 */
export async function recordTemplateUses(work: UnitOfWork, uses: readonly NewUse[]): Promise<void> {
  const table = work.db.getRepository(templateUses)
  for (let from = 0; from < uses.length; from += rowsAtOnce) {
    const some = new Map(uses.slice(from, from + rowsAtOnce).map((use) => [use.useKey, use]))
    const known = new Set((await table.find({ select: { useKey: true }, where: { useKey: In([...some.keys()]) } })).map((row) => row.useKey))
    const rows = [...some.values()].filter((use) => !known.has(use.useKey)).map((use): TemplateUseRow => ({
      id: uuid(), sourceId: null, repliedAt: null, visitedAt: null, orderedAt: null, contractedAt: null, ...use,
    }))
    if (rows.length === 0) continue
    await table.insert(rows)
    await attribute(work, rows, await recordsAfter(work.db, rows))
  }
}

/** What is on record already of these customers. */
async function recordsAfter(db: EntityManager, uses: readonly TemplateUseRow[]): Promise<ConversionRecord[]> {
  const times = uses.map((use) => use.usedAt)
  const within = { customerIds: [...new Set(uses.map((use) => use.customerId))], after: Math.min(...times), until: Math.max(...times) + conversionMs }
  const [replies, came, bought] = [
    await db.createQueryBuilder(messages, 'done').select('done.customer_id', 'customerId').addSelect('done.sent_at', 'at')
      .where(`done.customer_id IN (:...customerIds) AND done.sent_at > :after AND done.sent_at <= :until AND done.direction = 'in'`, within).getRawMany<Found>(),
    await db.createQueryBuilder(visits, 'done').select('done.customer_id', 'customerId').addSelect('done.visited_at', 'at')
      .where('done.customer_id IN (:...customerIds) AND done.visited_at > :after AND done.visited_at <= :until', within).getRawMany<Found>(),
    await db.createQueryBuilder(orders, 'done').select('done.customer_id', 'customerId').addSelect('done.placed_at', 'at')
      .where('done.customer_id IN (:...customerIds) AND done.placed_at > :after AND done.placed_at <= :until', within).getRawMany<Found>(),
  ]
  const told = (kind: ConversionRecord['kind'], found: readonly Found[]) => found.map(({ customerId, at }): ConversionRecord => ({ customerId, kind, at: Number(at) }))
  return [...told('reply', replies), ...told('visit', came), ...told('order', bought)]
}

interface Found {
  readonly customerId: string
  readonly at: string | number
}

/** So far back uses are looked at. */
const windowMs = 90 * 86_400_000

export interface TemplateResult {
  readonly templateId: string
  readonly uses: number
  /** Uses after which the customer wrote, came, bought or signed. */
  readonly converted: number
  readonly replies: number
  readonly visits: number
  readonly orders: number
  readonly contracts: number
}

/** Numbers of all uses of the last ninety days by template: over whoever they went to, for those who lead the templates (S38). */
export async function resultsOfTemplates(db: EntityManager, now: number): Promise<TemplateResult[]> {
  const rows = await db.createQueryBuilder(templateUses, 'used')
    .select('used.template_id', 'templateId').addSelect('COUNT(*)', 'uses')
    .addSelect('COUNT(COALESCE(used.replied_at, used.visited_at, used.ordered_at, used.contracted_at))', 'converted')
    .addSelect('COUNT(used.replied_at)', 'replies').addSelect('COUNT(used.visited_at)', 'visits')
    .addSelect('COUNT(used.ordered_at)', 'orders').addSelect('COUNT(used.contracted_at)', 'contracts')
    .where('used.used_at >= :from', { from: now - windowMs })
    .groupBy('used.template_id')
    .getRawMany<Record<keyof TemplateResult, string | number>>()
  return rows.map((row) => ({
    templateId: String(row.templateId), uses: Number(row.uses), converted: Number(row.converted),
    replies: Number(row.replies), visits: Number(row.visits), orders: Number(row.orders), contracts: Number(row.contracts),
  }))
}
