import type { EntityManager } from 'typeorm'
import { exclusionReasons } from '#shared/broadcast-words'
import type { Broadcast as Shown, readBroadcast } from '#shared/contracts/broadcasts'
import type { z } from 'zod'
import type { ActorAccess } from '../access/index.ts'
import type { Broadcast } from './broadcast.entity.ts'
import { outcomesOf, type Outcomes } from './count-outcomes.ts'
import { namesOf, type PersonName } from './find-broadcast.ts'
import { figuresOf, type PartlyHidden } from './hidden-figures.ts'
import { isToGroups } from './to-groups/walk-groups.ts'

const none: PartlyHidden = { count: 0, hidden: 0 }

/** A broadcast as it is shown. Numbers about customers whom its author could not view, or this viewer cannot, are withheld where they are small. */
function presentBroadcast(row: Broadcast, viewerStaffId: string, names: ReadonlyMap<string, PersonName>, outcomes: Outcomes | undefined): Shown {
  const creator = names.get(row.creatorStaffId)
  const seen = isForeign(row, viewerStaffId) ? [...outcomes?.values() ?? []].reduce((sum, one) => sum + one.hidden, 0) : 0
  const [recipients = null] = row.planId === null ? [] : figuresOf([{ count: row.recipients, hidden: Math.min(row.recipients, Math.max(row.hiddenRecipients, seen)) }])
  return {
    id: row.id, version: row.version, name: row.name, status: row.status, mine: row.creatorStaffId === viewerStaffId, creator: creator === undefined ? null : { ...creator },
    plannedAt: row.plannedAt, senders: row.senders, category: row.category, recipients,
    progress: row.planId === null ? null : progressOf(outcomes ?? new Map()),
    steps: row.neededSteps.map((step) => ({ step, agreed: row.agreedSteps.includes(step) })), createdAt: row.createdAt, submittedAt: row.submittedAt,
  }
}

function progressOf(outcomes: Outcomes): NonNullable<Shown['progress']> {
  const order = ['planned', 'leaving', 'sent', 'not-friend', 'over-limit', 'unsent', 'left-out', 'withdrawn'] as const
  const figures = figuresOf(order.map((outcome) => ({ ...(outcomes.get(outcome) ?? none) })))
  const figure = (place: number) => figures[place] ?? { value: 0 }
  return { planned: figure(0), leaving: figure(1), sent: figure(2), notFriend: figure(3), overLimit: figure(4), unsent: figure(5), leftOut: figure(6), withdrawn: figure(7) }
}

/** Whom somebody else wrote to: the author's view of these customers is not the viewer's. Groups hide nobody. */
const isForeign = (row: Broadcast, viewerStaffId: string): boolean => row.creatorStaffId !== viewerStaffId && !isToGroups(row.senders)

/** Up to so many recipients it is looked up whom the viewer cannot view; among more each is taken for hidden, which withholds more, never less. */
const mostLookedUp = 20_000

/** Several of them, with three queries. */
export async function presentBroadcasts(db: EntityManager, rows: readonly Broadcast[], viewer: ActorAccess): Promise<Shown[]> {
  const names = await namesOf(db, [...new Set(rows.map((row) => row.creatorStaffId))])
  const [foreign, own] = [true, false].map((wanted) => rows.filter((row) => isForeign(row, viewer.staffId) === wanted))
  const outcomes = new Map([...await outcomesOf(db, plansOf(own)), ...await foreignOutcomes(db, foreign ?? [], viewer)])
  return rows.map((row) => presentBroadcast(row, viewer.staffId, names, outcomes.get(row.planId ?? '')))
}

const plansOf = (rows: readonly Broadcast[] = []): string[] => rows.flatMap((row) => row.planId ?? [])

async function foreignOutcomes(db: EntityManager, rows: readonly Broadcast[], viewer: ActorAccess): Promise<Map<string, Outcomes>> {
  const few = rows.reduce((sum, row) => sum + row.recipients, 0) <= mostLookedUp
  if (few) return outcomesOf(db, plansOf(rows), viewer.rowFilter('customer.profile.view'))
  const outcomes = await outcomesOf(db, plansOf(rows))
  return new Map([...outcomes].map(([plan, counts]) => [plan, new Map([...counts].map(([outcome, { count }]) => [outcome, { count, hidden: count }]))]))
}

/** Who was left out why. Nothing tells a viewer other than the author which of them he could view, so each counts as hidden from him. */
export function presentExcluded(row: Broadcast, viewerStaffId: string): z.output<typeof readBroadcast.returns>['excluded'] {
  const reasons = exclusionReasons.filter((reason) => row.excluded[reason] !== undefined)
  const groups = reasons.map((reason) => ({ count: 0, hidden: 0, ...row.excluded[reason] }))
  const figures = figuresOf(isForeign(row, viewerStaffId) ? groups.map(({ count }) => ({ count, hidden: count })) : groups)
  return reasons.flatMap((reason, place) => (figures[place] === undefined ? [] : [{ reason, count: figures[place] }]))
}
