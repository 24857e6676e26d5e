import type { EntityManager } from 'typeorm'
import type { UnitOfWork } from '../../database/database.ts'
import { wakeupOf } from '../../jobs/index.ts'
import type { BroadcastOptions } from '../broadcast-options.ts'
import { planWorks, type PlanWork, type PlanWorkKind } from './plan-work.entity.ts'

/** Wakes the plan worker. */
export const planTopic = 'broadcast-plans'

/** A submission of which nothing is heard for so long has died; a piece takes far less. */
export const aliveMs = 60_000

/** So much of a plan fits one transaction: it must not keep callbacks and other writers waiting. */
export const pieceOf = { recipients: 500, senders: 20 } as const

type NewWork = Pick<PlanWork, 'planId' | 'broadcastId' | 'kind' | 'category'> & Partial<Pick<PlanWork, 'reason' | 'afterStaffId'>>

/** Begins what is done in pieces; the worker goes on with all but `fill` once this is on disk. */
export async function beginPlanWork({ database, access }: BroadcastOptions, work: UnitOfWork, begun: NewWork): Promise<void> {
  const now = access.clock.now()
  await work.db.insert(planWorks, { reason: null, afterStaffId: null, ...begun, createdAt: now, aliveUntil: now + aliveMs })
  if (begun.kind !== 'fill') work.afterCommit(() => wakeupOf(database).wake(planTopic))
}

/** The work, held until the transaction ends; null when it is over or has become another kind. */
export async function holdPlanWork({ access }: BroadcastOptions, work: UnitOfWork, planId: string, kind: PlanWorkKind): Promise<PlanWork | null> {
  const held = await work.db.update(planWorks, { planId, kind }, { aliveUntil: access.clock.now() + aliveMs })
  return held.affected === 1 ? work.db.findOneBy(planWorks, { planId }) : null
}

/** Ends work of a kind, or whatever there is for a plan; whether there was any. */
export async function endPlanWork(work: UnitOfWork, planId: string, kind?: PlanWorkKind): Promise<boolean> {
  return (await work.db.delete(planWorks, { planId, ...(kind === undefined ? {} : { kind }) })).affected === 1
}

/** What is being done for a broadcast now. */
export async function planWorkOf(db: EntityManager, broadcastId: string): Promise<PlanWorkKind[]> {
  return (await db.findBy(planWorks, { broadcastId })).map((one) => one.kind)
}
