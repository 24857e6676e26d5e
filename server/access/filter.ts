import { Invariant } from '../errors.ts'
import { anyway, type Way } from './listing/ways.ts'
import { allOf, sqlText, type Expression, type SqlBuilder } from './sql.ts'

/** What the rows of a filter are: customers, records joined to customers, or marketing things. */
export type FilteredRows = 'customers' | 'records' | 'resources'

type MakeFilter = <Over extends FilteredRows>(over: Over, parts: readonly Expression[], parameters: Readonly<Record<string, unknown>>, ways: FindWays) => AccessFilter<Over>

/** Each of the ways leads to all customers whom the filter allows. */
export type FindWays = () => readonly Way[]
let make: MakeFilter | undefined

/**
 * A condition over rows that only `server/access` can make. A query on rows that belong to a customer takes one, so
 * that forgetting the rules does not compile. Append `sql` with AND, in brackets, and add `parameters` to the query's;
 * parameter names are unique, so several filters fit into one query.
 */
export class AccessFilter<Over extends FilteredRows> {
  readonly over: Over
  readonly sql: string
  readonly parameters: Readonly<Record<string, unknown>>
  /** No row at all can match: the query need not run. */
  readonly isNothing: boolean
  /** Private parts make the type nominal: an object of the same shape is no filter, neither for the compiler nor for `and`. */
  readonly #ways: FindWays
  /** All of them hold for every row. */
  readonly #parts: readonly Expression[]

  private constructor(over: Over, parts: readonly Expression[], parameters: Readonly<Record<string, unknown>>, ways: FindWays) {
    const all = allOf(parts)
    this.over = over
    this.sql = `(${sqlText(all)})`
    this.parameters = parameters
    this.isNothing = all === false
    this.#ways = ways
    this.#parts = parts
  }

  static {
    make = (over, parts, parameters, ways) => new AccessFilter(over, parts, parameters, ways)
  }

  /** How the customers can be found without asking about everybody (docs/access.md, "Lists and the scope table"). */
  ways(): readonly Way[] {
    return this.#ways()
  }

  /** Rows that both filters allow. What both say in the same words, as two filters of one actor do, is asked once. */
  and(other: AccessFilter<Over>): AccessFilter<Over> {
    return new AccessFilter(this.over, [...this.#parts, ...other.#parts], { ...this.parameters, ...other.parameters }, () => [...this.ways(), ...other.ways()])
  }
}

/** Over `customers`, under exactly that alias. */
export type RowFilter = AccessFilter<'customers'>
/** Over a table of records that is joined to `customers` under exactly that alias. */
export type RecordFilter = AccessFilter<'records'>
/** Over a marketing table with a department and a creator. */
export type ResourceFilter = AccessFilter<'resources'>

/** For files of `server/access` only; not part of its public face. */
export function makeFilter<Over extends FilteredRows>(over: Over, parts: readonly Expression[], from: SqlBuilder, ways: FindWays = () => [anyway]): AccessFilter<Over> {
  if (make === undefined) throw new Invariant('the filter class is not ready')
  return make(over, parts, { ...from.parameters }, ways)
}
