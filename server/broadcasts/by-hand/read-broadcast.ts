import { z } from 'zod'
import type { UnitOfWork } from '../../database/database.ts'
import type { OutboxHandler } from '../../jobs/index.ts'
import { staff } from '../../organization/index.ts'
import { WecomError, type BroadcastResult } from '../../wecom/index.ts'
import { countPart } from './count-part.ts'
import { handBroadcasts, handParts, type HandBroadcast } from './hand.entity.ts'
import { readKind, type HandOptions } from './hand-options.ts'

const [minute, hour, day] = [60_000, 3_600_000, 86_400_000]
/** When it is read again, by how often it was. What a member made for himself is sent at once; in the administration, people confirm when they like. */
const intervals = [10 * minute, 30 * minute, hour, 3 * hour, 6 * hour, 12 * hour]
/** Nobody confirms after a month: it could not be listed any more. */
const lifetimeMs = 31 * day
/** Some results arrive late (WeCom doc path/93338); whoever has none a day after the sending did not get it. */
const resultsMs = day

const Payload = z.object({ id: z.string() })

/** Reads from WeCom and counts each recipient once: repeating is harmless. */
export const readEffect = (options: HandOptions): [string, OutboxHandler] => [readKind, { repeat: 'safe', run: (payload) => readBroadcast(options, Payload.parse(payload).id) }]

/**
 * Asks who has sent it and to whom, and counts each sender's recipients in a transaction of its own. Only then is it said when to
 * ask again: a crash anywhere asks once more, and whoever is counted stays counted once.
 */
async function readBroadcast(options: HandOptions, id: string) {
  const { database, access } = options
  const row = await database.db.getRepository(handBroadcasts).findOneBy({ id })
  if (row === null || row.nextAt === null) return undefined
  const state = await readSenders(options, row)
  return async (work: UnitOfWork) => {
    const now = access.clock.now()
    const isOver = state === 'over' || now >= row.madeAt + lifetimeMs
    const pause = intervals[Math.min(row.readings, intervals.length - 1)] ?? day
    await work.db.getRepository(handBroadcasts).update({ id, readings: row.readings }, state === 'dispatching'
      ? { nextAt: now + minute }
      : { readings: row.readings + 1, nextAt: isOver ? null : now + pause })
  }
}

type State = 'open' | 'over' | 'dispatching'

async function readSenders(options: HandOptions, row: HandBroadcast): Promise<State> {
  const { database: { db }, access, wecom } = options
  let isOpen = false
  let senders = 0
  try {
    for await (const page of wecom.listBroadcastTasks(row.msgid)) {
      for (const { userid, confirmed, sentAt } of page) {
        senders += 1
        const person = await db.getRepository(staff).findOneBy({ userid })
        // Nobody whom we know yet: the directory is read every ten minutes.
        const part = person === null ? null : await db.getRepository(handParts).findOneBy({ handBroadcastId: row.id, staffId: person.id })
        if (part?.isComplete === true) continue
        if (!confirmed || person === null) {
          isOpen = true
          continue
        }
        const results = await listResults(options, row.msgid, userid)
        // Out of the app's range meanwhile: nobody can say any more what he sent, and the others go on.
        if (results === null) continue
        const at = sentAt ?? row.madeAt
        // A list that is empty yet, or a status that nobody documents, is no end.
        const areFinal = results.length > 0 && results.every((one) => one.outcome !== 'unsent' && one.outcome !== 'unknown')
        const isComplete = areFinal || access.clock.now() >= at + resultsMs
        isOpen ||= !isComplete
        await countPart(options, { broadcast: row, staffId: person.id, sentAt: at, results, isComplete })
      }
    }
  } catch (error) {
    const code = error instanceof WecomError ? error.errcode : null
    if (code === 41063) return 'dispatching'
    // Cancelled, or not shown any more: there is nothing left to ask.
    if (code === 41093 || code === 41047) return 'over'
    throw error
  }
  return isOpen || senders === 0 ? 'open' : 'over'
}

/** Codes of a sender who left, or whom the app may not see any more. */
const senderGone: ReadonlySet<number> = new Set([40003, 60011, 60111, 84061])

async function listResults({ wecom }: HandOptions, msgid: string, userid: string): Promise<BroadcastResult[] | null> {
  const results: BroadcastResult[] = []
  try {
    for await (const page of wecom.listBroadcastResults(msgid, userid)) results.push(...page)
  } catch (error) {
    if (error instanceof WecomError && senderGone.has(error.errcode)) return null
    throw error
  }
  return results
}
