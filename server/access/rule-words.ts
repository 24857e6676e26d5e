import { isCustomerBound, operations, viewOf, type Condition, type Missing, type Operation, type Restriction, type RoleGrant, type Scope } from '#shared/access/index'
import {
  hasOpenTask, inPools, inStage, spentAtLeast, standsInNode, tagged, tagGrouped, tierAtLeast,
  type Atom, type Certainty,
} from './atoms.ts'
import { shows, writes } from './presentation.ts'
import { operationIndex, type ContextRule, type ShownField } from './policy.ts'
import { recordUnits, unitOf } from './units.ts'

/**
 * What a rule's words amount to, whoever it meets: everything but the scope, which depends on the person. Worked out once for each
 * definition that is loaded, so that the policies of five thousand people share it.
 */
export interface RuleWords {
  readonly scopeName: string
  readonly atoms: readonly Atom[]
  readonly context: ContextRule | null
}

/** Operations with their indexes. */
export interface NamedOperations {
  readonly operations: ReadonlySet<Operation>
  readonly indexes: readonly number[]
}

export interface GrantWords extends RuleWords, NamedOperations {
  readonly missing: readonly Missing[]
  readonly ownStoreOnly: boolean
  readonly shows: readonly ShownField[]
  readonly writes: readonly number[]
}

export interface RestrictionWords extends RuleWords {
  /** Set: tightens these fields and takes no operation. */
  readonly fields: NonNullable<Restriction['fields']> | null
  readonly ofCustomers: NamedOperations
  /** Taken where scope and customers' conditions cannot be asked, so they do not narrow it. */
  readonly beside: NamedOperations
}

export const named = (operations: readonly Operation[]): NamedOperations => ({ operations: new Set(operations), indexes: operations.map(operationIndex) })

const grants = new WeakMap<RoleGrant, GrantWords>()
const restrictions = new WeakMap<Restriction, RestrictionWords>()

export function wordsOfGrant(grant: RoleGrant): GrantWords {
  const known = grants.get(grant)
  if (known !== undefined) return known
  const words = readGrant(grant)
  grants.set(grant, words)
  return words
}

export function wordsOfRestriction(restriction: Restriction): RestrictionWords {
  const known = restrictions.get(restriction)
  if (known !== undefined) return known
  const words = readRestriction(restriction)
  restrictions.set(restriction, words)
  return words
}

/** Units that know only the scope `all`; customers' conditions mean nothing to them. */
const knowsOnlyAll = (operation: Operation) => operation.startsWith('system.') || operation.startsWith('marketing.strategy.')

function readGrant(grant: RoleGrant): GrantWords {
  const { atoms, missing } = readConditions(grant.conditions, 'certain')
  const ownStoreOnly = grant.conditions.some((condition) => condition.kind === 'recordStoreIsMine')
  const implied = new Set<Operation>(grant.operations.flatMap((operation) => [operation, viewOf(operation)]))
  const given = named([...implied].filter((operation) => {
    if (knowsOnlyAll(operation)) return grant.scope.kind === 'all' && atoms.length === 0 && !ownStoreOnly
    return !ownStoreOnly || recordUnits.has(unitOf(operation))
  }))
  const speaking = { operations: given.operations, ownStoreOnly, fields: grant.fields }
  return { scopeName: nameOf(grant.scope), atoms, missing, context: contextRule(grant.conditions, 'certain'), ...given, ownStoreOnly, shows: shows(speaking), writes: writes(speaking) }
}

function readRestriction(restriction: Restriction): RestrictionWords {
  const { atoms } = readConditions(restriction.conditions, 'possible')
  const fields = restriction.fields !== undefined && Object.keys(restriction.fields).length > 0 ? restriction.fields : null
  const taken = fields === null ? takenAlong(restriction.operations) : []
  return {
    scopeName: nameOf(restriction.scope), atoms, fields, context: contextRule(restriction.conditions, 'possible'),
    ofCustomers: named(taken.filter((operation) => !knowsOnlyAll(operation))),
    beside: named(taken.filter(knowsOnlyAll)),
  }
}

/** Equal names within one policy mean equal sets. */
function nameOf(scope: Scope): string {
  switch (scope.kind) {
    case 'departments': return `departments ${scope.departmentIds.join()}`
    case 'customers': return `customers ${JSON.stringify(scope.customerIds)}`
    default: return scope.kind
  }
}

/** Denying `view` denies edit and operate; denying the profile's view denies whatever is bound to a customer. */
function takenAlong(denied: readonly Operation[]): Operation[] {
  const gone = new Set<Operation>(denied)
  return operations.filter((operation) => gone.has(operation) || gone.has(viewOf(operation))
    || (isCustomerBound(operation) && gone.has('customer.profile.view')))
}

function readConditions(conditions: readonly Condition[], certainty: Certainty): { readonly atoms: readonly Atom[], readonly missing: readonly Missing[] } {
  const atoms: Atom[] = []
  const missing: Missing[] = []
  for (const condition of conditions) {
    const atom = conditionAtom(condition, certainty)
    if (atom === null) continue
    atoms.push(atom)
    missing.push({ kind: 'condition', condition: 'match' in condition ? `${condition.kind}.${condition.match}` : condition.kind })
  }
  return { atoms, missing }
}

/** `null`: not about the customer (context, records). */
function conditionAtom(condition: Condition, certainty: Certainty): Atom | null {
  switch (condition.kind) {
    case 'tags': return tagged(condition.match, new Set(condition.tagIds), certainty)
    case 'tagGroups': return tagGrouped(condition.match, new Set(condition.groupIds), certainty)
    case 'stage': return inStage(new Set(condition.anyOf), certainty)
    case 'openTask': return hasOpenTask(new Set(condition.anyOf), certainty)
    case 'valueTier': return tierAtLeast(condition.atLeast, certainty)
    case 'spend': return spentAtLeast(condition.atLeastFen, certainty)
    case 'journeyNode': return standsInNode(condition.match, new Set(condition.anyOf), certainty)
    case 'pool': return inPools(`pools ${condition.departmentIds.join()}`, new Set(condition.departmentIds), certainty)
    case 'recordStoreIsMine':
    case 'templateCategory':
    case 'campaign': return null
  }
}

function contextRule(conditions: readonly Condition[], certainty: Certainty): ContextRule | null {
  const categories = intersect(conditions.flatMap((condition) => (condition.kind === 'templateCategory' ? [condition.anyOf] : [])))
  const campaigns = intersect(conditions.flatMap((condition) => (condition.kind === 'campaign' ? [condition.anyOf] : [])))
  return categories === null && campaigns === null ? null : { categories, campaigns, unknown: certainty === 'possible' }
}

/** All given ones must hold, so two lists of the same kind meet in what they share. */
function intersect(lists: readonly (readonly string[])[]): ReadonlySet<string> | null {
  const [first, ...rest] = lists
  if (first === undefined) return null
  return new Set(first.filter((item) => rest.every((list) => list.includes(item))))
}
