import { In, type EntityManager } from 'typeorm'
import { cancelBroadcast, createBroadcast, editBroadcast, listBroadcasts, preflightBroadcast, readBroadcast, readCalendar, readQuota, submitBroadcast } from '#shared/contracts/broadcasts'
import { dayOf } from '../company-day.ts'
import type { ActorAccess } from '../access/index.ts'
import type { Cards } from '../customers/index.ts'
import { present, RequestInvalid } from '../errors.ts'
import type { Cursors, Position } from '../http/cursors.ts'
import { route, type Route } from '../http/route.ts'
import { broadcastParts, broadcasts, type Broadcast } from './broadcast.entity.ts'
import type { BroadcastOptions } from './broadcast-options.ts'
import { presentBroadcasts, presentExcluded } from './broadcasts.presenter.ts'
import { cancelPlanned, createDraft, editDraft } from './drafts.ts'
import { namesOf, ownBroadcast, reachedBroadcast } from './find-broadcast.ts'
import { preflightOf } from './preflight.ts'
import { countedBy } from './quotas/buckets.ts'
import { capsOf, standingsOf } from './quotas/caps.ts'
import { leftOf } from './quotas/quotas.ts'
import { resultRoutes } from './results/results.routes.ts'
import { ruleRoutes } from './rules/rules.routes.ts'
import { rulesInForce } from './rules/rules.ts'
import { submitPlanned } from './submit-broadcast.ts'

export interface BroadcastRoutes extends BroadcastOptions {
  readonly cursors: Cursors
  readonly cards: Cards
}

export function broadcastRoutes(options: BroadcastRoutes): Route[] {
  return [...ruleRoutes(options), ...writingRoutes(options), ...readingRoutes(options), ...resultRoutes(options)]
}

/** An author works on his own broadcasts; ending one is also open to whoever holds the operation over its department. */
function writingRoutes(options: BroadcastRoutes): Route[] {
  const { db } = options.database
  const shown = async (row: Broadcast, actor: ActorAccess) => present((await presentBroadcasts(db, [row], actor))[0], 'the broadcast that was given')
  return [
    route(createBroadcast, async ({ body }, { actor, requestId }) => shown(await createDraft(options, { staffId: actor.staffId, requestId }, body), actor)),
    route(editBroadcast, async ({ params, body }, { actor, requestId }) => shown(await editDraft(options, { staffId: actor.staffId, requestId }, params.id, body), actor)),
    route(preflightBroadcast, async ({ params }, context) => preflightOf(options, await ownBroadcast(db, context.actor.staffId, params.id), context, options.cards)),
    route(submitBroadcast, async ({ params, body }, { actor, requestId }) => shown(await submitPlanned(options, { staffId: actor.staffId, requestId }, params.id, body.version), actor)),
    route(cancelBroadcast, async ({ params, body }, { signedIn: { staffId }, requestId }) => shown(await cancelPlanned(options, { staffId, requestId }, params.id, body.version, async (work) =>
      reachedBroadcast(work.db, await options.access.actorFor(staffId, work.db), 'marketing.broadcasts.operate', params.id)), await options.access.actorFor(staffId))),
  ]
}

const mostCalendarMs = 62 * 86_400_000
const mostInCalendar = 500

function readingRoutes(options: BroadcastRoutes): Route[] {
  const { database: { db }, access, cursors, zone } = options
  return [
    route(listBroadcasts, async ({ query }, { actor }) => {
      const list = { broadcasts: 'mine' }
      const rows = await readMine(db, actor.staffId, cursors.read(actor.staffId, list, query.cursor), query.limit + 1)
      const items = rows.slice(0, query.limit)
      const last = items.at(-1)
      return {
        items: await presentBroadcasts(db, items, actor),
        nextCursor: rows.length > query.limit && last !== undefined ? cursors.write(actor.staffId, list, { at: last.createdAt, id: last.id }) : null,
      }
    }),
    route(readBroadcast, async ({ params }, { actor }) => {
      const row = await reachedBroadcast(db, actor, 'marketing.broadcasts.view', params.id)
      const [shown] = await presentBroadcasts(db, [row], actor)
      const mine = row.creatorStaffId === actor.staffId
      const parts = row.planId === null ? [] : await db.getRepository(broadcastParts).find({ where: { planId: row.planId }, order: { staffId: 'ASC' }, take: 20 })
      const names = await namesOf(db, parts.map((part) => part.staffId))
      return {
        ...present(shown, 'the broadcast that was read'),
        content: mine ? { templateId: row.templateId, values: { ...row.sentValues }, audience: writable(row.audience) } : null,
        excluded: presentExcluded(row, actor.staffId),
        texts: parts.flatMap(({ staffId, content }) => {
          const sender = names.get(staffId)
          return sender === undefined ? [] : [{ userid: sender.userid, text: content }]
        }),
      }
    }),
    route(readQuota, async (_, { actor: { staffId } }) => {
      const now = access.clock.now()
      const standing = (await standingsOf(options, db, [staffId], now)).get(staffId) ?? { roles: [], months: 0, level: 0 }
      const left = await leftOf(db, staffId, dayOf(now, zone), capsOf(await rulesInForce(db), standing))
      return { items: left.map(({ bucket, period, cap, left: rest }) => ({ ...countedBy(bucket), period: period.length === 7 ? 'month' as const : 'day' as const, at: period, limit: cap, left: rest })) }
    }),
    route(readCalendar, async ({ query }, { actor }) => {
      if (query.until < query.from || query.until - query.from > mostCalendarMs) throw new RequestInvalid(['query.until'])
      const scope = actor.resourceFilter('marketing.broadcasts.view', { department: 'broadcasts.department_id', creator: 'broadcasts.creator_staff_id' })
      if (scope.isNothing) return { items: [] }
      const rows = await db.createQueryBuilder(broadcasts, 'broadcasts').where(`(${scope.sql})`, { ...scope.parameters })
        .andWhere({ status: In(['waiting', 'scheduled']) }).andWhere('broadcasts.planned_at >= :from AND broadcasts.planned_at < :until', query)
        .orderBy('broadcasts.plannedAt', 'ASC').addOrderBy('broadcasts.id', 'ASC').limit(mostInCalendar).getMany()
      return { items: await presentBroadcasts(db, rows, actor) }
    }),
  ]
}

async function readMine(db: EntityManager, staffId: string, after: Position | null, limit: number): Promise<Broadcast[]> {
  const query = db.createQueryBuilder(broadcasts, 'broadcasts').where('broadcasts.creator_staff_id = :staffId', { staffId })
  if (after !== null) query.andWhere('(broadcasts.created_at < :afterAt OR (broadcasts.created_at = :afterAt AND broadcasts.id < :afterId))', { afterAt: after.at, afterId: after.id })
  return query.orderBy('broadcasts.createdAt', 'DESC').addOrderBy('broadcasts.id', 'DESC').limit(limit).getMany()
}

/** The stored lists are read-only, those of an answer are not. */
const writable = ({ externalUserIds, chatIds, tags, stages, ...rest }: Broadcast['audience']) => ({
  ...rest, ...(externalUserIds === undefined ? {} : { externalUserIds: [...externalUserIds] }), ...(chatIds === undefined ? {} : { chatIds: [...chatIds] }), ...(tags === undefined ? {} : { tags: [...tags] }), ...(stages === undefined ? {} : { stages: [...stages] }),
})
