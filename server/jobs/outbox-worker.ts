import { randomUUID } from 'node:crypto'
import type { Database, UnitOfWork } from '../database/database.ts'
import type { Worker } from './inbox-worker.ts'
import { ClaimLost } from './inbox-queue.ts'
import type { OutboxRow } from './jobs.entity.ts'
import { createLanes } from './lanes.ts'
import { createOutboxQueue } from './outbox-queue.ts'
import type { Clock, JobLog, JobOutcome, OnHandled } from './ports.ts'
import { processParts } from './process-parts.ts'
import { certainlyNotExecuted, defaultRetryRules, describeError, judge, type RetryRules } from './retry.ts'
import { timeOfSeq } from './sequence.ts'

export interface OutboxContext {
  /** 1 for the first run. */
  readonly attempt: number
  /** An earlier run may have had its effect: ask the other side before doing anything again. */
  readonly mustReadBack: boolean
  /** Aborted when the claim is lost or the process stops. */
  readonly signal: AbortSignal
  /** Names this effect in logs and audit; the same for every attempt. */
  readonly requestId: string
}

/** Writes what the effect brought in the transaction that marks the row as done. */
export type Settle = (work: UnitOfWork) => Promise<void>

export interface OutboxHandler {
  /**
   * What may happen after a crash or an unknown outcome: `safe` repeats; `read-back` runs again with `mustReadBack`;
   * `person` parks the row, also after an error, unless the error says that nothing was executed.
   */
  readonly repeat: 'safe' | 'read-back' | 'person'
  /** Runs outside a transaction. The payload comes as it was added; check it. */
  run(payload: unknown, context: OutboxContext): Promise<Settle | void>
}

export interface OutboxWorkerOptions {
  readonly database: Database
  /** Also the clock with which rows are added in this process. */
  readonly clock: Clock
  readonly log: JobLog
  readonly handlers: ReadonlyMap<string, OutboxHandler>
  readonly onHandled?: OnHandled
  readonly retry?: Partial<RetryRules>
  /** Rows that run at the same time; 8 by default. */
  readonly concurrency?: number
  /** A claim is renewed while its row runs; after a crash it ends within this time, in ms. */
  readonly leaseMs?: number
  readonly sweepMs?: number
}

/** Starts the effects that committed transactions asked for. */
export function createOutboxWorker(options: OutboxWorkerOptions): Worker {
  const { database, clock, log, handlers, leaseMs = 60_000, onHandled = () => undefined } = options
  const rules: RetryRules = { ...defaultRetryRules, ...options.retry }
  const parts = processParts(database.source)
  parts.clock = clock
  const queue = createOutboxQueue({ database, clock, leaseMs, holder: randomUUID() })
  let recovered = false

  const park = async (row: OutboxRow, reason: string): Promise<JobOutcome> => {
    log.error({ id: row.id, kind: row.kind, reason }, 'an effect is parked for a person')
    await queue.park(row, reason)
    return 'dead'
  }

  const settleError = async (row: OutboxRow, handler: OutboxHandler, error: unknown): Promise<JobOutcome> => {
    const lastError = describeError(error)
    if (handler.repeat === 'person' && !certainlyNotExecuted(error)) return park(row, `outcome unknown: ${lastError}`.slice(0, 255))
    const now = clock()
    const verdict = judge(rules, error, row.attempts - 1, timeOfSeq(row.seq), now)
    if (verdict.next === 'dead') return park(row, lastError)
    log.warn({ id: row.id, kind: row.kind, error: lastError, againInMs: verdict.inMs }, 'an effect will be tried again')
    await queue.putBack(row, { attempts: row.attempts - (verdict.counted ? 0 : 1), nextAt: now + verdict.inMs, lastError })
    return verdict.counted ? 'failed' : 'postponed'
  }

  const perform = async (row: OutboxRow, stop: AbortSignal): Promise<JobOutcome> => {
    const handler = handlers.get(row.kind)
    if (handler === undefined) return park(row, 'no handler for this kind')
    const { payload, expiresAt } = splitPayload(row.payload)
    if (expiresAt !== null && expiresAt <= clock()) {
      await database.transaction((work) => queue.finish(work, row, 'expired'))
      return 'expired'
    }
    // a row that waited long for its lane may have lost its claim to another process
    if ((row.leaseUntil ?? 0) - clock() < leaseMs / 2 && !(await queue.renew(row))) throw new ClaimLost()
    const claim = keepClaim(() => queue.renew(row), leaseMs / 3)
    try {
      const context = { attempt: row.attempts, mustReadBack: row.lastError !== null, requestId: row.id, signal: AbortSignal.any([stop, claim.lost]) }
      const settle = await handler.run(payload, context)
      await database.transaction(async (work) => {
        await settle?.(work)
        await queue.finish(work, row)
      })
      return 'done'
    } catch (error) {
      if (error instanceof ClaimLost) throw error
      return await settleError(row, handler, error)
    } finally {
      claim.release()
    }
  }

  const run = async (row: OutboxRow, stop: AbortSignal): Promise<void> => {
    const began = performance.now()
    try {
      onHandled(row.kind, await perform(row, stop), performance.now() - began)
    } catch (error) {
      if (!(error instanceof ClaimLost)) throw error
      log.warn({ id: row.id, kind: row.kind }, 'a claim ended before its effect was settled')
    }
  }

  /** A dead worker's rows: the repeat rule of their kind decides. */
  const recover = async (): Promise<void> => {
    const rows = await queue.interrupted(database.kind === 'sqlite' && !recovered)
    for (const row of rows) {
      const repeat = handlers.get(row.kind)?.repeat
      if (repeat === 'person') await queue.recover(row, { state: 'dead', lastError: 'outcome unknown: its worker died' })
      else if (row.attempts >= rules.maxAttempts) await queue.recover(row, { state: 'dead', lastError: 'its worker died every time' })
      else await queue.recover(row, { state: 'new', lastError: 'its worker died' })
    }
    recovered = true
  }

  return createLanes<OutboxRow>({
    topic: 'outbox',
    take: (limit) => queue.claim(limit),
    run,
    giveBack: (rows) => queue.giveBack(rows),
    sweep: recover,
    concurrency: options.concurrency ?? 8,
    sweepMs: options.sweepMs ?? 1_000,
    wakeup: parts.wakeup,
    log,
  })
}

function splitPayload(stored: unknown): { readonly payload: unknown; readonly expiresAt: number | null } {
  if (typeof stored !== 'object' || stored === null || !('expiresAt' in stored)) return { payload: stored, expiresAt: null }
  const { expiresAt, ...payload } = stored
  return { payload, expiresAt: typeof expiresAt === 'number' ? expiresAt : null }
}

/** Renews a claim while its row runs; `lost` fires when that fails. */
function keepClaim(renew: () => Promise<boolean>, everyMs: number): { readonly lost: AbortSignal; release(): void } {
  const lost = new AbortController()
  const timer = setInterval(() => {
    renew().then((held) => held || lost.abort(), () => undefined)
  }, everyMs).unref()
  return { lost: lost.signal, release: () => clearInterval(timer) }
}
