import type { EntityManager } from 'typeorm'
import type { Broadcast as Shown } from '#shared/contracts/broadcasts'
import type { Broadcast } from './broadcast.entity.ts'
import { outcomesOf, type Outcomes } from './count-outcomes.ts'
import { namesOf, type PersonName } from './find-broadcast.ts'
import { figuresOf, type PartlyHidden } from './hidden-figures.ts'

const none: PartlyHidden = { count: 0, hidden: 0 }

/** A broadcast as it is shown. Numbers about customers whom its author could not view are withheld where they are small, from everybody. */
export function presentBroadcast(row: Broadcast, viewerStaffId: string, names: ReadonlyMap<string, PersonName>, outcomes: Outcomes | undefined): Shown {
  const creator = names.get(row.creatorStaffId)
  const [recipients = null] = row.planId === null ? [] : figuresOf([{ count: row.recipients, hidden: row.hiddenRecipients }])
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

/** Several of them, with two queries. */
export async function presentBroadcasts(db: EntityManager, rows: readonly Broadcast[], viewerStaffId: string): Promise<Shown[]> {
  const names = await namesOf(db, [...new Set(rows.map((row) => row.creatorStaffId))])
  const outcomes = await outcomesOf(db, rows.flatMap((row) => row.planId ?? []))
  return rows.map((row) => presentBroadcast(row, viewerStaffId, names, outcomes.get(row.planId ?? '')))
}
