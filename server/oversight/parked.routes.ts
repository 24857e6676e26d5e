import { discardParked as discardContract, listParked as listContract, replayParked as replayContract } from '#shared/contracts/parked'
import type { Audit } from '../audit/index.ts'
import type { Database } from '../database/database.ts'
import { ProjectError } from '../errors.ts'
import type { Cursors } from '../http/cursors.ts'
import { route, type Route } from '../http/route.ts'
import { discardOutbox, listParked, replayInbox, replayOutbox } from '../jobs/index.ts'

export interface ParkedRoutes {
  readonly database: Database
  readonly audit: Audit
  readonly cursors: Cursors
}

/** What failed for good waits here for a person (T14): kinds and errors, no content; who makes it due again or gives it up is on the audit. */
export function parkedRoutes({ database, audit, cursors }: ParkedRoutes): Route[] {
  return [
    route(listContract, async ({ query }, { actor }) => {
      actor.requireSystem('system.integration.view')
      const { cursor, limit, queue, state } = query
      const list = { parked: { queue, state } }
      const rows = await listParked(database.db, queue, state, cursors.read(actor.staffId, list, cursor), limit + 1)
      const items = rows.slice(0, limit)
      const last = items.at(-1)
      return {
        items,
        nextCursor: rows.length > limit && last !== undefined ? cursors.write(actor.staffId, list, { at: last.parkedAt, id: last.id }) : null,
      }
    }),

    route(replayContract, async ({ params, body }, { actor, requestId }) => {
      actor.requireSystem('system.integration.operate')
      const { id } = params
      const { queue } = body
      await database.transaction(async (work) => {
        if (!(await (queue === 'inbox' ? replayInbox : replayOutbox)(work, id))) throw new ProjectError('parked.not_found', 404)
        await audit.record(work.db, {
          actorKind: 'staff', actorId: actor.staffId, action: 'job.replayed', operation: 'system.integration.operate', subjectKind: queue, subjectId: id, outcome: 'done', requestId,
        })
      })
      return { due: true as const }
    }),

    route(discardContract, async ({ params, body }, { actor, requestId }) => {
      actor.requireSystem('system.integration.operate')
      await database.transaction(async (work) => {
        if (!(await discardOutbox(work, params.id))) throw new ProjectError('parked.not_found', 404)
        await audit.record(work.db, {
          actorKind: 'staff', actorId: actor.staffId, action: 'job.discarded', operation: 'system.integration.operate', subjectKind: 'outbox', subjectId: params.id, outcome: 'done',
          details: { reason: body.reason }, requestId,
        })
      })
      return { discarded: true as const }
    }),
  ]
}
