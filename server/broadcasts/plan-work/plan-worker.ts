import { setImmediate as nextTurn } from 'node:timers/promises'
import { LessThanOrEqual } from 'typeorm'
import { createLanes, describeError, wakeupOf, type JobLog, type Worker } from '../../jobs/index.ts'
import type { BroadcastOptions } from '../broadcast-options.ts'
import { releaseSome } from '../release-plan.ts'
import { handOverSome } from './hand-over.ts'
import { planWorks, type PlanWork, type PlanWorkKind } from './plan-work.entity.ts'
import { planTopic } from './plan-work.ts'
import { undoSome } from './undo-fill.ts'

const pieces: Readonly<Record<Exclude<PlanWorkKind, 'fill'>, (options: BroadcastOptions, planId: string) => Promise<boolean>>> = {
  'undo': undoSome, 'hand-over': handOverSome, 'release': releaseSome,
}

/** After an error. */
const troubleMs = 15_000

/**
 * Does what plans still need, piece by piece, and takes away what submissions left that died. Two processes may work on the same plan:
 * a piece holds its row, so they only take turns.
 */
export function createPlanWorker(options: BroadcastOptions & { readonly log: JobLog }): Worker {
  const { database, access, log } = options
  const { db } = database
  const bornAt = access.clock.now()
  const running = new Set<string>()
  const notBefore = new Map<string, number>()

  const run = async ({ planId, kind }: PlanWork, signal: AbortSignal): Promise<void> => {
    try {
      if (kind !== 'fill') while (!signal.aborted && await pieces[kind](options, planId)) await nextTurn()
      notBefore.delete(planId)
    } catch (error) {
      notBefore.set(planId, access.clock.now() + troubleMs)
      log.warn({ plan: planId, kind, error: describeError(error) }, 'the plan of a broadcast will be looked at again')
    } finally {
      running.delete(planId)
    }
  }

  return createLanes<PlanWork>({
    topic: planTopic,
    take: async (limit) => {
      const now = access.clock.now()
      const open = await db.find(planWorks, { where: (['undo', 'hand-over', 'release'] as const).map((kind) => ({ kind })), order: { createdAt: 'ASC', planId: 'ASC' }, take: 100 })
      const due = open.filter(({ planId }) => !running.has(planId) && (notBefore.get(planId) ?? 0) <= now).slice(0, limit)
      for (const { planId } of due) running.add(planId)
      return due
    },
    run,
    giveBack: (rows) => {
      for (const { planId } of rows) running.delete(planId)
      return Promise.resolve()
    },
    // On SQLite there is no other process: a submission that began before this one has died.
    sweep: async () => {
      const dead = database.kind === 'sqlite' ? [{ createdAt: LessThanOrEqual(bornAt - 1) }] : []
      for (const where of [{ aliveUntil: LessThanOrEqual(access.clock.now()) }, ...dead]) await db.update(planWorks, { kind: 'fill', ...where }, { kind: 'undo' })
    },
    concurrency: 2, sweepMs: 5_000, wakeup: wakeupOf(database), log,
  })
}
