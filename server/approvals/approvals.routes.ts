import {
  decideApproval, listApprovals, listMutualApprovals, listMyApprovals, listWaitingApprovals, readApproval, withdrawApproval,
} from '#shared/contracts/approvals'
import { present, ProjectError } from '../errors.ts'
import type { ActorContext } from '../http/context.ts'
import type { Cursors } from '../http/cursors.ts'
import { route, type Route } from '../http/route.ts'
import type { Sessions } from '../identity/index.ts'
import { approvalApprovers, approvalPairs, approvalRequests, type ApprovalRow } from './approval.entity.ts'
import { ApprovalNotFound, type Decided } from './approval-kind.ts'
import { namesFor, presentDetail, presentItems } from './approval.presenter.ts'
import type { Approvals } from './approvals.ts'
import { abilitiesFor, mayRead, readMine, readScope, readWaiting } from './boxes.ts'
import type { Core } from './core.ts'

export interface ApprovalRoutes {
  readonly approvals: Approvals
  readonly sessions: Sessions
  readonly cursors: Cursors
}

export function approvalRoutes(options: ApprovalRoutes): Route[] {
  const { core } = options.approvals
  return [...boxRoutes(core, options.cursors), ...requestRoutes(core, options)]
}

function boxRoutes(core: Core, cursors: Cursors): Route[] {
  const { db } = core.database

  /** One page of a box; one row more tells whether there is another. */
  async function pageOf(staffId: string, box: unknown, query: { readonly cursor?: string | undefined, readonly limit: number }, read: (after: ReturnType<Cursors['read']>, limit: number) => Promise<ApprovalRow[]>) {
    const rows = await read(cursors.read(staffId, box, query.cursor), query.limit + 1)
    const shown = rows.slice(0, query.limit)
    const last = shown.at(-1)
    return {
      items: await presentItems(core, shown, staffId),
      nextCursor: rows.length > query.limit && last !== undefined ? cursors.write(staffId, box, { at: last.createdAt, id: last.id }) : null,
    }
  }

  return [
    route(listWaitingApprovals, ({ query }, { actor }) =>
      pageOf(actor.staffId, { approvals: 'waiting' }, query, (after, limit) => readWaiting(core, actor.staffId, after, limit))),
    route(listMyApprovals, ({ query }, { actor }) =>
      pageOf(actor.staffId, { approvals: 'mine' }, query, (after, limit) => readMine(db, actor.staffId, after, limit))),
    route(listApprovals, ({ query }, { actor }) => {
      const filter = { state: query.state, kind: query.kind }
      return pageOf(actor.staffId, { approvals: 'scope', ...filter }, query, (after, limit) => readScope(db, actor, filter, after, limit))
    }),
    route(listMutualApprovals, async (_input, { actor }) => {
      actor.requireSystem('system.audit.view')
      const pairs = await db.getRepository(approvalPairs).find({ order: { reportedAt: 'DESC', pairKey: 'ASC' }, take: 100 })
      const names = await namesFor(db, pairs.flatMap((pair) => [pair.firstStaffId, pair.secondStaffId]), [])
      return {
        items: pairs.flatMap(({ firstStaffId, secondStaffId, firstApproved, secondApproved, reportedAt }) => {
          const [first, second] = [names.person(firstStaffId), names.person(secondStaffId)]
          return first === null || second === null ? [] : [{ first, second, firstApproved, secondApproved, reportedAt }]
        }),
      }
    }),
  ]
}

function requestRoutes(core: Core, { approvals, sessions }: ApprovalRoutes): Route[] {
  const { db } = core.database

  async function find(id: string): Promise<ApprovalRow> {
    const row = await db.getRepository(approvalRequests).findOneBy({ id })
    if (row === null) throw new ApprovalNotFound()
    return row
  }

  const item = async (id: string, staffId: string) => present((await presentItems(core, [await find(id)], staffId))[0], 'the request')

  return [
    route(readApproval, async ({ params }, { actor }) => {
      const row = await find(params.id)
      if (!(await mayRead(core, actor, row))) throw new ApprovalNotFound()
      const asked = await db.getRepository(approvalApprovers).find({ where: { requestId: row.id }, order: { level: 'ASC', id: 'ASC' } })
      return presentDetail(core, row, asked, await abilitiesFor(core, row, actor.staffId), actor.staffId)
    }),
    route(decideApproval, async ({ params, body }, context) => {
      const { actor } = context
      const row = await find(params.id)
      const known = await mayRead(core, actor, row) || await db.getRepository(approvalApprovers).existsBy({ requestId: row.id, staffId: actor.staffId })
      if (known && core.registry.find(row.kind)?.decideOn !== 'card') await requireFresh(context)
      // Also for whoever has nothing to do with it: the refusal stands in the audit, and the answer tells nothing.
      const decided = await approvals.decide(row.id, actor.staffId, body.verdict, 'console', body.note)
      const outcome = outcomeOf(decided, known)
      return { outcome, approval: await item(row.id, actor.staffId) }
    }),
    route(withdrawApproval, async ({ params }, { actor }) => {
      await core.database.transaction((work) => approvals.withdraw(work, params.id, actor.staffId))
      return item(params.id, actor.staffId)
    }),
  ]

  async function requireFresh({ signedIn }: ActorContext): Promise<void> {
    if (!(await sessions.isFresh(db, signedIn.sessionId))) throw new ProjectError('session.fresh_required', 403)
  }
}

/** Whoever was asked or may read it is told how it stands; for anybody else it does not exist. */
function outcomeOf(decided: Decided, known: boolean): 'approved' | 'refused' | 'recorded' {
  if (decided.outcome === 'not-eligible' || decided.outcome === 'late') {
    if (!known) throw new ApprovalNotFound()
    if (decided.outcome === 'not-eligible') throw new ProjectError('approval.not_eligible', 403, { reason: decided.reason })
    throw new ProjectError(decided.request.status === 'outdated' ? 'approval.outdated' : 'approval.closed', 409, { status: decided.request.status })
  }
  return decided.outcome
}
