import { Between, In, type EntityManager } from 'typeorm'
import { columnName } from '../database/columns.ts'
import type { UnitOfWork } from '../database/database.ts'
import { templateUses, type TemplateUseRow } from './template.entity.ts'

const dayMs = 86_400_000
/** What a customer does this soon after a message counts as its result. */
export const conversionDays = 7
export const conversionMs = conversionDays * dayMs

const columnOf = { reply: 'repliedAt', visit: 'visitedAt', order: 'orderedAt', contract: 'contractedAt' } as const
export type ConversionKind = keyof typeof columnOf
export const conversionKinds = ['reply', 'visit', 'order', 'contract'] as const satisfies readonly ConversionKind[]

/** A customer wrote, came, bought or signed. */
export interface ConversionRecord {
  readonly customerId: string
  readonly kind: ConversionKind
  readonly at: number
}

/** Of which message it became a result: what the message was a part of, and who sent it. */
export interface ConvertedUse {
  readonly sourceId: string | null
  readonly staffId: string
}

/** Told in the transaction that writes it. */
export type OnConverted = (work: UnitOfWork, uses: readonly ConvertedUse[]) => Promise<void>

export type Attributable = Pick<TemplateUseRow, 'id' | 'customerId' | 'staffId' | 'sourceId' | 'usedAt' | 'repliedAt' | 'visitedAt' | 'orderedAt' | 'contractedAt'>

const atOnce = 500

/**
 * Writes what customers did to every message that it followed within seven days, in the caller's transaction. The first of a kind
 * counts, whatever the order in which they are told; a repeat changes nothing. Returns the messages that became more than they were.
 */
export async function recordConversions(work: UnitOfWork, records: readonly ConversionRecord[]): Promise<ConvertedUse[]> {
  const changed: ConvertedUse[] = []
  for (let from = 0; from < records.length; from += atOnce) {
    const some = records.slice(from, from + atOnce)
    changed.push(...await attribute(work, await usesBefore(work.db, some), some))
  }
  return changed
}

async function usesBefore(db: EntityManager, records: readonly ConversionRecord[]): Promise<Attributable[]> {
  const times = records.map((record) => record.at)
  return db.getRepository(templateUses).findBy({
    customerId: In([...new Set(records.map((record) => record.customerId))]), usedAt: Between(Math.min(...times) - conversionMs, Math.max(...times)),
  })
}

/** Each use gets the first record of each kind that followed it. */
export async function attribute(work: UnitOfWork, uses: readonly Attributable[], records: readonly ConversionRecord[]): Promise<ConvertedUse[]> {
  const byCustomer = new Map<string, ConversionRecord[]>()
  for (const record of records) byCustomer.set(record.customerId, [...byCustomer.get(record.customerId) ?? [], record])
  const changed: ConvertedUse[] = []
  for (const use of uses) {
    for (const kind of conversionKinds) {
      const at = firstAfter(use.usedAt, (byCustomer.get(use.customerId) ?? []).filter((record) => record.kind === kind))
      if (at !== null && (use[columnOf[kind]] ?? Infinity) > at && await isFirst(work.db, use.id, kind, at)) changed.push({ sourceId: use.sourceId, staffId: use.staffId })
    }
  }
  return changed
}

/** Somebody else may write an earlier one at this moment. */
async function isFirst(db: EntityManager, id: string, kind: ConversionKind, at: number): Promise<boolean> {
  const column = columnName(columnOf[kind])
  const { affected } = await db.createQueryBuilder().update(templateUses).set({ [columnOf[kind]]: at })
    .where(`id = :id AND (${column} IS NULL OR ${column} > :at)`, { id, at }).execute()
  return affected === 1
}

function firstAfter(usedAt: number, records: readonly ConversionRecord[]): number | null {
  const times = records.map((record) => record.at).filter((at) => at > usedAt && at <= usedAt + conversionMs)
  return times.length === 0 ? null : Math.min(...times)
}
