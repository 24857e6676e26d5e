import { deepStrictEqual } from 'node:assert'
import type { EntityManager } from 'typeorm'
import { customerFieldNames, customerFields, isCustomerBound, type CustomerField } from '#shared/access/index'
import { ActorAccess } from '../../../server/access/actor-access.ts'
import { loadCompanyPolicy, loadPolicyInput } from '../../../server/access/company-policy.ts'
import { compilePolicy } from '../../../server/access/compile.ts'
import { allows, prepare } from '../../../server/access/decide.ts'
import { loadFacts, type CustomerFacts } from '../../../server/access/facts.ts'
import type { Policy } from '../../../server/access/policy.ts'
import { canFilterBy, fieldFilter, recordFilter, resourceFilter, rowFilter } from '../../../server/access/row-filter.ts'
import { selectNamed, type Dialect } from '../../../server/access/sql.ts'
import { recordUnits, unitOf } from '../../../server/access/units.ts'
import type { Case, Question } from './random-world.ts'
import { Reference } from './reference.ts'
import type { World, WorldCustomer, WorldStaff } from './world.ts'
import { writeWorld } from './write-world.ts'

/** How much was compared; `mixed` cases had customers on both sides of the rule. */
export interface Tally { cases: number, mixed: number, records: number, things: number, clear: number }

export const newTally = (): Tally => ({ cases: 0, mixed: 0, records: 0, things: 0, clear: 0 })

/** The fields whose filter is compared; the field sets are compared for all. */
const fieldsTried: readonly CustomerField[] = ['name', 'mobile', 'valueTier', 'contractAmountFen', 'spendTotalFen', 'stage']
const customersInDepth = 8

interface Query {
  readonly source: string
  readonly id: string
  readonly filter: { readonly sql: string, readonly parameters: Readonly<Record<string, unknown>>, readonly isNothing: boolean }
  readonly check: (found: readonly string[]) => void
}

/**
 * Writes one company and compares for each person: the decision in memory, the rows that the database gives, the fields, the explanation,
 * and the reference's reading of the same company. The engine knows only the rows. Throws at the first difference.
 */
export async function compareCompany(db: EntityManager, dialect: Dialect, { world, questions }: Case, tally: Tally): Promise<void> {
  await writeWorld(db, world)
  const facts = await loadFacts(db, [...world.customers.map((one) => one.id), 'nobody'])
  deepStrictEqual([...facts.keys()].sort(), world.customers.map((one) => one.id).sort())
  const company = await loadCompanyPolicy(db)
  compareProblems(world, company.problems)
  for (const person of [...world.staff, stranger]) {
    const policy = compilePolicy(await loadPolicyInput(db, company, person.id))
    const comparison = new Comparison(world, person, policy, dialect, facts, tally)
    comparison.menus()
    const queries = [...questions.flatMap((question) => comparison.ask(question)), ...fieldsTried.map((field) => comparison.filterBy(field))]
    await runTogether(db, queries)
    comparison.inDepth(questions)
  }
}

/** In no table. */
const stranger: WorldStaff = { id: 'stranger', status: 'left', departmentIds: [], roleKeys: [] }

function compareProblems(world: World, problems: readonly { readonly kind: string, readonly id: string }[]): void {
  const kinds = new Set(problems.map((one) => one.kind))
  const meant = ([['role', 'role'], ['restriction', 'restriction'], ['node grant', 'node']] as const).flatMap(([rule, kind]) => (world.unreadable.includes(rule) ? [kind] : []))
  deepStrictEqual([...kinds].sort(), [...meant].sort())
}

/** All filters of one person in one query, each with its own WHERE. */
async function runTogether(db: EntityManager, queries: readonly Query[]): Promise<void> {
  const sql = queries.map(({ source, id, filter }, place) => `SELECT ${place} AS part, ${id} AS id FROM ${source} WHERE ${filter.sql}`).join(' UNION ALL ')
  const rows = await selectNamed(db, sql, Object.assign({}, ...queries.map((query) => query.filter.parameters)))
  const found = queries.map((): string[] => [])
  for (const row of rows) {
    if (typeof row !== 'object' || row === null || !('part' in row) || !('id' in row)) throw new Error('not a row')
    found[Number(row.part)]?.push(String(row.id))
  }
  for (const [place, query] of queries.entries()) {
    const ids = (found[place] ?? []).sort()
    if (query.filter.isNothing) deepStrictEqual(ids, [], 'a filter for nothing gives rows')
    query.check(ids)
  }
}

class Comparison {
  readonly #world: World
  readonly #person: WorldStaff
  readonly #policy: Policy
  readonly #actor: ActorAccess
  readonly #reference: Reference
  readonly #dialect: Dialect
  readonly #facts: ReadonlyMap<string, CustomerFacts>
  readonly #tally: Tally

  constructor(world: World, person: WorldStaff, policy: Policy, dialect: Dialect, facts: ReadonlyMap<string, CustomerFacts>, tally: Tally) {
    this.#world = world
    this.#person = person
    this.#policy = policy
    this.#actor = new ActorAccess(policy, { epoch: 1, now: world.now, dialect })
    this.#reference = new Reference(world, person)
    this.#dialect = dialect
    this.#facts = facts
    this.#tally = tally
  }

  menus(): void {
    this.#same('may ever', [...this.#actor.mightEver()], this.#reference.mightEver())
  }

  /** Compares what is in memory at once, and gives the queries whose rows must be the same. */
  ask(question: Question): Query[] {
    const { operation, context } = question
    const { customers } = this.#world
    const at = { ...context, now: this.#world.now, dialect: this.#dialect }
    const decided = customers.filter((one) => {
      const known = this.#factsOf(one)
      const decision = this.#actor.decideFor(operation, known, context)
      this.#same([question, one.id], decision, { operation, ...this.#reference.decide(operation, one, context) })
      this.#same(['bare', question, one.id], allows(this.#policy, operation, prepare(this.#policy, known), this.#world.now, context), decision.allowed)
      return decision.allowed
    }).map((one) => one.id)
    this.#tally.cases += 1
    if (decided.length > 0 && decided.length < customers.length) this.#tally.mixed += 1
    const rows: Query = {
      source: 'customers', id: 'customers.id', filter: rowFilter(this.#policy, operation, at),
      check: (found) => { this.#same(['rows', question], found, [...decided].sort()) },
    }
    const things = this.#things(question)
    return [rows, ...recordUnits.has(unitOf(operation)) ? [this.#records(question)] : [], ...isCustomerBound(operation) ? [] : [things()]]
  }

  #records(question: Question): Query {
    const { operation, context } = question
    const at = { ...context, now: this.#world.now, dialect: this.#dialect }
    const visits = this.#world.customers.flatMap((customer) => customer.visits.map((visit, place) => ({ customer, id: `${customer.id}-v${place}`, store: visit.storeDepartmentId })))
    const decided = visits.filter(({ customer, store, id }) => {
      const decision = this.#actor.decideRecord(operation, this.#factsOf(customer), { storeDepartmentId: store }, context)
      this.#same([question, id], decision, { operation, ...this.#reference.decide(operation, customer, context, store) })
      return decision.allowed
    }).map((one) => one.id)
    if (decided.length > 0 && decided.length < visits.length) this.#tally.records += 1
    return {
      source: 'visits JOIN customers ON customers.id = visits.customer_id', id: 'visits.id',
      filter: recordFilter(this.#policy, operation, at, { alias: 'visits', storeColumn: 'store_department_id' }),
      check: (found) => { this.#same(['records', question], found, [...decided].sort()) },
    }
  }

  /** Decides about all things at once; a filter over them exists only for what is not bound to a customer. */
  #things(question: Question): () => Query {
    const { operation, context } = question
    const { things, now } = this.#world
    const decided = things.filter((thing) => {
      const decision = this.#actor.decideResource(operation, { ...thing, ...context })
      this.#same([question, thing.id], decision, { operation, ...this.#reference.decideThing(operation, thing, context) })
      return decision.allowed
    }).map((one) => one.id)
    if (decided.length > 0 && decided.length < things.length) this.#tally.things += 1
    const rows = things.map((one) => `SELECT '${one.id}' AS id, ${one.departmentId ?? 'NULL'} AS department, ${one.creatorStaffId === null ? 'NULL' : `'${one.creatorStaffId}'`} AS creator`)
    return () => ({
      source: `(${rows.join(' UNION ALL ')}) thing`, id: 'thing.id',
      filter: resourceFilter(this.#policy, operation, { ...context, now, dialect: this.#dialect }, { department: 'thing.department', creator: 'thing.creator' }),
      check: (found) => { this.#same(['things', question], found, [...decided].sort()) },
    })
  }

  /** The rows whose field may be used in a query: clear, over all records of the customer (T10, T11). */
  filterBy(field: CustomerField): Query {
    const at = { now: this.#world.now, dialect: this.#dialect }
    const clear = this.#world.customers.filter((one) => this.#actor.fieldsFor(this.#factsOf(one)).presentation(field) === 'clear').map((one) => one.id).sort()
    const throughout = this.#world.customers.filter((one) => this.#reference.isClearThroughout(field, one)).map((one) => one.id).sort()
    if (!('overRecords' in customerFields[field])) this.#same(['clear', field], clear, throughout)
    const usable = canFilterBy(this.#policy, field, at)
    if (!this.#reference.couldBeClear(field)) this.#same(['usable', field], usable, false)
    return {
      source: 'customers', id: 'customers.id', filter: fieldFilter(this.#policy, field, at),
      check: (found) => {
        this.#same(['field filter', field], found, throughout)
        if (found.length > 0) this.#same(['usable', field], usable, true)
        if (found.length > 0) this.#tally.clear += 1
      },
    }
  }

  /** All fields and all near misses of some customers. */
  inDepth(questions: readonly Question[]): void {
    for (const customer of this.#world.customers.slice(0, customersInDepth)) {
      const known = this.#factsOf(customer)
      const context = questions[0]?.context ?? {}
      const fields = this.#actor.fieldsFor(known, context)
      const shown = customerFieldNames.map((field) => ({ field, shown: fields.presentation(field), writable: fields.writable.has(field) }))
      this.#same(['fields', customer.id], shown, customerFieldNames.map((field) => ({ field, ...this.#reference.field(field, customer, context) })))
      this.#same(['visible', customer.id], fields.visible(), shown.filter((one) => one.shown !== 'hidden').map((one) => one.field))
      for (const question of questions) {
        const explanation = this.#actor.explain(question.operation, known, question.context)
        const { allowed, because } = this.#reference.decide(question.operation, customer, question.context)
        const nearMisses = this.#reference.nearMisses(question.operation, customer, question.context)
        this.#same(['explain', question, customer.id], explanation, { operation: question.operation, allowed, because, nearMisses })
      }
    }
  }

  #factsOf(customer: WorldCustomer): CustomerFacts {
    const known = this.#facts.get(customer.id)
    if (known === undefined) throw new Error(`no facts of ${customer.id}`)
    return known
  }

  #same(what: unknown, found: unknown, meant: unknown): void {
    if (JSON.stringify(found) === JSON.stringify(meant)) return
    deepStrictEqual(found, meant, `${this.#person.id} ${JSON.stringify(what)}\n  engine: ${JSON.stringify(found)}\n  meant: ${JSON.stringify(meant)}`)
  }
}
