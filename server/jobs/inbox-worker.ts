import type { Database, UnitOfWork } from '../database/database.ts'
import { createDueRows } from './inbox-due.ts'
import { ClaimLost, createInboxQueue, type ClaimedRow } from './inbox-queue.ts'
import { createReader } from './inbox-reader.ts'
import { createReading, openPayload, type Classify, type PayloadSealer } from './inbox-reading.ts'
import { createLanes } from './lanes.ts'
import type { Clock, JobLog, JobOutcome, OnHandled } from './ports.ts'
import { processParts } from './process-parts.ts'
import { timeOfSeq } from './sequence.ts'
import { defaultRetryRules, describeError, judge, type RetryRules } from './retry.ts'

/** A stored callback as its handler sees it. */
export interface InboxEvent<Content> {
  readonly digest: string
  readonly source: string
  readonly kind: string
  readonly orderKey: string | null
  readonly content: Content
  readonly receivedAt: number
  /** Failures so far plus one. */
  readonly attempt: number
  /**
   * The event was handled before and the same text arrived again. Two real changes within one second are the same text,
   * so read the present state anew instead of assuming that nothing happened.
   */
  readonly reread: boolean
}

export interface InboxContext {
  /** Aborted when the claim is about to end or the process stops. */
  readonly signal: AbortSignal
}

/**
 * Handles one kind. `prepare` runs outside a transaction, may call WeCom, must change nothing, and may run several times;
 * `apply` runs in the transaction that also marks the row as done, so its effect happens exactly once.
 */
export interface InboxHandler<Content, Prepared = unknown> {
  prepare(event: InboxEvent<Content>, context: InboxContext): Promise<Prepared>
  apply(work: UnitOfWork, event: InboxEvent<Content>, prepared: Prepared): Promise<void>
}

export interface InboxWorkerOptions<Content> {
  readonly database: Database
  /** Also the clock with which rows are added and replayed in this process. */
  readonly clock: Clock
  readonly log: JobLog
  readonly sealer: PayloadSealer
  readonly classify: Classify
  /** Reads the sealed text again for its handler. */
  readonly parse: (content: string, source: string) => Content
  readonly handlers: ReadonlyMap<string, InboxHandler<Content>>
  readonly onHandled?: OnHandled
  readonly retry?: Partial<RetryRules>
  /** Order keys handled at the same time; 8 by default. */
  readonly concurrency?: number
  /** How long a claim holds, in ms; a handler gets 80 % of it for `prepare`. */
  readonly leaseMs?: number
  readonly sweepMs?: number
}

export interface Worker {
  start(): void
  /** Handles everything that is due now; for tests and commands. */
  drain(): Promise<void>
  /** Takes nothing more and waits for what runs, up to `limitMs`. */
  stop(limitMs?: number): Promise<void>
}

/** Reads, orders and handles what the inbox holds. Several processes may run one each on MySQL. */
export function createInboxWorker<Content>(options: InboxWorkerOptions<Content>): Worker {
  const { database, clock, log, handlers, leaseMs = 60_000, onHandled = () => undefined } = options
  const rules: RetryRules = { ...defaultRetryRules, ...options.retry }
  const parts = processParts(database.source)
  parts.clock = clock
  const queue = createInboxQueue({ database, parts, clock, leaseMs })
  const due = createDueRows(database, clock)
  let recovered = false

  const settle = async (claimed: ClaimedRow, error: unknown): Promise<JobOutcome> => {
    const { row } = claimed
    const now = clock()
    const verdict = judge(rules, error, row.attempts, timeOfSeq(row.seq), now)
    const lastError = describeError(error)
    const failures = row.attempts + (verdict.next === 'again' && !verdict.counted ? 0 : 1)
    const fields = { digest: row.digest, kind: row.kind, failures, error: lastError }
    if (verdict.next === 'dead') {
      log.error(fields, 'a callback failed too often and is parked')
      await queue.putBack(claimed, { state: 'dead', attempts: failures, nextAt: now, lastError })
      return 'dead'
    }
    log.warn({ ...fields, againInMs: verdict.inMs }, 'a callback will be handled again')
    await queue.putBack(claimed, { state: 'waiting', attempts: failures, nextAt: now + verdict.inMs, lastError })
    return verdict.counted ? 'failed' : 'postponed'
  }

  const handle = async (claimed: ClaimedRow, signal: AbortSignal): Promise<void> => {
    const { row } = claimed
    const handler = handlers.get(row.kind ?? '')
    if (handler === undefined) return void await queue.putBack(claimed, { state: 'unhandled', attempts: row.attempts, nextAt: clock(), lastError: null })
    const event = { ...eventOf(row), content: options.parse(openPayload(options.sealer, row.payload), row.source) }
    const limit = AbortSignal.any([signal, AbortSignal.timeout(Math.floor(leaseMs * 0.8))])
    const prepared = await untilAborted(handler.prepare(event, { signal: limit }), limit)
    await database.transaction(async (work) => {
      await handler.apply(work, event, prepared)
      await queue.finish(work, claimed)
    })
  }

  const run = async (claimed: ClaimedRow, signal: AbortSignal): Promise<void> => {
    const began = performance.now()
    let outcome: JobOutcome = 'done'
    try {
      await handle(claimed, signal)
    } catch (error) {
      if (error instanceof ClaimLost) return log.warn({ digest: claimed.row.digest }, 'a claim ended before its work; it is done again')
      outcome = await settle(claimed, error)
    }
    onHandled(claimed.row.kind ?? 'unknown', outcome, performance.now() - began)
  }

  const take = async (limit: number): Promise<ClaimedRow[]> => {
    for (let tries = 1; ; tries += 1) {
      const rows = await due.heads(limit)
      const claimed = await (tries < claimTries ? queue.claim(rows) : queue.claimEach(rows))
      if (claimed.length < rows.length) for (const row of rows) due.leave(row.orderKey)
      if (claimed.length > 0 || rows.length === 0 || tries === claimTries) return queue.withoutRivals(claimed)
    }
  }

  const reader = createReader({
    read: createReading({ ...options, onHandled, handles: (kind) => handlers.has(kind) }),
    onRead: () => lanes.look(),
    log,
  })
  const lanes = createLanes<ClaimedRow>({
    topic: 'inbox',
    wakesItself: false,
    take,
    run: (claimed, signal) => run(claimed, signal).finally(() => due.leave(claimed.row.orderKey)),
    giveBack: (rows) => queue.giveBack(rows),
    sweep: async () => {
      // one process owns a SQLite file: whatever runs there before its first sweep belongs to a dead one
      await queue.recover(database.kind === 'sqlite' && !recovered, rules.maxAttempts)
      recovered = true
      await due.releaseOrphans()
      reader.look()
    },
    concurrency: options.concurrency ?? 8,
    sweepMs: options.sweepMs ?? 1_000,
    wakeup: parts.wakeup,
    log,
  })
  let unsubscribe = (): void => undefined

  return {
    start: () => {
      unsubscribe()
      unsubscribe = parts.wakeup.onWake('inbox', reader.look)
      lanes.start()
    },
    drain: async () => {
      do {
        await reader.drain()
        await lanes.drain()
      } while (await reader.drain() > 0)
    },
    stop: async (limitMs) => {
      unsubscribe()
      await reader.stop()
      await lanes.stop(limitMs)
    },
  }
}

/** How often rows are looked for anew when another process was faster with one of them. */
const claimTries = 3

function eventOf(row: ClaimedRow['row']): Omit<InboxEvent<never>, 'content'> {
  return {
    digest: row.digest,
    source: row.source,
    kind: row.kind ?? 'unknown',
    orderKey: row.orderKey,
    receivedAt: row.receivedAt,
    attempt: row.attempts + 1,
    reread: row.doneAt !== null,
  }
}

/** The promise's result, or a failure as soon as the signal fires: a handler that ignores the signal holds no lane. */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let stop = (): void => undefined
  const aborted = new Promise<never>((_resolve, reject) => {
    stop = () => reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'))
    signal.addEventListener('abort', stop, { once: true })
  })
  try {
    return await Promise.race([work, aborted])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}
