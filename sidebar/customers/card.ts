import type { CustomerCard } from '#shared/contracts/customers'
import type { CustomerField } from '#shared/access/fields'
import type { Operation } from '#shared/access/operations'

/** The kinds of records that have a list of their own, in the order of the tabs. */
export const recordKinds = ['orders', 'visits', 'messages', 'ownership'] as const
export type RecordKind = (typeof recordKinds)[number]

/** What the server said that this person may do to this customer; the screen never works it out itself. */
export const may = (card: CustomerCard, operation: Operation): boolean => card.abilities.operations.includes(operation)

export const isMasked = (card: CustomerCard, field: CustomerField): boolean => card.fields[field] === 'masked'

const needed = {
  orders: 'customer.spending.view',
  visits: 'talk.visits.view',
  messages: 'talk.messages.view',
  ownership: 'customer.ownership.view',
} as const satisfies Record<RecordKind, Operation>

/** The lists that this person may open. What is missing here is not on the screen at all. */
export function openRecords(card: CustomerCard): readonly RecordKind[] {
  return recordKinds.filter((kind) => may(card, needed[kind]))
}
