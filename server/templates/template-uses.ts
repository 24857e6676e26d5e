import { In, type EntityManager } from 'typeorm'
import { v7 as uuid } from 'uuid'
import type { TemplateUse } from '#shared/contracts/templates'
import type { UnitOfWork } from '../database/database.ts'
import { templateUses } from './template.entity.ts'

export interface NewUse {
  /** The same message counts once, however often it is told: `broadcast:PLAN:CUSTOMER`. */
  readonly useKey: string
  readonly templateId: string
  readonly versionId: string
  readonly staffId: string
  readonly customerId: string
  readonly kind: TemplateUse
  readonly usedAt: number
}

const rowsAtOnce = 500

/** Counts messages that left, in the transaction that learns of it. */
export async function recordTemplateUses(work: UnitOfWork, uses: readonly NewUse[]): Promise<void> {
  const table = work.db.getRepository(templateUses)
  for (let from = 0; from < uses.length; from += rowsAtOnce) {
    const some = new Map(uses.slice(from, from + rowsAtOnce).map((use) => [use.useKey, use]))
    const known = new Set((await table.find({ select: { useKey: true }, where: { useKey: In([...some.keys()]) } })).map((row) => row.useKey))
    const rows = [...some.values()].filter((use) => !known.has(use.useKey)).map((use) => ({ id: uuid(), ...use }))
    if (rows.length > 0) await table.insert(rows)
  }
}

const dayMs = 86_400_000
/** What a customer does this soon after a message counts as its result. */
export const conversionMs = 7 * dayMs
/** So far back uses are looked at. */
const windowMs = 90 * dayMs

export interface TemplateResult {
  readonly templateId: string
  readonly uses: number
  /** Uses after which the customer wrote, came or bought. */
  readonly converted: number
  readonly replies: number
  readonly visits: number
  readonly orders: number
}

/** Numbers of all uses of the last ninety days by template: over whoever they went to, for those who lead the templates (S38). */
export async function resultsOfTemplates(db: EntityManager, now: number): Promise<TemplateResult[]> {
  const within = (table: string, column: string, more = '') =>
    `EXISTS (SELECT 1 FROM ${table} done WHERE done.customer_id = used.customer_id AND done.${column} > used.used_at AND done.${column} <= used.used_at + ${conversionMs}${more})`
  const replied = within('messages', 'sent_at', ` AND done.direction = 'in'`)
  const visited = within('visits', 'visited_at')
  const bought = within('orders', 'placed_at')
  const count = (test: string) => `SUM(CASE WHEN ${test} THEN 1 ELSE 0 END)`
  const rows = await db.createQueryBuilder(templateUses, 'used')
    .select('used.template_id', 'templateId').addSelect('COUNT(*)', 'uses')
    .addSelect(count(`${replied} OR ${visited} OR ${bought}`), 'converted')
    .addSelect(count(replied), 'replies').addSelect(count(visited), 'visits').addSelect(count(bought), 'orders')
    .where('used.used_at >= :from', { from: now - windowMs })
    .groupBy('used.template_id')
    .getRawMany<Record<'templateId' | 'uses' | 'converted' | 'replies' | 'visits' | 'orders', string | number>>()
  return rows.map((row) => ({
    templateId: String(row.templateId), uses: Number(row.uses), converted: Number(row.converted), replies: Number(row.replies), visits: Number(row.visits), orders: Number(row.orders),
  }))
}
