import { v7 as uuid } from 'uuid'
import { z } from 'zod'
import type { Database } from '../database/database.ts'
import { isUniqueViolation } from '../database/violations.ts'
import { RequestInvalid } from '../errors.ts'
import type { Sealer } from '../sealing.ts'
import { recordTemplateUses, type NewUse } from './template-uses.ts'

const Receipt = z.object({ useKey: z.string(), templateId: z.string(), versionId: z.string(), staffId: z.string(), customerId: z.string(), usedAt: z.number() }).strict()
const context = 'template.receipt'
/** Nobody confirms WeCom's question later than this. */
const receiptMs = 24 * 3_600_000

/** What a text that is handed out comes with: whoever put it into the chat gives it back. It says nothing to its holder. */
export function receiptFor(sealer: Sealer, use: Pick<NewUse, 'templateId' | 'versionId' | 'staffId' | 'customerId' | 'usedAt'>): string {
  const { templateId, versionId, staffId, customerId, usedAt } = use
  return sealer.seal(JSON.stringify({ useKey: `quick-reply:${uuid()}`, templateId, versionId, staffId, customerId, usedAt }), context)
}

/** Counts the message, once, however often it is told. Throws RequestInvalid for a receipt of somebody else, an old or a made-up one. */
export async function confirmReply(database: Database, sealer: Sealer, told: { readonly receipt: string, readonly staffId: string, readonly now: number }): Promise<void> {
  const use = opened(sealer, told.receipt)
  if (use === null || use.staffId !== told.staffId || told.now - use.usedAt > receiptMs) throw new RequestInvalid(['body.receipt'])
  try {
    await database.transaction((work) => recordTemplateUses(work, [{ ...use, kind: 'quick-reply' }]))
  } catch (error) {
    // Told twice at once.
    if (!isUniqueViolation(error)) throw error
  }
}

function opened(sealer: Sealer, receipt: string): z.output<typeof Receipt> | null {
  try {
    return Receipt.parse(JSON.parse(sealer.open(receipt, context)))
  } catch {
    return null
  }
}
