/** Now, in ms. */
export type Clock = () => number

/**
 * What is urgent counts as this much older when turns are decided, in ms: while more comes than can be handled, the rest
 * waits, but not for ever.
 */
export const urgentHeadStartMs = 3_600_000

/** Where jobs report; fields hold ids, kinds and error names, never content. A pino logger fits. */
export interface JobLog {
  info(fields: Readonly<Record<string, unknown>>, message: string): void
  warn(fields: Readonly<Record<string, unknown>>, message: string): void
  error(fields: Readonly<Record<string, unknown>>, message: string): void
}

/** How one run of a handler ended, for metrics. `postponed`: somebody else's outage, not counted as a failure. */
export type JobOutcome = 'done' | 'failed' | 'postponed' | 'dead' | 'unhandled' | 'expired'

export type OnHandled = (kind: string, outcome: JobOutcome, ms: number) => void

/** Rows by state (finished ones are not counted), and how many of them wait for a repeat. */
export interface QueueDepths {
  readonly states: Readonly<Record<string, number>>
  /** Rows that failed or met an outage and wait for their next try. */
  readonly backingOff: number
  /** Age of the oldest row that nobody has finished or parked, in ms; 0 when there is none. */
  readonly oldestMs: number
}
