import { IsNull, type EntityManager, type SelectQueryBuilder } from 'typeorm'
import type { ActorAccess } from '../access/index.ts'
import type { Position } from '../http/cursors.ts'
import { approvalApprovers, approvalRequests, type ApprovalRow } from './approval.entity.ts'
import { isOpen } from './close-request.ts'
import type { Core } from './core.ts'
import { readingNow, standingOf } from './standing.ts'
import { mayStopWaiting } from './waiting-period.ts'

export interface Abilities {
  readonly approve: boolean
  readonly refuse: boolean
  readonly withdraw: boolean
}

/** What this person may do with a request at this moment. */
export async function abilitiesFor(core: Core, row: ApprovalRow, staffId: string): Promise<Abilities> {
  if (!isOpen(row) || (row.status === 'pending' && row.expiresAt <= core.access.clock.now())) return { approve: false, refuse: false, withdraw: false }
  const withdraw = row.requesterStaffId === staffId
  const own = await core.database.db.getRepository(approvalApprovers).findOneBy({ requestId: row.id, staffId })
  if (own !== null && own.verdict !== null) return { approve: false, refuse: false, withdraw }
  const reading = readingNow(core.access, core.database)
  const standing = await standingOf(reading, row, staffId)
  if (standing.may) return { approve: row.mode === 'first' || (own !== null && own.askedAt !== null), refuse: true, withdraw }
  return { approve: false, refuse: await mayStopWaiting(reading, row, staffId, standing.reason), withdraw }
}

/**
 * Whether this person may read a request: his own, one that he may decide at this moment (T03: not a moment longer), one within
 * his scope of `marketing.approvals.view`, and what concerns the company with `system.policy.view`.
 */
export async function mayRead(core: Core, actor: ActorAccess, row: ApprovalRow): Promise<boolean> {
  if (row.requesterStaffId === actor.staffId || isWithinScope(actor, row)) return true
  if (row.reach === 'company' && actor.may('system.policy.view')) return true
  const { approve, refuse } = await abilitiesFor(core, row, actor.staffId)
  return approve || refuse
}

export const isWithinScope = (actor: ActorAccess, row: ApprovalRow): boolean =>
  actor.decideResource('marketing.approvals.view', { departmentId: row.departmentId, creatorStaffId: row.requesterStaffId }).allowed

const newestFirst = (query: SelectQueryBuilder<ApprovalRow>, after: Position | null, limit: number): Promise<ApprovalRow[]> => {
  if (after !== null) query.andWhere('(requests.created_at < :afterAt OR (requests.created_at = :afterAt AND requests.id < :afterId))', { afterAt: after.at, afterId: after.id })
  return query.orderBy('requests.createdAt', 'DESC').addOrderBy('requests.id', 'DESC').limit(limit).getMany()
}

export function readMine(db: EntityManager, staffId: string, after: Position | null, limit: number): Promise<ApprovalRow[]> {
  return newestFirst(db.createQueryBuilder(approvalRequests, 'requests').where('requests.requester_staff_id = :staffId', { staffId }), after, limit)
}

/** The requests within the caller's scope of `marketing.approvals.view`; each is decided once more before it leaves. */
export async function readScope(db: EntityManager, actor: ActorAccess, filter: { readonly state?: 'open' | 'closed' | undefined, readonly kind?: string | undefined }, after: Position | null, limit: number): Promise<ApprovalRow[]> {
  const scope = actor.resourceFilter('marketing.approvals.view', { department: 'requests.department_id', creator: 'requests.requester_staff_id' })
  if (scope.isNothing) return []
  const query = db.createQueryBuilder(approvalRequests, 'requests').where(`(${scope.sql})`, { ...scope.parameters })
  if (filter.state !== undefined) query.andWhere(`requests.closed_at IS ${filter.state === 'open' ? 'NULL' : 'NOT NULL'}`)
  if (filter.kind !== undefined) query.andWhere('requests.kind = :kind', { kind: filter.kind })
  return (await newestFirst(query, after, limit)).filter((row) => isWithinScope(actor, row))
}

/**
 * Open requests that this person was asked about or may stop, and may decide at this moment. Those that he may not decide any
 * more are passed over, so it reads on until the page is full.
 */
export async function readWaiting(core: Core, staffId: string, after: Position | null, limit: number): Promise<ApprovalRow[]> {
  const found: ApprovalRow[] = []
  for (let from = after; found.length < limit;) {
    const rows = await readAsked(core.database.db, staffId, from, limit)
    for (const row of rows) {
      const { approve, refuse } = await abilitiesFor(core, row, staffId)
      if (approve || refuse) found.push(row)
    }
    const last = rows.at(-1)
    if (last === undefined || rows.length < limit) break
    from = { at: last.createdAt, id: last.id }
  }
  return found.slice(0, limit)
}

function readAsked(db: EntityManager, staffId: string, after: Position | null, limit: number): Promise<ApprovalRow[]> {
  const asked = db.createQueryBuilder().subQuery().select('approvers.request_id').from(approvalApprovers.options.name, 'approvers')
    .where('approvers.staff_id = :staffId AND approvers.verdict IS NULL').getQuery()
  return newestFirst(db.createQueryBuilder(approvalRequests, 'requests').where({ closedAt: IsNull() })
    .andWhere(`(requests.status = :waiting OR requests.id IN ${asked})`, { staffId, waiting: 'waiting' }), after, limit)
}
