import { createLanes, describeError, wakeupOf, type Worker } from '../jobs/index.ts'
import { createMediaIds } from '../templates/index.ts'
import { WecomLimited } from '../wecom/index.ts'
import { topic, type Core } from './core.ts'
import { dispatchTask } from './dispatch.ts'
import { followTask } from './follow.ts'
import { readBack } from './read-back.ts'
import type { OutreachCalls, Step } from './step.ts'
import { createTaskQueue, TaskLost, type Claim } from './task-queue.ts'

export interface OutreachWorkers {
  readonly core: Core
  readonly wecom: OutreachCalls
}

/** Tasks at the same time; calls wait for WeCom's pace in the client. */
const concurrency = 8
/** After an error that says nothing about the task. */
const troubleMs = 15_000

const steps: Readonly<Record<string, (step: Step) => Promise<number | null>>> = { planned: dispatchTask, intended: readBack, created: followTask }

/**
 * Moves tasks on, one step at a time. Where a task stands is in its row alone, so it goes on there after any crash; the claim only keeps
 * two workers apart. Several processes may run one each on MySQL.
 */
export function createOutreachWorker({ core, wecom }: OutreachWorkers): Worker {
  const queue = createTaskQueue(core)
  const media = createMediaIds({ database: core.database, wecom, clock: core.clock })
  const calling = new Set<string>()
  let isFirstSweep = true

  const noLongerCalling = (claims: readonly Claim[]): void => {
    for (const { task } of claims) if (task.state === 'planned') calling.delete(task.staffId)
  }

  const run = async (claim: Claim): Promise<void> => {
    let lost = false
    const timer = setInterval(() => { queue.renew(claim).then((held) => { lost ||= !held }, () => undefined) }, core.timing.leaseMs / 3).unref()
    try {
      const step = steps[claim.task.state]
      const nextAt = step === undefined ? null : await step({ core, queue, wecom, media, claim, isLost: () => lost })
      if (nextAt === null) await queue.release([claim])
      else await queue.postpone(claim, nextAt)
    } catch (error) {
      if (error instanceof TaskLost) return
      core.log.warn({ task: claim.task.id, state: claim.task.state, error: describeError(error) }, 'a broadcast task will be looked at again')
      await queue.postpone(claim, core.clock() + (error instanceof WecomLimited ? Math.max(troubleMs, error.retryAfterMs) : troubleMs))
    } finally {
      clearInterval(timer)
      noLongerCalling([claim])
    }
  }

  return createLanes<Claim>({
    topic,
    take: async (limit) => {
      const claims = await queue.take(limit, calling)
      for (const { task } of claims) if (task.state === 'planned') calling.add(task.staffId)
      return claims
    },
    run: (claim) => run(claim).catch((error: unknown) => { if (!(error instanceof TaskLost)) throw error }),
    giveBack: async (claims) => {
      noLongerCalling(claims)
      await queue.release(claims)
    },
    // On SQLite there is no other process: whatever is claimed when this one starts was claimed by one that died.
    sweep: async () => {
      if (isFirstSweep && core.database.kind === 'sqlite') await queue.freeAll()
      isFirstSweep = false
    },
    concurrency, sweepMs: 1_000, wakeup: wakeupOf(core.database), log: core.log,
  })
}
