import { LessThan, type EntityManager } from 'typeorm'
import { areCounted, cardCounts, cardViews, countCards, loadFacts, loadLimits, revealCounts, type ActorAccess, type CardVerdict, type CustomerFacts } from '../access/index.ts'
import type { Audit, NewAuditEntry } from '../audit/index.ts'
import { companyDay, daysBefore } from '../company-day.ts'
import { besideRequest, type Database, type UnitOfWork } from '../database/database.ts'
import { CustomerNotFound, present, ProjectError } from '../errors.ts'
import type { ActorContext } from '../http/context.ts'
import { addOutbox } from '../jobs/index.ts'
import type { Customer } from './customer.entity.ts'
import { CustomersRepository } from './customers.repository.ts'

export interface Found {
  readonly customer: Customer
  readonly facts: CustomerFacts
}

/**
 * The gate through which customers are shown: nobody is shown more distinct customers in an hour and on a day than his roles
 * allow (S55). A list shows as much as cards do, so each of its items counts; who was counted today may be opened again.
 */
export interface Cards {
  /** The customer whom this person may see, counted. Throws CustomerNotFound, `access.frozen`, `cards.limit_reached`. */
  open(context: ActorContext, externalUserId: string): Promise<Found>
  /**
   * Counts what is about to be shown and records `entry`, together and before it leaves. Throws `cards.limit_reached`; then
   * nothing may be shown and nothing was counted.
   */
  show(context: ActorContext, customerIds: readonly string[], entry?: NewAuditEntry | null): Promise<void>
}

export interface CardsOptions {
  readonly database: Database
  readonly audit: Audit
  /** The company's time zone. */
  readonly zone: string
}

export function createCards({ database, audit, zone }: CardsOptions): Cards {
  const show: Cards['show'] = async ({ actor, requestId }, customerIds, entry = null) => {
    const { staffId, now } = actor
    const shown = { staffId, customerIds, today: companyDay(now, zone), now }
    if (await areCounted(database.db, shown)) {
      if (entry !== null) await audit.recordAlone(entry)
      return
    }
    const verdict = await besideRequest(() => database.transaction(async (work) => {
      const counted = await countCards(work, { ...shown, limits: await loadLimits(work.db, actor.roles) })
      if (!counted.shown) await remember(work, audit, staffId, counted, requestId)
      else if (entry !== null) await audit.record(work.db, entry)
      return counted
    }))
    if (!verdict.shown) throw limitReached(verdict, now)
  }
  return {
    show,
    open: async (context, externalUserId) => {
      const found = await findVisible(database.db, context.actor, externalUserId)
      await show(context, [found.customer.id])
      return found
    },
  }
}

/** The customer whom this person may see, or the same "not found" that an unknown id gets. Whoever shows him counts him (`Cards`). */
export async function findVisible(db: EntityManager, actor: ActorAccess, externalUserId: string): Promise<Found> {
  actor.requireNotFrozen()
  const customer = await new CustomersRepository(db).one(actor.rowFilter('customer.profile.view'), externalUserId)
  if (customer === null) throw new CustomerNotFound()
  const facts = present((await loadFacts(db, [customer.id])).get(customer.id), 'facts of a customer just read')
  // Decided once more in memory: what SQL found may only shrink here.
  if (!actor.decideFor('customer.profile.view', facts).allowed) throw new CustomerNotFound()
  return { customer, facts }
}

type Refused = Extract<CardVerdict, { readonly shown: false }>

/** A refusal is on the record; his superior is told once a day, and of a freeze. */
async function remember(work: UnitOfWork, audit: Audit, staffId: string, refused: Refused, requestId: string): Promise<void> {
  const { window, limit, freezeId } = refused
  await audit.record(work.db, {
    actorKind: 'staff', actorId: staffId, action: 'cards.limit-reached', operation: 'customer.profile.view', outcome: 'refused', details: { window, limit }, requestId,
  })
  if (freezeId !== null) {
    await audit.record(work.db, {
      actorKind: 'system', action: 'access.frozen', subjectKind: 'staff', subjectId: staffId, outcome: 'done', details: { freeze: freezeId, why: 'card-limit' }, requestId,
    })
  }
  if (refused.isFirst || freezeId !== null) {
    await addOutbox(work, { kind: 'cards.alert', payload: { staffId, window, limit, frozen: freezeId !== null }, orderKey: `cards.alert:${staffId}` })
  }
}

function limitReached({ window, limit, opensAt }: Refused, now: number): ProjectError {
  const seconds = Math.max(1, Math.ceil((opensAt - now) / 1000))
  return new ProjectError('cards.limit_reached', 429, { window, limit, opensAt, minutes: Math.ceil(seconds / 60) }, { headers: { 'retry-after': String(seconds) } })
}

const keptDays = 7
const rowsAtOnce = 5_000

/** Forgets who was shown whom longer than a week ago; the audit keeps what must be kept. In pieces, so that nobody waits for it. */
export async function purgeCardViews(database: Database, now: number, zone: string): Promise<void> {
  const before = daysBefore(companyDay(now, zone).day, keptDays)
  const table = database.db.getRepository(cardViews)
  for (;;) {
    const old = await table.find({ where: { day: LessThan(before) }, order: { day: 'ASC' }, take: rowsAtOnce })
    for (const [staffId, day] of new Map(old.map((row) => [`${row.staffId} ${row.day}`, [row.staffId, row.day] as const])).values()) await table.delete({ staffId, day })
    if (old.length < rowsAtOnce) break
  }
  await database.db.getRepository(cardCounts).delete({ day: LessThan(before) })
  await database.db.getRepository(revealCounts).delete({ day: LessThan(before) })
}
