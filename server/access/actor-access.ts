import { customerFieldNames, type Decision, type Explanation, type Operation, type CustomerField } from '#shared/access/index'
import { AccessDenied, CustomerNotFound, ProjectError } from '../errors.ts'
import type { Resource, ResourceColumns } from './atoms.ts'
import { decide, decideRecord, decideResource, decideSystem, mightEver, prepare, type RecordFacts, type Situation } from './decide.ts'
import { isFreeze } from './company-policy.ts'
import { explain } from './explain.ts'
import { explainField, type FieldExplanation } from './explain-field.ts'
import type { CustomerFacts } from './facts.ts'
import { fieldsFor, type FieldSet } from './fields.ts'
import type { RecordFilter, ResourceFilter, RowFilter } from './filter.ts'
import { operationIndex, type ActionContext, type Policy } from './policy.ts'
import { mayReveal } from './reveal.ts'
import { canFilterBy, fieldFilter, findFilter, recordFilter, resourceFilter, rowFilter, type RecordColumns } from './row-filter.ts'
import { SqlBuilder, type Dialect } from './sql.ts'
import { isTakenEverywhere } from './taken.ts'

export interface ActorMoment {
  readonly epoch: number
  /** Unix ms, from the access clock. */
  readonly now: number
  readonly dialect: Dialect
}

/**
 * What one person may do at one moment: the state of `epoch`, the clock at `now`. Made for one request, one job step or
 * one export batch and thrown away; ask `Access.actorFor` again for the next.
 */
export class ActorAccess {
  readonly epoch: number
  readonly staffId: string
  readonly now: number
  /** Keys of the roles in force. */
  readonly roles: readonly string[]
  readonly #policy: Policy
  readonly #dialect: Dialect
  readonly #builder: SqlBuilder
  readonly #situations = new WeakMap<CustomerFacts, Situation>()
  #ever: ReadonlySet<Operation> | null = null
  /** May look at no customer at all until somebody lets him in again (S55). */
  readonly frozen: boolean

  constructor(policy: Policy, moment: ActorMoment) {
    this.#policy = policy
    this.#dialect = moment.dialect
    this.#builder = new SqlBuilder(moment.dialect)
    this.epoch = moment.epoch
    this.now = moment.now
    this.staffId = policy.staffId
    this.roles = policy.roleKeys
    this.frozen = policy.restrictionsOf[operationIndex('customer.profile.view')]?.some((rule) => isFreeze(rule.id)) === true
  }

  /**
   * The latest instant, Unix ms, at which the clock alone began or ended one of this person's rules; 0 before the first. Epoch
   * and this together name the rules in force: an end by the clock raises no epoch (S18, S51).
   */
  get since(): number {
    return Math.max(0, this.#policy.frames.at(this.now, {}).from)
  }

  /** Throws `access.frozen`, so that a frozen person reads why instead of finding nobody. */
  requireNotFrozen(): void {
    if (this.frozen) throw new ProjectError('access.frozen', 403)
  }

  /**
   * Whether what this person was given at an earlier moment stands on the rules in force now: the same epoch, and no rule of his
   * began or ended since. A rule with a time comes and goes without a new epoch, so that the epoch alone does not say it.
   */
  hasSameRulesAs({ epoch, now }: Pick<ActorMoment, 'epoch' | 'now'>): boolean {
    const frame = this.#policy.frames.at(this.now, {})
    return epoch === this.epoch && now >= frame.from && now < frame.until
  }

  /** Whether the operation might be allowed for something: the gate of a route, never the decision about a thing. */
  may(operation: Operation): boolean {
    return this.mightEver().has(operation)
  }

  /** The operations that might be allowed for something, for menus. */
  mightEver(): ReadonlySet<Operation> {
    this.#ever ??= new Set(mightEver(this.#policy, this.now))
    return this.#ever
  }

  /** The customers for whom the operation is allowed, over the alias `customers`. */
  rowFilter(operation: Operation, context: ActionContext = {}): RowFilter {
    return rowFilter(this.#policy, operation, this.#at(context))
  }

  /** The customers who may be found by a full value of the field, by those who hold the operation (S50). */
  findFilter(operation: Operation, field: CustomerField): RowFilter {
    return findFilter(this.#policy, operation, field, this.#at({}))
  }

  /** The records for which the operation is allowed, over a record table joined to `customers`. Throws Invariant for units without records. */
  recordFilter(operation: Operation, columns: RecordColumns, context: ActionContext = {}): RecordFilter {
    return recordFilter(this.#policy, operation, this.#at(context), columns)
  }

  /** The same, only records of which the field is clear by a grant that reaches them. Restrictions of fields speak about customers: see `fieldsFor`. */
  clearRecordFilter(operation: Operation, columns: RecordColumns, field: CustomerField): RecordFilter {
    return recordFilter(this.#policy, operation, this.#at({}), columns, field)
  }

  /** The marketing things for which the operation is allowed. */
  resourceFilter(operation: Operation, columns: ResourceColumns): ResourceFilter {
    return resourceFilter(this.#policy, operation, this.#at({}), columns)
  }

  /** Whether filtering, sorting or grouping by the field can be allowed at all; if not, refuse (T10). */
  canFilterBy(field: CustomerField): boolean {
    return canFilterBy(this.#policy, field, this.#at({}))
  }

  /** The rows whose field is clear; AND it to a query that uses the field (T10). */
  fieldFilter(field: CustomerField): RowFilter {
    return fieldFilter(this.#policy, field, this.#at({}))
  }

  decideFor(operation: Operation, facts: CustomerFacts, context: ActionContext = {}): Decision {
    return decide(this.#policy, operation, this.#situation(facts), this.now, context)
  }

  decideRecord(operation: Operation, facts: CustomerFacts, record: RecordFacts, context: ActionContext = {}): Decision {
    return decideRecord(this.#policy, operation, this.#situation(facts), record, this.now, context)
  }

  decideResource(operation: Operation, resource: Resource & ActionContext): Decision {
    return decideResource(this.#policy, operation, resource, this.now)
  }

  fieldsFor(facts: CustomerFacts, context: ActionContext = {}): FieldSet {
    return fieldsFor(this.#policy, this.#situation(facts), this.now, context)
  }

  /** The masked fields of this customer that may be shown in clear on request. */
  revealable(facts: CustomerFacts, context: ActionContext = {}): CustomerField[] {
    const situation = this.#situation(facts)
    return customerFieldNames.filter((field) => mayReveal(this.#policy, field, situation, this.now, context))
  }

  /** A restriction takes the operation for every customer: no grant could give it. Says nothing about any customer. */
  isTakenEverywhere(operation: Operation): boolean {
    return isTakenEverywhere(this.#policy, operation, this.now)
  }

  /** How a field is shown, and by which rules. */
  explainField(field: CustomerField, facts: CustomerFacts, context: ActionContext = {}): FieldExplanation {
    return explainField(this.#policy, field, this.#situation(facts), this.now, context)
  }

  explain(operation: Operation, facts: CustomerFacts, context: ActionContext = {}): Explanation {
    return explain(this.#policy, operation, this.#situation(facts), this.now, context)
  }

  /** Throws CustomerNotFound where the customer does not exist for this person, AccessDenied where only the operation is missing. */
  require(operation: Operation, facts: CustomerFacts, context: ActionContext = {}): void {
    const decision = this.decideFor(operation, facts, context)
    if (decision.allowed) return
    if (!this.decideFor('customer.profile.view', facts, context).allowed) throw new CustomerNotFound()
    throw new AccessDenied(operation, decision.because)
  }

  /** For records: the same, with the record's store. Throws like `require`. */
  requireRecord(operation: Operation, facts: CustomerFacts, record: RecordFacts, context: ActionContext = {}): void {
    this.require(operation, facts, context)
    const decision = this.decideRecord(operation, facts, record, context)
    if (!decision.allowed) throw new AccessDenied(operation, decision.because)
  }

  /** Throws AccessDenied. */
  requireResource(operation: Operation, resource: Resource & ActionContext): void {
    const decision = this.decideResource(operation, resource)
    if (!decision.allowed) throw new AccessDenied(operation, decision.because)
  }

  /** For `system.*` and `marketing.strategy`. Throws AccessDenied. */
  requireSystem(operation: Operation): void {
    const decision = decideSystem(this.#policy, operation, this.now)
    if (!decision.allowed) throw new AccessDenied(operation, decision.because)
  }

  #situation(facts: CustomerFacts): Situation {
    const known = this.#situations.get(facts)
    if (known !== undefined) return known
    const situation = prepare(this.#policy, facts)
    this.#situations.set(facts, situation)
    return situation
  }

  #at(context: ActionContext) {
    return { ...context, now: this.now, dialect: this.#dialect, builder: this.#builder }
  }
}
