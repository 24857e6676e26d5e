import { In, IsNull, MoreThan, type EntityManager } from 'typeorm'
import { v7 as uuid } from 'uuid'
import type { z } from 'zod'
import { isCustomerBound, isNeverTemporary, isOperation, maskMoneyAndNumbers, viewOf, type Operation } from '#shared/access/index'
import type { shareCustomer, ShareItem } from '#shared/contracts/temporary-grants'
import { loadCompanyPolicy, shareGrant, shares, staffRoles, type ActorAccess, type CustomerFacts, type Share } from '../access/index.ts'
import { fit } from '../database/columns.ts'
import type { UnitOfWork } from '../database/database.ts'
import { ProjectError } from '../errors.ts'
import type { Staff } from '../organization/index.ts'
import { Flaws } from './flaws.ts'
import { findActive, namesOf } from './people.ts'
import type { RightsOptions } from './rights-options.ts'
import { checkPeriod, longestMs, throwFlaws } from './temporary-check.ts'

export type ShareInput = z.output<(typeof shareCustomer)['body']>

/** A customer whom the sharer sees, with the rights of the transaction. */
export interface SharedCustomer {
  readonly actor: ActorAccess
  readonly customerId: string
  readonly facts: CustomerFacts
}

const profile: Operation = 'customer.profile.view'

/**
 * Shows one customer to one colleague until an end. Each operation, with the views it implies and the profile without which nothing
 * of a customer is seen, must be the sharer's own by a role: what somebody got for a time or by a share goes no further. A share of
 * the same customer by the same person to the same colleague takes the place of the one before.
 * Throws `share.flawed` with all flaws at once, `share.not_yours`, `share.gives_nothing`, `staff.*`.
 */
export async function shareWith(options: RightsOptions, work: UnitOfWork, { actor, customerId, facts }: SharedCustomer, input: ShareInput): Promise<Share> {
  const { access, audit } = options
  const now = access.clock.now()
  const person = await findActive(work.db, input.userid)
  const operations = await checkedOperations(work.db, actor, person, input, now)
  const foreign = operations.filter((operation) => !actor.decideFor(operation, facts).because.some((grant) => grant.startsWith('role:')) || !actor.decideFor(operation, facts).allowed)
  if (foreign.length > 0) throw new ProjectError('share.not_yours', 403, { operations: foreign })
  const share: Share = {
    id: uuid(), customerId, staffId: person.id, operations, fromAt: now, untilAt: input.until, reason: fit(maskMoneyAndNumbers(input.reason), 200), sharedBy: actor.staffId, createdAt: now, endedAt: null,
  }
  const never = await neverHeld(work.db, person, share, operations)
  if (never.length > 0) throw new ProjectError('share.gives_nothing', 409, { operations: never })
  const table = work.db.getRepository(shares)
  await table.update({ customerId, staffId: person.id, sharedBy: actor.staffId, endedAt: IsNull() }, { endedAt: now })
  await table.insert({ ...share, operations })
  await access.raiseEpoch(work)
  await audit.record(work.db, {
    actorKind: 'staff', actorId: actor.staffId, action: 'share.given', operation: profile, subjectKind: 'customer', subjectId: customerId, outcome: 'done',
    details: { share: share.id, staff: person.id, operations, until: input.until },
  })
  return share
}

/** What was named, and what it takes along. */
async function checkedOperations(db: EntityManager, actor: ActorAccess, person: Staff, input: ShareInput, now: number): Promise<Operation[]> {
  const flaws = new Flaws()
  if (person.id === actor.staffId) flaws.add('userid', 'share', 'oneself')
  const named = input.operations.flatMap((name, at): Operation[] => {
    if (!isOperation(name)) flaws.add(`operations.${at}`, 'share', 'unknown_operation', name)
    else if (!isCustomerBound(name) || isNeverTemporary(name) || name.endsWith('.operate')) flaws.add(`operations.${at}`, 'share', 'not_shareable', name)
    else return [name]
    return []
  })
  checkPeriod(flaws, { from: now, until: input.until }, now, await longestMs(db, 'shareDays'))
  throwFlaws('share.flawed', flaws)
  return [...new Set<Operation>([profile, ...named.flatMap((operation) => [viewOf(operation), operation])])]
}

/** Those that no role of the recipient could hold for any customer. */
async function neverHeld(db: EntityManager, person: Staff, share: Share, operations: readonly Operation[]): Promise<Operation[]> {
  const company = await loadCompanyPolicy(db)
  const held = (await db.getRepository(staffRoles).findBy({ staffId: person.id })).flatMap(({ roleKey }) => company.grantsByRole.get(roleKey) ?? [])
  const given = new Set(shareGrant({ id: share.id, customerId: share.customerId, operations, fromAt: share.fromAt, untilAt: share.untilAt }, held).flatMap(({ grant }) => grant.operations))
  return operations.filter((operation) => !given.has(operation))
}

/** The shares of a customer, newest first: all that are in force, and the last that are over. */
export async function sharesOf(db: EntityManager, actor: ActorAccess, customer: { readonly id: string, readonly externalUserId: string }): Promise<ShareItem[]> {
  const rows = await db.getRepository(shares).find({ where: { customerId: customer.id }, order: { createdAt: 'DESC', id: 'DESC' }, take: 100 })
  return presentShares(db, actor, customer.externalUserId, rows)
}

export async function presentShares(db: EntityManager, actor: ActorAccess, externalUserId: string, rows: readonly Share[]): Promise<ShareItem[]> {
  const nameOf = await namesOf(db, rows.flatMap((row) => [row.staffId, row.sharedBy]))
  return rows.map((row): ShareItem => {
    const state = row.endedAt !== null ? 'ended' as const : row.untilAt <= actor.now ? 'over' as const : 'active' as const
    return {
      id: row.id, customer: { externalUserId }, staff: nameOf(row.staffId), sharedBy: nameOf(row.sharedBy), operations: namedIn(row.operations),
      from: row.fromAt, until: row.untilAt, state, reason: row.reason, mayEnd: state === 'active' && mayEndShare(actor, row),
    }
  })
}

const namedIn = (stored: unknown): string[] => (Array.isArray(stored) ? stored.filter((one) => typeof one === 'string') : [])

const mayEndShare = (actor: ActorAccess, row: Share): boolean => row.sharedBy === actor.staffId || row.staffId === actor.staffId || actor.may('system.policy.operate')

/** False when it was over. Throws `share.not_found`. */
export async function endOneShare({ access, audit }: RightsOptions, work: UnitOfWork, staffId: string, id: string): Promise<boolean> {
  const now = access.clock.now()
  const row = await work.db.getRepository(shares).findOneBy({ id })
  if (row === null || !mayEndShare(await access.actorFor(staffId, work.db), row)) throw new ProjectError('share.not_found', 404)
  const { affected } = await work.db.getRepository(shares).update({ id, endedAt: IsNull(), untilAt: MoreThan(now) }, { endedAt: now })
  if (affected !== 1) return false
  await access.raiseEpoch(work)
  await audit.record(work.db, { actorKind: 'staff', actorId: staffId, action: 'share.ended', subjectKind: 'customer', subjectId: row.customerId, outcome: 'done', details: { share: id, staff: row.staffId } })
  return true
}

/** Everything shown to this person ends; what he showed to others stays (T20). */
export async function endSharesTo(work: UnitOfWork, staffId: string, now: number): Promise<string[]> {
  const open = await work.db.getRepository(shares).findBy({ staffId, endedAt: IsNull(), untilAt: MoreThan(now) })
  if (open.length > 0) await work.db.getRepository(shares).update({ id: In(open.map((row) => row.id)), endedAt: IsNull() }, { endedAt: now })
  return open.map((row) => row.id)
}
