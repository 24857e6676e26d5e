import { isCustomerBound, type CustomerField, type Operation } from '#shared/access/index'
import { Invariant } from '../errors.ts'
import type { Atom, ResourceColumns } from './atoms.ts'
import { makeFilter, type RecordFilter, type ResourceFilter, type RowFilter } from './filter.ts'
import { wayOfGrants, type Way } from './listing/ways.ts'
import { clearWidth, contribution } from './presentation.ts'
import { inForce, operationIndex, type ActionContext, type CompiledGrant, type Policy, type Rule } from './policy.ts'
import { allOf, anyOf, not, SqlBuilder, type Dialect, type Expression } from './sql.ts'
import { fieldRule, recordUnits, unitOf, viewOfField } from './units.ts'

/** The moment, the database and what the action is about. */
export interface FilterContext extends ActionContext {
  readonly now: number
  readonly dialect: Dialect
  /** Filters of one actor share it, so that what two of them ask alike is written alike, and asked once. */
  readonly builder?: SqlBuilder | undefined
}

const builderFor = (at: FilterContext) => at.builder ?? new SqlBuilder(at.dialect)

/** The record table's alias and the column of its store, such as `orders.store_department_id`. */
export interface RecordColumns {
  readonly alias: string
  readonly storeColumn: string
}

/** The customers for whom `decide` allows the operation: one meaning, executed by the database. */
export function rowFilter(policy: Policy, operation: Operation, at: FilterContext): RowFilter {
  const to = builderFor(at)
  return makeFilter('customers', customersFor(policy, operation, at, to, (rule) => conjunction(policy, rule, to)), to, () => waysFor(policy, operation, at))
}

/**
 * The records for which `decideRecord` allows the operation, over `alias` joined to `customers`.
 * Grants narrowed to "my store" count for records made in one of the person's departments. With `clear`, only grants count
 * that give this field in clear: one grant may reach more records and show less of them than another (S15, T06).
 */
export function recordFilter(policy: Policy, operation: Operation, at: FilterContext, columns: RecordColumns, clear?: CustomerField): RecordFilter {
  if (!recordUnits.has(unitOf(operation))) throw new Invariant(`${operation} is not about records`)
  const to = builderFor(at)
  const store = `${plainName(columns.alias)}.${plainName(columns.storeColumn)}`
  const mine = () => allOf([`${store} IS NOT NULL`, to.isIn(store, policy.departmentIds)])
  return makeFilter('records', customersFor(policy, operation, at, to, (rule, grant) =>
    grant === null || clear === undefined || contribution(grant, clear, false) === clearWidth
      ? allOf([conjunction(policy, rule, to), grant?.ownStoreOnly === true ? mine() : true])
      : false), to)
}

/** The marketing things for which `decideResource` allows the operation, without narrowing by category or campaign. */
export function resourceFilter(policy: Policy, operation: Operation, at: FilterContext, columns: ResourceColumns): ResourceFilter {
  if (isCustomerBound(operation)) throw new Invariant(`${operation} is bound to a customer`)
  const to = builderFor(at)
  const render = (rule: Rule): Expression => allOf(rule.atoms.map((atom) => atomAt(policy, atom).resourceSql(to, columns)))
  return makeFilter('resources', openRows(policy, operationIndex(operation), at, render), to)
}

/**
 * The customers whose `field` is clear for this person (T10): AND it to a query that filters, sorts, groups or searches
 * by the field, so that rows whose field is hidden or masked never match and nothing can be learnt from them. Values
 * over records count only where the person sees all records. `isNothing`: refuse the request instead.
 */
export function fieldFilter(policy: Policy, field: CustomerField, at: FilterContext): RowFilter {
  const to = builderFor(at)
  return makeFilter('customers', clearRows(policy, field, at, to), to, () => waysFor(policy, viewOfField(field), at))
}

/** Whether there can be any customer whose field is clear for this person; if not, using the field is refused. */
export function canFilterBy(policy: Policy, field: CustomerField, at: FilterContext): boolean {
  return allOf(clearRows(policy, field, at, new SqlBuilder(at.dialect))) !== false
}

function clearRows(policy: Policy, field: CustomerField, at: FilterContext, to: SqlBuilder): Expression[] {
  const view = viewOfField(field)
  const { clearWith } = fieldRule(field)
  const render = (rule: Rule) => conjunction(policy, rule, to)
  const shown = (grant: CompiledGrant): Expression => {
    if (grant.ownStoreOnly) return false
    if (contribution(grant, field, false) === clearWidth) return true
    if (clearWith === undefined || contribution(grant, field, true) !== clearWidth) return false
    return not(deniedRows(policy, operationIndex(clearWith), at, render))
  }
  const granted = anyOf(policy.grants.filter((grant) => inForce(grant, at.now, at)).map((grant) => allOf([render(grant), shown(grant)])))
  return [granted, not(tightenedRows(policy, field, at, render)), ...customersFor(policy, view, at, to, render)]
}

function tightenedRows(policy: Policy, field: CustomerField, at: FilterContext, render: (rule: Rule) => Expression): Expression {
  return anyOf(policy.tightenings.filter((rule) => rule.fields?.[field] !== undefined && inForce(rule, at.now, at)).map(render))
}

/**
 * The customers whom one may find by a full value of `field` that one holds the operation for, although the field itself is masked (S50):
 * not those for whom a restriction tightens the field.
 */
export function findFilter(policy: Policy, operation: Operation, field: CustomerField, at: FilterContext): RowFilter {
  const to = builderFor(at)
  const render = (rule: Rule) => conjunction(policy, rule, to)
  return makeFilter('customers', [...customersFor(policy, operation, at, to, render), not(tightenedRows(policy, field, at, render))], to, () => waysFor(policy, operation, at))
}

/** Every row: for workers, which act for nobody. The reason is for the reader of the code and of the log. */
export function systemFilter(reason: string): RowFilter {
  if (reason.trim() === '') throw new Invariant('a system filter needs its reason')
  return makeFilter('customers', [], new SqlBuilder('sqlite'))
}

/** The same over records. */
export function systemRecordFilter(reason: string): RecordFilter {
  if (reason.trim() === '') throw new Invariant('a system filter needs its reason')
  return makeFilter('records', [], new SqlBuilder('sqlite'))
}

/** No row. */
export function nothingFilter(): RowFilter {
  return makeFilter('customers', [false], new SqlBuilder('sqlite'))
}

/** How a rule becomes SQL; `grant` is given when the rule is one. */
type Render = (rule: Rule, grant: CompiledGrant | null) => Expression

/** All of these hold for the customers whom the operation reaches. */
function customersFor(policy: Policy, operation: Operation, at: FilterContext, to: SqlBuilder, render: Render): Expression[] {
  const own = openRows(policy, operationIndex(operation), at, render)
  if (!isCustomerBound(operation) || operation === 'customer.profile.view') return own
  const profile = operationIndex('customer.profile.view')
  const covered = grantsAt(policy, operationIndex(operation), at)
    .every((grant) => grantsAt(policy, profile, at).some((view) => view.atoms.every((atom) => grant.atoms.includes(atom))))
  const visible = covered
    ? [not(deniedRows(policy, profile, at, (rule) => conjunction(policy, rule, to)))]
    : openRows(policy, profile, at, (rule) => conjunction(policy, rule, to))
  return [...own, ...visible]
}

/** By the grants of the operation, and by those of the profile, which a customer needs as well. */
function waysFor(policy: Policy, operation: Operation, at: FilterContext): Way[] {
  const needed = isCustomerBound(operation) ? [operation, 'customer.profile.view'] : [operation]
  return [...new Set(needed)].map((one) => wayOfGrants(policy, grantsAt(policy, operationIndex(one), at)))
}

function grantsAt(policy: Policy, index: number, at: FilterContext): readonly CompiledGrant[] {
  return policy.grantsOf[index]?.filter((grant) => inForce(grant, at.now, at)) ?? []
}

function openRows(policy: Policy, index: number, at: FilterContext, render: Render): Expression[] {
  const granted = anyOf(grantsAt(policy, index, at).map((grant) => render(grant, grant)))
  return [granted, not(deniedRows(policy, index, at, render))]
}

function deniedRows(policy: Policy, index: number, at: FilterContext, render: Render): Expression {
  const active = policy.restrictionsOf[index]?.filter((rule) => inForce(rule, at.now, at)) ?? []
  return anyOf(active.map((rule) => render(rule, null)))
}

function conjunction(policy: Policy, rule: Rule, to: SqlBuilder): Expression {
  return allOf(rule.atoms.map((atom) => atomAt(policy, atom).sql(to)))
}

function atomAt(policy: Policy, index: number): Atom {
  const atom = policy.atoms[index]
  if (atom === undefined) throw new Invariant('a rule names an atom that its policy lacks')
  return atom
}

/** Alias and column come from our own code, never from a request; checked all the same. */
function plainName(name: string): string {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) throw new Invariant('not a plain SQL name')
  return name
}
