import type { EntityManager } from 'typeorm'
import { liftContactRefusal, setContactRefusal, type ContactRefusal as Shown } from '#shared/contracts/contact-refusals'
import type { Access, ActorAccess, CustomerFacts } from '../access/index.ts'
import type { Audit } from '../audit/index.ts'
import type { Database, UnitOfWork } from '../database/database.ts'
import { ProjectError } from '../errors.ts'
import type { ActorContext } from '../http/context.ts'
import { route, type Route } from '../http/route.ts'
import { staff } from '../organization/index.ts'
import type { Sealer } from '../sealing.ts'
import { liftRefusal, refusalsOf, refuseContact } from './contact-refusal.ts'
import { findVisible, type Cards, type Found } from './show-cards.ts'

export interface ContactRefusalRoutes {
  readonly database: Database
  readonly access: Access
  readonly audit: Audit
  readonly sealer: Sealer
  readonly cards: Cards
}

const noteContext = 'contact-refusal.note'

/**
 * "Asked not to be contacted" (勿扰). Whoever drafts broadcasts to a customer may write it down, for it only takes away; lifting it
 * changes what we know of him, and needs the right to change his profile and a reason.
 */
export function contactRefusalRoutes(options: ContactRefusalRoutes): Route[] {
  const { audit, sealer } = options
  return [
    route(setContactRefusal, async ({ params }, context) => change(options, context, params.externalUserId, async (work, actor, { customer, facts }) => {
      actor.require('marketing.broadcasts.edit', facts)
      await refuseContact(work, audit, { customerId: customer.id, saidAt: actor.now, staffId: actor.staffId, requestId: context.requestId, now: actor.now })
    })),
    route(liftContactRefusal, async ({ params, body }, context) => {
      const { id, reason, note } = body
      if (reason === 'other' && note === undefined) throw new ProjectError('contact_refusal.note_required', 400)
      return change(options, context, params.externalUserId, async (work, actor, { customer, facts }) => {
        actor.require('customer.profile.edit', facts)
        const noteSealed = note === undefined ? null : sealer.seal(note, noteContext)
        const isLifted = await liftRefusal(work, audit, { customerId: customer.id, id, staffId: actor.staffId, reason, noteSealed, requestId: context.requestId, now: actor.now })
        if (!isLifted) throw new ProjectError('contact_refusal.not_in_force', 409)
      })
    }),
  ]
}

type Change = (work: UnitOfWork, actor: ActorAccess, found: Found) => Promise<void>

async function change({ database, access, cards }: ContactRefusalRoutes, context: ActorContext, externalUserId: string, apply: Change): Promise<{ contactRefusal: Shown | null }> {
  await cards.open(context, externalUserId)
  return database.transaction(async (work) => {
    // The rules as they are inside this transaction, not as they were when the request began.
    const actor = await access.actorFor(context.signedIn.staffId, work.db)
    const found = await findVisible(work.db, actor, externalUserId)
    await apply(work, actor, found)
    return { contactRefusal: await shownRefusal(work.db, actor, found.facts) }
  })
}

/**
 * The wish in force as this person sees it. It is no field of the customer: no rule hides it and no filter asks for it, since
 * whoever does not see it would write to him.
 */
export async function shownRefusal(db: EntityManager, actor: ActorAccess, facts: CustomerFacts): Promise<Shown | null> {
  const row = (await refusalsOf(db, [facts.customerId])).get(facts.customerId)
  if (row === undefined) return null
  const seesPeople = row.setBy === actor.staffId || actor.decideFor('customer.ownership.view', facts).allowed
  const writer = row.setBy === null || !seesPeople ? null : await db.getRepository(staff).findOneBy({ id: row.setBy })
  return { id: row.id, since: row.saidAt, source: row.source, by: writer?.name ?? null }
}
