import { v7 as uuid } from 'uuid'
import type { Audit } from '../audit/index.ts'
import { becameActive, knownCustomers, refuseContact } from '../customers/index.ts'
import { fit } from '../database/columns.ts'
import type { UnitOfWork } from '../database/database.ts'
import { Invariant } from '../errors.ts'
import { staff } from '../organization/index.ts'
import type { Sealer } from '../sealing.ts'
import { asksNotToBeContacted } from './asks-not-to-be-contacted.ts'
import { messages, type Message } from './message.entity.ts'

/** A message as any source of conversations hands it over: customer service now, the chat archive later. */
export interface IncomingMessage {
  readonly channel: Message['channel']
  /** The source's own id: a message is stored once. */
  readonly messageId: string
  readonly externalUserId: string
  readonly direction: Message['direction']
  /** The staff member who wrote, if one did. */
  readonly userid: string | null
  readonly account: string | null
  readonly sentAt: number
  readonly kind: string
  readonly text: string
}

export const contentContext = 'message.content'

export interface MessageStore {
  readonly sealer: Sealer
  readonly audit: Audit
}

/**
 * Stores one message with its customer; false when it was there already. An unknown sender becomes a customer whom only `all`
 * reaches (T02). A customer who writes that he wants no more messages gets no more broadcasts, in the same transaction.
 */
export async function storeMessage(work: UnitOfWork, { sealer, audit }: MessageStore, message: IncomingMessage, now: number): Promise<boolean> {
  const table = work.db.getRepository(messages)
  const messageKey = `${message.channel}:${message.messageId}`
  if (await table.existsBy({ messageKey })) return false
  const customer = (await knownCustomers(work, [message.externalUserId], now)).get(message.externalUserId)
  if (customer === undefined) throw new Invariant('a customer who was asked for is known')
  const writer = message.userid === null ? null : await work.db.getRepository(staff).findOneBy({ userid: message.userid })
  await table.insert({
    id: uuid(), customerId: customer.id, channel: message.channel, messageKey, direction: message.direction, staffId: writer?.id ?? null,
    account: message.account, sentAt: message.sentAt, kind: message.kind, // Sealed it must fit a text column: 12,000 characters are far beyond what WeCom lets anybody write.
    contentSealed: sealer.seal(fit(message.text, 12_000), contentContext), createdAt: now,
  })
  if (message.direction === 'in') {
    await becameActive(work, customer, message.sentAt)
    if (message.kind === 'text' && asksNotToBeContacted(message.text)) await refuseContact(work, audit, { customerId: customer.id, saidAt: message.sentAt, staffId: null, now })
  }
  return true
}
