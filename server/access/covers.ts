import { customerFieldNames, customerFields, isCustomerBound, presentations, viewOf, type Condition, type CustomerField, type FieldRule, type Operation, type RoleGrant, type Scope } from '#shared/access/index'

/**
 * Whether rules can only ever give less, read off the rules themselves. Not off today's customers: a grant that reaches nobody
 * now may reach somebody tomorrow. When in doubt the answer is no, and a second person decides.
 */

/** Everything that `narrow` gives, `wide` gives as well: to the same people, whoever the customers are. */
export function grantsCover(wide: readonly RoleGrant[], narrow: readonly RoleGrant[], covers: (wide: Scope, narrow: Scope, operation: Operation) => boolean = scopeCovers): boolean {
  return narrow.every((grant) => operationsOf(grant).every((operation) => wide.some((other) =>
    operationsOf(other).includes(operation) && covers(other.scope, grant.scope, operation)
    && conditionsCover(other.conditions, grant.conditions) && fieldsCover(other, grant, operation))))
}

const widths: Readonly<Partial<Record<Scope['kind'], number>>> = { own: 1, followed: 2, team: 3, pool: 3, subtree: 4, all: 5 }

/**
 * Whether somebody with the one role would only lose by the other: no operation and no field that he did not have, and none further
 * than before. Here his own customers count as less than a team's, though one may lie elsewhere: a manager becomes a clerk. So do
 * pools of departments above, as long as he sees nobody there.
 */
export function isStepDown(from: readonly RoleGrant[], to: readonly RoleGrant[]): boolean {
  const width = (scope: Scope, operation: Operation) => (scope.kind === 'pool' && operation === 'customer.profile.view' ? undefined : widths[scope.kind])
  return grantsCover(from, to, (wide, narrow, operation) => scopeCovers(wide, narrow) || (width(wide, operation) ?? 0) >= (width(narrow, operation) ?? Infinity))
}

const near: ReadonlySet<Scope['kind']> = new Set(['own', 'followed', 'team', 'pool'])

/** Whether a role stays with its holder's customers and departments: nothing of the system, and customers and decisions only there. */
export function staysNear(grants: readonly RoleGrant[]): boolean {
  return grants.every(({ operations, scope }) => operationsOf({ operations }).every((operation) => {
    if (operation.startsWith('system.') || operation === 'marketing.strategy.operate') return false
    return near.has(scope.kind) || !(isCustomerBound(operation) || operation.startsWith('marketing.approvals.'))
  }))
}

/** With the views that edit and operate imply. */
function operationsOf(grant: Pick<RoleGrant, 'operations'>): Operation[] {
  return [...new Set<Operation>(grant.operations.flatMap((operation) => [operation, viewOf(operation)]))]
}

function scopeCovers(wide: Scope, narrow: Scope): boolean {
  if (wide.kind === 'all') return true
  // A followed customer is also one of my own; a department also its stores.
  if (wide.kind === 'followed' && narrow.kind === 'own') return true
  if (wide.kind === 'subtree' && narrow.kind === 'team') return true
  if (wide.kind === 'departments' && narrow.kind === 'departments') return narrow.departmentIds.every((id) => wide.departmentIds.includes(id))
  if (wide.kind === 'customers' && narrow.kind === 'customers') return narrow.customerIds.every((id) => wide.customerIds.includes(id))
  return wide.kind === narrow.kind
}

/** All of them must hold, so more conditions reach fewer. */
function conditionsCover(wide: readonly Condition[], narrow: readonly Condition[]): boolean {
  return wide.every((one) => narrow.some((other) => conditionCovers(one, other)))
}

const within = <T>(few: readonly T[], many: readonly T[]) => few.every((one) => many.includes(one))

/** Wherever `narrow` holds, `wide` holds. */
function conditionCovers(wide: Condition, narrow: Condition): boolean {
  switch (wide.kind) {
    case 'stage': return narrow.kind === 'stage' && within(narrow.anyOf, wide.anyOf)
    case 'openTask': return narrow.kind === 'openTask' && within(narrow.anyOf, wide.anyOf)
    case 'templateCategory': return narrow.kind === 'templateCategory' && within(narrow.anyOf, wide.anyOf)
    case 'campaign': return narrow.kind === 'campaign' && within(narrow.anyOf, wide.anyOf)
    case 'journeyNode': return narrow.kind === 'journeyNode' && (wide.match === 'reached' || narrow.match === 'current') && within(narrow.anyOf, wide.anyOf)
    case 'valueTier': return narrow.kind === 'valueTier' && narrow.atLeast >= wide.atLeast
    case 'spend': return narrow.kind === 'spend' && narrow.atLeastFen >= wide.atLeastFen
    case 'pool': return narrow.kind === 'pool' && within(narrow.departmentIds, wide.departmentIds)
    case 'tags': return narrow.kind === 'tags' && matchCovers(wide.match, narrow.match, wide.tagIds, narrow.tagIds)
    case 'tagGroups': return narrow.kind === 'tagGroups' && matchCovers(wide.match, narrow.match, wide.groupIds, narrow.groupIds)
    case 'recordStoreIsMine': return narrow.kind === 'recordStoreIsMine'
  }
}

function matchCovers(wide: 'any' | 'all' | 'none', narrow: 'any' | 'all' | 'none', wideIds: readonly string[], narrowIds: readonly string[]): boolean {
  if (wide !== narrow) return false
  return wide === 'any' ? within(narrowIds, wideIds) : within(wideIds, narrowIds)
}

/** The fields that an operation's unit shows, and no wider. */
function fieldsCover(wide: RoleGrant, narrow: RoleGrant, operation: Operation): boolean {
  return customerFieldNames.every((field) => {
    const { unit } = customerFields[field]
    return viewOf(operation) !== `${unit}.view` || widthIn(wide, field) >= widthIn(narrow, field)
  })
}

/** How widely a grant that shows the field's unit shows the field, to somebody from whom nothing is taken. */
function widthIn(grant: RoleGrant, field: CustomerField): number {
  const rule: FieldRule = customerFields[field]
  const said = grant.fields[field]
  if (said !== undefined) return presentations.indexOf(said)
  return presentations.indexOf(rule.clearWith !== undefined && grant.operations.includes(rule.clearWith) ? 'clear' : rule.default)
}
