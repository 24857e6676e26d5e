import { customerFields, type CustomerField, type FieldRule, type Operation } from '#shared/access/index'

/** The unit of an operation; `system.policy` and the like for system operations. */
export function unitOf(operation: Operation): string {
  return operation.slice(0, operation.lastIndexOf('.'))
}

/**
 * Units whose things are records that carry the store where they were made; only they can be narrowed to "my store". Messages are not
 * among them: a chat is held with the company and no message carries a store, so nobody can say which of them are mine.
 */
export const recordUnits: ReadonlySet<string> = new Set([
  'customer.spending', 'customer.contract',
  'talk.followups', 'talk.history', 'talk.visits', 'talk.tickets', 'talk.tasks',
])

/** The rule of a field with its optional parts present. */
export function fieldRule(field: CustomerField): FieldRule {
  return customerFields[field]
}

/** The operation that shows a field at all. */
export function viewOfField(field: CustomerField): Operation {
  return viewOfUnit[customerFields[field].unit]
}

const viewOfUnit = {
  'customer.profile': 'customer.profile.view',
  'customer.contact': 'customer.contact.view',
  'customer.spending': 'customer.spending.view',
  'customer.contract': 'customer.contract.view',
  'customer.labels': 'customer.labels.view',
  'customer.ownership': 'customer.ownership.view',
} as const
