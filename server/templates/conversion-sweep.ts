import { z } from 'zod'
import { selectNamed } from '../access/index.ts'
import type { Database } from '../database/database.ts'
import type { Schedule } from '../jobs/index.ts'
import { syncStates } from '../organization/index.ts'
import { recordConversions, type ConversionKind, type OnConverted } from './conversions.ts'

export interface ConversionSweep {
  readonly database: Database
  readonly clock: () => number
  readonly onConverted: readonly OnConverted[]
}

/** Records that say when they came by their ids, which are made in the order of time. */
const sources: readonly { readonly kind: ConversionKind, readonly rows: string }[] = [
  { kind: 'reply', rows: `SELECT done.id AS id, done.customer_id AS customerId, done.sent_at AS at FROM messages done WHERE done.direction = 'in' AND done.id > :after ORDER BY done.id` },
  { kind: 'visit', rows: 'SELECT done.id AS id, done.customer_id AS customerId, done.visited_at AS at FROM visits done WHERE done.id > :after ORDER BY done.id' },
  { kind: 'order', rows: 'SELECT done.id AS id, done.customer_id AS customerId, done.placed_at AS at FROM orders done WHERE done.id > :after ORDER BY done.id' },
]

const Rows = z.array(z.object({ id: z.string(), customerId: z.string(), at: z.coerce.number() }))
const Cursor = z.object({ after: z.string() })
const atOnce = 500
/** A row may be committed later than one with a younger id: the last minutes are looked at again, which changes nothing. */
const overlapMs = 10 * 60_000

/** Attributes new messages, visits and orders to the templates that went before them. */
export function conversionSchedules(sweep: ConversionSweep): Schedule[] {
  return [{ name: 'template-conversions', pattern: '* * * * *', run: (signal) => sweepConversions(sweep, signal) }]
}

/** Reads on from where the last run ended, whoever wrote the records; a run that was cut off goes on where its last part ended. */
export async function sweepConversions({ database, clock, onConverted }: ConversionSweep, signal?: AbortSignal): Promise<void> {
  for (const { kind, rows: sql } of sources) {
    const name = `template-conversions:${kind}`
    const known = await database.db.getRepository(syncStates).findOneBy({ name })
    let after = known === null ? '' : Cursor.parse(known.value).after
    for (let isMore = true; isMore && signal?.aborted !== true;) {
      const rows = Rows.parse(await selectNamed(database.db, `${sql} LIMIT ${atOnce}`, { after }))
      const last = rows.at(-1)
      if (last === undefined) break
      const settledUntil = firstIdAt(clock() - overlapMs)
      await database.transaction(async (work) => {
        const converted = await recordConversions(work, rows.map(({ customerId, at }) => ({ customerId, kind, at })))
        if (converted.length > 0) for (const tell of onConverted) await tell(work, converted)
        await work.db.getRepository(syncStates).save({ name, value: { after: last.id < settledUntil ? last.id : settledUntil }, updatedAt: clock() })
      })
      after = last.id
      isMore = rows.length === atOnce
    }
  }
}

/** Before all UUIDv7 of this instant. */
function firstIdAt(instant: number): string {
  const hex = Math.max(0, instant).toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`
}
