import { customerFields, isCustomerBound, operations, viewOf, type CustomerField, type FieldRule, type Missing, type Operation, type Presentation, type Restriction } from '#shared/access/index'
import type { Question } from './random-world.ts'
import { heldBy, type Held } from './reference-grants.ts'
import { conditionHolds, contextHolds, every, isLost, myDepartments, scopeReaches, scopeReachesThing, type Answer } from './reference-reach.ts'
import type { World, WorldCustomer, WorldRestriction, WorldStaff, WorldThing } from './world.ts'

type Context = Question['context']
export interface Verdict { readonly allowed: boolean, readonly because: readonly string[] }

const isBeside = (operation: Operation) => operation.startsWith('system.') || operation.startsWith('marketing.strategy')
const isOfRecords = (operation: Operation) => /^(customer\.(spending|contract)|talk\.(?!messages))/.test(operation)
const order: readonly Presentation[] = ['hidden', 'masked', 'clear']
const ids = (rules: readonly { readonly id: string }[]) => [...new Set(rules.map((rule) => rule.id))].sort()

/** The meaning of the rules a third time, for one person of a company: slow, literal, sharing nothing with the engine. */
export class Reference {
  readonly #world: World
  readonly #person: WorldStaff
  readonly #held: readonly Held[]

  constructor(world: World, person: WorldStaff) {
    this.#world = world
    this.#person = person
    this.#held = heldBy(world, person)
  }

  /** About a customer, or about one of his records when its store is given. */
  decide(operation: Operation, customer: WorldCustomer, context: Context, store?: number): Verdict {
    const needsProfile = isCustomerBound(operation) && operation !== 'customer.profile.view'
    if (needsProfile) {
      const profile = this.decide('customer.profile.view', customer, context)
      if (!profile.allowed) return { allowed: false, because: this.#taking('customer.profile.view', customer, context) }
    }
    const taking = this.#taking(operation, customer, context)
    if (taking.length > 0) return { allowed: false, because: taking }
    const giving = ids(this.#inForce().filter((held) => this.#gives(held, operation, customer, context, store)))
    return { allowed: giving.length > 0, because: giving }
  }

  decideThing(operation: Operation, thing: WorldThing, context: Context): Verdict {
    if (isCustomerBound(operation)) return { allowed: false, because: [] }
    const beside = isBeside(operation)
    const taking = this.#restrictions(operation).filter(({ restriction }) => {
      const known = [scopeReachesThing(this.#world, this.#person, restriction.scope, thing, true), ...restriction.conditions.map((one) => contextHolds(one, context))]
      return (beside ? every(restriction.conditions.map((one) => contextHolds(one, context))) : every(known)) !== false
    })
    if (taking.length > 0 || this.#unreadable()) return { allowed: false, because: this.#named(taking) }
    const giving = ids(this.#inForce().filter((held) => held.gives(operation) && this.#couldGive(held, operation)
      && every([scopeReachesThing(this.#world, this.#person, held.grant.scope, thing, false), ...held.grant.conditions.map((one) => contextHolds(one, context))]) === true))
    return { allowed: giving.length > 0, because: giving }
  }

  /** How a field is shown, and whether it may be written. */
  field(field: CustomerField, customer: WorldCustomer, context: Context): { readonly shown: Presentation, readonly writable: boolean } {
    const rule: FieldRule = customerFields[field]
    const shown = this.#shown(field, customer, context, true)
    if (shown === 'hidden' || rule.writtenBy === undefined) return { shown, writable: false }
    const writtenBy = rule.writtenBy
    const may = this.decide(writtenBy, customer, context).allowed
    return { shown, writable: may && this.#inForce().some((held) => isWhole(held) && this.#gives(held, writtenBy, customer, context)) }
  }

  /** Whether the field may be used in a query over this customer: clear, and over all of his records. */
  isClearThroughout(field: CustomerField, customer: WorldCustomer): boolean {
    return this.#shown(field, customer, {}, false) === 'clear'
  }

  /** Whether any grant shows the field in clear to begin with. */
  couldBeClear(field: CustomerField): boolean {
    return this.#inForce().some((held) => this.#says(held, field, () => true) === 'clear')
  }

  /** What menus offer: granted for something, and not taken from everything. */
  mightEver(): Operation[] {
    const nothing = { id: '', departmentId: null, creatorStaffId: null }
    const open = (operation: Operation) => !(isCustomerBound(operation) && this.#freezes().length > 0) && this.#inForce().some((held) => held.gives(operation) && this.#couldGive(held, operation))
      && !this.#unreadable() && !this.#restrictions(operation).some(({ restriction }) => this.#takesAll(restriction, operation))
    return operations.filter((operation) => {
      if (operation.startsWith('system.')) return this.decideThing(operation, nothing, {}).allowed
      return open(operation) && (!isCustomerBound(operation) || open('customer.profile.view'))
    })
  }

  /** What would have allowed it: grants that give the operation with what each lacks, the nearest first. */
  nearMisses(operation: Operation, customer: WorldCustomer, context: Context): { readonly grant: string, readonly missing: readonly Missing[] }[] {
    if (this.decide(operation, customer, context).allowed) return []
    const needsProfile = isCustomerBound(operation) && operation !== 'customer.profile.view' && !this.decide('customer.profile.view', customer, context).allowed
    const also: Missing[] = needsProfile ? [{ kind: 'operation', operation: 'customer.profile.view' }] : []
    return this.#held.filter((held) => held.gives(operation) && this.#couldGive(held, operation))
      .map((held) => ({ grant: held.id, missing: [...this.#missing(held, customer, context), ...also] }))
      .filter((miss) => miss.missing.length > 0)
      .sort((a, b) => farness(a.missing) - farness(b.missing))
      .slice(0, 5)
  }

  #missing({ grant, from, until }: Held, customer: WorldCustomer, context: Context): Missing[] {
    const missing: Missing[] = []
    if (scopeReaches(this.#world, this.#person, grant.scope, customer, false) !== true) missing.push({ kind: 'scope', scope: grant.scope.kind })
    for (const condition of grant.conditions) {
      if (['recordStoreIsMine', 'templateCategory', 'campaign'].includes(condition.kind)) continue
      if (conditionHolds(this.#world, condition, customer, context) === true) continue
      missing.push({ kind: 'condition', condition: 'match' in condition ? `${condition.kind}.${condition.match}` : condition.kind })
    }
    if (!(from <= this.#world.now && this.#world.now < until)) {
      missing.push({ kind: 'time', from: Number.isFinite(from) ? from : null, until: Number.isFinite(until) ? until : null })
    }
    for (const kind of ['templateCategory', 'campaign']) {
      if (grant.conditions.some((one) => one.kind === kind && contextHolds(one, context) !== true)) missing.push({ kind: 'condition', condition: kind })
    }
    return missing
  }

  #inForce(): readonly Held[] {
    return this.#held.filter(({ from, until }) => from <= this.#world.now && this.#world.now < until)
  }

  #gives(held: Held, operation: Operation, customer: WorldCustomer, context: Context, store?: number): boolean {
    if (!held.gives(operation) || !this.#couldGive(held, operation)) return false
    const { grant } = held
    const mine = myDepartments(this.#world, this.#person, false)
    return every([
      scopeReaches(this.#world, this.#person, grant.scope, customer, false),
      ...grant.conditions.map((condition): Answer => {
        if (condition.kind === 'recordStoreIsMine') return store === undefined || mine.includes(store)
        return conditionHolds(this.#world, condition, customer, context)
      }),
    ]) === true
  }

  /** What a narrower grant never gives: "my store" of things without a store or for nobody's store; parts of what knows only `all`. */
  #couldGive(held: Held, operation: Operation): boolean {
    const { grant } = held
    if (isBeside(operation)) return grant.scope.kind === 'all' && grant.conditions.every((one) => one.kind === 'templateCategory' || one.kind === 'campaign')
    return isWhole(held) || (isOfRecords(operation) && myDepartments(this.#world, this.#person, false).length > 0)
  }

  #shown(field: CustomerField, customer: WorldCustomer, context: Context, withNarrowed: boolean): Presentation {
    const rule: FieldRule = customerFields[field]
    const view: Operation = `${rule.unit}.view`
    if (!this.decide(view, customer, context).allowed) return 'hidden'
    const isTaken = (operation: Operation) => this.#taking(operation, customer, context).length > 0
    const said = this.#inForce()
      .filter((held) => this.#gives(held, view, customer, context) && (isWhole(held) || (withNarrowed && rule.overRecords === true)))
      .map((held) => this.#says(held, field, (operation) => !isTaken(operation)))
    const limits = this.#world.restrictions.flatMap((one): Presentation[] => {
      const limit = one.restriction.fields?.[field]
      return limit !== undefined && this.#applies(one, customer, context) ? [limit] : []
    })
    const widest = Math.max(0, ...said.map((one) => order.indexOf(one)))
    return order[Math.min(widest, ...limits.map((one) => order.indexOf(one)))] ?? 'hidden'
  }

  #says(held: Held, field: CustomerField, mayClear: (operation: Operation) => boolean): Presentation {
    const rule: FieldRule = customerFields[field]
    if (!held.gives(`${rule.unit}.view`)) return 'hidden'
    const own = held.grant.fields[field]
    if (own !== undefined) return own
    return rule.clearWith !== undefined && held.gives(rule.clearWith) && mayClear(rule.clearWith) ? 'clear' : rule.default
  }

  /** Restrictions that deny this person the operation somewhere, in force now. */
  #restrictions(operation: Operation): WorldRestriction[] {
    return this.#world.restrictions.filter((one) => {
      const { fields, operations: named } = one.restriction
      if (fields !== undefined && Object.keys(fields).length > 0) return false
      const takes = named.includes(operation) || named.includes(viewOf(operation)) || (isCustomerBound(operation) && named.includes('customer.profile.view'))
      return takes && this.#meets(one)
    })
  }

  #taking(operation: Operation, customer: WorldCustomer, context: Context): string[] {
    const frozen = isCustomerBound(operation) ? this.#freezes() : []
    return [...frozen, ...this.#named(this.#restrictions(operation).filter((one) => this.#applies(one, customer, context, isBeside(operation))))]
  }

  /** A freeze takes whatever is bound to a customer. */
  #freezes(): string[] {
    return this.#world.freezes.filter((one) => one.staffId === this.#person.id && !one.lifted).map((one) => `freeze:${one.id}`)
  }

  #named(taking: readonly WorldRestriction[]): string[] {
    return [...ids(taking).map((id) => `restriction:${id}`), ...this.#unreadable() ? ['restriction:unreadable'] : []]
  }

  #unreadable(): boolean {
    return this.#world.unreadable.includes('restriction')
  }

  #meets({ restriction, endedAt }: WorldRestriction): boolean {
    const { subject, from, until } = restriction
    const roleKeys = this.#person.roleKeys
    const named = subject.everyone || subject.staffIds.includes(this.#person.id) || subject.roles.some((role) => roleKeys.includes(role))
    const { now } = this.#world
    return named && !subject.except.includes(this.#person.id) && now >= (from ?? -Infinity) && now < (until ?? Infinity) && now < (endedAt ?? Infinity)
  }

  /** Scope and customers' conditions do not narrow what is taken of strategy and system. */
  #applies(one: WorldRestriction, customer: WorldCustomer, context: Context, beside = false): boolean {
    const { restriction } = one
    if (!this.#meets(one)) return false
    if (beside) return every(restriction.conditions.map((condition) => contextHolds(condition, context))) !== false
    return every([
      scopeReaches(this.#world, this.#person, restriction.scope, customer, true),
      ...restriction.conditions.map((condition) => conditionHolds(this.#world, condition, customer, context)),
    ]) !== false
  }

  #takesAll(restriction: Restriction, operation: Operation): boolean {
    const anywhere = isBeside(operation) || restriction.scope.kind === 'all' || isLost(this.#world, this.#person, restriction.scope)
    const conditions = isBeside(operation) ? restriction.conditions.filter((one) => one.kind === 'campaign' || one.kind === 'templateCategory') : restriction.conditions
    return anywhere && conditions.every((one) => one.kind === 'recordStoreIsMine')
  }
}

/** Not narrowed to the records of my store. */
function isWhole(held: Held): boolean {
  return held.grant.conditions.every((condition) => condition.kind !== 'recordStoreIsMine')
}

/** Time passes by itself, a fact of the customer changes, whose customer he is changes rarely, and the profile is something else to ask for. */
function farness(missing: readonly Missing[]): number {
  return missing.reduce((sum, { kind }) => sum + ['', 'time', 'condition', 'scope', 'operation'].indexOf(kind), 0)
}
