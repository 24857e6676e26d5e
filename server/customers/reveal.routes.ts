import { In, type EntityManager } from 'typeorm'
import { customerFields, isCustomerField, maskMoneyAndNumbers, type CustomerField, type FieldRule } from '#shared/access/index'
import { askRevealMany, listReveals, revealField, revealMany, revealsAtOnce, RevealReason } from '#shared/contracts/reveal'
import { loadFacts, type ActorAccess } from '../access/index.ts'
import type { Approvals } from '../approvals/index.ts'
import type { Audit } from '../audit/index.ts'
import type { Database } from '../database/database.ts'
import { AccessDenied, CustomerNotFound, present, ProjectError, RequestInvalid } from '../errors.ts'
import type { Cursors, Position } from '../http/cursors.ts'
import { route, type Route } from '../http/route.ts'
import { staff } from '../organization/index.ts'
import type { Sealer } from '../sealing.ts'
import { openContact } from './contact-data.ts'
import { customers, type Customer } from './customer.entity.ts'
import { CustomersRepository } from './customers.repository.ts'
import { reveals as revealRows, type Reveal } from './reveal.entity.ts'
import { askForReveals } from './reveal-request.ts'
import { openNote, type RevealedValue, type Reveals } from './reveal.ts'
import type { Cards, Found } from './show-cards.ts'

export interface RevealRoutes {
  readonly database: Database
  readonly audit: Audit
  readonly sealer: Sealer
  readonly cursors: Cursors
  readonly cards: Cards
  readonly reveals: Reveals
  readonly approvals: Approvals
}

type FieldValue = string | number | null

/** Masked values in clear: one by one for whoever holds the operation, with a reason and within a limit; many after an approval. */
export function revealRoutes(options: RevealRoutes): Route[] {
  const { database, cards, reveals, approvals } = options
  return [
    route(revealField, async ({ params, body }, context) => {
      const field = fieldNamed(body.field)
      await cards.open(context, params.externalUserId)
      const { values, left } = await reveals.give(context, body, async (work, actor) => {
        const [found] = await visible(work.db, actor, [params.externalUserId])
        return [valueOf(options.sealer, actor, present(found, 'the customer just found'), field)]
      })
      return { field, value: values[0] ?? null, left }
    }),
    route(revealMany, async ({ body }, context) => {
      const field = fieldNamed(body.field)
      const ids = [...new Set(body.externalUserIds)]
      await cards.show(context, (await visible(database.db, context.actor, ids)).map(({ customer }) => customer.id))
      const { values, left } = await reveals.give(context, body, async (work, actor) =>
        (await visible(work.db, actor, ids)).map((found) => valueOf(options.sealer, actor, found, field)),
      ids.length > revealsAtOnce ? { above: revealsAtOnce } : undefined)
      return { items: values.map((value, place) => ({ externalUserId: ids[place] ?? '', value })), left }
    }),
    route(askRevealMany, async ({ body }, context) => {
      const { externalUserIds, hours, reason } = body
      const found = await visible(database.db, context.actor, [...new Set(externalUserIds)])
      for (const { facts } of found) context.actor.require('customer.contact.operate', facts)
      await cards.show(context, found.map(({ customer }) => customer.id))
      const requestId = await database.transaction((work) =>
        askForReveals(work, approvals, { staffId: context.actor.staffId, customerIds: found.map(({ customer }) => customer.id), hours, reason }))
      return { requestId }
    }),
    listRoute(options),
  ]
}

function fieldNamed(name: string): CustomerField {
  if (!isCustomerField(name)) throw new RequestInvalid(['body.field'])
  return name
}

/** All of these customers, or CustomerNotFound when one of them is not there for this person. */
async function visible(db: EntityManager, actor: ActorAccess, externalUserIds: readonly string[]): Promise<Found[]> {
  actor.requireNotFrozen()
  const found = await new CustomersRepository(db).many(actor.rowFilter('customer.profile.view'), externalUserIds)
  const facts = await loadFacts(db, found.map((customer) => customer.id))
  const decided = found.flatMap((customer): Found[] => {
    const known = facts.get(customer.id)
    return known !== undefined && actor.decideFor('customer.profile.view', known).allowed ? [{ customer, facts: known }] : []
  })
  if (decided.length !== externalUserIds.length) throw new CustomerNotFound()
  return decided
}

/** Throws AccessDenied unless the field is masked for this person and may be revealed by him. */
function valueOf(sealer: Sealer, actor: ActorAccess, { customer, facts }: Found, field: CustomerField): RevealedValue<FieldValue> {
  const rule: FieldRule = customerFields[field]
  const operation = rule.revealedBy
  if (operation === undefined || !actor.revealable(facts).includes(field)) throw new AccessDenied(operation ?? `${rule.unit}.operate`)
  return { customerId: customer.id, subject: field, messageId: null, operation, value: clearValue(sealer, customer, field) }
}

function clearValue(sealer: Sealer, customer: Customer, field: CustomerField): FieldValue {
  switch (field) {
    case 'mobile':
    case 'email':
    case 'address': return openContact(sealer, customer)[field]
    case 'contractAmountFen': return customer.contractAmountFen
    default: throw new AccessDenied(`${customerFields[field].unit}.operate`)
  }
}

function listRoute({ database, audit, cursors, sealer }: RevealRoutes): Route {
  return route(listReveals, async ({ query }, { actor, requestId }) => {
    actor.requireSystem('system.audit.view')
    const person = query.staff === undefined ? null : await database.db.getRepository(staff).findOneBy({ userid: query.staff.toLowerCase() })
    if (query.staff !== undefined && person === null) throw new ProjectError('staff.not_found', 404)
    const list = { reveals: person?.id ?? null }
    const rows = await readPage(database.db, person?.id ?? null, cursors.read(actor.staffId, list, query.cursor), query.limit + 1)
    const shown = rows.slice(0, query.limit)
    const last = shown.at(-1)
    await audit.recordAlone({ actorKind: 'staff', actorId: actor.staffId, action: 'reveals.read', operation: 'system.audit.view', outcome: 'allowed', details: { count: shown.length }, requestId })
    return {
      items: await presentReveals(database.db, sealer, shown),
      nextCursor: rows.length > query.limit && last !== undefined ? cursors.write(actor.staffId, list, { at: last.at, id: last.id }) : null,
    }
  })
}

async function readPage(db: EntityManager, staffId: string | null, after: Position | null, limit: number): Promise<Reveal[]> {
  const query = db.createQueryBuilder(revealRows, 'reveals').where('1 = 1')
  if (staffId !== null) query.andWhere('reveals.staff_id = :staffId', { staffId })
  if (after !== null) query.andWhere('(reveals.at < :afterAt OR (reveals.at = :afterAt AND reveals.id < :afterId))', { afterAt: after.at, afterId: after.id })
  return query.orderBy('reveals.at', 'DESC').addOrderBy('reveals.id', 'DESC').limit(limit).getMany()
}

async function presentReveals(db: EntityManager, sealer: Sealer, rows: readonly Reveal[]) {
  if (rows.length === 0) return []
  const people = new Map((await db.getRepository(staff).findBy({ id: In(rows.map((row) => row.staffId)) })).map((row) => [row.id, row]))
  const ids = new Map((await db.getRepository(customers).find({ select: { id: true, externalUserId: true }, where: { id: In(rows.map((row) => row.customerId)) } })).map((row) => [row.id, row.externalUserId]))
  return rows.map((row) => ({
    id: row.id, userid: people.get(row.staffId)?.wecomUserid ?? '', name: people.get(row.staffId)?.name ?? '', externalUserId: ids.get(row.customerId) ?? '',
    subject: row.subject, reason: RevealReason.parse(row.reason), note: noteShown(openNote(sealer, row.noteSealed)), at: row.at,
  }))
}

/** People write names and numbers into notes; whoever reads the trail need not see them. */
const noteShown = (note: string | null): string | null => (note === null ? null : maskMoneyAndNumbers(note))
