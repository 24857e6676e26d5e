import { In, type EntityManager } from 'typeorm'
import { isCustomerBound, unitOperations, type Operation } from '#shared/access/index'
import type { Block } from '#shared/contracts/blocks'
import { temporaryGrants, type ActorAccess, type CustomerFacts } from '../access/index.ts'
import { blockRequests, type BlockRequest } from './block.entity.ts'

export interface BlockUnit {
  readonly unit: string
  readonly view: Operation
}

/** The blocks that may be asked for at all: whatever is bound to a customer, but the profile, without which he is not there. */
export const blockUnits: readonly BlockUnit[] = unitOperations
  .filter((operation) => isCustomerBound(operation) && operation.endsWith('.view') && operation !== 'customer.profile.view')
  .map((view) => ({ view, unit: view.slice(0, -'.view'.length) }))

const noStore = { storeDepartmentId: null }

/**
 * Every block of this customer and how it stands for this person. What may be asked for follows from the rules alone: nothing of
 * the customer's data is read here, so that the list does not tell whether there is a contract (S51).
 */
export async function blocksOf(db: EntityManager, actor: ActorAccess, facts: CustomerFacts): Promise<Block[]> {
  const asked = await db.getRepository(blockRequests).find({ where: { staffId: actor.staffId, customerId: facts.customerId }, order: { createdAt: 'DESC', id: 'DESC' } })
  const ends = await endsOf(db, asked.flatMap((one) => one.grantId ?? []))
  return blockUnits.map(({ unit, view }) => {
    // Somebody who sees only what his own store recorded may ask for the whole.
    const decision = actor.decideRecord(view, facts, noStore)
    const latest = asked.find((one) => one.unit === unit)
    if (decision.allowed) return { unit, state: 'have', until: endOf(decision.because, ends), askedAt: null, partly: false }
    const partly = actor.decideFor(view, facts).allowed
    if (actor.isTakenEverywhere(view)) return { unit, state: 'closed', until: null, askedAt: null, partly }
    return { unit, ...standing(latest, actor.now), partly }
  })
}

function standing(latest: BlockRequest | undefined, now: number): Omit<Block, 'unit' | 'partly'> {
  if (latest?.state === 'waiting') return { state: 'waiting', until: null, askedAt: latest.createdAt }
  const again = latest?.state === 'refused' ? (latest.askAgainAt ?? 0) : 0
  return again > now ? { state: 'refused', until: again, askedAt: latest?.createdAt ?? null } : { state: 'may', until: null, askedAt: null }
}

/** When a block that is open by requests alone closes again. */
function endOf(because: readonly string[], ends: ReadonlyMap<string, number>): number | null {
  const own = because.map((id) => ends.get(id))
  return own.every((end) => end !== undefined) ? Math.max(...own) : null
}

async function endsOf(db: EntityManager, grantIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const rows = grantIds.length === 0 ? [] : await db.getRepository(temporaryGrants).findBy({ id: In([...grantIds]) })
  return new Map(rows.map((row) => [`temporary:${row.id}`, row.untilAt]))
}

/** The unit with this name, if it is a block that may be asked for. */
export function blockUnit(name: string): BlockUnit | null {
  return blockUnits.find((one) => one.unit === name) ?? null
}

