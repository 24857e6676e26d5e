import { In, IsNull, type EntityManager } from 'typeorm'
import type { Access, ActorAccess } from '../access/index.ts'
import type { Database, UnitOfWork } from '../database/database.ts'
import { accountsOfSamePerson, departments, staff, staffDepartments } from '../organization/index.ts'
import type { ApprovalRow } from './approval.entity.ts'
import type { NotEligible } from './approval-kind.ts'

/** Level of those whose right over the department comes from outside its line: directors and heads with the scope `all`. */
export const companyLevel = 900
/** The last level: holders of `system.policy.operate`, asked when no superior is left. */
export const administratorLevel = 1000

/** Where rights are read: outside a transaction from what is committed, inside one with what it has changed so far. */
export interface Reading {
  readonly db: EntityManager
  actorFor(staffId: string): Promise<ActorAccess>
}

export const readingNow = (access: Access, database: Database): Reading =>
  ({ db: database.db, actorFor: (staffId) => access.actorFor(staffId) })

export const readingWithin = (access: Access, work: UnitOfWork): Reading =>
  ({ db: work.db, actorFor: (staffId) => access.actorFor(staffId, work.db) })

/** How one person stands to one request. `level` is the level at which he is asked. */
export type Standing =
  | { readonly may: true, readonly level: number }
  | { readonly may: false, readonly reason: NotEligible }

const no = (reason: NotEligible): Standing => ({ may: false, reason })

/**
 * Whether this person may decide this request, by the rights in force in `reading` (docs/architecture.md, "Approvals"):
 * neither requester nor beneficiary, by no account of his; and a superior of the requester, or, for what concerns the whole
 * company and where no superior was left, a holder of `system.policy.operate`, or for templates and large broadcasts a lead of marketing.
 */
export async function standingOf(reading: Reading, row: ApprovalRow, staffId: string): Promise<Standing> {
  if (staffId === row.requesterStaffId) return no('requester')
  if (row.beneficiaryStaffIds.includes(staffId)) return no('beneficiary')
  const accounts = await accountsOfSamePerson(reading.db, staffId)
  if (accounts.includes(row.requesterStaffId) || row.beneficiaryStaffIds.some((one) => accounts.includes(one))) return no('same-person')
  if (!(await reading.db.getRepository(staff).existsBy({ id: staffId, status: 'active' }))) return no('inactive')
  const approver = await reading.actorFor(staffId)
  if (row.reach === 'company') return approver.may('system.policy.operate') ? { may: true, level: 0 } : no('no-right')
  if (row.reach === 'strategy') return approver.may('marketing.strategy.operate') ? { may: true, level: 0 } : no('no-right')
  if (row.reach === 'marketing') return leadsOver(row, approver) ? { may: true, level: 0 } : no('no-right')
  const standing = await standingInLine(reading, row, approver)
  if (standing.may || !approver.may('system.policy.operate')) return standing
  return row.level >= administratorLevel ? { may: true, level: administratorLevel } : no('not-asked')
}

/**
 * A template is no matter of the line: the lead of marketing confirms those of stores that are not below her, and of two leads each
 * confirms the other's (S37). Without a lead nobody decides, an administrator neither.
 */
function leadsOver(row: ApprovalRow, approver: ActorAccess): boolean {
  const resource = { departmentId: row.departmentId, creatorStaffId: row.requesterStaffId }
  return (['marketing.templates.operate', 'marketing.approvals.operate'] as const).every((operation) => approver.decideResource(operation, resource).allowed)
}

async function standingInLine(reading: Reading, row: ApprovalRow, approver: ActorAccess): Promise<Standing> {
  const line = await lineOf(reading.db, row)
  const over = (departmentId: number | null) => approver.decideResource('marketing.approvals.operate', { departmentId, creatorStaffId: row.requesterStaffId }).allowed
  const reached = line.filter((one) => over(one?.id ?? null))
  if (reached.length === 0) return no('no-right')
  const seats = await placesOf(reading.db, approver.staffId)
  const requester = await reading.actorFor(row.requesterStaffId)
  // Whoever decides over each other's requests are peers, unless the tree puts one above the other.
  const mutual = (seats.length === 0 ? [null] : seats).some((seat) =>
    requester.decideResource('marketing.approvals.operate', { departmentId: seat?.id ?? null, creatorStaffId: approver.staffId }).allowed)
  if (mutual && !standsAbove(seats, line, await placesOf(reading.db, row.requesterStaffId))) return no('not-superior')
  return { may: true, level: Math.min(...reached.map((one) => stepsUp(seats, one))) }
}

interface Place {
  readonly id: number
  readonly path: string
}

/**
 * The departments whose superiors decide; `null` where there is none, which only the scope `all` reaches. A department that was
 * the requester's own when he asked counts only while it is: after a move his new superiors decide.
 */
export async function lineOf(db: EntityManager, row: ApprovalRow): Promise<(Place | null)[]> {
  const own = await placesOf(db, row.requesterStaffId)
  const kept = row.departmentId !== null && (!row.departmentIsOwn || own.some((one) => one.id === row.departmentId))
  if (row.departmentId === null || !kept) return own.length === 0 ? [null] : own
  const named = await db.getRepository(departments).findOneBy({ id: row.departmentId, deletedAt: IsNull() })
  return [named]
}

/** A person's departments in force that exist. */
async function placesOf(db: EntityManager, staffId: string): Promise<Place[]> {
  const mine = await db.getRepository(staffDepartments).findBy({ staffId })
  if (mine.length === 0) return []
  return db.getRepository(departments).findBy({ id: In(mine.map((one) => one.departmentId)), deletedAt: IsNull() })
}

/** One of the seats lies above the line and nobody of the other side sits there or higher. */
function standsAbove(seats: readonly Place[], line: readonly (Place | null)[], others: readonly Place[]): boolean {
  const above = (seat: Place, place: Place) => seat.id !== place.id && place.path.startsWith(seat.path)
  return seats.some((seat) => line.some((place) => place !== null && above(seat, place))
    && !others.some((other) => other.id === seat.id || above(other, seat)))
}

/** How many steps above the department the nearest seat lies; `companyLevel` for somebody outside its line. */
function stepsUp(seats: readonly Place[], place: Place | null): number {
  if (place === null) return companyLevel
  const steps = pathIds(place.path)
  return Math.min(companyLevel, ...seats.flatMap((seat) => {
    const depth = steps.indexOf(seat.id)
    return depth < 0 ? [] : [steps.length - 1 - depth]
  }))
}

const pathIds = (path: string): number[] => path.split('/').filter((step) => step !== '').map(Number)
