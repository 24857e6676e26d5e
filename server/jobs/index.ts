/** The public face of jobs: callbacks in, effects out, work by the clock. */
export type { Clock, JobLog, JobOutcome, OnHandled, QueueDepths } from './ports.ts'
export { createInbox, type Inbox, type InboxOptions } from './inbox-store.ts'
export type { Arrival } from './arrivals-writer.ts'
export {
  createInboxWorker, type InboxContext, type InboxEvent, type InboxHandler, type InboxWorkerOptions, type Worker,
} from './inbox-worker.ts'
export { openPayload, type Classified, type Classify, type PayloadSealer } from './inbox-reading.ts'
export { createLanes, type Lanes, type LanesOptions } from './lanes.ts'
export { addManyOutbox, addOutbox, type Added, type OutboxEntry } from './outbox-store.ts'
export { createOutboxWorker, type OutboxContext, type OutboxHandler, type OutboxWorkerOptions, type Settle } from './outbox-worker.ts'
export { discardOutbox, listParked, replayInbox, replayOutbox, type ParkedRow, type Queue } from './parked.ts'
export { purgeJobs, queueDepths } from './queue-care.ts'
export { createLeases, type LeaseResult, type Leases, type LeasesOptions } from './leases.ts'
export { createSchedules, type Schedule, type Schedules, type SchedulesOptions } from './schedules.ts'
export { createWakeup, type Wakeup } from './wakeup.ts'
export { wakeupOf } from './process-parts.ts'
export { describeError, type RetryRules } from './retry.ts'
export type { InboxRow, InboxState, OutboxRow } from './jobs.entity.ts'
