import { In, type EntityManager } from 'typeorm'
import { maskMoneyAndNumbers } from '#shared/access/index'
import { listMessages } from '#shared/contracts/conversations'
import { findVisible } from '../customers/index.ts'
import type { ActorAccess } from '../access/index.ts'
import type { Audit } from '../audit/index.ts'
import type { Database } from '../database/database.ts'
import type { Cursors, Position } from '../http/cursors.ts'
import { route, type Route } from '../http/route.ts'
import { staff } from '../organization/index.ts'
import type { Sealer } from '../sealing.ts'
import { messages, type Message } from './message.entity.ts'
import { contentContext } from './store-messages.ts'

export interface ConversationRoutes {
  readonly database: Database
  readonly audit: Audit
  readonly sealer: Sealer
  readonly cursors: Cursors
}

/** The messages of one customer (T08): numbers and amounts masked for everybody here; unmasking is an operation of its own. */
export function conversationRoutes({ database, audit, sealer, cursors }: ConversationRoutes): Route[] {
  const { db } = database
  return [
    route(listMessages, async ({ params, query }, { actor, requestId }) => {
      const { customer, facts } = await findVisible(db, actor, params.externalUserId)
      actor.require('talk.messages.view', facts)
      const list = { messages: customer.id }
      const rows = await readPage(db, actor, customer.id, cursors.read(actor.staffId, list, query.cursor), query.limit + 1)
      const shown = rows.slice(0, query.limit)
      const names = await writerNames(db, shown)
      const last = shown.at(-1)
      await audit.recordAlone({
        actorKind: 'staff', actorId: actor.staffId, action: 'messages.shown', operation: 'talk.messages.view', subjectKind: 'customer', subjectId: customer.id,
        outcome: 'allowed', details: { count: shown.length }, requestId,
      })
      return {
        items: shown.map((one) => ({
          id: one.id, channel: one.channel, direction: one.direction, kind: one.kind, sentAt: one.sentAt,
          text: maskMoneyAndNumbers(sealer.open(one.contentSealed, contentContext)),
          staffName: one.staffId === null ? null : (names.get(one.staffId) ?? null),
        })),
        nextCursor: rows.length > query.limit && last !== undefined ? cursors.write(actor.staffId, list, { at: last.sentAt, id: last.id }) : null,
      }
    }),
  ]
}

async function readPage(db: EntityManager, actor: ActorAccess, customerId: string, after: Position | null, limit: number): Promise<Message[]> {
  const filter = actor.rowFilter('talk.messages.view')
  if (filter.isNothing) return []
  const query = db.createQueryBuilder(messages, 'messages')
    .innerJoin('customers', 'customers', 'customers.id = messages.customer_id')
    .where('messages.customer_id = :customerId', { customerId })
    .andWhere(`(${filter.sql})`, { ...filter.parameters })
  if (after !== null) query.andWhere('(messages.sent_at < :afterAt OR (messages.sent_at = :afterAt AND messages.id < :afterId))', { afterAt: after.at, afterId: after.id })
  return query.orderBy('messages.sentAt', 'DESC').addOrderBy('messages.id', 'DESC').limit(limit).getMany()
}

async function writerNames(db: EntityManager, shown: readonly Message[]): Promise<Map<string, string>> {
  const ids = [...new Set(shown.flatMap((one) => one.staffId ?? []))]
  const rows = ids.length === 0 ? [] : await db.getRepository(staff).findBy({ id: In(ids) })
  return new Map(rows.map((row) => [row.id, row.name]))
}
