import { In, MoreThan } from 'typeorm'
import { listParkedBroadcasts, readQuietHours, resolveParkedBroadcast, setQuietHours } from '#shared/contracts/outreach'
import type { Approvals } from '../approvals/index.ts'
import type { Cursors } from '../http/cursors.ts'
import { route, type Route } from '../http/route.ts'
import { staff } from '../organization/index.ts'
import type { Outreach } from './outreach.ts'
import { outreachTasks, type OutreachTaskRow } from './outreach.entity.ts'
import { readQuietMinutes, timeOf } from './quiet-hours.ts'
import { setOrAsk } from './quiet-hours-approval.ts'
import { resolveParked } from './resolve-parked.ts'

export interface OutreachRoutes {
  readonly outreach: Outreach
  readonly cursors: Cursors
  readonly approvals: Approvals
}

const minutesOf = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3))

/** The company's quiet hours, and what waits for a person. No text and no customer of a broadcast is shown here. */
export function outreachRoutes({ outreach: { core }, cursors, approvals }: OutreachRoutes): Route[] {
  const { database } = core
  return [
    route(readQuietHours, async (_, { actor }) => {
      actor.requireSystem('marketing.strategy.view')
      const { from, until, version } = await readQuietMinutes(database.db)
      return { from: timeOf(from), until: timeOf(until), version }
    }),

    route(setQuietHours, async ({ body }, { actor, requestId }) => {
      actor.requireSystem('marketing.strategy.operate')
      const set = await database.transaction((work) => setOrAsk(core, approvals, work, {
        from: minutesOf(body.from), until: minutesOf(body.until), version: body.version, staffId: actor.staffId, requestId,
      }))
      return { ...body, version: set.version ?? body.version, approvalId: set.approvalId }
    }),

    route(listParkedBroadcasts, async ({ query: { cursor, limit } }, { actor }) => {
      actor.requireSystem('system.integration.view')
      const list = { parkedBroadcasts: true }
      const after = cursors.read(actor.staffId, list, cursor)
      const from = after === null ? [{ state: 'parked' as const }] : [{ state: 'parked' as const, intentAt: MoreThan(after.at) }, { state: 'parked' as const, intentAt: after.at, id: MoreThan(after.id) }]
      const rows = await database.db.find(outreachTasks, { where: from, order: { intentAt: 'ASC', id: 'ASC' }, take: limit + 1 })
      const items = rows.slice(0, limit)
      const people = new Map((items.length === 0 ? [] : await database.db.findBy(staff, { id: In(items.map((row) => row.staffId)) })).map(({ id, userid, name }) => [id, { userid, name }]))
      const last = items.at(-1)
      return {
        items: items.map((row) => shown(row, people.get(row.staffId) ?? null)),
        nextCursor: rows.length > limit && last !== undefined ? cursors.write(actor.staffId, list, { at: last.intentAt ?? 0, id: last.id }) : null,
      }
    }),

    route(resolveParkedBroadcast, async ({ params, body }, { actor, requestId }) => {
      actor.requireSystem('system.integration.operate')
      await database.transaction((work) => resolveParked(core, work, { taskId: params.id, msgid: 'msgid' in body ? body.msgid : null, staffId: actor.staffId, requestId }))
      return { resolved: true as const }
    }),
  ]
}

const shown = ({ id, source, sourceId, recipients, intentAt, candidates }: OutreachTaskRow, sender: { userid: string, name: string } | null) =>
  ({ id, source, sourceId, sender, customers: recipients, intentAt: intentAt ?? 0, candidates: [...candidates ?? []] })
