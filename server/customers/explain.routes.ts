import { In, type EntityManager } from 'typeorm'
import { isCustomerField, isOperation, type CustomerField, type Operation } from '#shared/access/index'
import { explainCustomer, whoMay, type Explanation } from '#shared/contracts/explain'
import { loadFacts, systemFilter, type Access, type ActorAccess, type CustomerFacts, type WhoMay } from '../access/index.ts'
import type { Audit } from '../audit/index.ts'
import type { Database } from '../database/database.ts'
import { CustomerNotFound, present, ProjectError, RequestInvalid } from '../errors.ts'
import type { Cursors } from '../http/cursors.ts'
import { route, type Route } from '../http/route.ts'
import { departments, staff, staffDepartments } from '../organization/index.ts'
import { CustomersRepository } from './customers.repository.ts'
import { changeShown, loadRuleNames, missingParts } from './explain-words.ts'
import type { Cards } from './show-cards.ts'
import { visibleFacts } from './visible-facts.ts'

export interface ExplainRoutes {
  readonly database: Database
  readonly access: Access
  readonly audit: Audit
  readonly cards: Cards
  readonly cursors: Cursors
}

type About = { readonly operation: Operation } | { readonly field: CustomerField }

/** Why somebody may, and its reverse: who may. Reasons name rules; they never hold what the caller may not see of the customer. */
export function explainRoutes(options: ExplainRoutes): Route[] {
  const { database, access, audit, cards, cursors } = options
  return [
    route(explainCustomer, async ({ params, query }, context) => {
      const { actor, signedIn, requestId } = context
      const about = aboutOf(query)
      const other = query.staff === undefined || query.staff.toLowerCase() === signedIn.userid ? null : query.staff.toLowerCase()
      if (other === null) return answer(options, actor, actor.staffId, about, (await cards.open(context, params.externalUserId)).facts)
      // Before it is looked whether there is such a person or customer: the answer must not depend on it.
      actor.requireSystem('system.policy.view')
      const person = await database.db.getRepository(staff).findOneBy({ userid: other })
      if (person === null) throw new ProjectError('staff.not_found', 404)
      const facts = await anyCustomer(database.db, params.externalUserId)
      await audit.recordAlone({
        actorKind: 'staff', actorId: actor.staffId, action: 'access.explained', operation: 'system.policy.view', subjectKind: 'customer', subjectId: facts.customerId,
        outcome: 'allowed', details: { about: 'field' in about ? about.field : about.operation, staff: person.id }, requestId,
      })
      return answer(options, actor, person.id, about, facts)
    }),
    route(whoMay, async ({ params, query }, { actor, requestId }) => {
      actor.requireSystem('system.policy.view')
      const about = aboutOf(query)
      const facts = await anyCustomer(database.db, params.externalUserId)
      const list = { whoMay: facts.customerId, ...about }
      const after = cursors.read(actor.staffId, list, query.cursor)
      const found = await access.whoMay(about, facts.customerId, { after: after?.id, limit: query.limit + 1 })
      const shown = found.slice(0, query.limit)
      await audit.recordAlone({
        actorKind: 'staff', actorId: actor.staffId, action: 'access.who-may', operation: 'system.policy.view', subjectKind: 'customer', subjectId: facts.customerId,
        outcome: 'allowed', details: { about: 'field' in about ? about.field : about.operation, count: shown.length }, requestId,
      })
      const last = shown.at(-1)
      return {
        items: await people(options, shown),
        nextCursor: found.length > query.limit && last !== undefined ? cursors.write(actor.staffId, list, { at: 0, id: last.staffId }) : null,
      }
    }),
  ]
}

/** Exactly one of the two. */
function aboutOf({ operation, field }: { readonly operation?: string | undefined, readonly field?: string | undefined }): About {
  if ((operation === undefined) === (field === undefined)) throw new RequestInvalid(['query.operation', 'query.field'])
  if (operation !== undefined) {
    if (!isOperation(operation)) throw new ProjectError('access.unknown_operation', 400, { operation: operation.slice(0, 64) })
    return { operation }
  }
  if (field === undefined || !isCustomerField(field)) throw new ProjectError('access.unknown_field', 400, { field: (field ?? '').slice(0, 64) })
  return { field }
}

/** Whoever looks after the rules may ask about any customer, and learns reasons, no values. */
async function anyCustomer(db: EntityManager, externalUserId: string): Promise<CustomerFacts> {
  const customer = await new CustomersRepository(db).one(systemFilter('explain the rules to whoever looks after them'), externalUserId)
  const facts = customer === null ? undefined : (await loadFacts(db, [customer.id])).get(customer.id)
  if (facts === undefined) throw new CustomerNotFound()
  return facts
}

async function answer({ access, database }: ExplainRoutes, caller: ActorAccess, staffId: string, about: About, facts: CustomerFacts): Promise<Explanation> {
  const explained = await access.explain(staffId, { about, facts })
  const aboutSelf = staffId === caller.staffId
  const names = await loadRuleNames(database.db, [...explained.because, ...explained.nearMisses.map((miss) => miss.grant)])
  const visible = visibleFacts(caller, facts, aboutSelf)
  return {
    operation: explained.operation, presentation: explained.presentation, allowed: explained.allowed,
    because: explained.because.map((id) => names.reason(id)),
    nearMisses: explained.nearMisses.map((miss) => ({ grant: names.reason(miss.grant), missing: missingParts(miss, explained.definitions.get(miss.grant) ?? [], names, visible) })),
    changes: aboutSelf ? [] : explained.changes.map((change) => changeShown(change, names)),
  }
}

async function people({ database }: ExplainRoutes, found: readonly WhoMay[]) {
  if (found.length === 0) return []
  const { db } = database
  const ids = found.map((one) => one.staffId)
  const rows = new Map((await db.getRepository(staff).findBy({ id: In(ids) })).map((row) => [row.id, row]))
  const seats = await db.getRepository(staffDepartments).findBy({ staffId: In(ids) })
  const places = new Map((await db.getRepository(departments).find({ select: { id: true, name: true } })).map((row) => [row.id, row.name]))
  const names = await loadRuleNames(db, found.flatMap((one) => one.because))
  return found.map((one) => {
    const person = present(rows.get(one.staffId), 'the row of a person just decided about')
    return {
      userid: person.wecomUserid, name: person.name, presentation: one.presentation ?? null,
      departments: seats.filter((seat) => seat.staffId === one.staffId).flatMap((seat) => places.get(seat.departmentId) ?? []),
      because: one.because.map((id) => names.reason(id)),
    }
  })
}
