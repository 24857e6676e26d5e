import { In, type EntityManager } from 'typeorm'
import { z } from 'zod'
import { maskMoneyAndNumbers } from '#shared/access/index'
import { listHandBroadcasts, readHandBroadcast, type HandBroadcast as Shown } from '#shared/contracts/hand-broadcasts'
import type { Figure } from '#shared/contracts/reports'
import { selectNamed, type ActorAccess } from '../../access/index.ts'
import { present } from '../../errors.ts'
import type { Cursors, Position } from '../../http/cursors.ts'
import { route, type Route } from '../../http/route.ts'
import { departments } from '../../organization/index.ts'
import { broadcastNotFound, namesOf } from '../find-broadcast.ts'
import { figuresOf } from '../hidden-figures.ts'
import { handBroadcasts, handParts, type HandBroadcast, type HandPart } from './hand.entity.ts'
import { handTextContext, type HandOptions } from './hand-options.ts'

export interface HandRoutes extends Pick<HandOptions, 'database' | 'audit' | 'sealer'> {
  readonly cursors: Cursors
}

/** The scope of whoever may see broadcasts, by the department of the sender when it was counted. */
export function handRoutes({ database: { db }, audit, sealer, cursors }: HandRoutes): Route[] {
  return [
    route(listHandBroadcasts, async ({ query }, { actor }) => {
      const list = { handBroadcasts: true }
      const rows = await readPage(db, actor, cursors.read(actor.staffId, list, query.cursor), query.limit + 1)
      const items = rows.slice(0, query.limit)
      const last = items.at(-1)
      return {
        items: await presentParts(db, actor, items, await broadcastsOf(db, items)),
        nextCursor: rows.length > query.limit && last !== undefined ? cursors.write(actor.staffId, list, { at: last.sentAt, id: last.id }) : null,
      }
    }),
    route(readHandBroadcast, async ({ params }, { actor, requestId }) => {
      const part = await db.getRepository(handParts).findOneBy({ id: params.id })
      if (part === null || !actor.decideResource('marketing.broadcasts.view', { departmentId: part.departmentId, creatorStaffId: part.staffId }).allowed) throw broadcastNotFound()
      const made = await broadcastsOf(db, [part])
      const row = present(made.get(part.handBroadcastId), 'the broadcast of a part')
      const [shown] = await presentParts(db, actor, [part], made)
      await audit.recordAlone({
        actorKind: 'staff', actorId: actor.staffId, action: 'broadcast.hand-text-shown', operation: 'marketing.broadcasts.view', subjectKind: 'hand-broadcast', subjectId: row.id,
        outcome: 'allowed', details: { part: part.id }, requestId,
      })
      // It may have been written to one customer only: numbers and amounts are masked as in his messages.
      return { ...present(shown, 'the part that was read'), text: maskMoneyAndNumbers(sealer.open(row.textSealed, handTextContext)), findings: row.findings.map((one) => ({ ...one })) }
    }),
  ]
}

async function readPage(db: EntityManager, actor: ActorAccess, after: Position | null, limit: number): Promise<HandPart[]> {
  const scope = actor.resourceFilter('marketing.broadcasts.view', { department: 'parts.department_id', creator: 'parts.staff_id' })
  if (scope.isNothing) return []
  const query = db.createQueryBuilder(handParts, 'parts').where(`(${scope.sql})`, { ...scope.parameters })
  if (after !== null) query.andWhere('(parts.sent_at < :afterAt OR (parts.sent_at = :afterAt AND parts.id < :afterId))', { afterAt: after.at, afterId: after.id })
  return query.orderBy('parts.sentAt', 'DESC').addOrderBy('parts.id', 'DESC').limit(limit).getMany()
}

async function broadcastsOf(db: EntityManager, parts: readonly HandPart[]): Promise<Map<string, HandBroadcast>> {
  const ids = [...new Set(parts.map((part) => part.handBroadcastId))]
  return new Map(ids.length === 0 ? [] : (await db.getRepository(handBroadcasts).findBy({ id: In(ids) })).map((row) => [row.id, row]))
}

async function presentParts(db: EntityManager, actor: ActorAccess, parts: readonly HandPart[], made: ReadonlyMap<string, HandBroadcast>): Promise<Shown[]> {
  const names = await namesOf(db, [...new Set(parts.map((part) => part.staffId))])
  const places = [...new Set(parts.flatMap((part) => part.departmentId ?? []))]
  const placeNames = new Map(places.length === 0 ? [] : (await db.getRepository(departments).findBy({ id: In(places) })).map((one) => [one.id, one.name]))
  const figures = await reachedOf(db, actor, parts.map((part) => part.id))
  return parts.map((part) => {
    const row = present(made.get(part.handBroadcastId), 'the broadcast of a part')
    return {
      id: part.id, sender: names.get(part.staffId) ?? null, department: part.departmentId === null ? null : placeNames.get(part.departmentId) ?? null, sentAt: part.sentAt,
      personal: row.personal, ...(figures.get(part.id) ?? { reached: { value: 0 }, overFrequency: { value: 0 } }), overQuota: part.overQuota, verdict: row.verdict,
    }
  })
}

const Counted = z.object({ part: z.string(), total: z.coerce.number(), hidden: z.coerce.number(), many: z.coerce.number(), hiddenMany: z.coerce.number() })

/** How many customers each part reached and how many of them too often, of whom the caller may see only so many. */
async function reachedOf(db: EntityManager, actor: ActorAccess, partIds: readonly string[]): Promise<Map<string, { reached: Figure, overFrequency: Figure }>> {
  if (partIds.length === 0) return new Map()
  const view = actor.rowFilter('customer.profile.view')
  const hidden = `CASE WHEN ${view.sql} THEN 0 ELSE 1 END`
  const rows = z.array(Counted).parse(await selectNamed(db, `SELECT reached.plan_id AS part, COUNT(*) AS total, SUM(${hidden}) AS hidden,
      SUM(CASE WHEN excess.customer_id IS NULL THEN 0 ELSE 1 END) AS many, SUM(CASE WHEN excess.customer_id IS NULL THEN 0 ELSE ${hidden} END) AS hiddenMany
    FROM broadcast_recipients reached JOIN customers customers ON customers.id = reached.customer_id
    LEFT JOIN hand_excesses excess ON excess.part_id = reached.plan_id AND excess.customer_id = reached.customer_id
    WHERE reached.plan_id IN (:...handParts) AND reached.outcome = 'sent' GROUP BY reached.plan_id`, { ...view.parameters, handParts: [...partIds] }))
  return new Map(rows.map((row) => {
    const [reached = { value: 0 }] = figuresOf([{ count: row.total, hidden: row.hidden }])
    // The rest is a group as well: whoever knows the sum could work it out.
    const [overFrequency = { value: 0 }] = figuresOf([{ count: row.many, hidden: row.hiddenMany }, { count: row.total - row.many, hidden: row.hidden - row.hiddenMany }])
    return [row.part, { reached, overFrequency }]
  }))
}
