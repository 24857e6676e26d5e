import { z } from 'zod'
import type { EntityManager } from 'typeorm'
import { isCustomerBound, type CustomerField, type Decision, type Explanation, type Operation } from '#shared/access/index'
import type { ActorAccess } from '../actor-access.ts'
import type { CustomerFacts } from '../facts.ts'
import type { FieldSet } from '../fields.ts'
import type { AccessFilter, FilteredRows } from '../filter.ts'
import type { ActionContext } from '../index.ts'
import { selectNamed } from '../sql.ts'
import { tables } from '../tables.ts'
import type { CompanyThing } from './company.ts'
import type { Asked } from './questions.ts'
import { scratch } from './write-company.ts'

/** What an operation is done to. */
export type Target =
  | { readonly kind: 'customer', readonly facts: CustomerFacts }
  | { readonly kind: 'thing', readonly thing: CompanyThing }
  | { readonly kind: 'nothing' }

/** The two executions of the rules. Tests put a broken one in its place, to see that it is asked. */
export interface Engines {
  /** In memory. */
  decide(actor: ActorAccess, asked: Omit<Asked, 'staffId'>, target: Target): Decision
  fields(actor: ActorAccess, facts: CustomerFacts, context: ActionContext): FieldSet
  /** In the database: ids of the customers, of the customers of records, or of the things for which the operation is allowed. */
  select(db: EntityManager, actor: ActorAccess, asked: Omit<Asked, 'staffId'>): Promise<ReadonlySet<string>>
  /** In the database: ids of the customers whose field is clear. */
  selectClear(db: EntityManager, actor: ActorAccess, field: CustomerField): Promise<ReadonlySet<string>>
}

const Ids = z.array(z.object({ id: z.string() }))
const nobody = { departmentId: null, creatorStaffId: null }

export const realEngines: Engines = {
  decide: (actor, { operation, madeIn, context }, target) => {
    if (target.kind === 'thing') return actor.decideResource(operation, { ...target.thing, ...merged(target.thing.context, context) })
    if (target.kind === 'nothing') return actor.decideResource(operation, { ...nobody, ...context })
    return madeIn === null ? actor.decideFor(operation, target.facts, context) : actor.decideRecord(operation, target.facts, { storeDepartmentId: madeIn }, context)
  },
  fields: (actor, facts, context) => actor.fieldsFor(facts, context),
  select: async (db, actor, { operation, over, madeIn, context }) => {
    if (over === 'nothing') return new Set()
    if (over === 'things') {
      return isCustomerBound(operation) ? new Set() : idsOf(db, scratch.things, `${scratch.things}.id`, actor.resourceFilter(operation, { department: `${scratch.things}.department_id`, creator: `${scratch.things}.creator_staff_id` }))
    }
    if (madeIn === null) return idsOf(db, tables.customers, 'customers.id', actor.rowFilter(operation, context))
    const filter = actor.recordFilter(operation, { alias: 'records', storeColumn: 'store_department_id' }, context)
    return idsOf(db, `${scratch.records} records JOIN ${tables.customers} customers ON customers.id = records.customer_id`, 'customers.id', filter, { sql: 'records.store_department_id = :madeIn', parameters: { madeIn } })
  },
  selectClear: (db, actor, field) => idsOf(db, tables.customers, 'customers.id', actor.fieldFilter(field)),
}

/** What a thing belongs to counts before what the question says. */
export function merged(thing: ActionContext, asked: ActionContext): ActionContext {
  return { campaign: thing.campaign ?? asked.campaign, templateCategory: thing.templateCategory ?? asked.templateCategory }
}

async function idsOf<Over extends FilteredRows>(db: EntityManager, from: string, id: string, filter: AccessFilter<Over>, also?: { readonly sql: string, readonly parameters: Readonly<Record<string, unknown>> }): Promise<ReadonlySet<string>> {
  const sql = `SELECT DISTINCT ${id} AS id FROM ${from} WHERE ${filter.sql}${also === undefined ? '' : ` AND ${also.sql}`}`
  return new Set(Ids.parse(await selectNamed(db, sql, { ...filter.parameters, ...also?.parameters })).map((row) => row.id))
}

/** Why, in a few words: the rules that decided, or what the nearest of them lacked. */
export function reasonOf(decision: Decision | Explanation): string {
  if (decision.because.length > 0) return decision.because.join(', ')
  const misses = 'nearMisses' in decision ? decision.nearMisses : []
  if (misses.length === 0) return 'no grant gives it'
  return misses.slice(0, 2).map((miss) => `${miss.grant} lacks ${miss.missing.map(({ kind, ...what }) => `${kind} ${Object.values(what).filter((value) => value !== null).join(' ')}`).join(' and ')}`).join('; ')
}

/** The decision with its near misses, where there is a customer to explain. */
export function explained(actor: ActorAccess, asked: { readonly operation: Operation, readonly context: ActionContext }, target: Target, decision: Decision): Decision | Explanation {
  return target.kind === 'customer' && !decision.allowed ? { ...decision, nearMisses: actor.explain(asked.operation, target.facts, asked.context).nearMisses } : decision
}
