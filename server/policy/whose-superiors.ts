import { In, IsNull, type EntityManager } from 'typeorm'
import type { Scope } from '#shared/access/index'
import type { ActorAccess } from '../access/index.ts'
import { departments, staff, staffDepartments } from '../organization/index.ts'

export interface WhoAsks {
  readonly requester: ActorAccess
  /** Who would gain. */
  readonly beneficiaryStaffIds: readonly string[]
  /** How far what they would gain reaches. */
  readonly scopes: readonly Scope[]
}

/**
 * The department whose superiors decide: the lowest one above the requester, everybody who would gain and every department that
 * is named, so that nobody opens what lies beyond his own line; for all customers the topmost. Null: the requester's own.
 */
export async function whoseSuperiors(db: EntityManager, asks: WhoAsks): Promise<number | null> {
  const departmentId = await lowestAbove(db, asks)
  // Whoever decides over all of it himself has nobody above it but his own superiors.
  const own = departmentId !== null && asks.requester.decideResource('marketing.approvals.operate', { departmentId, creatorStaffId: null }).allowed
  return own ? null : departmentId
}

async function lowestAbove(db: EntityManager, { requester, beneficiaryStaffIds, scopes }: WhoAsks): Promise<number | null> {
  const named = scopes.flatMap((scope) => (scope.kind === 'departments' ? scope.departmentIds : []))
  const others = beneficiaryStaffIds.filter((id) => id !== requester.staffId)
  const places = [...await homeOf(db, requester.staffId), ...await placesOf(db, others), ...named]
  if (places.length === 0) return null
  const paths = (await db.getRepository(departments).findBy({ id: In([...new Set(places)]), deletedAt: IsNull() })).map((row) => pathIds(row.path))
  const [first, ...rest] = paths
  if (first === undefined) return null
  if (scopes.some((scope) => scope.kind === 'all')) return first[0] ?? null
  return first.filter((id, depth) => rest.every((path) => path[depth] === id)).at(-1) ?? first[0] ?? null
}

/** The main department where it is in force, else the one he has been in longest. */
async function homeOf(db: EntityManager, staffId: string): Promise<number[]> {
  const person = await db.getRepository(staff).findOneBy({ id: staffId })
  const mine = await db.getRepository(staffDepartments).find({ where: { staffId }, order: { since: 'ASC', departmentId: 'ASC' } })
  const home = mine.find((one) => one.departmentId === person?.mainDepartmentId) ?? mine[0]
  return home === undefined ? [] : [home.departmentId]
}

const atOnce = 500

async function placesOf(db: EntityManager, staffIds: readonly string[]): Promise<number[]> {
  const found: number[] = []
  for (let start = 0; start < staffIds.length; start += atOnce) {
    found.push(...(await db.getRepository(staffDepartments).findBy({ staffId: In(staffIds.slice(start, start + atOnce)) })).map((one) => one.departmentId))
  }
  return found
}

const pathIds = (path: string): number[] => path.split('/').filter((step) => step !== '').map(Number)
