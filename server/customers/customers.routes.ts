import type { z } from 'zod'
import { unitOperations, type CustomerField } from '#shared/access/index'
import { listCustomers, patchCustomer, readCustomer } from '#shared/contracts/customers'
import { loadFacts, type Access, type ActorAccess, type CustomerFacts, type RowFilter } from '../access/index.ts'
import type { Audit, NewAuditEntry } from '../audit/index.ts'
import type { Database } from '../database/database.ts'
import type { EntityManager } from 'typeorm'
import { AccessDenied, ProjectError } from '../errors.ts'
import type { ActorContext } from '../http/context.ts'
import type { Cursors } from '../http/cursors.ts'
import type { RateLimit } from '../http/rate-limit.ts'
import { route, type Route } from '../http/route.ts'
import { staff } from '../organization/index.ts'
import type { Sealer } from '../sealing.ts'
import { changeCustomer, patchedFields } from './change-customer.ts'
import { mobileIndexes } from './contact-data.ts'
import { refusalsOf } from './contact-refusal.ts'
import { shownRefusal } from './contact-refusal.routes.ts'
import { loadCardContext, type OrderTotals } from './customer-context.ts'
import type { Customer } from './customer.entity.ts'
import { presentCustomer } from './customer.presenter.ts'
import type { CustomerSearch } from './customer-search.ts'
import { CustomersRepository } from './customers.repository.ts'
import { findVisible, type Cards } from './show-cards.ts'

export interface CustomerRoutes {
  readonly database: Database
  readonly access: Access
  readonly audit: Audit
  readonly sealer: Sealer
  readonly cursors: Cursors
  readonly clock: () => number
  readonly cards: Cards
  /** Attempts to find somebody by phone number, per person (S50). */
  readonly limitPhoneSearch: RateLimit
  /** Sums over visible orders; the domain of records lies to the right of this one. */
  readonly orderTotals: (db: EntityManager, actor: ActorAccess, customerIds: readonly string[]) => Promise<Map<string, OrderTotals>>
}

/** Cards whose showing is written to the audit before they leave. */
const sensitive: ReadonlySet<CustomerField> = new Set<CustomerField>(['mobile', 'email', 'address', 'contractAmountFen', 'spendTotalFen'])

export function customerRoutes(options: CustomerRoutes): Route[] {
  return [listRoute(options), readRoute(options), patchRoute(options)]
}

async function cardOf(options: CustomerRoutes, db: EntityManager, actor: ActorAccess, customer: Customer, facts: CustomerFacts) {
  const see = actor.fieldsFor(facts)
  const totals = await options.orderTotals(db, actor, [customer.id])
  const context = await loadCardContext({ db, customers: [customer], viewerStaffId: actor.staffId, totals })
  const { values, fields } = presentCustomer(customer, see, context, options.sealer)
  const operations = unitOperations.filter((operation) => actor.decideFor(operation, facts).allowed)
  return {
    customer: { ...values, externalUserId: customer.externalUserId, version: customer.version, type: customer.type },
    fields,
    abilities: { operations, writable: [...see.writable], revealable: actor.revealable(facts) },
    contactRefusal: await shownRefusal(db, actor, facts),
  }
}

function readRoute(options: CustomerRoutes): Route {
  return route(readCustomer, async ({ params }, context) => {
    const { db } = options.database
    const { actor, requestId } = context
    const { customer, facts } = await options.cards.open(context, params.externalUserId)
    const card = await cardOf(options, db, actor, customer, facts)
    const shown = Object.keys(card.fields).filter((name) => [...sensitive].some((field) => field === name))
    if (shown.length > 0) {
      await options.audit.recordAlone({
        actorKind: 'staff', actorId: actor.staffId, action: 'customer.shown', operation: 'customer.profile.view', subjectKind: 'customer', subjectId: customer.id,
        outcome: 'allowed', details: { fields: shown }, requestId,
      })
    }
    return card
  })
}

function patchRoute(options: CustomerRoutes): Route {
  return route(patchCustomer, async ({ params, body }, context) => {
    const { signedIn, requestId } = context
    // Before anything is written: the answer is a card, and nobody is shown more of them than he may open.
    await options.cards.open(context, params.externalUserId)
    const entry = { actorKind: 'staff', actorId: signedIn.staffId, action: 'customer.changed', subjectKind: 'customer', requestId } as const
    let customerId = ''
    try {
      return await options.database.transaction(async (work) => {
        // The rules as they are inside this transaction, not as they were when the request began.
        const actor = await options.access.actorFor(signedIn.staffId, work.db)
        const { customer, facts } = await findVisible(work.db, actor, params.externalUserId)
        customerId = customer.id
        const fields = await changeCustomer(work, { customer, staffId: actor.staffId, see: actor.fieldsFor(facts), patch: body, sealer: options.sealer, now: options.clock() })
        await options.audit.record(work.db, { ...entry, subjectId: customer.id, outcome: 'done', details: { fields } })
        const after = await findVisible(work.db, actor, params.externalUserId)
        return cardOf(options, work.db, actor, after.customer, after.facts)
      })
    } catch (error) {
      if (error instanceof ProjectError && error.code === 'fields.not_writable') {
        await options.audit.recordAlone({ ...entry, subjectId: customerId, outcome: 'refused', details: { fields: patchedFields(body) } })
      }
      throw error
    }
  })
}

function listRoute(options: CustomerRoutes): Route {
  return route(listCustomers, async ({ query }, context) => {
    const { actor } = context
    const { db } = options.database
    const { cursor, limit, ...filter } = query
    const { rows, search } = await allowedSearch(options, context, filter)
    const after = options.cursors.read(actor.staffId, filter, cursor)
    const page = await new CustomersRepository(db).page(rows, search, after, limit + 1)
    const shown = page.slice(0, limit)
    const facts = await loadFacts(db, shown.map((one) => one.id))
    const totals = await options.orderTotals(db, actor, shown.map((one) => one.id))
    const cards = await loadCardContext({ db, customers: shown, viewerStaffId: actor.staffId, totals })
    const refusals = await refusalsOf(db, shown.map((one) => one.id))
    const items = shown.flatMap((customer) => {
      const known = facts.get(customer.id)
      if (known === undefined || !actor.decideFor('customer.profile.view', known).allowed) return []
      const { values, fields } = presentCustomer(customer, actor.fieldsFor(known), cards, options.sealer)
      // Each message moves it: to whom the messages are closed it would tell when the customer writes to others (S11, S27).
      const activity = actor.decideFor('talk.messages.view', known).allowed ? { lastActiveAt: customer.lastActiveAt } : {}
      return [{ customer: { ...values, externalUserId: customer.externalUserId }, fields, ...activity, refusesContact: refusals.has(customer.id) }]
    })
    await options.cards.show(context, shown.map((one) => one.id), shownList(context, items.map((item) => item.fields), items.length))
    const last = shown.at(-1)
    const nextCursor = page.length > limit && last !== undefined ? options.cursors.write(actor.staffId, filter, { at: last.lastActiveAt, id: last.id }) : null
    return { items, nextCursor }
  })
}

/** A page of cards shows as much as the cards themselves: it leaves the same trace, before it leaves. */
function shownList({ actor, requestId }: ActorContext, shown: readonly Readonly<Record<string, string>>[], count: number): NewAuditEntry | null {
  const fields = [...sensitive].filter((field) => shown.some((one) => one[field] !== undefined))
  if (fields.length === 0) return null
  return {
    actorKind: 'staff', actorId: actor.staffId, action: 'customers.listed', operation: 'customer.profile.view', outcome: 'allowed', details: { fields, count }, requestId,
  }
}

type ListFilter = Omit<z.output<(typeof listCustomers)['query']>, 'cursor' | 'limit'>

/**
 * Turns the caller's filter into one that only meets rows where he sees the field in clear;
 * a filter by something he can see nowhere is refused, not ignored (T10).
 */
async function allowedSearch(options: CustomerRoutes, { actor, requestId }: ActorContext, filter: ListFilter): Promise<{ rows: RowFilter; search: CustomerSearch }> {
  const needed: [string, CustomerField][] = []
  if (filter.q !== undefined) needed.push(['q', 'name'])
  if (filter.stage !== undefined) needed.push(['stage', 'stage'])
  if (filter.tag !== undefined) needed.push(['tag', 'tags'])
  if (filter.owner !== undefined) needed.push(['owner', 'owner'])
  const refused = needed.filter(([, field]) => !actor.canFilterBy(field)).map(([name]) => name)
  if (refused.length > 0) throw new ProjectError('access.filter_refused', 403, { fields: refused })
  let rows = needed.reduce((all, [, field]) => all.and(actor.fieldFilter(field)), actor.rowFilter('customer.profile.view'))
  if (filter.phone !== undefined) rows = rows.and(await phoneFilter(options, actor, requestId))
  const owner = filter.owner === undefined ? null : await options.database.db.getRepository(staff).findOneBy({ userid: filter.owner.toLowerCase() })
  return {
    rows,
    search: {
      name: filter.q, stage: filter.stage, tagId: filter.tag,
      ownerStaffId: filter.owner === undefined ? undefined : (owner?.id ?? 'nobody'),
      mobileIndexes: filter.phone === undefined ? undefined : mobileIndexes(options.sealer, filter.phone),
    },
  }
}

/** Finding by full number is an operation of its own: limited, audited, and only among rows for which it is held (S50). */
async function phoneFilter(options: CustomerRoutes, actor: ActorAccess, requestId: string): Promise<RowFilter> {
  // A refusal is recorded where every refusal is: in http/mount.ts.
  if (!actor.may('customer.contact.operate')) throw new AccessDenied('customer.contact.operate')
  await options.audit.recordAlone({
    actorKind: 'staff', actorId: actor.staffId, action: 'customer.phone-search', operation: 'customer.contact.operate', outcome: 'allowed', requestId,
  })
  await options.limitPhoneSearch.use(actor.staffId)
  return actor.findFilter('customer.contact.operate', 'mobile')
}
