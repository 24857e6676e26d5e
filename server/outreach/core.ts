import type { Audit } from '../audit/index.ts'
import type { Database, UnitOfWork } from '../database/database.ts'
import { wakeupOf, type JobLog } from '../jobs/index.ts'
import type { OutreachTask, OutreachSource } from './source.ts'
import type { OutreachTaskRow } from './outreach.entity.ts'

/** How patient the dispatcher is, in ms. */
export interface OutreachTiming {
  /** How long after an intent WeCom's lists are read for its outcome; a call that was made is in them by then. */
  readonly settleMs: number
  /** A claim on a task ends this long after its process died. */
  readonly leaseMs: number
}

/** WeCom names no figure for "still being dispatched" (41063); a minute is far beyond what a call may take. */
export const usualTiming: OutreachTiming = { settleMs: 60_000, leaseMs: 20_000 }

export interface OutreachOptions {
  readonly database: Database
  readonly audit: Audit
  readonly clock: () => number
  readonly log: JobLog
  /** The company's zone. */
  readonly zone: string
  readonly timing?: Partial<OutreachTiming>
}

/** What the parts of outreach share. */
export interface Core {
  readonly database: Database
  readonly audit: Audit
  readonly clock: () => number
  readonly log: JobLog
  readonly zone: string
  readonly timing: OutreachTiming
  /** By name; a domain registers once, at start. */
  readonly sources: Map<string, OutreachSource>
}

export const topic = 'outreach'

/** Tells the dispatcher to look once the transaction is on disk. */
export function wakeAfterCommit(core: Core, work: UnitOfWork): void {
  work.afterCommit(() => wakeupOf(core.database).wake(topic))
}

export const taskView = ({ id, source, sourceId, staffId, text, attachments, notBefore }: OutreachTaskRow): OutreachTask =>
  ({ id, source, sourceId, staffId, text, attachments, notBefore })
