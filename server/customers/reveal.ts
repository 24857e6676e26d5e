import { v7 as uuid } from 'uuid'
import type { Operation } from '#shared/access/index'
import type { RevealReason } from '#shared/contracts/reveal'
import { loadLimits, revealsLeft, takeReveal, type Access, type ActorAccess } from '../access/index.ts'
import type { Audit } from '../audit/index.ts'
import { companyDay } from '../company-day.ts'
import type { Database, UnitOfWork } from '../database/database.ts'
import { ProjectError } from '../errors.ts'
import type { ActorContext } from '../http/context.ts'
import type { Sealer } from '../sealing.ts'
import { reveals } from './reveal.entity.ts'

export interface RevealOptions {
  readonly database: Database
  readonly access: Access
  readonly audit: Audit
  readonly sealer: Sealer
  /** The company's time zone. */
  readonly zone: string
}

export interface Why {
  readonly reason: RevealReason
  readonly note?: string | undefined
}

/** A value that is about to be shown, and whose it is. */
export interface RevealedValue<T> {
  readonly customerId: string
  /** The field, or `message`. */
  readonly subject: string
  readonly messageId: string | null
  readonly operation: Operation
  readonly value: T
}

export interface Reveals {
  /**
   * Finds masked values and gives them in clear: `find` decides by the rules as they are inside the transaction, then one reveal
   * is taken for each and each is recorded, all in that transaction and before anything leaves. All or none.
   * `onlyAllowed`: by an approved request only, not by the daily limit. Throws what `find` throws, `reveal.limit_reached`,
   * `reveal.needs_approval`, `reveal.note_required`.
   */
  give<T>(context: ActorContext, why: Why, find: (work: UnitOfWork, actor: ActorAccess) => Promise<readonly RevealedValue<T>[]>, onlyAllowed?: { readonly above: number }): Promise<{ readonly values: readonly T[], readonly left: number }>
}

const noteContext = 'reveal.note'

export const openNote = (sealer: Sealer, sealed: string | null): string | null => (sealed === null ? null : sealer.open(sealed, noteContext))

export function createReveals(options: RevealOptions): Reveals {
  const { database, access, audit, zone } = options
  return {
    give: async (context, why, find, onlyAllowed) => {
      if (why.reason === 'other' && why.note === undefined) throw new ProjectError('reveal.note_required', 400)
      try {
        return await database.transaction(async (work) => {
          const actor = await access.actorFor(context.signedIn.staffId, work.db)
          const found = await find(work, actor)
          const { revealsPerDay } = await loadLimits(work.db, actor.roles)
          const { day, endsAt } = companyDay(actor.now, zone)
          const ofDay = { staffId: actor.staffId, day, revealsPerDay }
          for (const one of found) {
            const taken = await takeReveal(work, { ...ofDay, customerId: one.customerId, revealsPerDay: onlyAllowed === undefined ? revealsPerDay : 0, now: actor.now })
            if (!taken) throw onlyAllowed === undefined ? limitReached(revealsPerDay, endsAt, actor.now) : new ProjectError('reveal.needs_approval', 403, { limit: onlyAllowed.above })
            await record(options, work, { context, why, one, now: actor.now })
          }
          return { values: found.map((one) => one.value), left: await revealsLeft(work.db, ofDay) }
        })
      } catch (error) {
        if (error instanceof ProjectError && (error.code === 'reveal.limit_reached' || error.code === 'reveal.needs_approval')) {
          await audit.recordAlone({ actorKind: 'staff', actorId: context.signedIn.staffId, action: 'customer.revealed', outcome: 'refused', details: { code: error.code, reason: why.reason }, requestId: context.requestId })
        }
        throw error
      }
    },
  }
}

interface Recorded {
  readonly context: ActorContext
  readonly why: Why
  readonly one: RevealedValue<unknown>
  readonly now: number
}

/** What and why; the note is sealed and stays out of the audit, because people write names and numbers into it. */
async function record({ audit, sealer }: RevealOptions, work: UnitOfWork, { context, why, one, now }: Recorded): Promise<void> {
  const { staffId } = context.signedIn
  await work.db.getRepository(reveals).insert({
    id: uuid(), staffId, customerId: one.customerId, subject: one.subject, messageId: one.messageId, reason: why.reason,
    noteSealed: why.note === undefined ? null : sealer.seal(why.note, noteContext), at: now,
  })
  await audit.record(work.db, {
    actorKind: 'staff', actorId: staffId, action: 'customer.revealed', operation: one.operation, subjectKind: 'customer', subjectId: one.customerId, outcome: 'allowed',
    details: { fields: [one.subject], reason: why.reason, ...(one.messageId === null ? {} : { message: one.messageId }) }, requestId: context.requestId,
  })
}

function limitReached(limit: number, opensAt: number, now: number): ProjectError {
  const seconds = Math.max(1, Math.ceil((opensAt - now) / 1000))
  return new ProjectError('reveal.limit_reached', 429, { limit, opensAt, minutes: Math.ceil(seconds / 60) }, { headers: { 'retry-after': String(seconds) } })
}
