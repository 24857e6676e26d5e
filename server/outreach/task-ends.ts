import type { UnitOfWork } from '../database/database.ts'
import type { Core } from './core.ts'
import { outreachTasks, type OutreachState, type OutreachTaskRow, type RecipientOutcome } from './outreach.entity.ts'
import { settleRest } from './recipients.ts'

/** What is empty once a task has ended. */
const over = { nextAt: null, intentKey: null, candidates: null } as const

export interface Ending {
  readonly state: Extract<OutreachState, 'done' | 'withdrawn' | 'cancelled' | 'failed'>
  /** A short word, never a text from outside. */
  readonly reason: string | null
  /** What becomes of everybody without an outcome. */
  readonly rest: RecipientOutcome
}

/** What comes as a result is in the tables; an entry tells what did not go as it was planned. */
const entries = {
  withdrawn: { action: 'outreach.withdrawn' },
  cancelled: { action: 'outreach.cancelled' },
  failed: { action: 'outreach.failed' },
} as const

/** Ends a task whose row the caller holds, settles what is open and writes it down. */
export async function endTask(core: Core, work: UnitOfWork, task: OutreachTaskRow, { state, reason, rest }: Ending): Promise<void> {
  await work.db.update(outreachTasks, { id: task.id }, { ...over, state, reason, endedAt: core.clock() })
  const customers = await settleRest(core, work, task, rest)
  if (state !== 'done') await recordTask(core, work, task, { ...entries[state], details: { reason: reason ?? '', customers, outcome: rest } })
}

export interface TaskEntry {
  readonly action: string
  readonly details: Readonly<Record<string, string | number>>
}

/** An entry about a task: by the system, with ids and numbers only. */
export async function recordTask(core: Core, work: UnitOfWork, task: OutreachTaskRow, { action, details }: TaskEntry): Promise<void> {
  await core.audit.record(work.db, {
    actorKind: 'system', action, subjectKind: 'outreach-task', subjectId: task.id, outcome: 'done',
    details: { source: task.source, sourceId: task.sourceId, staffId: task.staffId, ...details },
  })
}
