import { In, type EntityManager } from 'typeorm'
import { maskKnown, maskMoneyAndNumbers } from '#shared/access/index'
import { listMessages } from '#shared/contracts/conversations'
import { revealMessage } from '#shared/contracts/reveal'
import { findVisible, numbersOf, type Cards, type Reveals } from '../customers/index.ts'
import type { ActorAccess } from '../access/index.ts'
import type { Audit } from '../audit/index.ts'
import type { Database } from '../database/database.ts'
import { ProjectError } from '../errors.ts'
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
  readonly cards: Cards
  readonly reveals: Reveals
}

/** The messages of one customer (T08): numbers and amounts masked for everybody here; unmasking is an operation of its own. */
export function conversationRoutes({ database, audit, sealer, cursors, cards, reveals }: ConversationRoutes): Route[] {
  const { db } = database
  return [
    route(listMessages, async ({ params, query }, context) => {
      const { actor, requestId } = context
      const { customer, facts } = await cards.open(context, params.externalUserId)
      actor.require('talk.messages.view', facts)
      const own = numbersOf(sealer, customer)
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
          ...maskedText(sealer.open(one.contentSealed, contentContext), own),
          staffName: one.staffId === null ? null : (names.get(one.staffId) ?? null),
        })),
        nextCursor: rows.length > query.limit && last !== undefined ? cursors.write(actor.staffId, list, { at: last.sentAt, id: last.id }) : null,
      }
    }),
    route(revealMessage, async ({ params, body }, context) => {
      await cards.open(context, params.externalUserId)
      const { values, left } = await reveals.give(context, body, async (work, actor) => {
        const { customer, facts } = await findVisible(work.db, actor, params.externalUserId)
        actor.require('talk.messages.operate', facts)
        const message = await oneMessage(work.db, actor, customer.id, params.messageId)
        return [{ customerId: customer.id, subject: 'message', messageId: message.id, operation: 'talk.messages.operate' as const, value: sealer.open(message.contentSealed, contentContext) }]
      })
      return { id: params.messageId, text: values[0] ?? '', left }
    }),
  ]
}

/** A message as its readers see it, and whether anything in it was masked. */
function maskedText(text: string, own: readonly string[]): { readonly text: string, readonly masked: boolean } {
  const masked = maskMoneyAndNumbers(maskKnown(text, own))
  return { text: masked, masked: masked !== text }
}

/** The message with this id, if it is this customer's and may be read and unmasked. Throws `message.not_found`. */
async function oneMessage(db: EntityManager, actor: ActorAccess, customerId: string, messageId: string): Promise<Message> {
  const filter = actor.rowFilter('talk.messages.operate')
  const found = filter.isNothing ? null : await db.createQueryBuilder(messages, 'messages')
    .innerJoin('customers', 'customers', 'customers.id = messages.customer_id')
    .where('messages.customer_id = :customerId AND messages.id = :messageId', { customerId, messageId })
    .andWhere(`(${filter.sql})`, { ...filter.parameters }).getOne()
  if (found === null) throw new ProjectError('message.not_found', 404)
  return found
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
