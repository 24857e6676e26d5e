import type { EntityManager } from 'typeorm'
import type { UnitOfWork } from '../database/database.ts'
import { Invariant } from '../errors.ts'
import { cancelTasks, type CancelPiece } from './cancel-tasks.ts'
import { usualTiming, type Core, type OutreachOptions } from './core.ts'
import { planTasks, type PlanInput } from './plan-tasks.ts'
import { readProgress } from './progress.ts'
import type { OutreachProgress, OutreachSource } from './source.ts'

/** The one gate through which broadcasts to customers leave. */
export interface Outreach {
  /** The domains that cause messages register here once, at start. */
  register(source: OutreachSource): void
  /** In the caller's transaction: tasks of at most 10,000 customers a sender, to be made from `notBefore` on. */
  plan(work: UnitOfWork, input: PlanInput): Promise<void>
  /**
   * In the caller's transaction: nothing more of it is made, and its customers are settled as `unsent`; what WeCom has and nobody
   * confirmed is taken back afterwards and settled then. `reason` is a short word. Settles a piece of it; whether some are left for
   * another transaction: their source lets none of them leave meanwhile.
   */
  cancel(work: UnitOfWork, source: string, sourceId: string, reason: string, most: CancelPiece): Promise<boolean>
  progress(db: EntityManager, source: string, sourceId: string): Promise<OutreachProgress>
  readonly core: Core
}

export function createOutreach({ database, audit, clock, log, zone, timing }: OutreachOptions): Outreach {
  const core: Core = { database, audit, clock, log, zone, timing: { ...usualTiming, ...timing }, sources: new Map() }
  return {
    core,
    register: (source) => {
      if (core.sources.has(source.name)) throw new Invariant(`the outreach source ${source.name} is registered twice`)
      core.sources.set(source.name, source)
    },
    plan: (work, input) => planTasks(core, work, input),
    cancel: (work, source, sourceId, reason, most) => cancelTasks(core, work, source, sourceId, reason, most),
    progress: (db, source, sourceId) => readProgress(db, source, sourceId),
  }
}
